import { invalid } from '../../api/field-error.js';
import type { FieldError } from '../../api/workload-types.js';
import { fieldOf, isPlainObject, objectsOf } from '../../lib/json.js';
import { renderSelector, selectorFrom } from '../../lib/label-selector.js';
import type { TrafficTarget } from '../router.js';
import { textMapOf, textOf, textsOf } from '../texts.js';
import { protocols, type Protocol } from './kinds.js';

/** A route by its name. */
export interface NamedRoute {
  readonly protocol: Protocol;
  readonly name: string;
  /** Header and mirror routes are made in it too. */
  readonly usesHeaderRoutes: boolean;
  readonly path: string;
}

/** Routes by their labels. */
export interface SelectedRoutes {
  readonly protocol: Protocol;
  /** In Kubernetes' string form. */
  readonly selector: string;
  readonly path: string;
}

export interface GatewayConfig {
  /** Each at most once. */
  readonly named: readonly NamedRoute[];
  readonly selected: readonly SelectedRoutes[];
  readonly namespace: string;
  /** Label routes carry while the canary gets traffic; undefined: none. */
  readonly inProgressLabel: { readonly key: string; readonly value: string } | undefined;
}

/** traffic 5.1; all forms combine. What can be read is returned beside the errors; fields we do not know are ignored, as the plugin does. */
export function parseGatewayConfig(target: TrafficTarget): { readonly config: GatewayConfig; readonly errors: readonly FieldError[] } {
  const { section, path } = target;
  const selections = protocols.flatMap((protocol) => readSelector(target, protocol));
  const config = {
    named: merged(protocols.flatMap((protocol) => readNames(target, protocol))),
    selected: selections.flatMap(({ selected }) => selected ?? []),
    namespace: textOf(fieldOf(section, 'namespace')) || target.namespace,
    inProgressLabel:
      fieldOf(section, 'disableInProgressLabel') === true
        ? undefined
        : {
            key: textOf(fieldOf(section, 'inProgressLabelKey')) || 'rollouts.argoproj.io/gatewayapi-canary',
            value: textOf(fieldOf(section, 'inProgressLabelValue')) || 'in-progress',
          },
  };
  const errors = selections.flatMap(({ error }) => error ?? []);
  if (config.named.length > 0 || selections.length > 0) return { config, errors };
  return { config, errors: [{ path, kind: 'internal', detail: 'at least one route or route selector must be configured' }] };
}

function readNames({ section, path }: TrafficTarget, protocol: Protocol): readonly NamedRoute[] {
  const one = textOf(fieldOf(section, `${protocol}Route`));
  const many = objectsOf(fieldOf(section, `${protocol}Routes`));
  return [
    ...many.map((route, index) => ({
      ...{ protocol, name: textOf(route['name']), usesHeaderRoutes: route['useHeaderRoutes'] === true },
      path: `${path}.${protocol}Routes[${index}].name`,
    })),
    ...(one === '' ? [] : [{ protocol, name: one, usesHeaderRoutes: true, path: `${path}.${protocol}Route` }]),
  ];
}

/** A route that is named twice uses header routes if either says so. */
function merged(routes: readonly NamedRoute[]): readonly NamedRoute[] {
  const byName = new Map<string, NamedRoute>();
  for (const route of routes) {
    const key = `${route.protocol}/${route.name}`;
    const before = byName.get(key) ?? route;
    byName.set(key, { ...before, usesHeaderRoutes: before.usesHeaderRoutes || route.usesHeaderRoutes });
  }
  return [...byName.values()];
}

function readSelector(
  { section, path }: TrafficTarget,
  protocol: Protocol,
): readonly { readonly selected?: SelectedRoutes; readonly error?: FieldError }[] {
  const field = `${protocol}RouteSelector`;
  const value = fieldOf(section, field);
  if (!isPlainObject(value)) return [];
  const at = `${path}.${field}`;
  const matchExpressions = objectsOf(value['matchExpressions']).map((each) => ({
    ...{ key: textOf(each['key']), operator: textOf(each['operator']) },
    values: textsOf(each['values']),
  }));
  const parsed = selectorFrom({ matchLabels: textMapOf(value['matchLabels']), matchExpressions });
  if (!parsed.ok) return [{ error: invalid(at, value, parsed.error) }];
  // An empty selector would take every route of the namespace.
  if (parsed.value.length === 0) return [{ error: invalid(at, value, 'the selector must not be empty') }];
  return [{ selected: { protocol, selector: renderSelector(parsed.value), path: at } }];
}

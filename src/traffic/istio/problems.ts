import { invalid } from '../../api/field-error.js';
import { keys, type Resource } from '../../api/kube.js';
import type { FieldError } from '../../api/workload-types.js';
import type { TrafficSplit } from '../../core/traffic/types.js';
import { fieldOf, objectsOf } from '../../lib/json.js';
import { kindName } from '../objects.js';
import type { TrafficTarget } from '../router.js';
import { parseIstioConfig } from './config.js';
import { nameOf } from './routes.js';
import { routesOf, type IstioKinds, type IstioState, type VirtualServiceState } from './state.js';

/** What is wrong with settings and objects, without what only the owner of a mark can tell (`foreignMark`). */
export function problemsOf(target: TrafficTarget, state: IstioState, kinds: IstioKinds): readonly FieldError[] {
  return [
    ...parseIstioConfig(target).errors,
    ...state.virtualServices.flatMap((each) => virtualServiceErrors(each, state, kinds.virtualServices.likely)),
    ...destinationRuleErrors(state, kinds.destinationRules.likely),
  ];
}

function virtualServiceErrors({ config, live }: VirtualServiceState, state: IstioState, likely: Resource): readonly FieldError[] {
  const refuse = (detail: string): FieldError => invalid(config.path, config.text, detail);
  if (state.virtualServiceKind === undefined) return [refuse(`the cluster does not serve ${kindName(likely)}`)];
  if (live === undefined) return [refuse(`${kindName(likely)} "${config.name}" not found`)];
  return routesOf(live, config, state).problems.map(refuse);
}

function destinationRuleErrors({ config, rule, destinationRuleKind }: IstioState, likely: Resource): readonly FieldError[] {
  const { destinationRule } = config;
  if (destinationRule === undefined) return [];
  const { path, name, canarySubset, stableSubset } = destinationRule;
  if (destinationRuleKind === undefined) return [invalid(`${path}.name`, name, `the cluster does not serve ${kindName(likely)}`)];
  if (rule === undefined) return [invalid(`${path}.name`, name, `${kindName(likely)} "${name}" not found`)];
  const present = objectsOf(fieldOf(rule.spec, 'subsets')).map(nameOf);
  const wanted = [
    ['canarySubsetName', canarySubset],
    ['stableSubsetName', stableSubset],
  ] as const;
  return wanted
    .filter(([, subset]) => !present.includes(subset))
    .map(([field, subset]) => invalid(`${path}.${field}`, subset, `DestinationRule "${name}" has no subset "${subset}"`));
}

/** Another Rollout whose mark the configured DestinationRule bears, and the error it is if that Rollout exists. */
export function foreignMark(
  { config: { destinationRule }, rule }: IstioState,
  target: TrafficTarget,
): { readonly owner: string; readonly error: FieldError } | undefined {
  const owner = rule?.metadata.annotations?.[keys.managedBy];
  if (destinationRule === undefined || owner === undefined || owner === target.rolloutName) return undefined;
  const { path, name } = destinationRule;
  return { owner, error: invalid(`${path}.name`, name, `DestinationRule "${name}" is managed by another Rollout "${owner}"`) };
}

/** Header and mirror routes need an HTTP route to be made from. */
export function unmadeRoutes(target: TrafficTarget, state: IstioState, split: TrafficSplit): readonly FieldError[] {
  const names = [...split.headerRoutes, ...split.mirrorRoutes].map(({ name }) => name);
  const hasHttp = state.virtualServices.some(
    ({ live, config }) => live !== undefined && routesOf(live, config, state).routes.some(({ protocol }) => protocol === 'http'),
  );
  if (names.length === 0 || hasHttp) return [];
  return [invalid(target.path, names.join(', '), 'header and mirror routes need an HTTP route with both destinations')];
}

import { invalid } from '../../api/field-error.js';
import type { FieldError } from '../../api/workload-types.js';
import type { TrafficSplit } from '../../core/traffic/types.js';
import { kindName } from '../objects.js';
import type { TrafficTarget } from '../router.js';
import { parseGatewayConfig } from './config.js';
import { matchesHeaders } from './kinds.js';
import { isManaged, isSplit, refTo, rulesOf, type SideServices } from './refs.js';
import type { GatewayState, RouteState } from './state.js';

/** Of the API. */
const largestWeight = 1_000_000;

/** What is wrong with settings and routes. */
export function problemsOf(target: TrafficTarget, { services, routes }: GatewayState): readonly FieldError[] {
  const { errors, config } = parseGatewayConfig(target);
  if (errors.length > 0) return errors;
  if (services === undefined) {
    return [invalid(target.path, 'gatewayAPI', 'canaryService and stableService must be set to weight routes of the Gateway API')];
  }
  const [selector] = config.selected;
  if (routes.length === 0 && selector !== undefined) return [invalid(selector.path, selector.selector, 'no route has these labels')];
  return [...ambiguousNames(target), ...routes.flatMap((route) => routeErrors(route, services, target.managedRoutes))];
}

function routeErrors(
  { name, path, kind, ref, live }: RouteState,
  services: SideServices,
  managed: readonly string[],
): readonly FieldError[] {
  const refuse = (detail: string): FieldError => invalid(path, name, detail);
  if (kind === undefined) return [refuse(`the cluster does not serve ${kindName(ref.resource)}`)];
  if (live === undefined) return [refuse(`${kindName(ref.resource)} "${name}" not found`)];
  const rules = rulesOf(live).filter((rule) => !isManaged(rule, managed));
  if (rules.some((rule) => isSplit(rule, services))) return [];
  const missing = [services.stable, services.canary].filter((service) => !rules.some((rule) => refTo(rule, service) !== undefined));
  if (missing.length === 0) return [refuse(`no rule has backendRefs to both "${services.stable}" and "${services.canary}"`)];
  return missing.map((service) => refuse(`no rule has a backendRef to "${service}"`));
}

/** Rules for the second source rule of route `a` are named `a-1`, which must not be a route of its own. */
function ambiguousNames({ managedRoutes, path }: TrafficTarget): readonly FieldError[] {
  const twice = managedRoutes.find((name) =>
    isManaged(
      { name },
      managedRoutes.filter((other) => other !== name),
    ),
  );
  if (twice === undefined) return [];
  return [invalid(path, twice, `managed route "${twice}" cannot be told from the rules of a managed route whose name it begins with`)];
}

/** What is wrong with a split, as far as a route can say. */
export function splitProblems(target: TrafficTarget, { routes }: GatewayState, split: TrafficSplit): readonly FieldError[] {
  const names = [...split.headerRoutes, ...split.mirrorRoutes].map(({ name }) => name);
  const usesHeaders = routes.some(({ usesHeaderRoutes, protocol }) => usesHeaderRoutes && matchesHeaders(protocol));
  return [
    ...(split.maxWeight > largestWeight ? [invalid(target.path, split.maxWeight, `weights must not exceed ${largestWeight}`)] : []),
    ...(names.length === 0 || usesHeaders
      ? []
      : [invalid(target.path, names.join(', '), 'header and mirror routes need an HTTPRoute or GRPCRoute with useHeaderRoutes: true')]),
  ];
}

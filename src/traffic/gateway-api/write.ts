import { invalid } from '../../api/field-error.js';
import { resources, type KubeObject } from '../../api/kube.js';
import type { FieldError } from '../../api/workload-types.js';
import type { Cluster } from '../../cluster/cluster.js';
import type { TrafficSplit } from '../../core/traffic/types.js';
import { fieldOf, objectsOf } from '../../lib/json.js';
import { bringTo, invalidSpec, patchTo, readObject } from '../objects.js';
import type { TrafficTarget } from '../router.js';
import { matchesHeaders } from './kinds.js';
import { Inexpressible } from './matches.js';
import { rulesOf, says } from './refs.js';
import { renderRoute } from './render.js';
import type { GatewayState, RouteState } from './state.js';

/** Of the API: rules of a route, matches of a rule, matches of all rules. */
const limits = { rules: 16, matchesOfRule: 64, matches: 128 } as const;

/** One way to a split: whose, and how to get there. */
export interface Change {
  readonly cluster: Cluster;
  readonly target: TrafficTarget;
  readonly state: GatewayState;
  readonly split: TrafficSplit;
  /** Ports of experiments' Services, by name. */
  readonly ports: ReadonlyMap<string, number>;
  readonly signal: AbortSignal;
}

/** The port of each experiment's Service that gets requests: the one named http, else the first. One that is missing gets none. */
export async function readPorts(
  cluster: Cluster,
  target: TrafficTarget,
  split: TrafficSplit,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const ports = new Map<string, number>();
  for (const { serviceName } of split.additional) {
    if (serviceName === undefined) continue;
    const service = await readObject(cluster, { resource: resources.services, namespace: target.namespace, name: serviceName }, signal);
    const list = objectsOf(fieldOf(service?.spec, 'ports'));
    const port = (list.find(({ name }) => name === 'http') ?? list[0])?.['port'];
    if (typeof port === 'number') ports.set(serviceName, port);
  }
  return ports;
}

/** What makes a split impossible in a route as it is. */
export function renderProblems(change: Change): readonly FieldError[] {
  return change.state.routes.flatMap((route) => {
    if (route.live === undefined) return [];
    try {
      return limitErrors(route, route.live, rendered(change, route, route.live));
    } catch (error) {
      if (error instanceof Inexpressible) return [invalid(route.path, route.name, `${route.live.kind} "${route.name}": ${error.message}`)];
      throw error;
    }
  });
}

/** A route of others may have more than we know to be allowed; only what we add is judged. */
function limitErrors({ path, name }: RouteState, before: KubeObject, after: KubeObject): readonly FieldError[] {
  const counts = (route: KubeObject): readonly number[] => {
    const matches = rulesOf(route).map((rule) => objectsOf(rule['matches']).length);
    return [matches.length, Math.max(...matches, 0), matches.reduce((sum, each) => sum + each, 0)];
  };
  const [most, had] = [[limits.rules, limits.matchesOfRule, limits.matches], counts(before)];
  const what = ['rules', 'matches in a rule', 'matches'];
  return counts(after).flatMap((count, i) => {
    const limit = most[i] ?? 0;
    if (count <= limit || count <= (had[i] ?? 0)) return [];
    return [invalid(path, name, `with header and mirror routes it would have ${count} ${what[i] ?? ''}, and the API allows ${limit}`)];
  });
}

function rendered({ target, state, split, ports }: Change, route: RouteState, live: KubeObject): KubeObject {
  const services = state.services ?? { canary: '', stable: '' };
  const usesHeaderRoutes = route.usesHeaderRoutes && matchesHeaders(route.protocol);
  const { inProgressLabel } = state.config;
  return renderRoute(live, { target, services, split, protocol: route.protocol, usesHeaderRoutes, inProgressLabel, ports });
}

export function isAsWanted(change: Change): boolean {
  return change.state.routes.every(
    (route) => route.live !== undefined && patchTo(route.live, rendered(change, route, route.live)) === undefined,
  );
}

export async function writeRoutes(change: Change): Promise<number> {
  let writes = 0;
  for (const route of change.state.routes) {
    if (route.live === undefined) continue;
    const render = (live: KubeObject): KubeObject => rendered(change, route, live);
    await refusePruned(change, route, route.live, render(route.live));
    writes += (await bringTo(change.cluster, route.ref, route.live, render, change.signal)).writes;
  }
  return writes;
}

/**
 * Older definitions of the API do not know names of rules, or percentages of mirrors, and drop them without a word: then nothing would tell our
 * rules from the user's. So new ones are tried out first.
 */
async function refusePruned(
  { cluster, signal }: Change,
  { ref, path, name }: RouteState,
  live: KubeObject,
  wanted: KubeObject,
): Promise<void> {
  const had = new Set(rulesOf(live).map((rule) => rule['name']));
  const added = rulesOf(wanted).filter((rule) => rule['name'] !== undefined && !had.has(rule['name']));
  const body = patchTo(live, wanted);
  if (added.length === 0 || body === undefined) return;
  const answer = await cluster.patch(ref, { kind: 'merge', body }, { signal, dryRun: true });
  const lost = added.find((rule) => !rulesOf(answer).some((each) => says(each, rule)));
  if (lost === undefined) return;
  const detail = `the ${live.kind} definition of this cluster drops fields that header and mirror routes need: install a newer Gateway API`;
  throw invalidSpec(invalid(path, name, detail));
}

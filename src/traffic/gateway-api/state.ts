import type { KubeObject, Resource } from '../../api/kube.js';
import type { Cluster, ObjectRef } from '../../cluster/cluster.js';
import { listObjects, readObject } from '../objects.js';
import type { TrafficTarget } from '../router.js';
import { parseGatewayConfig, type GatewayConfig, type NamedRoute, type SelectedRoutes } from './config.js';
import type { Protocol, RouteKinds } from './kinds.js';
import type { SideServices } from './refs.js';

/** A route that is named or was selected. */
export interface RouteState {
  readonly protocol: Protocol;
  readonly name: string;
  readonly path: string;
  readonly usesHeaderRoutes: boolean;
  /** undefined: the cluster does not serve the kind. */
  readonly kind: Resource | undefined;
  readonly ref: ObjectRef;
  readonly live: KubeObject | undefined;
}

/** A target's routes at one instant. */
export interface GatewayState {
  readonly config: GatewayConfig;
  /** undefined: the Rollout does not name both Services. */
  readonly services: SideServices | undefined;
  readonly routes: readonly RouteState[];
}

export async function readState(cluster: Cluster, kinds: RouteKinds, target: TrafficTarget, signal: AbortSignal): Promise<GatewayState> {
  const { config } = parseGatewayConfig(target);
  const [named, selected] = await Promise.all([
    Promise.all(config.named.map((each) => readNamed(cluster, kinds, config, each, signal))),
    Promise.all(config.selected.map((each) => readSelected(cluster, kinds, config, each, signal))),
  ]);
  return { config, services: servicesOf(target), routes: withoutDoubles([...named, ...selected.flat()]) };
}

function servicesOf({ canaryService, stableService }: TrafficTarget): SideServices | undefined {
  return canaryService === undefined || stableService === undefined ? undefined : { canary: canaryService, stable: stableService };
}

async function readNamed(
  cluster: Cluster,
  kinds: RouteKinds,
  { namespace }: GatewayConfig,
  { protocol, name, path, usesHeaderRoutes }: NamedRoute,
  signal: AbortSignal,
): Promise<RouteState> {
  const served = kinds[protocol];
  const kind = await served.resolve(signal);
  const ref = { resource: kind ?? served.likely, namespace, name };
  const live = kind === undefined ? undefined : await readObject(cluster, ref, signal);
  if (live === undefined) served.forget();
  return { protocol, name, path, usesHeaderRoutes, kind, ref, live };
}

async function readSelected(
  cluster: Cluster,
  kinds: RouteKinds,
  { namespace }: GatewayConfig,
  { protocol, selector, path }: SelectedRoutes,
  signal: AbortSignal,
): Promise<readonly RouteState[]> {
  const served = kinds[protocol];
  const kind = await served.resolve(signal);
  const found = kind === undefined ? [] : await listObjects(cluster, kind, namespace, signal, selector);
  if (found.length === 0) served.forget();
  return found.map((live) => {
    const { name } = live.metadata;
    return { protocol, name, path, usesHeaderRoutes: false, kind, ref: { resource: kind ?? served.likely, namespace, name }, live };
  });
}

/** A route that is named and selected counts as named. */
function withoutDoubles(routes: readonly RouteState[]): readonly RouteState[] {
  const seen = new Set<string>();
  return routes.filter(({ protocol, name }) => {
    const key = `${protocol}/${name}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

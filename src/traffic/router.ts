import type { JsonObject, Resource } from '../api/kube.js';
import type { TrafficRouting } from '../api/rollout-types.js';
import type { FieldError } from '../api/workload-types.js';
import type { ObservedTraffic, RouterKind, TrafficSplit } from '../core/traffic/types.js';
import type { Cluster, ObjectRef } from '../cluster/cluster.js';

/** Whose traffic, and where the user's settings for this router stand. */
export interface TrafficTarget {
  readonly namespace: string;
  readonly rolloutName: string;
  readonly rolloutUid: string;
  /** Canary-side and stable-side Service names; with ping-pong already resolved to the side they play now. Absent in subset-only setups. */
  readonly canaryService?: string;
  readonly stableService?: string;
  /** The router's section of `trafficRouting`, raw. */
  readonly section: JsonObject;
  /** Path of that section for field errors, e.g. `spec.strategy.canary.trafficRouting.nginx`. */
  readonly path: string;
  /** Names of `trafficRouting.managedRoutes`: routes the rollout may make, and owns wherever it finds them. */
  readonly managedRoutes: readonly string[];
}

/** Something a router did, for an event about the Rollout; reasons and texts are upstream's. */
export interface RouterEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export interface RouterDeps {
  /** Reads are live or from the caller's informers, writes go to the API server. */
  readonly cluster: Cluster;
  /** Flags by their name: `istio-api-version`, `traffic-split-api-version`. A version that is not served is no obstacle: the next one is tried. */
  readonly options: Readonly<Record<string, string | undefined>>;
  /** Called after each write that users hear of. */
  readonly onEvent?: (target: TrafficTarget, event: RouterEvent) => void;
}

/**
 * A mesh, gateway or ingress that splits requests. It fetches and writes; it decides nothing.
 * Whatever of its objects the rollout does not own stays deep-equal, unknown fields included (I11).
 */
export interface TrafficRouter {
  readonly kind: RouterKind;
  /**
   * Objects to watch for this target: a change of one wakes the rollout. Routes chosen by labels are not named here; those and everything else
   * are found by the next pass. In the API version that was found when the cluster was last asked, by any of the calls below.
   */
  watches(target: TrafficTarget): readonly ObjectRef[];
  /** Kinds this router reads and writes for this target, in the version that was found last. That one is not served is told by `validate`. */
  needs(target: TrafficTarget): readonly Resource[];
  /** Wrong settings, kinds that are not served, missing objects, hosts, subsets or routes: with the field's path. Writes nothing. */
  validate(target: TrafficTarget, signal: AbortSignal): Promise<readonly FieldError[]>;
  /**
   * What the objects say now and, where the router can tell, what the data plane serves. Objects that are missing or wrong are not up to date.
   * @param desired the split last asked for, to tell `upToDate`
   */
  observe(target: TrafficTarget, desired: TrafficSplit | undefined, signal: AbortSignal): Promise<ObservedTraffic>;
  /**
   * Makes the objects say `desired`. A second call with the same split writes nothing. An object that changed meanwhile is read again.
   *
   * @returns number of writes
   * @throws ControllerError `invalid-spec` with `fields.path` for what `validate` would tell, before anything is written; `conflict` when an
   *   object keeps changing; and what the API server answers (`forbidden` names verb and resource)
   */
  apply(target: TrafficTarget, desired: TrafficSplit, signal: AbortSignal): Promise<number>;
  /**
   * Takes back everything the router made or added, leaving all traffic with the stable service: at the rollout's deletion or when the router
   * leaves the spec. Then the section may be empty, and what bears a mark of the rollout is found all the same. Missing objects are no error.
   *
   * @returns number of writes
   */
  remove(target: TrafficTarget, signal: AbortSignal): Promise<number>;
}

/** A router that a Rollout names, and the part of its target that comes from there. */
export interface RouterUse {
  readonly router: TrafficRouter;
  readonly settings: Pick<TrafficTarget, 'section' | 'path' | 'managedRoutes'>;
}

export interface RouterRegistry {
  /** All there are, each once: to take back what a Rollout has left that no longer names its router. */
  readonly routers: readonly TrafficRouter[];
  /** Those a Rollout names, in upstream's order of work (traffic 1.2); a router we do not have is an error with the field's path. */
  routersFor(routing: TrafficRouting): { readonly routers: readonly RouterUse[]; readonly errors: readonly FieldError[] };
}

import type { FieldError } from '../api/workload-types.js';
import type { JsonObject, Resource } from '../api/kube.js';
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
}

export interface RouterDeps {
  /** Reads are live or from the caller's informers, writes go to the API server. */
  readonly cluster: Cluster;
  readonly options: Readonly<Record<string, string | undefined>>;
}

/**
 * A mesh, gateway or ingress that splits requests. It fetches and writes; it decides nothing.
 * Whatever of its objects the rollout does not own stays deep-equal, unknown fields included (I11).
 */
export interface TrafficRouter {
  readonly kind: RouterKind;
  /** Objects to watch for this target: a change of one wakes the rollout. */
  watches(target: TrafficTarget): readonly ObjectRef[];
  /** Kinds this router needs for this target; where the cluster does not serve one the spec is invalid with that reason. */
  needs(target: TrafficTarget): readonly Resource[];
  /** Wrong settings, missing objects, hosts, subsets or routes: with the field's path. */
  validate(target: TrafficTarget, signal: AbortSignal): Promise<readonly FieldError[]>;
  /**
   * What the objects say now and, where the router can tell, what the data plane serves.
   * @param desired the split last asked for, to tell `upToDate`
   */
  observe(target: TrafficTarget, desired: TrafficSplit | undefined, signal: AbortSignal): Promise<ObservedTraffic>;
  /** Makes the objects say `desired`. A second call with the same split writes nothing. @returns number of writes */
  apply(target: TrafficTarget, desired: TrafficSplit, signal: AbortSignal): Promise<number>;
  /** Takes back everything the router made or added, leaving all traffic with the stable service: at the rollout's deletion or when the router leaves the spec. */
  remove(target: TrafficTarget, signal: AbortSignal): Promise<number>;
}

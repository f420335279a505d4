import type { HeaderMatch, RouteMatch, TrafficDestination } from '../../api/rollout-types.js';

/** Router kinds as the API names them; a plugin's is its key below `trafficRouting.plugins`. */
export type RouterKind = 'istio' | 'nginx' | 'alb' | 'smi' | 'ambassador' | 'appMesh' | 'traefik' | 'apisix' | 'gatewayAPI';

export interface HeaderRoute {
  readonly name: string;
  readonly match: readonly HeaderMatch[];
}

export interface MirrorRoute {
  readonly name: string;
  readonly match: readonly RouteMatch[];
  /** 0..100, share of the matching requests that is mirrored; absent: all. */
  readonly percentage?: number;
}

/**
 * How requests are to be shared out, complete: a router makes its objects say exactly this.
 * Invariant: canary.weight + stable.weight + the weights of `additional` = maxWeight, each 0..maxWeight (I10).
 */
export interface TrafficSplit {
  /** Weight that means all traffic, 1 or more; 100 unless `maxTrafficWeight` is set. */
  readonly maxWeight: number;
  readonly canary: TrafficDestination;
  readonly stable: TrafficDestination;
  /** Experiment templates that get a share. */
  readonly additional: readonly TrafficDestination[];
  /** Header routes to the canary that must exist now: the fold of the steps so far (traffic 1.13 #4). Absent names of `managedRoutes` are removed. */
  readonly headerRoutes: readonly HeaderRoute[];
  readonly mirrorRoutes: readonly MirrorRoute[];
  /** Route names the rollout may own, in order of precedence. */
  readonly managedRoutes: readonly string[];
}

/**
 * Smallest and largest weight of one side over all routes of a router, of `maxWeight`. Whole numbers where the objects' own weights add up
 * to what we write; a route somebody else has weighted may give fractions.
 */
export interface WeightRange {
  readonly min: number;
  readonly max: number;
}

/** What one router's objects say and, where it can tell, what the data plane serves. */
export interface ObservedTraffic {
  readonly kind: RouterKind;
  /** Declared now. Undefined: nothing of ours is there yet (no canary ingress, no backend of ours), so all traffic follows the stable service. */
  readonly canaryWeight?: WeightRange;
  /** The same for stable. Undefined: it has what the canary leaves of maxWeight (other destinations get a share only where this is set). */
  readonly stableWeight?: WeightRange;
  /** Some requests go to the canary side whatever the weight: header, cookie or other fixed routes. */
  readonly pinned?: boolean;
  /** Pod template hashes that a subset of this router selects now (Istio DestinationRule); empty elsewhere. */
  readonly subsetHashes: readonly string[];
  /** The objects say exactly what was last asked for: no write is needed. */
  readonly upToDate: boolean;
  /** Whether the data plane has taken over what is declared (status, generation); undefined where the router cannot tell. */
  readonly verified?: boolean;
  /** Why not, for `explain`. */
  readonly waitingFor?: string;
}

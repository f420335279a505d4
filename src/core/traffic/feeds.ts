import type { EpochMs } from '../../lib/scheduler.js';
import type { ObservedTraffic, WeightRange } from './types.js';

/**
 * One thing that sends requests to the pods of one ReplicaSet, or did so until lately: a router by way of a Service or a subset, or a Service
 * that clients call themselves. Whoever builds it says what it sends *to that ReplicaSet*: after an abort both sides of a router may lead to
 * stable, and then its feed to stable weighs maxWeight.
 */
export interface Feed {
  /** For `explain`: `istio`, `Service app-canary`. */
  readonly name: string;
  /** The most it is declared to send, 0..maxWeight; 0 for a feed that led here before. */
  readonly weight: number;
  /** Some requests come whatever the weight: header, cookie or other fixed routes. */
  readonly pinned: boolean;
  readonly settlement: Settlement;
  /** Since when the declaration has been as it is and settled; undefined: nobody knows, which counts as just now. */
  readonly since?: EpochMs;
}

/**
 * Whether what is declared is what requests meet.
 * - `settled`: objects say what was asked for last, and the data plane has taken it over or cannot tell
 * - `unwritten`: objects say something else, so what they will say next is unknown
 * - `unconfirmed`: the data plane still serves something older
 */
export type Settlement = 'settled' | 'unwritten' | 'unconfirmed';

export function settlementOf(observed: Pick<ObservedTraffic, 'upToDate' | 'verified'>): Settlement {
  if (!observed.upToDate) return 'unwritten';
  return observed.verified === false ? 'unconfirmed' : 'settled';
}

/** Canary weight over all routes of all routers. A router with nothing of ours yet sends everything to stable. No routers: 0. */
export function canaryRange(observed: readonly ObservedTraffic[]): WeightRange {
  const ranges = observed.map(({ canaryWeight }) => canaryWeight ?? { min: 0, max: 0 });
  if (ranges.length === 0) return { min: 0, max: 0 };
  return { min: Math.min(...ranges.map(({ min }) => min)), max: Math.max(...ranges.map(({ max }) => max)) };
}

/** What reaches the ReplicaSet by way of a router's two sides. */
export interface SidesServed {
  /** The canary side (Service or subset) selects this ReplicaSet. */
  readonly canary: boolean;
  readonly stable: boolean;
}

/**
 * A feed for each router.
 * @param since when each router's declaration settled, by its kind
 */
export function routerFeeds(
  observed: readonly ObservedTraffic[],
  maxWeight: number,
  sides: SidesServed,
  since: (kind: string) => EpochMs | undefined,
): readonly Feed[] {
  return observed.map((each) => {
    const settledSince = since(each.kind);
    return {
      name: each.kind,
      weight: weightTo(each, maxWeight, sides),
      pinned: sides.canary && each.pinned === true,
      settlement: settlementOf(each),
      ...(settledSince === undefined ? {} : { since: settledSince }),
    };
  });
}

function weightTo({ canaryWeight, stableWeight }: ObservedTraffic, maxWeight: number, sides: SidesServed): number {
  const canary = sides.canary ? (canaryWeight?.max ?? 0) : 0;
  const stable = sides.stable ? (stableWeight?.max ?? maxWeight - (canaryWeight?.min ?? 0)) : 0;
  return Math.min(maxWeight, canary + stable);
}

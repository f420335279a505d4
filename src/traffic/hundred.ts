import type { TrafficSplit, WeightRange } from '../core/traffic/types.js';

/**
 * The split in hundredths, for routers whose weights add up to 100.
 *
 * Whoever gets any traffic keeps at least 1, and stable gets the rest. 5 of 1000: 1 and 99; 995 of 1000: 99 and 1; 333 of 1000: 33 and 67.
 */
export function inHundredths(split: TrafficSplit): TrafficSplit {
  const { maxWeight } = split;
  if (maxWeight === 100) return split;
  const scaled = (weight: number): number => (weight <= 0 ? 0 : Math.max(1, Math.round((weight * 100) / maxWeight)));
  const additional = split.additional.map((each) => ({ ...each, weight: scaled(each.weight) }));
  const left = 100 - additional.reduce((sum, { weight }) => sum + weight, 0);
  const most = split.stable.weight > 0 ? left - 1 : left;
  const canary = Math.max(0, Math.min(scaled(split.canary.weight), most));
  return {
    ...split,
    maxWeight: 100,
    canary: { ...split.canary, weight: canary },
    stable: { ...split.stable, weight: Math.max(0, left - canary) },
    additional,
  };
}

/** @returns undefined for no weights at all */
export function rangeOf(weights: readonly number[]): WeightRange | undefined {
  return weights.length === 0 ? undefined : { min: Math.min(...weights), max: Math.max(...weights) };
}

/** What a part of a route's weights is of `maxWeight`; 0 of a route that sends nothing anywhere. */
export function shareOf(part: number, total: number, maxWeight: number): number {
  return total <= 0 ? 0 : (part * maxWeight) / total;
}

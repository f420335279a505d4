import type { TrafficDestination } from '../../api/rollout-types.js';
import { noManagedRoutes, type ManagedRoutes } from './managed-routes.js';
import type { TrafficSplit } from './types.js';

/** What a split is made of, before the weights are made to add up. */
export interface SplitParts {
  /** Weight that means all traffic, 1 or more. */
  readonly maxWeight: number;
  /** Weight the canary is to get: what the barrier let through. */
  readonly canaryWeight: number;
  /** Service and pod template hash of either side; the hash a subset is to select. */
  readonly canary: Omit<TrafficDestination, 'weight'>;
  readonly stable: Omit<TrafficDestination, 'weight'>;
  /** Experiment templates that run now and carry a weight. */
  readonly additional: readonly TrafficDestination[];
  /** Absent: none may exist. */
  readonly routes?: ManagedRoutes;
  readonly managedRoutes: readonly string[];
}

/**
 * A complete split whose weights are whole numbers within 0..maxWeight and add up to it (I10).
 *
 * The canary comes first, then experiments in their order with what is left, and stable gets the rest. 100 in all, canary 10, experiment 20:
 * stable 70; canary 90, experiments 20 and 5: 90, 10, 0 and stable 0.
 */
export function planSplit(parts: SplitParts): TrafficSplit {
  const { maxWeight } = parts;
  const canaryWeight = within(parts.canaryWeight, maxWeight);
  let left = maxWeight - canaryWeight;
  const additional = parts.additional.map((destination) => {
    const weight = within(destination.weight, left);
    left -= weight;
    return { ...destination, weight };
  });
  return {
    maxWeight,
    canary: { ...parts.canary, weight: canaryWeight },
    stable: { ...parts.stable, weight: left },
    additional,
    ...(parts.routes ?? noManagedRoutes),
    managedRoutes: parts.managedRoutes,
  };
}

function within(weight: number, limit: number): number {
  return Math.min(Math.max(0, Math.floor(weight)), limit);
}

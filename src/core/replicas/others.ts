import type { Pods } from './basic-canary.js';

/**
 * Sizes of ReplicaSets that are neither canary nor stable, on their way to 0 without a traffic router: pods that are not available go
 * at once, available ones as long as enough stay behind.
 *
 * @param others in the order in which they are to go (highest revision first)
 * @param availableInAll available pods of all ReplicaSets, these included
 * @param floor available pods that must stay, 0 or more
 * @returns the wanted pods of each, in the given order
 * Semantics: rollout-core 4.6, basic canary
 */
export function drainOthers(others: readonly Pods[], availableInAll: number, floor: number): readonly number[] {
  let spare = Math.max(0, availableInAll - floor);
  return others.map(({ wanted, available }) => {
    const healthy = Math.min(wanted, available);
    const removed = Math.min(healthy, spare);
    spare -= removed;
    return healthy - removed;
  });
}

import type { Pods } from './basic-canary.js';

export interface Threshold {
  readonly type: 'Percent' | 'Pods';
  /** Below 0: as if there were no threshold. */
  readonly value: number;
}

/**
 * Whether the canary has reached its size: it wants `target` pods and all are available, or, with `replicaProgressThreshold`, enough are.
 *
 * Semantics: rollout-core 4.4. Differs: a threshold in pods beyond the target counts as the target, for it could never be met (rollout-core 10 #17).
 */
export function isCanaryAtSize(canary: Pods, target: number, threshold: Threshold | undefined): boolean {
  if (threshold === undefined || threshold.value < 0) return canary.wanted === target && canary.available === target;
  return meetsThreshold(canary.available, target, threshold);
}

/**
 * Whether enough of `target` pods are available.
 * @returns false for a threshold below 0, which asks for nothing of its own
 */
export function meetsThreshold(available: number, target: number, threshold: Threshold): boolean {
  if (threshold.value < 0) return false;
  if (threshold.type === 'Pods') return available >= Math.min(threshold.value, target);
  // 1e-10: 1 of 3 pods is 33.333...34 %, and 100/3 must be met by it.
  return target === 0 || (available / target) * 100 >= threshold.value - 1e-10;
}

/**
 * Whether stable has been brought to its size. Its pods need only exist: a canary must be able to replace a stable version that is ill.
 *
 * Semantics: rollout-core 4.4. Differs: of a stable that has no available pod at all not even existence is asked, as a version that cannot
 * create pods would block the one that repairs it for ever (rollout-core 10 #29).
 */
export function isStableAtSize(stable: Pods & { readonly actual: number }, target: number): boolean {
  return stable.wanted === target && (stable.actual === target || stable.available === 0);
}

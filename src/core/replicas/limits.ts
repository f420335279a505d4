import type { IntOrPercent } from '../../api/rollout-types.js';

/** How far a rolling change may leave the wanted number of pods: above it, and below it. */
export interface PodLimits {
  /** Pods that may exist beyond `replicas`, 0 or more. */
  readonly surge: number;
  /** Pods that may be missing from `replicas`, 0..replicas. */
  readonly unavailable: number;
}

/**
 * Pods that `maxSurge` and `maxUnavailable` allow.
 *
 * @param replicas spec.replicas, pods, 0 or more
 * @returns surge rounded up, unavailable rounded down and at most `replicas`; when both come to 0 one pod may be unavailable,
 *   for otherwise nothing could ever move. 25 % and 25 % of 10 pods: 3 and 2; of 3 pods: 1 and 0
 * Semantics: rollout-core 4.1
 */
export function podLimits(replicas: number, maxSurge: IntOrPercent, maxUnavailable: IntOrPercent): PodLimits {
  const surge = Math.max(0, podsOf(replicas, maxSurge, Math.ceil));
  const unavailable = Math.max(0, podsOf(replicas, maxUnavailable, Math.floor));
  const atLeastOneMoves = surge === 0 && unavailable === 0 ? 1 : unavailable;
  return { surge, unavailable: Math.min(atLeastOneMoves, replicas) };
}

/** @param round how a percentage becomes whole pods */
function podsOf(replicas: number, value: IntOrPercent, round: (pods: number) => number): number {
  return value.kind === 'pods' ? value.pods : round((value.percent * replicas) / 100);
}

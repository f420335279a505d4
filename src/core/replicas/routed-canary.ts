import type { Pods } from './basic-canary.js';
import type { CanarySplit } from './split.js';

export interface RoutedCanary {
  /** spec.replicas, pods. */
  readonly replicas: number;
  /** Weight the canary is to serve, 0..maxWeight; after an abort with `dynamicStableScale` the one to step down to. */
  readonly weight: number;
  readonly maxWeight: number;
  /** What the last setCanaryScale step asks for; undefined: follow the weight. */
  readonly scale?: { readonly replicas: number } | { readonly weight: number };
  /** Stable shrinks while the canary grows. */
  readonly dynamicStableScale: boolean;
  readonly aborted: boolean;
  /** Weights the router was last told; undefined before the first time. */
  readonly recorded?: { readonly canary: number; readonly stable: number };
  /** Least pods of a ReplicaSet that has any, capped at `replicas`. */
  readonly minPods?: number;
}

/**
 * Pods a ReplicaSet needs to serve a weight when a traffic router splits the requests.
 *
 * @param weight 0 or more; beyond maxWeight only for setCanaryScale
 * @returns pods, rounded up, so a weight above 0 never yields 0 pods. 10 pods at 25 of 100: 3
 * Semantics: rollout-core 4.3, conv
 */
export function podsForWeight(replicas: number, weight: number, maxWeight: number): number {
  return Math.ceil((weight * replicas) / maxWeight);
}

/**
 * Sizes of both ReplicaSets when a traffic router splits the requests. maxSurge and maxUnavailable play no part.
 *
 * @returns the canary as its weight or setCanaryScale asks; stable at full size, unless it may shrink with its weight. A side never gets
 *   smaller than what its recorded weight still sends to it. 10 pods, setWeight 10: 1 and 10
 * Semantics: rollout-core 4.3
 */
export function routedCanaryTarget(state: RoutedCanary): CanarySplit {
  const { replicas, maxWeight } = state;
  const atLeast = (pods: number): number => (pods === 0 ? 0 : Math.max(pods, Math.min(state.minPods ?? 0, replicas)));
  const { scale } = state;
  const byReplicas = scale !== undefined && 'replicas' in scale;
  const scaled = scale === undefined || byReplicas ? state.weight : scale.weight;
  let canary = byReplicas ? scale.replicas : atLeast(podsForWeight(replicas, scaled, maxWeight));
  if (!state.dynamicStableScale) return { canary, stable: replicas };
  const stableWeight = byReplicas ? maxWeight : maxWeight - state.weight;
  const stable = Math.max(
    podsForWeight(replicas, stableWeight, maxWeight),
    podsForWeight(replicas, state.recorded?.stable ?? 0, maxWeight),
  );
  if (state.aborted) canary = Math.max(canary, podsForWeight(replicas, state.recorded?.canary ?? 0, maxWeight));
  return { canary: byReplicas ? canary : atLeast(canary), stable: atLeast(stable) };
}

/**
 * Weight an aborted canary steps down to while stable, which had shrunk, grows back (`dynamicStableScale`).
 *
 * @param setWeights weights of the steps, in order
 * @param keepsCanary the canary keeps its pods for a while, so that only stable's missing pods count
 * @returns the last step weight whose pods are fewer than those still needed on the canary side, else 0
 * Semantics: rollout-core 4.3, abort step-down weight
 */
export function abortStepDownWeight(
  replicas: number,
  maxWeight: number,
  setWeights: readonly number[],
  canary: Pick<Pods, 'available'>,
  stable: Pick<Pods, 'available'>,
  keepsCanary: boolean,
): number {
  const missing = replicas - stable.available;
  const needed = keepsCanary ? missing : Math.max(missing, canary.available);
  return setWeights.findLast((weight) => podsForWeight(replicas, weight, maxWeight) < needed) ?? 0;
}

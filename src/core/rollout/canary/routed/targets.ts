import type { CanaryStrategy } from '../../../../api/rollout-types.js';
import { isCanaryAtSize, isStableAtSize, meetsThreshold } from '../../../replicas/at-size.js';
import { routedCanaryTarget, type RoutedCanary } from '../../../replicas/routed-canary.js';
import type { CanarySplit } from '../../../replicas/split.js';
import type { RolloutContext } from '../../context.js';
import { isServed } from '../../services.js';
import { desiredWeight, maxWeightOf, partOf, stepIndexOf, weightAtStep } from '../weight.js';

/**
 * Sizes that the stored status asks for.
 * @param weight the weight sizes follow; default: what the steps, a promotion or an abort ask for
 * Semantics: rollout-core 4.3
 */
export function routedTargets(context: RolloutContext, strategy: CanaryStrategy, weight = desiredWeight(context, strategy)): CanarySplit {
  return targetsWith(context, strategy, weight, scaleInEffect(context, strategy));
}

function targetsWith(context: RolloutContext, strategy: CanaryStrategy, weight: number, scale: RoutedCanary['scale']): CanarySplit {
  const { status, replicas } = context;
  const { weights } = status.canary;
  return routedCanaryTarget({
    replicas,
    weight,
    maxWeight: maxWeightOf(strategy),
    ...(scale === undefined ? {} : { scale }),
    dynamicStableScale: strategy.dynamicStableScale,
    aborted: status.abort,
    ...(weights === undefined ? {} : { recorded: { canary: weights.canary.weight, stable: weights.stable.weight } }),
    ...(strategy.minPodsPerReplicaSet === undefined ? {} : { minPods: strategy.minPodsPerReplicaSet }),
  });
}

/** The setCanaryScale that counts now. Semantics: rollout-core 4.3, scale override */
export function scaleInEffect(context: RolloutContext, strategy: CanaryStrategy): RoutedCanary['scale'] {
  const { status, stable, isFullyPromoted } = context;
  if (status.promoteFull || status.abort || stable === undefined || isFullyPromoted) return undefined;
  return scaleAt(strategy, stepIndexOf(context, strategy));
}

function scaleAt(strategy: CanaryStrategy, index: number): RoutedCanary['scale'] {
  if (index >= strategy.steps.length) return undefined;
  for (let i = index; i >= 0; i -= 1) {
    const part = partOf(strategy.steps[i], 'setCanaryScale');
    if (part === undefined) continue;
    if (part.matchTrafficWeight) return undefined;
    if (part.replicas !== undefined) return { replicas: part.replicas };
    return part.weight === undefined ? undefined : { weight: part.weight };
  }
  return undefined;
}

/** Pods that setCanaryScale gives the canary: enough for whatever weight, for the spec says so. */
export function pledgedPods(context: RolloutContext, strategy: CanaryStrategy): number | undefined {
  return scaleInEffect(context, strategy) === undefined ? undefined : routedTargets(context, strategy).canary;
}

/**
 * Whether the canary has the pods for the weight of its step. More than those are enough too: where the weight falls, it falls first.
 * Semantics: traffic 1.5
 */
export function hasPodsForStep(context: RolloutContext, strategy: CanaryStrategy): boolean {
  const { canary, stable, replicas } = context;
  if (canary === undefined) return false;
  const target = routedTargets(context, strategy).canary;
  const threshold = strategy.replicaProgressThreshold;
  const isEnough = canary.available >= target || (threshold !== undefined && meetsThreshold(canary.available, target, threshold));
  if (!isEnough || strategy.dynamicStableScale || stable === undefined || stable === canary) return isEnough;
  return stable.replicas >= replicas;
}

/** Whether the ReplicaSets have the sizes a step asks for. Semantics: rollout-core 4.4 */
export function isRoutedAtSize(context: RolloutContext, strategy: CanaryStrategy, index: number): boolean {
  const { canary, stable, replicas } = context;
  if (canary === undefined || !canary.observed) return false;
  const { canary: wanted } = targetsWith(context, strategy, weightAtStep(strategy, index), scaleAt(strategy, index));
  const target = wanted === 0 && canary.replicas > 0 && replicas > 0 && isServed(context, canary) ? 1 : wanted;
  if (!isCanaryAtSize({ wanted: canary.replicas, available: canary.available }, target, strategy.replicaProgressThreshold)) return false;
  if (strategy.dynamicStableScale || stable === undefined || stable === canary) return true;
  return stable.observed && isStableAtSize({ wanted: stable.replicas, available: stable.available, actual: stable.actual }, replicas);
}

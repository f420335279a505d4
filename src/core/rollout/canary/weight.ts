import type { CanaryStep, CanaryStrategy, StepKind } from '../../../api/rollout-types.js';
import type { RolloutContext } from '../context.js';

/** Weight that means everything. */
export function maxWeightOf(strategy: CanaryStrategy): number {
  return strategy.trafficRouting?.maxTrafficWeight ?? 100;
}

/** The part of a step with this key; upstream lets some stand side by side in one step. */
export function partOf<K extends StepKind['kind']>(step: CanaryStep | undefined, kind: K): Extract<StepKind, { kind: K }> | undefined {
  const part = step === undefined ? undefined : [step, ...(step.also ?? [])].find((each) => each.kind === kind);
  // `find` cannot narrow by a type parameter; the kind was compared.
  return part as Extract<StepKind, { kind: K }> | undefined;
}

/**
 * Weight the steps ask for while step `index` is at work: that of the nearest setWeight at or before it.
 *
 * @returns 0 before the first setWeight, everything past the last step and without steps
 * Semantics: rollout-core 4.2
 */
export function weightAtStep(strategy: CanaryStrategy, index: number): number {
  if (index >= strategy.steps.length) return maxWeightOf(strategy);
  for (let i = index; i >= 0; i -= 1) {
    const part = partOf(strategy.steps[i], 'setWeight');
    if (part !== undefined) return part.weight;
  }
  return 0;
}

/**
 * Weight the stored status asks for.
 * Semantics: rollout-core 4.2, desired weight
 */
export function desiredWeight(context: RolloutContext, strategy: CanaryStrategy): number {
  const { status } = context;
  if (status.promoteFull || context.stable === undefined || context.isFullyPromoted) return maxWeightOf(strategy);
  if (status.abort) return 0;
  return weightAtStep(strategy, stepIndexOf(context, strategy));
}

/** The stored index, within the steps there are; past the end when none was stored. */
export function stepIndexOf(context: RolloutContext, strategy: CanaryStrategy): number {
  return Math.min(context.status.currentStepIndex ?? strategy.steps.length, strategy.steps.length);
}

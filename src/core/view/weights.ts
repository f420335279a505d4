import type { CanaryStrategy, Rollout } from '../../api/rollout-types.js';

/** Weight the steps ask for at `stepIndex`; all of it past the last step or without steps; 0 when aborted. cli-dashboard-gitops 1.8. */
export function viewSetWeight(strategy: CanaryStrategy, rollout: Rollout): number {
  const { status } = rollout;
  const max = viewMaxWeight(strategy);
  if (status.abort) return 0;
  const index = status.currentStepIndex ?? 0;
  if (index >= strategy.steps.length) return max;
  for (let i = index; i >= 0; i--) {
    const weight = weightOf(strategy, i);
    if (weight !== undefined) return weight;
  }
  return 0;
}

/**
 * Weight the canary really has: what the router was last told, or without one its share of the available pods.
 * @param canaryAvailable available pods of the canary ReplicaSet
 */
export function viewActualWeight(strategy: CanaryStrategy, rollout: Rollout, canaryAvailable: number): number {
  const { status } = rollout;
  const max = viewMaxWeight(strategy);
  if ((status.currentStepIndex ?? 0) >= strategy.steps.length) return max;
  if (status.availableReplicas === 0) return 0;
  if (strategy.trafficRouting === undefined) return Math.floor((canaryAvailable * max) / status.availableReplicas);
  return status.canary.weights?.canary.weight ?? viewSetWeight(strategy, rollout);
}

/** Weight that means all traffic. */
export function viewMaxWeight(strategy: CanaryStrategy): number {
  return strategy.trafficRouting?.maxTrafficWeight ?? 100;
}

function weightOf(strategy: CanaryStrategy, index: number): number | undefined {
  const step = strategy.steps[index];
  if (!step) return undefined;
  const weights = [step, ...(step.also ?? [])].flatMap((s) => (s.kind === 'setWeight' ? [s.weight] : []));
  return weights[0];
}

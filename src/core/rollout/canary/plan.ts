import type { CanaryStrategy } from '../../../api/rollout-types.js';
import type { RolloutContext } from '../context.js';
import { planHistory, planRunHistory } from '../history.js';
import { ensureReplicaSet, isNewVersion, numberRollout, planNewVersion } from '../new-version.js';
import { createIntendedRun, terminateOtherRuns } from '../runs.js';
import { joinUpdates, updateOf } from '../scaling.js';
import type { Lifecycle, RolloutAction, RolloutPlan } from '../types.js';
import { advanceCanary } from './advance.js';
import { explainCanary } from './explain.js';
import { planCanaryServices } from './service-targets.js';
import { planCanarySizes } from './sizes.js';
import { backgroundSlot, stepSlot } from './slots.js';

/**
 * A canary by replica share. Writes follow the *stored* status; what this pass decides anew is stored first and acted on in the next,
 * so that nobody who dies in between, and nobody who looks, sees a half-taken step.
 *
 * Semantics: rollout-core 3.3
 */
export function planCanary(context: RolloutContext, strategy: CanaryStrategy): RolloutPlan {
  if (isNewVersion(context)) return planNewVersion(context);
  const { life, transitions } = advanceCanary(context, strategy);
  const isAborting = life.abort && !context.status.abort;
  const actions = isAborting ? terminateOtherRuns(context.seen, [life.stepRun, life.backgroundRun]) : workOn(context, strategy, life);
  return {
    ...explainCanary(context, strategy, life, actions),
    actions: joinUpdates(actions),
    next: life,
    transitions,
    errors: [],
    need: [],
  };
}

/** In the order of rollout-core 3.3: identity, Services, analyses, sizes, then tidying up. */
function workOn(context: RolloutContext, strategy: CanaryStrategy, life: Lifecycle): readonly RolloutAction[] {
  return [
    ...ensureReplicaSet(context, false),
    ...numberRollout(context, false),
    ...planReadiness(context),
    ...planCanaryServices(context, strategy),
    ...planRuns(context, strategy, life),
    ...planCanarySizes(context, strategy),
    ...planHistory(context),
    ...planRunHistory(context, life),
  ];
}

function planReadiness({ canary, spec }: RolloutContext): readonly RolloutAction[] {
  return canary === undefined ? [] : updateOf(canary, { minReadySeconds: spec.minReadySeconds });
}

/** Runs that the stored status names and that are still wanted are made; all others end. */
function planRuns(context: RolloutContext, strategy: CanaryStrategy, life: Lifecycle): readonly RolloutAction[] {
  const { currentStepAnalysisRunStatus: step, currentBackgroundAnalysisRunStatus: background } = context.status.canary;
  const isWanted = (stored: { name: string } | undefined, next: { name: string } | undefined): boolean => stored?.name === next?.name;
  return [
    ...terminateOtherRuns(context.seen, [life.stepRun, life.backgroundRun]),
    ...(isWanted(step, life.stepRun) ? createIntendedRun(context, stepSlot(strategy, context.status.currentStepIndex ?? -1), step) : []),
    ...(isWanted(background, life.backgroundRun) ? createIntendedRun(context, backgroundSlot(strategy), background) : []),
  ];
}

import type { CanaryStrategy } from '../../../api/rollout-types.js';
import type { RolloutContext } from '../context.js';
import { createIntendedExperiment, terminateOtherExperiments } from '../experiments.js';
import { planExperimentHistory, planHistory, planRunHistory } from '../history.js';
import { isNewVersion, planNewVersion } from '../new-version.js';
import { createIntendedRun, terminateOtherRuns } from '../runs.js';
import { joinUpdates } from '../scaling.js';
import type { Lifecycle, RolloutAction, RolloutPlan } from '../types.js';
import { earliest, planUpkeep, type Upkeep } from '../upkeep.js';
import { advanceCanary } from './advance.js';
import { explainCanary } from './explain.js';
import { planCanaryServices } from './service-targets.js';
import { planCanarySizes } from './sizes.js';
import { backgroundSlot, experimentStep, stepSlot } from './slots.js';

/**
 * A canary by replica share. Writes follow the *stored* status; what this pass decides anew is stored first and acted on in the next,
 * so that nobody who dies in between, and nobody who looks, sees a half-taken step.
 *
 * Semantics: rollout-core 3.3
 */
export function planCanary(context: RolloutContext, strategy: CanaryStrategy): RolloutPlan {
  if (isNewVersion(context)) return planNewVersion(context);
  const { life, transitions } = advanceCanary(context, strategy);
  const upkeep = planUpkeep(context);
  const isAborting = life.abort && !context.status.abort;
  const actions = isAborting ? endMeasuring(context, life) : workOn(context, strategy, life, upkeep);
  const explained = explainCanary(context, strategy, life, actions);
  return {
    ...explained,
    ...earliest(explained.requeueAt, upkeep.requeueAt),
    actions: joinUpdates(actions),
    next: { ...life, restartedAt: upkeep.restartedAt },
    transitions,
    errors: [],
    need: upkeep.need,
  };
}

/**
 * In the order of rollout-core 3.3: identity, restarts, metadata, Services, analyses, sizes, then tidying up. While pods are being evicted
 * no size changes: both would count on the same pods.
 */
function workOn(context: RolloutContext, strategy: CanaryStrategy, life: Lifecycle, upkeep: Upkeep): readonly RolloutAction[] {
  return [
    ...upkeep.actions,
    ...planCanaryServices(context, strategy),
    ...planRuns(context, strategy, life),
    ...(upkeep.isEvicting ? [] : planCanarySizes(context, strategy)),
    ...planHistory(context),
    ...planRunHistory(context, life),
    ...planExperimentHistory(context, life),
  ];
}

function endMeasuring({ seen }: RolloutContext, life: Lifecycle): readonly RolloutAction[] {
  return [...terminateOtherRuns(seen, [life.stepRun, life.backgroundRun]), ...terminateOtherExperiments(seen, life.experiment)];
}

/** Runs that the stored status names and that are still wanted are made; all others end. */
function planRuns(context: RolloutContext, strategy: CanaryStrategy, life: Lifecycle): readonly RolloutAction[] {
  const { currentStepAnalysisRunStatus: step, currentBackgroundAnalysisRunStatus: background } = context.status.canary;
  const isWanted = (stored: { name: string } | undefined, next: { name: string } | undefined): boolean => stored?.name === next?.name;
  const index = context.status.currentStepIndex ?? -1;
  const { currentExperiment: experiment } = context.status.canary;
  return [
    ...endMeasuring(context, life),
    ...(experiment === life.experiment ? createIntendedExperiment(context, experimentStep(strategy, index), index, experiment) : []),
    ...(isWanted(step, life.stepRun) ? createIntendedRun(context, stepSlot(strategy, index), step) : []),
    ...(isWanted(background, life.backgroundRun) ? createIntendedRun(context, backgroundSlot(strategy), background) : []),
  ];
}

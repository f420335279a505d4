import type { CanaryStrategy } from '../../../api/rollout-types.js';
import type { RolloutContext } from '../context.js';
import { createIntendedExperiment, terminateOtherExperiments } from '../experiments.js';
import { createIntendedRun, terminateOtherRuns } from '../runs.js';
import type { Lifecycle, RolloutAction } from '../types.js';
import { backgroundSlot, experimentStep, stepSlot } from './slots.js';

/** Ends every analysis and experiment that the status does not name. */
export function endMeasuring({ seen }: RolloutContext, life: Lifecycle): readonly RolloutAction[] {
  return [...terminateOtherRuns(seen, [life.stepRun, life.backgroundRun]), ...terminateOtherExperiments(seen, life.experiment)];
}

/** Runs that the stored status names and that are still wanted are made; all others end. */
export function planRuns(context: RolloutContext, strategy: CanaryStrategy, life: Lifecycle): readonly RolloutAction[] {
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

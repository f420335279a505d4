import type { CanaryStrategy, RunPointer } from '../../../api/rollout-types.js';
import { change, type Advance } from '../advance.js';
import type { RolloutContext } from '../context.js';
import { intendExperiment, isExperimentOf } from '../experiments.js';
import { hasPause } from '../lifecycle.js';
import { intendRun, isRunOf, type RunSlot } from '../runs.js';
import type { Lifecycle } from '../types.js';
import { isResumedAt } from './complete-steps.js';
import { backgroundSlot, experimentStep, stepSlot } from './slots.js';

/** Begins the pause of the step that is now current. Semantics: rollout-core 3.3 #12, in the same write as the advance to it. */
export function settlePause(advance: Advance, context: RolloutContext, strategy: CanaryStrategy): Advance {
  const { life } = advance;
  const index = life.stepIndex;
  if (index === undefined || strategy.steps[index]?.kind !== 'pause') return advance;
  if (hasPause(life, 'CanaryPauseStep') || isResumedAt(life, index)) return advance;
  const pause = { reason: 'CanaryPauseStep', startTime: context.seen.now };
  return change(advance, { pauses: [...life.pauses, pause], controllerPause: true, pausedStep: index });
}

/**
 * Records which AnalysisRuns are to exist from now on, or forgets them.
 * @param resumed a human has just resumed: what was inconclusive is to be measured again
 * Semantics: rollout-core 3.4
 */
export function settleRuns(advance: Advance, context: RolloutContext, strategy: CanaryStrategy, resumed: boolean): Advance {
  const { life } = advance;
  const isUpdating = life.stableRS !== '' && life.stableRS !== context.canaryHash && !life.abort && !life.promoteFull;
  return change(advance, {
    stepRun: isUpdating ? stepRun(life, context, strategy, resumed) : undefined,
    backgroundRun: isUpdating ? backgroundRun(life, context, strategy, resumed) : undefined,
    experiment: isUpdating ? experiment(life, context, strategy) : undefined,
  });
}

function experiment(life: Lifecycle, context: RolloutContext, strategy: CanaryStrategy): string | undefined {
  const index = life.stepIndex;
  if (index === undefined || experimentStep(strategy, index) === undefined) return undefined;
  return life.experiment !== undefined && isExperimentOf(life.experiment, context, index)
    ? life.experiment
    : intendExperiment(context, index);
}

function stepRun(life: Lifecycle, context: RolloutContext, strategy: CanaryStrategy, resumed: boolean): RunPointer | undefined {
  const slot = life.stepIndex === undefined ? undefined : stepSlot(strategy, life.stepIndex);
  if (slot === undefined) return undefined;
  if (life.pauses.length > 0) return life.stepRun;
  return runFor(slot, life.stepRun, context, resumed);
}

function backgroundRun(life: Lifecycle, context: RolloutContext, strategy: CanaryStrategy, resumed: boolean): RunPointer | undefined {
  const slot = backgroundSlot(strategy);
  const hasStarted = life.stepIndex === undefined || life.stepIndex >= (strategy.analysis?.startingStep ?? 0);
  if (slot === undefined || !hasStarted) return undefined;
  if (hasPause(life, 'InconclusiveAnalysisRun')) return life.backgroundRun;
  return runFor(slot, life.backgroundRun, context, resumed);
}

function runFor(slot: RunSlot, pointer: RunPointer | undefined, context: RolloutContext, resumed: boolean): RunPointer {
  if (pointer === undefined || !isRunOf(pointer, context, slot)) return intendRun(context, slot, pointer);
  return resumed && pointer.status === 'Inconclusive' ? intendRun(context, slot, pointer) : pointer;
}

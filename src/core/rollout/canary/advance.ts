import type { CanaryStrategy } from '../../../api/rollout-types.js';
import { abort, change, judgeExperiment, judgeRuns, promote, type Advance } from '../advance.js';
import type { RolloutContext } from '../context.js';
import { findExperiment, isExperimentOf } from '../experiments.js';
import { isResumed, lifecycleOf } from '../lifecycle.js';
import { isInRollbackWindow } from '../rollback-window.js';
import { isRunOf, refreshPointer } from '../runs.js';
import type { Lifecycle } from '../types.js';
import { meetsThreshold } from '../../replicas/at-size.js';
import { completeSteps } from './complete-steps.js';
import { hasReachedWeight } from './routed/reached.js';
import { settlePause, settleRuns } from './settle.js';
import { stepSlot } from './slots.js';
import { stepIndexOf } from './weight.js';

/**
 * What the stored status becomes by what is seen now: verdicts, promotions, completed steps, pauses, the intent to run analyses.
 * Order matters: an abort wins over everything but a full promotion, a promotion over steps.
 *
 * Semantics: rollout-core 3.4-3.7, 5.3 of analysis
 */
export function advanceCanary(context: RolloutContext, strategy: CanaryStrategy): Advance {
  const started = acknowledge(begin(context, strategy), context, strategy);
  const judged = judge(started, context);
  const promoted = tryPromote(judged, context, strategy);
  if (promoted !== undefined) return promoted;
  if (judged.life.abort) return settleAbort(judged, context, strategy);
  const stepped = completeSteps(judged, context, strategy);
  return settleRuns(settlePause(stepped, context, strategy), context, strategy, isResumed(judged.life) && !context.spec.paused);
}

function begin(context: RolloutContext, strategy: CanaryStrategy): Advance {
  const { seen, status } = context;
  const life = lifecycleOf(status);
  const stepRun = refreshPointer(seen, isForStoredStep(context, strategy) ? life.stepRun : undefined);
  const index = stepIndexOf(context, strategy);
  const experiment = life.experiment !== undefined && isExperimentOf(life.experiment, context, index) ? life.experiment : undefined;
  return { life: { ...life, stepRun, experiment, backgroundRun: refreshPointer(seen, life.backgroundRun) }, transitions: [] };
}

/** Users skip a step by moving the index: the run of the step they left must not judge the next one. */
function isForStoredStep(context: RolloutContext, strategy: CanaryStrategy): boolean {
  const pointer = context.status.canary.currentStepAnalysisRunStatus;
  const slot = stepSlot(strategy, stepIndexOf(context, strategy));
  return pointer !== undefined && slot !== undefined && isRunOf(pointer, context, slot);
}

/** What users wrote into the status, and what their edits of the spec mean for it. */
function acknowledge(advance: Advance, context: RolloutContext, strategy: CanaryStrategy): Advance {
  const { life } = advance;
  const steps = strategy.steps.length;
  const index = steps === 0 ? undefined : stepIndexOf(context, strategy);
  const skipsSteps = {
    pauses: [],
    controllerPause: false,
    stepIndex: steps === 0 ? undefined : steps,
    stepRun: undefined,
    backgroundRun: undefined,
  };
  if (life.promoteFull) return change(advance, { ...skipsSteps, abort: false, abortedAt: undefined, pausedStep: undefined });
  if (context.isFullyPromoted) return change(advance, { abort: false, abortedAt: undefined, stepIndex: skipsSteps.stepIndex });
  if (life.abort && life.abortedAt === undefined) return abort(advance, context, undefined);
  if (!life.abort && life.abortedAt !== undefined) return retry(change(advance, { stepIndex: index }));
  if (!life.abort && !context.spec.paused && isInRollbackWindow(context)) return change(advance, { ...skipsSteps, pausedStep: undefined });
  return change(advance, { stepIndex: index });
}

function retry(advance: Advance): Advance {
  return change(
    advance,
    { abortedAt: undefined, stepRun: undefined, backgroundRun: undefined, pausedStep: undefined },
    { kind: 'retried' },
  );
}

function judge(advance: Advance, context: RolloutContext): Advance {
  const { life } = advance;
  if (life.abort || life.promoteFull || context.isFullyPromoted) return advance;
  const judged = judgeRuns(advance, context, [
    { pointer: life.stepRun, title: 'Step-based analysis' },
    { pointer: life.backgroundRun, title: 'Background analysis' },
  ]);
  return judged.life.abort ? judged : judgeExperiment(judged, context, findExperiment(context.seen, life.experiment));
}

/** Semantics: rollout-core 3.6 C */
function tryPromote(advance: Advance, context: RolloutContext, strategy: CanaryStrategy): Advance | undefined {
  const { life } = advance;
  const done = strategy.steps.length;
  const end = done === 0 ? undefined : done;
  if (life.stableRS === '') return promote(advance, context, end, 'Initial deploy');
  if (life.abort || !isComplete(context, strategy)) return undefined;
  if (life.promoteFull) return promote(advance, context, end, 'Full promotion requested');
  if (context.isFullyPromoted) return promote(advance, context, end, 'Fast rollback');
  if (!context.spec.paused && isInRollbackWindow(context)) return promote(advance, context, end, 'Rollback within window');
  if (!hasReachedWeight(context, strategy, done)) return undefined;
  return (life.stepIndex ?? done) >= done ? promote(advance, context, end, `Completed all ${done} canary steps`) : undefined;
}

/** All wanted pods of the canary are available, or as many as `replicaProgressThreshold` asks for. */
function isComplete({ canary, replicas }: RolloutContext, strategy: CanaryStrategy): boolean {
  if (canary === undefined) return false;
  const threshold = strategy.replicaProgressThreshold;
  return canary.available >= replicas || (threshold !== undefined && meetsThreshold(canary.available, replicas, threshold));
}

/** Runs stay recorded with their verdict until the abort itself is stored. Semantics: rollout-core 3.6 D */
function settleAbort(advance: Advance, context: RolloutContext, strategy: CanaryStrategy): Advance {
  const stored = context.status.abort && context.status.abortedAt !== undefined;
  const stepIndex = strategy.steps.length === 0 ? undefined : 0;
  const next: Partial<Lifecycle> = { stepIndex, pauses: [], controllerPause: false };
  return change(advance, stored ? { ...next, stepRun: undefined, backgroundRun: undefined, experiment: undefined } : next);
}

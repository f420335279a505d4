import type { CanaryStep, CanaryStrategy } from '../../../api/rollout-types.js';
import { change, type Advance } from '../advance.js';
import type { RolloutContext } from '../context.js';
import { findExperiment } from '../experiments.js';
import { hasPause, isResumed } from '../lifecycle.js';
import type { Lifecycle, Transition } from '../types.js';
import { hasReachedRoutes, hasReachedWeight } from './routed/reached.js';
import { isRoutedAtSize } from './routed/targets.js';
import { isAtSize } from './sizes.js';
import { weightAtStep } from './weight.js';

/**
 * Goes past every step that is complete by what is seen now. A step whose effect still has to be written (sizes, runs) can only be
 * complete in a later pass, so that no step is skipped and each advance is stored before anything is built on it.
 *
 * Semantics: rollout-core 3.5. Differs: several steps may be completed in one pass; each still gets its event.
 */
export function completeSteps(advance: Advance, context: RolloutContext, strategy: CanaryStrategy): Advance {
  if (context.spec.paused) return advance;
  const resumedStep =
    advance.life.stepIndex !== undefined && isResumedAt(advance.life, advance.life.stepIndex) ? advance.life.stepIndex : undefined;
  let now = endResume(advance);
  while (!hasPause(now.life, 'InconclusiveAnalysisRun')) {
    const index = now.life.stepIndex;
    const step = index === undefined ? undefined : strategy.steps[index];
    if (index === undefined || step === undefined) break;
    const isLetPass = index === resumedStep && (step.kind === 'pause' || isUnsure(now.life, step, context));
    if (!isLetPass && !isStepComplete(now.life, step, index, context, strategy)) break;
    now = leaveStep(now, index);
  }
  return now;
}

/** A resume is acted on once: whatever pause comes later is a pause of its own. */
function endResume(advance: Advance): Advance {
  return isResumed(advance.life)
    ? change(advance, { controllerPause: false, pausedStep: undefined }, { kind: 'resumed', by: 'human' })
    : advance;
}

function isStepComplete(life: Lifecycle, step: CanaryStep, index: number, context: RolloutContext, strategy: CanaryStrategy): boolean {
  switch (step.kind) {
    case 'pause':
      return isPauseOver(life, step.durationMs, context.seen.now);
    case 'setWeight':
      return hasSizesOf(context, strategy, index) && hasReachedWeight(context, strategy, index);
    case 'setCanaryScale':
      return hasSizesOf(context, strategy, index);
    case 'analysis':
      return life.stepRun?.status === 'Successful';
    case 'experiment':
      return findExperiment(context.seen, life.experiment)?.status.phase === 'Successful';
    case 'setHeaderRoute':
    case 'setMirrorRoute':
      return hasReachedRoutes(context, strategy, index);
    case 'plugin':
      // Refused as unsupported before a step is ever looked at.
      return false;
  }
}

function hasSizesOf(context: RolloutContext, strategy: CanaryStrategy, index: number): boolean {
  if (strategy.trafficRouting !== undefined) return isRoutedAtSize(context, strategy, index);
  return isAtSize(context, strategy, weightAtStep(strategy, index));
}

/**
 * An experiment that could not tell is over: whoever resumes has looked for himself and goes on.
 * Differs: upstream makes another one every second and never gets past it (rollout-core 10 #13).
 */
function isUnsure(life: Lifecycle, step: CanaryStep, { seen }: RolloutContext): boolean {
  return step.kind === 'experiment' && findExperiment(seen, life.experiment)?.status.phase === 'Inconclusive';
}

function isPauseOver(life: Lifecycle, durationMs: number | undefined, now: number): boolean {
  const pause = life.pauses.find(({ reason }) => reason === 'CanaryPauseStep');
  return pause !== undefined && durationMs !== undefined && now >= pause.startTime + durationMs;
}

/**
 * Whether a human resumed this very pause. Argo CD's skip takes the pause away and moves the index at once: that resume was for the
 * step before (rollout-core 10 #31). A pause begun by another controller has no step recorded.
 */
export function isResumedAt(life: Lifecycle, index: number): boolean {
  return isResumed(life) && (life.pausedStep === undefined || life.pausedStep === index);
}

function leaveStep(advance: Advance, index: number): Advance {
  const { life } = advance;
  const pauses = life.pauses.filter(({ reason }) => reason !== 'CanaryPauseStep');
  const resumed: readonly Transition[] = pauses.length < life.pauses.length ? [{ kind: 'resumed', by: 'timer' }] : [];
  const next = {
    stepIndex: index + 1,
    pauses,
    controllerPause: pauses.length > 0,
    stepRun: undefined,
    experiment: undefined,
    pausedStep: undefined,
  };
  return change(advance, next, ...resumed, { kind: 'stepCompleted', index: index + 1 });
}

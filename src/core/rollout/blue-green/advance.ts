import type { BlueGreenStrategy, RunPointer } from '../../../api/rollout-types.js';
import { abort, change, judgeRuns, promote, type Advance } from '../advance.js';
import type { RolloutContext } from '../context.js';
import { hasPause, isResumed, lifecycleOf } from '../lifecycle.js';
import { isInRollbackWindow } from '../rollback-window.js';
import { intendRun, isRunOf, refreshPointer, type RunSlot } from '../runs.js';
import type { Lifecycle } from '../types.js';
import { activeHash, isCanaryReady, isFastTracked, isPauseOver, isSaturated, needsPause, previewHash } from './facts.js';
import { postSlot, preSlot } from './slots.js';

/**
 * What the stored status becomes by what is seen now. Semantics: rollout-core 5.2-5.5
 */
export function advanceBlueGreen(context: RolloutContext, strategy: BlueGreenStrategy): Advance {
  const judged = judge(acknowledge(begin(context, strategy), context), context);
  const promoted = tryPromote(judged, context, strategy);
  if (promoted !== undefined) return promoted;
  if (judged.life.abort) return change(judged, { pauses: [], controllerPause: false });
  const measured = settleRuns(judged, context, strategy);
  return settleCheckpoint(settlePause(measured, context, strategy), context, strategy);
}

function begin(context: RolloutContext, strategy: BlueGreenStrategy): Advance {
  const { seen, status } = context;
  const life = lifecycleOf(status);
  return {
    life: {
      ...life,
      stepIndex: undefined,
      activeSelector: activeHash(context, strategy),
      previewSelector: previewHash(context, strategy),
      preRun: refreshPointer(seen, life.preRun),
      postRun: refreshPointer(seen, life.postRun),
    },
    transitions: [],
  };
}

function acknowledge(advance: Advance, context: RolloutContext): Advance {
  const { life } = advance;
  if (life.promoteFull) return change(advance, { pauses: [], controllerPause: false, abort: false, abortedAt: undefined });
  if (context.isFullyPromoted) return change(advance, { abort: false, abortedAt: undefined, pauses: [], controllerPause: false });
  if (life.abort && life.abortedAt === undefined) return abort(advance, context, undefined);
  // Verdicts of the first try do not count for the second (rollout-core 10 #2).
  if (!life.abort && life.abortedAt !== undefined)
    return change(advance, { abortedAt: undefined, preRun: undefined, postRun: undefined, previewCheckpoint: false }, { kind: 'retried' });
  return advance;
}

function judge(advance: Advance, context: RolloutContext): Advance {
  const { life } = advance;
  if (life.abort || isFastTracked(context, life)) return advance;
  return judgeRuns(advance, context, [
    { pointer: life.preRun, title: 'Blue/green pre-promotion analysis' },
    { pointer: life.postRun, title: 'Blue/green post-promotion analysis' },
  ]);
}

/** Semantics: rollout-core 5.5 */
function tryPromote(advance: Advance, context: RolloutContext, strategy: BlueGreenStrategy): Advance | undefined {
  const { life } = advance;
  if (life.stableRS === '' || life.activeSelector === '') return promote(advance, context, undefined, 'Initial deploy');
  if (life.activeSelector !== context.canaryHash) return undefined;
  if (life.promoteFull) return promote(advance, context, undefined, 'Full promotion requested');
  if (life.abort) return undefined;
  if (context.isFullyPromoted) return promote(advance, context, undefined, 'Fast rollback');
  if (isFastTracked(context, life))
    return promote(advance, context, undefined, isInRollbackWindow(context) ? 'Rollback within window' : 'Fast rollback');
  const post = postSlot(strategy);
  return post === undefined || life.postRun?.status === 'Successful'
    ? promote(advance, context, undefined, 'Completed blue-green update')
    : undefined;
}

/** Semantics: rollout-core 3.4, 5.5: which runs there are to be, and when one is made anew. */
function settleRuns(advance: Advance, context: RolloutContext, strategy: BlueGreenStrategy): Advance {
  const { life } = advance;
  if (isFastTracked(context, life)) return advance;
  const resumed = isResumed(life) && !context.spec.paused;
  const isSwitched = life.activeSelector === context.canaryHash;
  const mayStartPre = life.activeSelector !== '' && !isSwitched && isCanaryReady(context, strategy, life);
  const preRun = runFor(preSlot(strategy), life.preRun, context, resumed, mayStartPre);
  const postRun = runFor(postSlot(strategy), life.postRun, context, resumed, isSwitched && isSaturated(context));
  const isRerun = preRun !== life.preRun && life.preRun?.status === 'Inconclusive';
  const isRerunAfter = postRun !== life.postRun && life.postRun?.status === 'Inconclusive';
  if (!isRerun && !isRerunAfter) return change(advance, { preRun, postRun });
  return change(advance, { preRun, postRun, controllerPause: false }, { kind: 'resumed', by: 'human' });
}

function runFor(
  slot: RunSlot | undefined,
  pointer: RunPointer | undefined,
  context: RolloutContext,
  resumed: boolean,
  mayStart: boolean,
): RunPointer | undefined {
  if (slot === undefined) return undefined;
  if (pointer !== undefined && isRunOf(pointer, context, slot)) {
    return resumed && pointer.status === 'Inconclusive' ? intendRun(context, slot, pointer) : pointer;
  }
  return mayStart ? intendRun(context, slot, pointer) : undefined;
}

export function isPreDone(strategy: BlueGreenStrategy, life: Lifecycle): boolean {
  return preSlot(strategy) === undefined || life.preRun?.status === 'Successful';
}

/** Semantics: rollout-core 5.2 */
function settlePause(advance: Advance, context: RolloutContext, strategy: BlueGreenStrategy): Advance {
  const { life } = advance;
  if (isHalted(context, life) || !isCanaryReady(context, strategy, life)) return advance;
  const isIdle =
    isFastTracked(context, life) || life.activeSelector === context.canaryHash || life.previewCheckpoint || !needsPause(strategy);
  if (isIdle) return endPause(advance, 'timer');
  if (!isPreDone(strategy, life) || isResumed(life)) return advance;
  if (hasPause(life, 'BlueGreenPause')) return isPauseOver(context, strategy, life) ? passPause(advance) : advance;
  const pause = { reason: 'BlueGreenPause', startTime: context.seen.now };
  return change(advance, { pauses: [...life.pauses, pause], controllerPause: true });
}

/** A timer that has run out leaves the same trace as a human's resume, until the switch has been made. */
function passPause(advance: Advance): Advance {
  const pauses = advance.life.pauses.filter(({ reason }) => reason !== 'BlueGreenPause');
  return change(advance, { pauses, controllerPause: true }, { kind: 'resumed', by: 'timer' });
}

function endPause(advance: Advance, by: 'timer'): Advance {
  const { life } = advance;
  if (!hasPause(life, 'BlueGreenPause')) return isResumed(life) ? change(advance, { controllerPause: false }) : advance;
  const pauses = life.pauses.filter(({ reason }) => reason !== 'BlueGreenPause');
  return change(advance, { pauses, controllerPause: pauses.length > 0 }, { kind: 'resumed', by });
}

export function isHalted({ spec, status }: RolloutContext, life: Lifecycle): boolean {
  return !status.abort && (spec.paused || hasPause(life, 'InconclusiveAnalysisRun'));
}

/** With `previewReplicaCount`: from here on the canary gets all its pods. Semantics: rollout-core 5.4 */
function settleCheckpoint(advance: Advance, context: RolloutContext, strategy: BlueGreenStrategy): Advance {
  const { life } = advance;
  if (strategy.previewReplicaCount === undefined || life.previewCheckpoint || isHalted(context, life)) return advance;
  if (life.activeSelector === '' || life.activeSelector === context.canaryHash || isFastTracked(context, life)) return advance;
  const isReady = isCanaryReady(context, strategy, life) && isPreDone(strategy, life) && isPauseOver(context, strategy, life);
  if (!isReady) return advance;
  const resumed = isResumed(life) ? ([{ kind: 'resumed', by: 'human' }] as const) : [];
  return change(advance, { previewCheckpoint: true, controllerPause: life.pauses.length > 0 }, ...resumed);
}

import type { Experiment } from '../../api/experiment-types.js';
import type { RunPointer } from '../../api/rollout-types.js';
import type { RolloutContext } from './context.js';
import { hasPause, isResumed } from './lifecycle.js';
import { hasTimedOut, timedOutMessage } from './progress.js';
import type { Lifecycle, Transition } from './types.js';

/** A lifecycle on its way, and what happened to it so far in this plan. */
export interface Advance {
  readonly life: Lifecycle;
  readonly transitions: readonly Transition[];
}

export function change(advance: Advance, life: Partial<Lifecycle>, ...transitions: readonly Transition[]): Advance {
  return { life: { ...advance.life, ...life }, transitions: [...advance.transitions, ...transitions] };
}

/** No pause, no abort, no run: where an update begins and where it ends. */
export const cleared = {
  pauses: [],
  controllerPause: false,
  abort: false,
  abortedAt: undefined,
  promoteFull: false,
  stepRun: undefined,
  backgroundRun: undefined,
  experiment: undefined,
  pausedStep: undefined,
  fastTrack: false,
  abortedHash: undefined,
} as const satisfies Partial<Lifecycle>;

/** Makes the canary the stable version. Semantics: rollout-core 3.6 C */
export function promote(advance: Advance, context: RolloutContext, stepIndex: number | undefined, reason: string): Advance {
  const isNew = advance.life.stableRS !== context.canaryHash;
  const stablePingPong = isNew ? flipped(context, advance.life.stablePingPong) : advance.life.stablePingPong;
  const next = { ...cleared, stableRS: context.canaryHash, stepIndex, previewCheckpoint: false, stablePingPong };
  return isNew ? change(advance, next, { kind: 'promoted', reason }) : change(advance, next);
}

/** The Services of ping-pong change their roles instead of their selectors. Nobody recorded counts as pong. Semantics: rollout-core 6.3 */
function flipped({ spec }: RolloutContext, stable: Lifecycle['stablePingPong']): Lifecycle['stablePingPong'] {
  if (spec.strategy.kind !== 'canary' || spec.strategy.pingPong === undefined) return stable;
  return stable === 'ping' ? 'pong' : 'ping';
}

/** An abort that is decided now, or that a user asked for and nobody has acknowledged. Semantics: rollout-core 9.1 */
export function abort(advance: Advance, context: RolloutContext, cause: string | undefined): Advance {
  const next = { abort: true, abortedAt: context.seen.now, pauses: [], controllerPause: false, pausedStep: undefined };
  return change(advance, next, { kind: 'aborted', cause });
}

/** What a verdict on an analysis means for the update: Failed and Error end it, Inconclusive asks a human. Semantics: rollout-core 3.4 */
export function judgeRuns(advance: Advance, context: RolloutContext, runs: readonly JudgedRun[]): Advance {
  const { life } = advance;
  const bad = runs.find(({ pointer }) => pointer?.status === 'Failed' || pointer?.status === 'Error');
  if (bad !== undefined) return abort(advance, context, failureText(bad));
  if (context.spec.progressDeadlineAbort && hasTimedOut(context)) return abort(advance, context, timedOutMessage(context));
  const isUnsure = runs.some(({ pointer }) => pointer?.status === 'Inconclusive');
  if (!isUnsure || isResumed(life) || hasPause(life, 'InconclusiveAnalysisRun')) return advance;
  const pause = { reason: 'InconclusiveAnalysisRun', startTime: context.seen.now };
  return change(advance, { pauses: [...life.pauses, pause], controllerPause: true });
}

/** Semantics: rollout-core 3.4: as for analyses, with a pause reason and a text of its own. */
export function judgeExperiment(advance: Advance, context: RolloutContext, experiment: Experiment | undefined): Advance {
  const { life } = advance;
  const { phase = '', message = '' } = experiment?.status ?? {};
  if (phase === 'Failed' || phase === 'Error')
    return abort(advance, context, `Experiment analysis phase is error/failed${message === '' ? '' : `: ${message}`}`);
  if (phase !== 'Inconclusive' || isResumed(life) || hasPause(life, 'InconclusiveExperiment')) return advance;
  const pause = { reason: 'InconclusiveExperiment', startTime: context.seen.now };
  return change(advance, { pauses: [...life.pauses, pause], controllerPause: true });
}

export interface JudgedRun {
  readonly pointer: RunPointer | undefined;
  /** As messages name it: `Step-based analysis`. */
  readonly title: string;
}

function failureText({ pointer, title }: JudgedRun): string {
  return `${title} phase error/failed${pointer?.message === undefined ? '' : `: ${pointer.message}`}`;
}

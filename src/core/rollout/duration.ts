import type { CompletionStatus, RolloutDuration, RolloutStatus } from '../../api/rollout-types.js';
import { createdAt, type RolloutContext } from './context.js';
import type { Transition } from './types.js';

/**
 * How long the update takes, and how much of that it waited for people.
 *
 * @param next the status to be written, without its duration
 * Semantics: rollout-core 1.7
 */
export function assessDuration(
  context: RolloutContext,
  next: Omit<RolloutStatus, 'duration'>,
  transitions: readonly Transition[],
): RolloutDuration {
  const started = startDuration(context, next, transitions);
  const waited = countPause(context, next, started);
  const completion = completionOf(context, next, transitions, waited);
  if (waited.finishedAt !== undefined || waited.rolloutStartedAt === undefined || completion === undefined) return waited;
  return { ...waited, completionStatus: completion, finishedAt: context.seen.now };
}

function startDuration(
  context: RolloutContext,
  next: Omit<RolloutStatus, 'duration'>,
  transitions: readonly Transition[],
): RolloutDuration {
  const { status, seen } = context;
  const { duration } = status;
  const isNew = transitions.some(({ kind }) => kind === 'updateStarted' || kind === 'retried');
  if (!isNew) return duration;
  const back = rollbackOf(context, next);
  // The timer of the update that is taken back runs on: how long its harm lasted is what is asked for.
  if (back !== undefined && duration.rolloutStartedAt !== undefined && duration.finishedAt === undefined)
    return { ...duration, completionStatus: back };
  // Nothing was going on any more and nothing begins: what is kept is how the last update ended.
  return back === 'FastRolledBack' ? duration : { rolloutStartedAt: seen.now };
}

function rollbackOf(context: RolloutContext, next: Omit<RolloutStatus, 'duration'>): CompletionStatus | undefined {
  const { canary, stable } = context;
  if (next.stableRS !== '' && next.stableRS === next.currentPodHash && context.status.stableRS !== '') return 'FastRolledBack';
  if (canary === undefined || stable === undefined || canary === stable) return undefined;
  return createdAt(canary) < createdAt(stable) ? 'RolledBack' : undefined;
}

function countPause(context: RolloutContext, next: Omit<RolloutStatus, 'duration'>, duration: RolloutDuration): RolloutDuration {
  const { now } = context.seen;
  const { manualPauseStartedAt, ...others } = duration;
  const isWaiting = duration.rolloutStartedAt !== undefined && duration.finishedAt === undefined && waitsForHuman(context, next);
  if (isWaiting) return { ...duration, manualPauseStartedAt: manualPauseStartedAt ?? now };
  if (manualPauseStartedAt === undefined) return duration;
  const waited = Math.max(0, Math.round((now - manualPauseStartedAt) / 1_000));
  return { ...others, totalManualPauseDurationSeconds: (duration.totalManualPauseDurationSeconds ?? 0) + waited };
}

function waitsForHuman({ spec }: RolloutContext, next: Omit<RolloutStatus, 'duration'>): boolean {
  if (spec.paused) return true;
  return next.pauseConditions.some(({ reason }) => {
    if (reason === 'InconclusiveAnalysisRun' || reason === 'InconclusiveExperiment') return true;
    if (reason === 'BlueGreenPause') return spec.strategy.kind === 'blueGreen' && !spec.strategy.autoPromotionEnabled;
    if (reason !== 'CanaryPauseStep' || spec.strategy.kind !== 'canary') return false;
    const step = spec.strategy.steps[next.currentStepIndex ?? -1];
    return step?.kind === 'pause' && step.durationMs === undefined;
  });
}

function completionOf(
  context: RolloutContext,
  next: Omit<RolloutStatus, 'duration'>,
  transitions: readonly Transition[],
  duration: RolloutDuration,
): CompletionStatus | undefined {
  if (next.abort) return 'Aborted';
  const isStable = next.stableRS !== '' && next.stableRS === next.currentPodHash;
  const promoted = transitions.find((transition) => transition.kind === 'promoted');
  if (promoted !== undefined)
    return promoted.reason === 'Full promotion requested' ? 'FastPromoted' : (duration.completionStatus ?? 'Promoted');
  const isComplete = isStable && (context.canary?.available ?? 0) >= context.replicas;
  return isComplete ? (duration.completionStatus ?? 'Promoted') : undefined;
}

import type { CanaryStrategy } from '../../../api/rollout-types.js';
import { renderTime } from '../../../lib/time.js';
import type { EpochMs } from '../../../lib/scheduler.js';
import type { RolloutContext } from '../context.js';
import { waiting, type Explanation } from '../explanation.js';
import { deadlineAt } from '../progress.js';
import { deadlineOf, hasDeadline } from '../scale-down.js';
import type { Awaited, Lifecycle, RolloutAction } from '../types.js';
import { describeStep } from './describe-step.js';

/**
 * Why nothing, or nothing more, happens now: the first thing that is in the way.
 *
 * The texts name no counts: they are stored, and what is counted changes all the time; `explain` shows the numbers live.
 */
export function explainCanary(
  context: RolloutContext,
  strategy: CanaryStrategy,
  life: Lifecycle,
  actions: readonly RolloutAction[],
  traffic?: Explanation,
): Explanation {
  const { name } = context.rollout.metadata;
  const deadline = deadlineAt(context);
  if (context.canary === undefined) return waiting('ReplicaSetMissing', 'the ReplicaSet of the current template is being made again');
  if (life.abort) return { ...explainAbort(context, life), ...(traffic?.requeueAt === undefined ? {} : { requeueAt: traffic.requeueAt }) };
  if (context.spec.paused) return waiting('PausedByUser', 'spec.paused is set', { unblock: `kubectl sluice promote ${name}` });
  const paused = explainPause(context, strategy, life);
  if (paused !== undefined) return paused;
  const scaling = explainScaling(context, actions, deadline);
  if (scaling !== undefined) return scaling;
  if (traffic !== undefined) return traffic;
  return explainStep(context, strategy, life, deadline);
}

function explainAbort(context: RolloutContext, life: Lifecycle): Explanation {
  const { name } = context.rollout.metadata;
  const unblock = `kubectl sluice retry rollout ${name}, or apply a corrected template`;
  const reason = context.status.abort && life.abort ? 'Aborted' : 'Aborting';
  return waiting(reason, 'the update was aborted; all traffic goes back to the stable version', { unblock });
}

function explainPause(context: RolloutContext, strategy: CanaryStrategy, life: Lifecycle): Explanation | undefined {
  const { name } = context.rollout.metadata;
  const unblock = `kubectl sluice promote ${name}`;
  const unsure = life.pauses.find(({ reason }) => reason === 'InconclusiveAnalysisRun');
  if (unsure !== undefined)
    return waiting('InconclusiveAnalysisRun', 'an analysis could not tell good from bad; somebody has to', { unblock });
  if (life.pauses.some(({ reason }) => reason === 'InconclusiveExperiment'))
    return waiting('InconclusiveExperiment', 'an experiment could not tell good from bad; somebody has to', { unblock });
  const pause = life.pauses.find(({ reason }) => reason === 'CanaryPauseStep');
  if (pause === undefined) return undefined;
  const step = life.stepIndex === undefined ? undefined : strategy.steps[life.stepIndex];
  const place = `step ${(life.stepIndex ?? 0) + 1} of ${strategy.steps.length}`;
  if (step?.kind !== 'pause' || step.durationMs === undefined)
    return waiting('CanaryPauseStep', `${place} waits until it is promoted`, { unblock });
  const until = pause.startTime + step.durationMs;
  return { ...waiting('CanaryPauseStep', `${place} waits until ${renderTime(until)}`, { until, unblock }), requeueAt: until };
}

function explainScaling(
  context: RolloutContext,
  actions: readonly RolloutAction[],
  deadline: EpochMs | undefined,
): Explanation | undefined {
  const { canary, others, isFullyPromoted } = context;
  const timed = { ...(deadline === undefined ? {} : { until: deadline }) };
  const again = deadline === undefined ? {} : { requeueAt: deadline };
  if (actions.some((action) => action.kind === 'updateReplicaSet' && action.update.replicas !== undefined))
    return { ...waiting('ReplicasScaling', 'ReplicaSets are being scaled', timed), ...again };
  if (canary !== undefined && canary.available < canary.replicas)
    return isFullyPromoted
      ? { ...waiting('NotAvailable', 'pods are not available yet', timed), ...again }
      : { ...waiting('CanaryNotAvailable', 'canary pods are not available yet', timed), ...again };
  const isLingering = (rs: (typeof others)[number]): boolean => rs.replicas > 0 && hasDeadline(rs);
  const times = others.filter(isLingering).flatMap((rs) => deadlineOf(rs) ?? []);
  if (times.length > 0 && isFullyPromoted)
    return waiting('ScaleDownDelayed', 'earlier versions are kept at hand for a while', { until: Math.min(...times) });
  if (others.some((rs) => (rs.replicas > 0 && !isLingering(rs)) || (rs.replicas === 0 && rs.actual > 0)))
    return { ...waiting('OthersDraining', 'pods of earlier versions are leaving', timed), ...again };
  return undefined;
}

function explainStep(context: RolloutContext, strategy: CanaryStrategy, life: Lifecycle, deadline: EpochMs | undefined): Explanation {
  if (life.stableRS === context.canaryHash) return explainEnd(context);
  const again = deadline === undefined ? {} : { requeueAt: deadline };
  const index = life.stepIndex ?? strategy.steps.length;
  if (index >= strategy.steps.length)
    return { ...waiting('Promoting', 'all steps are done; the last pods are being replaced', timed(deadline)), ...again };
  const place = `step ${index + 1} of ${strategy.steps.length} (${describeStep(strategy.rawSteps?.[index])})`;
  if (strategy.steps[index]?.kind === 'analysis')
    return waiting('AnalysisRunning', `${place} waits for AnalysisRun ${life.stepRun?.name ?? ''}`, {
      unblock: `kubectl sluice promote ${context.rollout.metadata.name} skips it`,
    });
  if (strategy.steps[index]?.kind === 'experiment')
    return waiting('ExperimentRunning', `${place} waits for Experiment ${life.experiment ?? ''}`, {
      unblock: `kubectl sluice promote ${context.rollout.metadata.name} skips it`,
    });
  if (context.status.currentStepIndex !== life.stepIndex)
    return { ...waiting('StepAdvancing', `${place} is next`, timed(deadline)), ...again };
  return { ...waiting('StableNotReady', `${place} waits for the sizes of its ReplicaSets`, timed(deadline)), ...again };
}

/** The last old pods may still exist for their grace period. */
function explainEnd(context: RolloutContext): Explanation {
  const { canary, replicas, owned } = context;
  const isSettled = canary !== undefined && canary.available >= replicas && owned.every((rs) => rs === canary || rs.actual === 0);
  return isSettled ? { reason: 'Healthy' } : waiting('NotAvailable', 'pods are not available yet');
}

function timed(deadline: EpochMs | undefined): Partial<Awaited> {
  return deadline === undefined ? {} : { until: deadline };
}

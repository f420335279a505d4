import type { BlueGreenStrategy } from '../../../api/rollout-types.js';
import { renderTime } from '../../../lib/time.js';
import type { RolloutContext } from '../context.js';
import { hasPause } from '../lifecycle.js';
import { waiting, type Explanation } from '../explanation.js';
import { deadlineAt } from '../progress.js';
import type { Lifecycle, PlanReason, RolloutAction } from '../types.js';
import { isCanaryReady, isSaturated } from './facts.js';

/** The first thing that is in the way of an update, or of rest. */
export function explainBlueGreen(
  context: RolloutContext,
  strategy: BlueGreenStrategy,
  life: Lifecycle,
  actions: readonly RolloutAction[],
): Explanation {
  const { name } = context.rollout.metadata;
  if (context.canary === undefined) return waiting('ReplicaSetMissing', 'the ReplicaSet of the current template is being made again');
  if (life.abort)
    return waiting(context.status.abort ? 'Aborted' : 'Aborting', 'the update was aborted; users reach the stable version', {
      unblock: `kubectl sluice retry rollout ${name}, or apply a corrected template`,
    });
  if (context.spec.paused) return waiting('PausedByUser', 'spec.paused is set', { unblock: `kubectl sluice promote ${name}` });
  return explainPause(context, strategy, life) ?? explainProgress(context, strategy, life, actions);
}

function explainPause(context: RolloutContext, strategy: BlueGreenStrategy, life: Lifecycle): Explanation | undefined {
  const unblock = `kubectl sluice promote ${context.rollout.metadata.name}`;
  if (hasPause(life, 'InconclusiveAnalysisRun'))
    return waiting('InconclusiveAnalysisRun', 'an analysis could not tell good from bad; somebody has to', { unblock });
  const pause = life.pauses.find(({ reason }) => reason === 'BlueGreenPause');
  if (pause === undefined) return undefined;
  if (!strategy.autoPromotionEnabled) return waiting('BlueGreenPause', 'the preview waits until it is promoted', { unblock });
  const until = pause.startTime + strategy.autoPromotionSeconds * 1_000;
  return { ...waiting('BlueGreenPause', `the preview waits until ${renderTime(until)}`, { until, unblock }), requeueAt: until };
}

function explainProgress(
  context: RolloutContext,
  strategy: BlueGreenStrategy,
  life: Lifecycle,
  actions: readonly RolloutAction[],
): Explanation {
  const deadline = deadlineAt(context);
  const timed = deadline === undefined ? {} : { until: deadline };
  const again = deadline === undefined ? {} : { requeueAt: deadline };
  const wait = (reason: PlanReason, message: string): Explanation => ({ ...waiting(reason, message, timed), ...again });
  if (actions.some((action) => action.kind === 'updateReplicaSet' && action.update.replicas !== undefined))
    return wait('ReplicasScaling', 'ReplicaSets are being scaled');
  if (!isCanaryReady(context, strategy, life)) return wait('PreviewNotAvailable', 'pods of the new version are not available yet');
  const isSwitched = life.activeSelector === context.canaryHash;
  if (!isSwitched && life.preRun !== undefined && life.preRun.status !== 'Successful')
    return waiting('AnalysisRunning', `the switch waits for AnalysisRun ${life.preRun.name}`);
  if (!isSwitched) return wait('ServiceNotSwitched', 'the active Service is about to be switched');
  if (life.stableRS !== context.canaryHash && life.postRun !== undefined && life.postRun.status !== 'Successful')
    return waiting('AnalysisRunning', `the promotion waits for AnalysisRun ${life.postRun.name}`);
  if (life.stableRS !== context.canaryHash) return wait('Promoting', 'the new version is about to become the stable one');
  return isSaturated(context) ? { reason: 'Healthy' } : wait('NotAvailable', 'pods are not available yet');
}

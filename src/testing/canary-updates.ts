import { keys, type JsonObject } from '../api/kube.js';
import type { ObservedRollout, RolloutAction, RolloutPlan } from '../core/rollout/types.js';
import { renderTime } from '../lib/time.js';
import { aReplicaSet, aStatus, anObservedRollout, hashOf, type WorldOptions } from './rollouts.js';

/** Weight 25, a minute, weight 50, then until promoted. */
export const steps: readonly JsonObject[] = [{ setWeight: 25 }, { pause: { duration: '60s' } }, { setWeight: 50 }, { pause: {} }];

/** Actions as short sentences, to compare plans by. */
function told(action: RolloutAction): string {
  switch (action.kind) {
    case 'createReplicaSet':
      return `create ${action.name}`;
    case 'updateReplicaSet':
      return action.update.replicas === undefined
        ? `annotate ${versionOf(action.replicaSet.hash)}`
        : `scale ${versionOf(action.replicaSet.hash)} to ${action.update.replicas}`;
    case 'switchService':
      return `point ${action.service.metadata.name} at ${action.hash === undefined ? 'nothing' : versionOf(action.hash)}`;
    case 'applyTraffic':
      return `send the canary ${action.split.canary.weight}`;
    case 'removeTraffic':
      return `take back ${action.router}`;
    case 'createAnalysisRun':
      return `run ${action.name.replace(hashOf('v2'), 'v2')}`;
    case 'terminateAnalysisRun':
      return `end ${action.run.metadata.name}`;
    case 'updateRollout':
      return `revision ${String(action.annotations[keys.revision] ?? '')}`;
    default:
      return action.kind;
  }
}

function versionOf(hash: string): string {
  return ['v1', 'v2', 'v3'].find((version) => hashOf(version) === hash) ?? hash;
}

export const actionsOf = (plan: RolloutPlan): readonly string[] => plan.actions.map(told);

/** An update from v1 to v2 at a step, 4 replicas, revision annotations in place. */
export function anUpdate(
  options: WorldOptions & { readonly index?: number; readonly more?: JsonObject; readonly sizes?: readonly [number, number] },
): ObservedRollout {
  const { index = 0, more, sizes = [4, 0] } = options;
  const own = options.steps ?? steps;
  return anObservedRollout({
    version: 'v2',
    steps: own,
    annotations: { [keys.revision]: '2' },
    replicaSets: [aReplicaSet({ version: 'v1', replicas: sizes[0] }), aReplicaSet({ version: 'v2', replicas: sizes[1] })],
    status: aStatus({ version: 'v2', stable: 'v1', steps: own, index, ...(more === undefined ? {} : { more }) }),
    ...options,
  });
}

/** Status of a pause that began at step `index`. */
export const pausedAt = (index: number, startedAt: number): JsonObject => ({
  pauseConditions: [{ reason: 'CanaryPauseStep', startTime: renderTime(startedAt) }],
  controllerPause: true,
  sluice: { pausedStep: index },
});

import type { Condition, Rollout, RolloutPhase } from '../../api/rollout-types.js';

export interface StatusWord {
  readonly phase: RolloutPhase;
  readonly message: string;
}

const failureReasons: ReadonlySet<string> = new Set(['RolloutAborted', 'ProgressDeadlineExceeded']);

/**
 * The one word and the sentence about a rollout that every client shows, from what is stored alone.
 * Semantics: cli-dashboard-gitops 1.7. The stored phase counts once the controller has seen this generation;
 * rows 4 and later serve objects whose controller stores none (before 1.0).
 * Differs: a change of the referenced workload that the controller has not seen counts like one of the spec, where upstream's clients say Healthy.
 *
 * @param workloadGeneration generation of the object `spec.workloadRef` names; undefined when it is not known
 */
export function assessRolloutStatus(rollout: Rollout, workloadGeneration?: number): StatusWord {
  const { status } = rollout;
  if (isBehind(rollout, workloadGeneration)) return { phase: 'Progressing', message: 'waiting for rollout spec update to be observed' };
  if (status.controllerPause && status.pauseConditions.length === 0)
    return { phase: 'Progressing', message: 'waiting for rollout to unpause' };
  if (status.phase !== '') return { phase: status.phase, message: status.message };
  return assessStatus(rollout);
}

/** The controller has not seen the newest spec, or the newest version of the workload it refers to. */
export function isBehind({ status, metadata }: Rollout, workloadGeneration: number | undefined): boolean {
  if (status.observedGeneration !== undefined && status.observedGeneration < (metadata.generation ?? 0)) return true;
  return workloadGeneration !== undefined && workloadGeneration > (Number(status.workloadObservedGeneration) || 0);
}

function assessStatus(rollout: Rollout): StatusWord {
  const { spec, status } = rollout;
  const failure = failureOf(status.conditions);
  if (failure) return { phase: 'Degraded', message: `${failure.reason}: ${failure.message}` };
  if (spec.paused) return { phase: 'Paused', message: 'manually paused' };
  const pause = status.pauseConditions[0];
  if (pause) return { phase: 'Paused', message: pause.reason };
  const waiting = spec.strategy.kind === 'blueGreen' ? blueGreenWait(rollout) : canaryWait(rollout);
  return waiting === '' ? { phase: 'Healthy', message: '' } : { phase: 'Progressing', message: waiting };
}

function failureOf(conditions: readonly Condition[]): Condition | undefined {
  return conditions.find((c) => c.type === 'InvalidSpec') ?? conditions.find((c) => failureReasons.has(c.reason));
}

function replicasWait({ spec, status }: Rollout): string {
  if (spec.restartAt !== undefined && spec.restartAt !== status.restartedAt) return 'rollout is restarting';
  if (status.updatedReplicas < (spec.replicas ?? 1)) return 'more replicas need to be updated';
  if (status.availableReplicas < status.updatedReplicas) return 'updated replicas are still becoming available';
  return '';
}

function isPromoted({ status }: Rollout): boolean {
  return status.stableRS !== '' && status.stableRS === status.currentPodHash;
}

function blueGreenWait(rollout: Rollout): string {
  const { status, spec } = rollout;
  const replicas = replicasWait(rollout);
  if (replicas !== '') return replicas;
  if (status.blueGreen.activeSelector !== status.currentPodHash) return 'active service cutover pending';
  if (isPromoted(rollout)) return '';
  const hasAnalysis = spec.strategy.kind === 'blueGreen' && spec.strategy.postPromotionAnalysis !== undefined;
  return hasAnalysis ? 'waiting for analysis to complete' : 'waiting for post-promotion verification to complete';
}

function canaryWait(rollout: Rollout): string {
  const { status, spec } = rollout;
  const replicas = replicasWait(rollout);
  if (replicas !== '') return replicas;
  const routed = spec.strategy.kind === 'canary' && spec.strategy.trafficRouting !== undefined;
  if (!routed && status.replicas > status.updatedReplicas) return 'old replicas are pending termination';
  return isPromoted(rollout) ? '' : 'waiting for all steps to complete';
}

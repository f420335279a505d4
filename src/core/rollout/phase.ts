import type { RolloutPhase, RolloutSpec, RolloutStatus } from '../../api/rollout-types.js';
import type { EpochMs } from '../../lib/scheduler.js';

export interface PhaseAndMessage {
  readonly phase: RolloutPhase;
  readonly message: string;
}

/**
 * The word and sentence that Argo CD, the plugin and people read.
 *
 * @param replicas pods wanted
 * @param now for a restart that is still to come
 * Semantics: rollout-core 7.3, first match. Differs: a restart in the future does not count as one (rollout-core 10 #19).
 */
export function assessPhase(spec: RolloutSpec, status: RolloutStatus, replicas: number, now: EpochMs): PhaseAndMessage {
  const degraded = degradedMessage(status);
  if (degraded !== undefined) return { phase: 'Degraded', message: degraded };
  const paused = spec.paused ? 'manually paused' : status.pauseConditions[0]?.reason;
  if (paused !== undefined) return { phase: 'Paused', message: paused };
  const missing = progressingMessage(spec, status, replicas, now);
  return missing === undefined ? { phase: 'Healthy', message: '' } : { phase: 'Progressing', message: missing };
}

function degradedMessage(status: RolloutStatus): string | undefined {
  for (const { type, reason, message } of status.conditions) {
    if (type === 'InvalidSpec') return `InvalidSpec: ${message}`;
    if (reason === 'RolloutAborted' || reason === 'ProgressDeadlineExceeded') return `${reason}: ${message}`;
  }
  return undefined;
}

function progressingMessage(spec: RolloutSpec, status: RolloutStatus, replicas: number, now: EpochMs): string | undefined {
  if (spec.restartAt !== undefined && spec.restartAt !== status.restartedAt && spec.restartAt <= now) return 'rollout is restarting';
  if (status.updatedReplicas < replicas) return 'more replicas need to be updated';
  if (status.availableReplicas < status.updatedReplicas) return 'updated replicas are still becoming available';
  return spec.strategy.kind === 'blueGreen' ? blueGreenMessage(spec, status) : canaryMessage(spec, status);
}

function blueGreenMessage(spec: RolloutSpec, status: RolloutStatus): string | undefined {
  const { activeSelector, postPromotionAnalysisRunStatus } = status.blueGreen;
  if (activeSelector === '' || activeSelector !== status.currentPodHash) return 'active service cutover pending';
  if (status.stableRS !== '' && status.stableRS === status.currentPodHash) return undefined;
  const analyses = spec.strategy.kind === 'blueGreen' && spec.strategy.postPromotionAnalysis !== undefined;
  const isFinished = postPromotionAnalysisRunStatus?.status === 'Successful';
  return analyses && !isFinished ? 'waiting for analysis to complete' : 'waiting for post-promotion verification to complete';
}

function canaryMessage(spec: RolloutSpec, status: RolloutStatus): string | undefined {
  const isBasic = spec.strategy.kind === 'canary' && spec.strategy.trafficRouting === undefined;
  if (isBasic && status.replicas > status.updatedReplicas) return 'old replicas are pending termination';
  if (status.stableRS === '' || status.stableRS !== status.currentPodHash) return 'waiting for all steps to complete';
  return undefined;
}

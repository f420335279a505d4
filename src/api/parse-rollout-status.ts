import { analysisPhases } from './analysis-types.js';
import { readConditions } from './parse-common.js';
import { Reader, optional } from './reader.js';
import type {
  Awaiting,
  CompletionStatus,
  PauseCondition,
  RolloutDuration,
  RolloutPhase,
  RolloutStatus,
  RunPointer,
  TrafficDestination,
  TrafficWeights,
} from './rollout-types.js';

const phases: readonly RolloutPhase[] = ['Healthy', 'Progressing', 'Paused', 'Degraded'];
const roles = ['ping', 'pong'] as const;
const completions: readonly CompletionStatus[] = ['Promoted', 'FastPromoted', 'Aborted', 'Superseded', 'RolledBack', 'FastRolledBack'];

/** Reads a status as we or Argo Rollouts wrote it; whatever makes no sense reads as absent. */
export function parseRolloutStatus(raw: unknown): RolloutStatus {
  const status = Reader.lenient(raw);
  return {
    ...optional('observedGeneration', readGeneration(status.value('observedGeneration'))),
    ...optional('workloadObservedGeneration', status.text('workloadObservedGeneration')),
    currentPodHash: status.string('currentPodHash') ?? '',
    stableRS: status.string('stableRS') ?? '',
    currentStepHash: status.string('currentStepHash') ?? '',
    ...optional('currentStepIndex', status.count('currentStepIndex')),
    pauseConditions: readPauseConditions(status),
    controllerPause: status.boolean('controllerPause') ?? false,
    abort: status.boolean('abort') ?? false,
    ...optional('abortedAt', status.time('abortedAt')),
    promoteFull: status.boolean('promoteFull') ?? false,
    replicas: status.count('replicas') ?? 0,
    updatedReplicas: status.count('updatedReplicas') ?? 0,
    readyReplicas: status.count('readyReplicas') ?? 0,
    availableReplicas: status.count('availableReplicas') ?? 0,
    hpaReplicas: status.count('HPAReplicas') ?? 0,
    selector: status.string('selector') ?? '',
    ...optional('collisionCount', status.count('collisionCount')),
    conditions: readConditions(status),
    phase: status.word('phase', phases) ?? '',
    message: status.string('message') ?? '',
    ...optional('restartedAt', status.time('restartedAt')),
    canary: readCanaryStatus(status.objectOrEmpty('canary')),
    blueGreen: readBlueGreenStatus(status.objectOrEmpty('blueGreen')),
    duration: readDuration(status.objectOrEmpty('duration')),
    ...optional('sluice', readOurs(status.object('sluice'))),
  };
}

/** Text of a number; a number, should some tool have written one. v0.9 stored a hash there, which is none (cli-dashboard-gitops 3.3). */
function readGeneration(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

function readPauseConditions(status: Reader): readonly PauseCondition[] {
  return (status.list('pauseConditions') ?? []).map((pause) => ({
    reason: pause.string('reason') ?? '',
    startTime: pause.time('startTime') ?? 0,
  }));
}

function readRunPointer(reader: Reader | undefined): RunPointer | undefined {
  const name = reader?.text('name');
  if (reader === undefined || name === undefined) return undefined;
  return { name, status: reader.word('status', analysisPhases) ?? '', ...optional('message', reader.text('message')) };
}

function readCanaryStatus(canary: Reader): RolloutStatus['canary'] {
  return {
    ...optional('weights', readWeights(canary.object('weights'))),
    ...optional('stablePingPong', canary.word('stablePingPong', roles)),
    ...optional('currentStepAnalysisRunStatus', readRunPointer(canary.object('currentStepAnalysisRunStatus'))),
    ...optional('currentBackgroundAnalysisRunStatus', readRunPointer(canary.object('currentBackgroundAnalysisRunStatus'))),
    ...optional('currentExperiment', canary.text('currentExperiment')),
  };
}

function readWeights(weights: Reader | undefined): TrafficWeights | undefined {
  if (weights === undefined) return undefined;
  return {
    canary: readDestination(weights.objectOrEmpty('canary')),
    stable: readDestination(weights.objectOrEmpty('stable')),
    additional: (weights.list('additional') ?? []).map(readDestination),
    ...optional('verified', weights.boolean('verified')),
  };
}

function readDestination(destination: Reader): TrafficDestination {
  return {
    weight: destination.count('weight') ?? 0,
    ...optional('serviceName', destination.text('serviceName')),
    ...optional('podTemplateHash', destination.text('podTemplateHash')),
  };
}

function readBlueGreenStatus(blueGreen: Reader): RolloutStatus['blueGreen'] {
  return {
    activeSelector: blueGreen.string('activeSelector') ?? '',
    previewSelector: blueGreen.string('previewSelector') ?? '',
    scaleUpPreviewCheckPoint: blueGreen.boolean('scaleUpPreviewCheckPoint') ?? false,
    ...optional('prePromotionAnalysisRunStatus', readRunPointer(blueGreen.object('prePromotionAnalysisRunStatus'))),
    ...optional('postPromotionAnalysisRunStatus', readRunPointer(blueGreen.object('postPromotionAnalysisRunStatus'))),
  };
}

function readDuration(duration: Reader): RolloutDuration {
  return {
    ...optional('rolloutStartedAt', duration.time('rolloutStartedAt')),
    ...optional('manualPauseStartedAt', duration.time('manualPauseStartedAt')),
    ...optional('totalManualPauseDurationSeconds', duration.count('totalManualPauseDurationSeconds')),
    ...optional('finishedAt', duration.time('finishedAt')),
    ...optional('completionStatus', duration.word('completionStatus', completions)),
  };
}

function readOurs(ours: Reader | undefined): RolloutStatus['sluice'] {
  if (ours === undefined) return undefined;
  const { awaiting: _awaiting, resumedStepIndex: _index, ...others } = ours.json;
  return {
    ...others,
    ...optional('awaiting', readAwaiting(ours.object('awaiting'))),
    ...optional('resumedStepIndex', ours.count('resumedStepIndex')),
  };
}

function readAwaiting(awaiting: Reader | undefined): Awaiting | undefined {
  if (awaiting === undefined) return undefined;
  return {
    reason: awaiting.string('reason') ?? '',
    message: awaiting.string('message') ?? '',
    since: awaiting.time('since') ?? 0,
    ...optional('until', awaiting.time('until')),
    ...optional('unblock', awaiting.text('unblock')),
  };
}

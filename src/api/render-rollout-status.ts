import { isPlainObject } from '../lib/json.js';
import { renderTime } from '../lib/time.js';
import type { Json, JsonObject } from './kube.js';
import { fromFields, omitEmpty, time } from './omit-empty.js';
import type { Condition, RolloutDuration, RolloutStatus, RunPointer, TrafficDestination, TrafficWeights } from './rollout-types.js';

/**
 * The status as it is stored: what Argo Rollouts' Go types would write, so that its tools read it and an unchanged status gives an empty
 * diff. `blueGreen` and `canary` are always there, and so are a step index and a collision count of 0.
 *
 * @param previousRaw the stored status; what we do not own in it (the ALB router's and the step plugins' fields, fields we do not know) survives
 */
export function renderRolloutStatus(status: RolloutStatus, previousRaw?: JsonObject): JsonObject {
  return {
    ...unowned(previousRaw, ownedFields),
    ...omitEmpty([
      ['abort', status.abort],
      ['abortedAt', time(status.abortedAt)],
      ['availableReplicas', status.availableReplicas],
      ['conditions', status.conditions.map(renderCondition)],
      ['controllerPause', status.controllerPause],
      ['currentPodHash', status.currentPodHash],
      ['currentStepHash', status.currentStepHash],
      ['HPAReplicas', status.hpaReplicas],
      ['message', status.message],
      ['observedGeneration', status.observedGeneration === undefined ? '' : String(status.observedGeneration)],
      ['pauseConditions', status.pauseConditions.map(({ reason, startTime }) => ({ reason, startTime: renderTime(startTime) }))],
      ['phase', status.phase],
      ['promoteFull', status.promoteFull],
      ['readyReplicas', status.readyReplicas],
      ['replicas', status.replicas],
      ['restartedAt', time(status.restartedAt)],
      ['selector', status.selector],
      ['stableRS', status.stableRS],
      ['updatedReplicas', status.updatedReplicas],
      ['workloadObservedGeneration', status.workloadObservedGeneration],
    ]),
    ...fromFields([
      ['collisionCount', status.collisionCount],
      ['currentStepIndex', status.currentStepIndex],
      ['blueGreen', renderBlueGreen(status.blueGreen, previousRaw?.['blueGreen'])],
      ['canary', renderCanary(status.canary, previousRaw?.['canary'])],
      ['duration', renderDuration(status.duration)],
      ['sluice', renderOurs(status.sluice)],
    ]),
  };
}

const ownedFields: ReadonlySet<string> = new Set([
  ...[
    'abort',
    'abortedAt',
    'availableReplicas',
    'conditions',
    'controllerPause',
    'currentPodHash',
    'currentStepHash',
    'HPAReplicas',
    'message',
  ],
  ...['observedGeneration', 'pauseConditions', 'phase', 'promoteFull', 'readyReplicas', 'replicas', 'restartedAt', 'selector', 'stableRS'],
  ...['updatedReplicas', 'workloadObservedGeneration', 'collisionCount', 'currentStepIndex', 'blueGreen', 'canary', 'duration', 'sluice'],
]);
const ownedCanaryFields: ReadonlySet<string> = new Set([
  ...['weights', 'stablePingPong', 'currentStepAnalysisRunStatus', 'currentBackgroundAnalysisRunStatus', 'currentExperiment'],
]);
const ownedBlueGreenFields: ReadonlySet<string> = new Set([
  ...['activeSelector', 'previewSelector', 'scaleUpPreviewCheckPoint', 'prePromotionAnalysisRunStatus', 'postPromotionAnalysisRunStatus'],
]);

function isJsonObject(value: Json | undefined): value is JsonObject {
  return isPlainObject(value);
}

function unowned(previous: Json | undefined, owned: ReadonlySet<string>): JsonObject {
  if (!isJsonObject(previous)) return {};
  return Object.fromEntries<Json>(Object.entries(previous).filter(([key]) => !owned.has(key)));
}

/** A condition that stays is the same object in the stored status and in the next one: rendered once, and equal at a glance. */
const renderedConditions = new WeakMap<Condition, JsonObject>();

export function renderCondition(condition: Condition): JsonObject {
  const known = renderedConditions.get(condition) ?? renderFields(condition);
  renderedConditions.set(condition, known);
  return known;
}

function renderFields(condition: Condition): JsonObject {
  return fromFields([
    ['lastTransitionTime', time(condition.lastTransitionTime)],
    ['lastUpdateTime', time(condition.lastUpdateTime)],
    ['message', condition.message],
    ['observedGeneration', condition.observedGeneration],
    ['reason', condition.reason],
    ['status', condition.status],
    ['type', condition.type],
  ]);
}

function renderCanary(canary: RolloutStatus['canary'], previous: Json | undefined): JsonObject {
  return {
    ...unowned(previous, ownedCanaryFields),
    ...fromFields([
      ['currentBackgroundAnalysisRunStatus', renderRunPointer(canary.currentBackgroundAnalysisRunStatus)],
      ['currentExperiment', canary.currentExperiment],
      ['currentStepAnalysisRunStatus', renderRunPointer(canary.currentStepAnalysisRunStatus)],
      ['stablePingPong', canary.stablePingPong],
      ['weights', canary.weights === undefined ? undefined : renderWeights(canary.weights)],
    ]),
  };
}

function renderBlueGreen(blueGreen: RolloutStatus['blueGreen'], previous: Json | undefined): JsonObject {
  return {
    ...unowned(previous, ownedBlueGreenFields),
    ...omitEmpty([
      ['activeSelector', blueGreen.activeSelector],
      ['postPromotionAnalysisRunStatus', renderRunPointer(blueGreen.postPromotionAnalysisRunStatus)],
      ['prePromotionAnalysisRunStatus', renderRunPointer(blueGreen.prePromotionAnalysisRunStatus)],
      ['previewSelector', blueGreen.previewSelector],
      ['scaleUpPreviewCheckPoint', blueGreen.scaleUpPreviewCheckPoint],
    ]),
  };
}

function renderRunPointer(pointer: RunPointer | undefined): JsonObject | undefined {
  if (pointer === undefined) return undefined;
  return { name: pointer.name, status: pointer.status, ...omitEmpty([['message', pointer.message]]) };
}

function renderWeights(weights: TrafficWeights): JsonObject {
  return {
    canary: renderDestination(weights.canary),
    stable: renderDestination(weights.stable),
    ...omitEmpty([['additional', weights.additional.map(renderDestination)]]),
    // Upstream keeps a false here: it says "asked, and not yet".
    ...fromFields([['verified', weights.verified]]),
  };
}

function renderDestination(destination: TrafficDestination): JsonObject {
  return {
    weight: destination.weight,
    ...omitEmpty([
      ['podTemplateHash', destination.podTemplateHash],
      ['serviceName', destination.serviceName],
    ]),
  };
}

/** Absent while nothing is known: older versions of Argo Rollouts do not have it. */
function renderDuration(duration: RolloutDuration): JsonObject | undefined {
  const fields = fromFields([
    ['completionStatus', duration.completionStatus],
    ['finishedAt', time(duration.finishedAt)],
    ['manualPauseStartedAt', time(duration.manualPauseStartedAt)],
    ['rolloutStartedAt', time(duration.rolloutStartedAt)],
    ['totalManualPauseDurationSeconds', duration.totalManualPauseDurationSeconds],
  ]);
  return Object.keys(fields).length === 0 ? undefined : fields;
}

function renderOurs(ours: RolloutStatus['sluice']): JsonObject | undefined {
  if (ours === undefined) return undefined;
  const { awaiting, resumedStepIndex, ...others } = ours;
  return {
    // The parser took the other fields from the stored JSON.
    ...(others as JsonObject),
    ...fromFields([
      ['awaiting', awaiting === undefined ? undefined : renderAwaiting(awaiting)],
      ['resumedStepIndex', resumedStepIndex],
    ]),
  };
}

function renderAwaiting(awaiting: NonNullable<NonNullable<RolloutStatus['sluice']>['awaiting']>): JsonObject {
  return fromFields([
    ['message', awaiting.message],
    ['reason', awaiting.reason],
    ['since', renderTime(awaiting.since)],
    ['unblock', awaiting.unblock],
    ['until', time(awaiting.until)],
  ]);
}

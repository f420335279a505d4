import type { AnalysisRunStatus, Measurement, MetricResult, RunSummary } from './analysis-types.js';
import type { Experiment, ExperimentTemplateStatus } from './experiment-types.js';
import type { JsonObject } from './kube.js';
import { fromFields, omitEmpty, omitEmptyMap, time } from './omit-empty.js';
import { renderCondition } from './render-rollout-status.js';

/** The status as it is stored: what Argo Rollouts would write. Counters of 0 are absent, and so is an empty runSummary, but not an empty dryRunSummary. */
export function renderAnalysisRunStatus(status: AnalysisRunStatus): JsonObject {
  const runSummary = renderSummary(status.runSummary);
  return omitEmpty([
    ['phase', status.phase],
    ['message', status.message],
    ['startedAt', time(status.startedAt)],
    ['completedAt', time(status.completedAt)],
    ['metricResults', status.metricResults.map(renderMetricResult)],
    ['runSummary', Object.keys(runSummary).length === 0 ? undefined : runSummary],
    ['dryRunSummary', status.dryRunSummary === undefined ? undefined : renderSummary(status.dryRunSummary)],
  ]);
}

function renderSummary(summary: RunSummary): JsonObject {
  return omitEmpty([
    ['count', summary.count],
    ['successful', summary.successful],
    ['failed', summary.failed],
    ['inconclusive', summary.inconclusive],
    ['error', summary.error],
  ]);
}

function renderMetricResult(result: MetricResult): JsonObject {
  return {
    name: result.name,
    phase: result.phase,
    ...renderSummary(result),
    ...omitEmpty([
      ['consecutiveError', result.consecutiveError],
      ['consecutiveSuccess', result.consecutiveSuccess],
      ['dryRun', result.dryRun],
      ['measurements', result.measurements.map(renderMeasurement)],
      ['message', result.message],
      ['metadata', omitEmptyMap(result.metadata)],
    ]),
  };
}

function renderMeasurement(measurement: Measurement): JsonObject {
  return {
    phase: measurement.phase,
    ...omitEmpty([
      ['finishedAt', time(measurement.finishedAt)],
      ['message', measurement.message],
      ['metadata', omitEmptyMap(measurement.metadata)],
      ['resumeAt', time(measurement.resumeAt)],
      ['startedAt', time(measurement.startedAt)],
      ['value', measurement.value],
    ]),
  };
}

/** The status as it is stored: what Argo Rollouts' Go types would write. */
export function renderExperimentStatus(status: Experiment['status']): JsonObject {
  return omitEmpty([
    ['phase', status.phase],
    ['message', status.message],
    ['availableAt', time(status.availableAt)],
    ['conditions', status.conditions.map(renderCondition)],
    ['templateStatuses', status.templateStatuses.map(renderTemplateStatus)],
    ['analysisRuns', status.analysisRuns.map(renderRun)],
  ]);
}

function renderRun(run: Experiment['status']['analysisRuns'][number]): JsonObject {
  return { name: run.name, analysisRun: run.analysisRun, phase: run.phase, ...omitEmpty([['message', run.message]]) };
}

/** The four counters are there even when 0, as upstream has it. */
function renderTemplateStatus(status: ExperimentTemplateStatus): JsonObject {
  return {
    name: status.name,
    replicas: status.replicas,
    updatedReplicas: status.updatedReplicas,
    readyReplicas: status.readyReplicas,
    availableReplicas: status.availableReplicas,
    ...fromFields([['collisionCount', status.collisionCount]]),
    ...omitEmpty([
      ['lastTransitionTime', time(status.lastTransitionTime)],
      ['message', status.message],
      ['podTemplateHash', status.podTemplateHash],
      ['serviceName', status.serviceName],
      ['status', status.status],
    ]),
  };
}

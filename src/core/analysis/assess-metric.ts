import type { AnalysisPhase, Measurement, Metric, MetricResult } from '../../api/analysis-types.js';
import { completedPhases } from '../../api/analysis-types.js';
import type { StringMap } from './sample.js';

export interface MetricVerdict {
  readonly phase: AnalysisPhase;
  /** Which limit decided, e.g. `failed (3) > failureLimit (2)`; undefined when none did. */
  readonly limit?: string;
}

/**
 * The phase of a metric after all its measurements so far.
 *
 * Later limits win over earlier ones: failed, inconclusive, errors in a row. Then: enough successes in a row; as many measurements as wanted
 * (with a consecutiveSuccessLimit not reached that is Inconclusive, or Failed where failures are unlimited); a terminating run's metric is Successful.
 * A completed phase stays.
 *
 * @param terminating the run is being ended: nothing is waited for any more
 * Semantics: Argo Rollouts, analysis 2.6. Differs: the consecutiveSuccessLimit that was not reached is a reason of its own.
 */
export function assessMetric(metric: Metric, result: MetricResult | undefined, terminating: boolean): MetricVerdict {
  const last = result?.measurements.at(-1);
  if (result === undefined || last === undefined) return { phase: terminating ? 'Successful' : 'Pending' };
  if (completedPhases.has(result.phase)) return verdict(result.phase, limitReached(metric, result) ?? countReached(metric, result));
  if (last.finishedAt === undefined) return { phase: 'Running' };
  return (
    limitReached(metric, result) ??
    enoughInARow(metric, result) ??
    countReached(metric, result) ?? { phase: terminating ? 'Successful' : 'Running' }
  );
}

function verdict(phase: AnalysisPhase, decided: MetricVerdict | undefined): MetricVerdict {
  return decided?.phase === phase ? decided : { phase };
}

function limitReached(metric: Metric, result: MetricResult): MetricVerdict | undefined {
  if (result.consecutiveError > metric.consecutiveErrorLimit) {
    return {
      phase: 'Error',
      limit: `consecutiveErrors (${result.consecutiveError}) > consecutiveErrorLimit (${metric.consecutiveErrorLimit})`,
    };
  }
  if (result.inconclusive > metric.inconclusiveLimit) {
    return { phase: 'Inconclusive', limit: `inconclusive (${result.inconclusive}) > inconclusiveLimit (${metric.inconclusiveLimit})` };
  }
  if (metric.failureLimit >= 0 && result.failed > metric.failureLimit) {
    return { phase: 'Failed', limit: `failed (${result.failed}) > failureLimit (${metric.failureLimit})` };
  }
  return undefined;
}

function enoughInARow(metric: Metric, result: MetricResult): MetricVerdict | undefined {
  const limit = metric.consecutiveSuccessLimit;
  return limit > 0 && result.consecutiveSuccess >= limit ? { phase: 'Successful' } : undefined;
}

function countReached(metric: Metric, result: MetricResult): MetricVerdict | undefined {
  if (metric.count === undefined || result.count < metric.count) return undefined;
  if (metric.consecutiveSuccessLimit <= 0) return { phase: 'Successful' };
  const limit = `consecutiveSuccesses (${result.consecutiveSuccess}) < consecutiveSuccessLimit (${metric.consecutiveSuccessLimit}) after count (${metric.count})`;
  return { phase: metric.failureLimit >= 0 ? 'Inconclusive' : 'Failed', limit };
}

/**
 * A metric's result with one more measurement: the running one replaced, else appended, and counted once it is finished.
 * Semantics: Argo Rollouts, analysis 2.4.
 */
export function addMeasurement(result: MetricResult, measurement: Measurement): MetricResult {
  const last = result.measurements.at(-1);
  const before = last !== undefined && last.finishedAt === undefined ? result.measurements.slice(0, -1) : result.measurements;
  const next = { ...result, measurements: [...before, measurement] };
  return measurement.finishedAt === undefined ? next : { ...next, ...counted(result, measurement.phase) };
}

function counted(result: MetricResult, phase: AnalysisPhase): Partial<MetricResult> {
  switch (phase) {
    case 'Successful':
      return {
        successful: result.successful + 1,
        count: result.count + 1,
        consecutiveSuccess: result.consecutiveSuccess + 1,
        consecutiveError: 0,
      };
    case 'Failed':
      return { failed: result.failed + 1, count: result.count + 1, consecutiveSuccess: 0, consecutiveError: 0 };
    case 'Inconclusive':
      return { inconclusive: result.inconclusive + 1, count: result.count + 1, consecutiveSuccess: 0, consecutiveError: 0 };
    case 'Error':
      return { error: result.error + 1, consecutiveError: result.consecutiveError + 1, consecutiveSuccess: 0 };
    case 'Pending':
    case 'Running':
      return {};
  }
}

export function emptyResult(name: string, dryRun: boolean, metadata: StringMap): MetricResult {
  return {
    name,
    phase: 'Running',
    message: '',
    count: 0,
    successful: 0,
    failed: 0,
    inconclusive: 0,
    error: 0,
    consecutiveError: 0,
    consecutiveSuccess: 0,
    dryRun,
    metadata,
    measurements: [],
  };
}

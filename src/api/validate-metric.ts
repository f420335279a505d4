import type { Metric } from './analysis-types.js';
import type { JsonObject } from './kube.js';

/**
 * What is wrong with a metric's limits taken together, in upstream's words and order; undefined when nothing is.
 *
 * @param raw the metric as written: whether a count was given is not to be seen in the parsed one
 * Semantics: analysis 2.2.
 */
export function metricProblem(metric: Metric, raw: JsonObject): string | undefined {
  return limitProblem(metric) ?? countProblem(metric, writtenCount(metric, raw));
}

/** 0 when unset, unlike the effective count. */
function writtenCount(metric: Metric, raw: JsonObject): number {
  const count = raw['count'];
  return count === undefined || count === null || Number(count) === 0 ? 0 : (metric.count ?? 0);
}

function limitProblem(metric: Metric): string | undefined {
  const { failureLimit, consecutiveSuccessLimit, inconclusiveLimit, consecutiveErrorLimit } = metric;
  if (consecutiveSuccessLimit < 0) return 'consecutiveSuccessLimit must be >= 0';
  if (failureLimit < -1) return 'failureLimit must be >= 0, or -1 to be disabled';
  if (consecutiveSuccessLimit === 0 && failureLimit === -1) return 'failureLimit and consecutiveSuccessLimit cannot both be disabled';
  if (inconclusiveLimit < 0) return 'inconclusiveLimit must be >= 0';
  return consecutiveErrorLimit < 0 ? 'consecutiveErrorLimit must be >= 0' : undefined;
}

function countProblem(metric: Metric, count: number): string | undefined {
  const { failureLimit, consecutiveSuccessLimit, inconclusiveLimit } = metric;
  if (count < 0) return 'count must be >= 0';
  if (count === 0) return undefined;
  if (failureLimit >= 0 && count < failureLimit + consecutiveSuccessLimit) {
    return `count (${count}) must be >= failureLimit + consecutiveSuccessLimit (${failureLimit} + ${consecutiveSuccessLimit}) if both >= 0`;
  }
  if (failureLimit === -1 && count < consecutiveSuccessLimit) return 'count must be >= consecutiveSuccessLimit';
  if (count < inconclusiveLimit) return 'count must be >= inconclusiveLimit';
  return count > 1 && metric.intervalMs === undefined ? 'interval must be specified when count > 1' : undefined;
}

import type { Metric } from '../../api/analysis-types.js';
import type { JsonObject } from '../../api/kube.js';
import { parseMetric } from '../../api/parse-metric.js';
import type { Parsed } from '../../lib/parsed.js';
import { parsed, refused } from '../../lib/parsed.js';

/**
 * A metric whose arguments are filled in, with every scalar parsed, defaults applied and its limits checked against one another.
 *
 * @param path where it stands, for messages: `metrics[0]`
 * @returns refused with `path: what is wrong`
 * Semantics: Argo Rollouts, analysis 1.5, 2.2.
 */
export function readMetric(raw: JsonObject, path: string): Parsed<Metric> {
  const { metric, errors } = parseMetric(raw, path);
  const [error] = errors;
  if (error !== undefined) return refused([error.path, error.detail].filter((part) => part !== '').join(': '));
  const problem = limitProblem(metric, writtenCount(raw, metric));
  return problem === undefined ? parsed(metric) : refused(`${path}: ${problem}`);
}

/** 0 when unset, unlike the effective count. */
function writtenCount(raw: JsonObject, metric: Metric): number {
  const count = raw['count'];
  return count === undefined || count === null || Number(count) === 0 ? 0 : (metric.count ?? 0);
}

/** Semantics: Argo Rollouts, analysis 2.2, in this order. */
function limitProblem(metric: Metric, count: number): string | undefined {
  const { failureLimit, consecutiveSuccessLimit, inconclusiveLimit, consecutiveErrorLimit } = metric;
  if (consecutiveSuccessLimit < 0) return 'consecutiveSuccessLimit must be >= 0';
  if (failureLimit < -1) return 'failureLimit must be >= 0, or -1 to be disabled';
  if (consecutiveSuccessLimit === 0 && failureLimit === -1) return 'failureLimit and consecutiveSuccessLimit cannot both be disabled';
  if (inconclusiveLimit < 0) return 'inconclusiveLimit must be >= 0';
  if (consecutiveErrorLimit < 0) return 'consecutiveErrorLimit must be >= 0';
  if (count > 0 && failureLimit >= 0 && count < failureLimit + consecutiveSuccessLimit) {
    return `count (${count}) must be >= failureLimit + consecutiveSuccessLimit (${failureLimit} + ${consecutiveSuccessLimit}) if both >= 0`;
  }
  if (count > 0 && failureLimit === -1 && count < consecutiveSuccessLimit) return 'count must be >= consecutiveSuccessLimit';
  if (count > 0 && count < inconclusiveLimit) return 'count must be >= inconclusiveLimit';
  if (count > 1 && metric.intervalMs === undefined) return 'interval must be specified when count > 1';
  return undefined;
}

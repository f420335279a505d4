import type { Metric } from '../../api/analysis-types.js';
import type { JsonObject } from '../../api/kube.js';
import { parseMetric } from '../../api/parse-metric.js';
import { metricProblem } from '../../api/validate-metric.js';
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
  const problem = metricProblem(metric, raw);
  return problem === undefined ? parsed(metric) : refused(`${path}: ${problem}`);
}

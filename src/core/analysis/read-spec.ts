import type { AnalysisRun, Argument, Metric, MetricTemplate } from '../../api/analysis-types.js';
import type { Parsed } from '../../lib/parsed.js';
import { parsed, refused } from '../../lib/parsed.js';
import { compileCondition } from '../expression/index.js';
import type { ArgumentValues } from './args.js';
import { placeholderValues, substituteJson, usesSecret } from './args.js';
import { readMetric } from './read-metric.js';
import { dryRunMetrics, retentionLimits } from './rules.js';

/** A run's spec, ready to be judged. Secrets are placeholders: nothing here may be measured with or shown. */
export interface RunSpec {
  readonly metrics: readonly Metric[];
  readonly dryRun: ReadonlySet<string>;
  readonly retention: ReadonlyMap<string, number>;
}

/**
 * Resolves and checks a run's spec.
 *
 * @param providers kinds there is a provider for
 * @returns refused with the message the run ends with: `Unable to resolve metric arguments: …` or `Analysis spec invalid: …`
 * Semantics: Argo Rollouts, analysis 2.1, 2.2. Differs: conditions that do not compile are found here (upstream: five failing measurements later),
 * and so are providers nobody knows.
 */
export function readRunSpec(spec: AnalysisRun['spec'], providers: ReadonlySet<string>): Parsed<RunSpec> {
  const values = placeholderValues(spec.args);
  if (!values.ok) return refused(`Unable to resolve metric arguments: ${values.error}`);
  const resolved: MetricTemplate[] = [];
  for (const metric of spec.metrics) {
    const filled = substituteJson(metric.raw, values.value);
    if (!filled.ok) return refused(`Unable to resolve metric arguments: ${filled.error}`);
    const name = filled.value['name'];
    resolved.push({ name: typeof name === 'string' ? name : metric.name, raw: filled.value });
  }
  const checked = checkSpec(spec, resolved, providers);
  return checked.ok ? checked : refused(`Analysis spec invalid: ${checked.error}`);
}

/** One metric with its arguments, secrets included, filled in. @throws nothing: refused as readRunSpec */
export function resolveMetric(template: MetricTemplate, values: ArgumentValues): Parsed<Metric> {
  const filled = substituteJson(template.raw, values);
  return filled.ok ? readMetric(filled.value, 'metric') : filled;
}

function checkSpec(spec: AnalysisRun['spec'], resolved: readonly MetricTemplate[], providers: ReadonlySet<string>): Parsed<RunSpec> {
  if (resolved.length === 0) return refused('no metrics specified');
  const metrics: Metric[] = [];
  for (const [index, { name, raw }] of resolved.entries()) {
    if (resolved.findIndex((other) => other.name === name) < index) return refused(`metrics[${index}]: duplicate name '${name}'`);
    const metric = readMetric(raw, `metrics[${index}]`);
    if (!metric.ok) return metric;
    const error = metricProblem(metric.value, spec.metrics[index], spec.args, providers);
    if (error !== undefined) return refused(`metrics[${index}]: ${error}`);
    metrics.push(metric.value);
  }
  const names = metrics.map(({ name }) => name);
  const dryRun = dryRunMetrics(spec.dryRun, names);
  if (!dryRun.ok) return dryRun;
  const retention = retentionLimits(spec.measurementRetention, names);
  return retention.ok ? parsed({ metrics, dryRun: dryRun.value, retention: retention.value }) : retention;
}

function metricProblem(
  metric: Metric,
  template: MetricTemplate | undefined,
  args: readonly Argument[],
  providers: ReadonlySet<string>,
): string | undefined {
  if (!providers.has(metric.providerKind)) return `unknown provider '${metric.providerKind}'; known: ${[...providers].sort().join(', ')}`;
  for (const which of ['successCondition', 'failureCondition'] as const) {
    // A placeholder is no expression: conditions made of secrets can only be compiled when they are measured.
    if (metric[which] === '' || usesSecret(template?.raw[which] ?? '', args)) continue;
    const compiled = compileCondition(metric[which]);
    if (compiled.kind === 'error') return `could not compile ${which} "${metric[which]}": ${compiled.message}`;
  }
  return undefined;
}

import type { AnalysisTemplate, Metric, MetricTemplate } from './analysis-types.js';
import { fieldOf } from '../lib/json.js';
import { invalid } from './field-error.js';
import type { JsonObject } from './kube.js';
import { parseMetric } from './parse-metric.js';
import { metricProblem } from './validate-metric.js';
import type { FieldError } from './workload-types.js';

/** What is wrong with a condition's source; undefined when it can be compiled. */
export type CompileCondition = (source: string) => string | undefined;

/**
 * Every rule of analysis 2.2 that can be judged before arguments are filled in: a field that holds a `{{placeholder}}` is left alone, and so
 * are the rules that need it. Conditions are compiled, which upstream leaves to the first measurement.
 *
 * @param parseErrors what parseAnalysisTemplate found
 * @returns all errors, in the order of the metrics; paths begin with `spec`
 */
export function validateAnalysisTemplate(
  template: AnalysisTemplate,
  parseErrors: readonly FieldError[],
  compile: CompileCondition,
): readonly FieldError[] {
  const { metrics, templates } = template.spec;
  const none: FieldError[] = metrics.length === 0 && templates.length === 0 ? [problem('spec.metrics', 'no metrics specified')] : [];
  return [
    ...parseErrors,
    ...none,
    ...duplicateNames(metrics),
    ...metrics.flatMap((metric, index) => validateMetric(metric, `spec.metrics[${index}]`, compile)),
  ];
}

function problem(path: string, detail: string): FieldError {
  return { path, kind: 'invalid', detail };
}

function duplicateNames(metrics: readonly MetricTemplate[]): readonly FieldError[] {
  const names = metrics.map(({ name }) => name);
  return names.flatMap((name, index) =>
    name !== '' && names.indexOf(name) < index ? [problem(`spec.metrics[${index}]`, `duplicate name '${name}'`)] : [],
  );
}

function validateMetric({ raw }: MetricTemplate, path: string, compile: CompileCondition): readonly FieldError[] {
  const known = Object.fromEntries(Object.entries(raw).filter(([key, value]) => key === 'provider' || !isPlaceholder(value)));
  const { metric, errors } = parseMetric({ ...known, name: raw['name'] ?? null }, path);
  return [...errors.filter((error) => error.path !== `${path}.name`), ...limits(metric, raw, path), ...conditions(metric, path, compile)];
}

function isPlaceholder(value: unknown): boolean {
  return typeof value === 'string' && value.includes('{{');
}

const limitFields = ['count', 'interval', 'failureLimit', 'inconclusiveLimit', 'consecutiveErrorLimit', 'consecutiveSuccessLimit'];

function limits(metric: Metric, raw: JsonObject, path: string): readonly FieldError[] {
  const isOpen = limitFields.some((key) => isPlaceholder(fieldOf(raw, key)));
  const detail = isOpen ? undefined : metricProblem(metric, raw);
  return detail === undefined ? [] : [problem(path, detail)];
}

function conditions(metric: Metric, path: string, compile: CompileCondition): readonly FieldError[] {
  const sources = Object.entries({ successCondition: metric.successCondition, failureCondition: metric.failureCondition });
  return sources.flatMap(([key, source]) => {
    const error = source === '' ? undefined : compile(source);
    return error === undefined ? [] : [invalid(`${path}.${key}`, source, error)];
  });
}

import { parseAnalysisTemplate } from '../../api/index.js';
import type { JsonObject, KubeObject, NewObject } from '../../api/kube.js';
import type { MetricTemplate } from '../../api/analysis-types.js';
import { ControllerError } from '../../lib/errors.js';
import type { MetricAnswer, ScriptedMetrics } from '../scripted-metrics.js';
import type { ScriptedAnswer, SimulationInput } from './types.js';

const templateKinds = new Set(['AnalysisTemplate', 'ClusterAnalysisTemplate']);

export function isTemplate({ kind }: KubeObject): boolean {
  return templateKinds.has(kind);
}

/** How a metric is asked in the simulation. */
export interface AskedMetric {
  readonly name: string;
  readonly query: string;
}

/**
 * The templates with every metric turned to the simulated Prometheus. A metric whose answers are verdicts gets conditions that read them;
 * one whose answers are numbers keeps its own.
 */
export function simulatedTemplates(input: SimulationInput): {
  readonly templates: readonly NewObject[];
  readonly asked: readonly AskedMetric[];
} {
  const asked: AskedMetric[] = [];
  const templates = input.objects.filter(isTemplate).map((raw) => {
    const { template } = parseAnalysisTemplate(raw);
    const metrics = template.spec.metrics.map((metric) => {
      const query = `${raw.metadata.name}/${metric.name}`;
      asked.push({ name: metric.name, query });
      return simulatedMetric(metric, query, input.metrics[metric.name] ?? []);
    });
    return { ...raw, spec: { ...raw.spec, metrics } };
  });
  refuseUnknown(input, asked);
  return { templates, asked };
}

function refuseUnknown(input: SimulationInput, asked: readonly AskedMetric[]): void {
  const known = asked.map(({ name }) => name);
  const unknown = Object.keys(input.metrics).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new ControllerError(
    'invalid',
    `no template has a metric "${unknown}"${known.length === 0 ? '' : ` (there is ${known.join(', ')})`}`,
  );
}

function simulatedMetric({ raw, name }: MetricTemplate, query: string, answers: readonly ScriptedAnswer[]): JsonObject {
  const provider = { prometheus: { address: 'http://simulated', query } };
  if (!answers.some((answer) => typeof answer === 'number')) {
    return { ...raw, provider, successCondition: 'result[0] == 1', failureCondition: 'result[0] == 0' };
  }
  if (answers.some((answer) => answer === 'good' || answer === 'bad' || answer === 'inconclusive')) {
    throw new ControllerError('invalid', `metric "${name}": numbers and verdicts cannot be mixed`);
  }
  const original = raw['provider'];
  if (typeof original !== 'object' || original === null || !('prometheus' in original)) {
    throw new ControllerError(
      'invalid',
      `metric "${name}": numbers are for Prometheus metrics; give verdicts (good, bad, inconclusive, error, none)`,
    );
  }
  return { ...raw, provider };
}

/** Scripts the answers: what the file says, or good. */
export function scriptAnswers(metrics: ScriptedMetrics, asked: readonly AskedMetric[], input: SimulationInput): void {
  for (const { name, query } of asked) metrics.set(query, ...(input.metrics[name] ?? ['good']).map(answerOf));
}

/** From now on every metric is bad. */
export function failAll(metrics: ScriptedMetrics, asked: readonly AskedMetric[]): void {
  for (const { query } of asked) metrics.set(query, answerOf('bad'));
}

function answerOf(answer: ScriptedAnswer): MetricAnswer {
  if (typeof answer === 'number') return { kind: 'value', value: answer };
  switch (answer) {
    case 'good':
      return { kind: 'value', value: 1 };
    case 'bad':
      return { kind: 'value', value: 0 };
    case 'inconclusive':
      return { kind: 'value', value: 0.5 };
    case 'none':
      return { kind: 'value', value: [] };
    case 'error':
      return { kind: 'error', message: 'simulated error' };
  }
}

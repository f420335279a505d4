import type { AnalysisRun, MetricResult } from '../../../api/analysis-types.js';

/**
 * A metric in a sentence: how it stands, what was counted against which limits, the last value and what was wanted of it.
 * `rate: Failed, 3 measured: 1 good, 2 bad (1 allowed); last value [0.87], wanted result[0] >= 0.95`
 */
export function describeMetric(run: AnalysisRun, result: MetricResult): string {
  const raw = run.spec.metrics.find((metric) => metric.name === result.name)?.raw ?? {};
  const counts = [
    part(result.successful, 'good'),
    part(result.failed, `bad (${limitText(raw['failureLimit'])})`),
    part(result.inconclusive, `undecided (${limitText(raw['inconclusiveLimit'])})`),
    part(result.error, 'without an answer'),
  ].filter((text) => text !== '');
  return [
    `metric ${result.name}: ${result.phase}${result.dryRun ? ' (dry run)' : ''}`,
    counts.length === 0 ? ', nothing measured yet' : `, ${counts.join(', ')}`,
    lastText(result),
    conditionText(raw['successCondition'], 'wanted'),
    conditionText(raw['failureCondition'], 'bad if'),
    result.message === '' ? '' : `; ${result.message}`,
  ].join('');
}

function part(count: number, what: string): string {
  return count === 0 ? '' : `${count} ${what}`;
}

/** A limit may be a number, a text, or an argument that was filled in only later. */
function limitText(limit: unknown): string {
  const text = typeof limit === 'number' || typeof limit === 'string' ? String(limit) : '0';
  return text === '-1' ? 'any number allowed' : `${text} allowed`;
}

function lastText({ measurements }: MetricResult): string {
  const last = measurements.at(-1);
  if (last === undefined) return '';
  if (last.value === '') return last.message === '' ? '' : `; last answer: ${last.message}`;
  return `; last value ${last.value}`;
}

function conditionText(condition: unknown, word: string): string {
  return typeof condition === 'string' && condition !== '' ? `, ${word} ${condition}` : '';
}

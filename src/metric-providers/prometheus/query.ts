import type { Metric } from '../../api/analysis-types.js';
import type { Sample, StringMap } from '../../core/analysis/sample.js';
import { parseDurationMs } from '../../lib/duration.js';
import type { Parsed } from '../../lib/parsed.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { decimalText, listText, parseNumber } from '../number-text.js';
import { answerError, isRecord, numberAt, objectAt, settingsError, textAt } from '../section.js';

const defaultTimeoutSeconds = 30;

/** Seconds a query may take. Differs: 0 is the default; upstream's 0 times out at once. */
export function timeoutMs({ provider }: Metric): number {
  const seconds = numberAt(provider, 'timeout') ?? 0;
  if (seconds < 0) throw settingsError('prometheus timeout should not be negative');
  return (seconds === 0 ? defaultTimeoutSeconds : seconds) * 1_000;
}

/** @param fallback the operator's default address, may be '' */
export function addressOf({ provider }: Metric, fallback: string): string {
  const address = textAt(provider, 'address') || fallback;
  if (address === '') throw settingsError('prometheus address is not configured');
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/]+/i.test(address)) throw settingsError('prometheus address is not is url format');
  return address;
}

export interface PrometheusQuery {
  readonly path: '/api/v1/query' | '/api/v1/query_range';
  readonly form: Readonly<Record<string, string>>;
}

/** Where the query of a metric goes and what it says: one instant, or a range when `rangeQuery` is there. */
export function renderQuery(metric: Metric, now: EpochMs, timeOf: (expression: string) => Parsed<EpochMs>): PrometheusQuery {
  const query = textAt(metric.provider, 'query');
  if (metric.provider['rangeQuery'] === undefined) return { path: '/api/v1/query', form: { query, time: seconds(now) } };
  const range = objectAt(metric.provider, 'rangeQuery');
  const time = (which: 'start' | 'end'): string => {
    const at = timeOf(textAt(range, which));
    if (!at.ok) throw settingsError(`failed to parse rangeQuery.${which} as time: ${at.error}`);
    return seconds(at.value);
  };
  const [start, end] = [time('start'), time('end')];
  const step = parseDurationMs(textAt(range, 'step'));
  if (!step.ok) throw settingsError(`failed to parse rangeQuery.step as duration: ${step.error}`);
  return { path: '/api/v1/query_range', form: { query, start, end, step: decimalText(step.value / 1_000) } };
}

function seconds(at: EpochMs): string {
  return decimalText(at / 1_000);
}

/** `address` with the API's path behind its own. */
export function endpoint(address: string, path: string): string {
  const url = new URL(address);
  url.pathname = url.pathname.replace(/\/+$/, '') + path;
  return url.href;
}

/**
 * A sample from an answer's JSON.
 *
 * @param from host, for messages
 * @throws ControllerError saying what is wrong with it: the server's own error, an unsupported type, no answer of Prometheus at all
 * Semantics: Argo Rollouts, analysis 3.3, 4.1.
 */
export function parseAnswer(answer: unknown, metric: Metric, from: string): Sample {
  if (!isRecord(answer) || (answer['status'] !== 'success' && answer['status'] !== 'error')) {
    throw answerError(`bad_response: the answer from ${from} is not one of Prometheus: it has no status`);
  }
  if (answer['status'] === 'error') throw answerError(`${show(answer['errorType'])}: ${show(answer['error'])}`);
  const data = isRecord(answer['data']) ? answer['data'] : {};
  const metadata = warningsOf(answer['warnings']);
  switch (data['resultType']) {
    case 'scalar': {
      const value = pairValue(data['result'], from);
      return { kind: 'value', value: { type: 'float', value }, text: decimalText(value), ...metadata };
    }
    case 'vector':
      return floats(
        series(data['result'], from).map((each) => pairValue(each['value'], from)),
        metric,
        metadata,
      );
    case 'matrix':
      return floats(
        series(data['result'], from).flatMap(({ values }) => (Array.isArray(values) ? values.map((pair) => pairValue(pair, from)) : [])),
        metric,
        metadata,
      );
    default:
      throw answerError('Prometheus metric type not supported');
  }
}

function floats(values: readonly number[], metric: Metric, metadata: { readonly metadata?: StringMap }): Sample {
  const hint = `query: ${textAt(metric.provider, 'query')}; where the series appears only after a while, set initialDelay`;
  return { kind: 'value', value: { type: 'floats', values }, text: listText(values), noDataHint: hint, ...metadata };
}

function series(result: unknown, from: string): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(result)) throw answerError(`bad_response: the answer from ${from} has no list of series`);
  return result.filter(isRecord);
}

/** [time, "text of the number"] */
function pairValue(pair: unknown, from: string): number {
  const text: unknown = Array.isArray(pair) ? pair[1] : undefined;
  const value = typeof text === 'string' ? parseNumber(text) : undefined;
  if (value === undefined) throw answerError(`bad_response: the answer from ${from} has a sample that is no number: ${show(pair)}`);
  return value;
}

function warningsOf(warnings: unknown): { readonly metadata?: StringMap } {
  if (!Array.isArray(warnings) || warnings.length === 0) return {};
  return { metadata: { warnings: warnings.map((warning) => JSON.stringify(warning)).join(', ') } };
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

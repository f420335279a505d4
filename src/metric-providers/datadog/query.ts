import type { JsonObject } from '../../api/kube.js';
import type { Sample } from '../../core/analysis/sample.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { decimalText, goJson, listText } from '../number-text.js';
import { answerError, listsIn, recordIn, recordsIn, settingsError, textAt, textIn } from '../section.js';
import { durationAt } from '../window.js';

const aggregators = ['avg', 'min', 'max', 'sum', 'last', 'percentile', 'mean', 'l2norm', 'area'];

/** What a metric asks Datadog for. */
export interface DatadogQuery {
  readonly apiVersion: 'v1' | 'v2';
  /** By name. */
  readonly queries: Readonly<Record<string, string>>;
  readonly formula: string;
  readonly aggregator: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** @throws ControllerError `invalid-spec` for properties that do not go together. Semantics: Argo Rollouts, analysis 4.5 */
export function readQuery(section: JsonObject): DatadogQuery {
  const [query, formula, aggregator] = [textAt(section, 'query'), textAt(section, 'formula'), textAt(section, 'aggregator')];
  const named = Object.entries(recordIn(section['queries'])).map(([name, text]) => [name, textIn(text)] as const);
  const apiVersion = (textAt(section, 'apiVersion') || 'v1').toLowerCase();
  const timeoutMs = durationAt(section, 'requestTimeout', '10s');
  if (apiVersion !== 'v1' && apiVersion !== 'v2') throw settingsError(`Datadog apiVersion ${apiVersion} is not one of v1, v2`);
  if (query !== '' && named.length > 0) throw settingsError('Cannot have both a query and queries. Please review the Analysis Template.');
  if (query === '' && named.length === 0) throw settingsError('Must have either a query or queries. Please review the Analysis Template.');
  if (apiVersion === 'v1' && query === '') throw settingsError('Query is empty. API Version v1 only supports using the query parameter.');
  if (apiVersion === 'v1' && aggregator !== '')
    throw settingsError('Aggregator is not supported in v1. Please review the Analysis Template.');
  if (formula !== '' && named.length === 0)
    throw settingsError('Formula are only valid when queries are set. Please review the Analysis Template.');
  if (named.length > 1 && formula === '') throw settingsError('When multiple queries are provided you must include a formula.');
  if (aggregator !== '' && !aggregators.includes(aggregator))
    throw settingsError(`aggregator ${aggregator} is not one of ${aggregators.join(', ')}`);
  if (timeoutMs <= 0) throw settingsError('requestTimeout must be positive');
  return {
    apiVersion,
    queries: query === '' ? Object.fromEntries(named) : { query },
    formula,
    aggregator: aggregator || 'last',
    intervalMs: durationAt(section, 'interval', '5m'),
    timeoutMs,
  };
}

/** `GET` of this URL. */
export function renderV1(address: string, query: DatadogQuery, now: EpochMs): string {
  const [from, to] = [now - query.intervalMs, now].map((at) => String(Math.floor(at / 1_000)));
  const params = new URLSearchParams({ from: from ?? '', query: query.queries['query'] ?? '', to: to ?? '' });
  return `${address}/api/v1/query?${params.toString()}`;
}

/** `POST` of this body to `/api/v2/query/scalar`. */
export function renderV2(query: DatadogQuery, now: EpochMs): string {
  const queries = Object.entries(query.queries).map(([name, text]) => ({
    aggregator: query.aggregator,
    data_source: 'metrics',
    name,
    query: text,
  }));
  const formulas = query.formula === '' ? [] : [{ formula: query.formula }];
  const attributes = {
    from: Math.floor(now - query.intervalMs),
    to: Math.floor(now),
    queries,
    ...(formulas.length > 0 ? { formulas } : {}),
  };
  return JSON.stringify({ data: { type: 'scalar_request', attributes } });
}

/**
 * The last point that has a value of the first series.
 * Differs: a null point is no point (upstream reads it as 0).
 */
export function parseV1(answer: unknown): Sample {
  const { status, error, series } = recordIn(answer);
  if (status === 'error') throw answerError(`There were errors in your query: ${textIn(error)}`);
  const [first] = recordsIn(series);
  const values = listsIn(first?.['pointlist'])
    .map(([, value]) => value)
    .filter((value) => typeof value === 'number');
  const value = values.at(-1);
  if (value !== undefined) return { kind: 'value', value: { type: 'float', value }, text: decimalText(value) };
  return { kind: 'value', value: { type: 'nil' }, text: goJson(pointsOnly(series)) };
}

/** No data: what the status shows is the series as they came, without their many labels. */
function pointsOnly(series: unknown): unknown {
  return Array.isArray(series) ? recordsIn(series).map(({ pointlist }) => ({ pointlist: pointlist ?? [] })) : null;
}

/** One value, or with `group` columns one for each group. */
export function parseV2(answer: unknown): Sample {
  const { data, errors } = recordIn(answer);
  if (errors !== undefined && errors !== null && errors !== '') throw answerError(`There were errors in your query: ${show(errors)}`);
  const columns = recordsIn(recordIn(recordIn(data)['attributes'])['columns']);
  const numbers = columns.find(({ type }) => type === 'number');
  const groups = columns.filter(({ type }) => type === 'group');
  const cells: readonly unknown[] = Array.isArray(numbers?.['values']) ? numbers['values'] : [];
  const rows = cells.flatMap((cell, row) =>
    cell === null ? [] : [{ value: numberCell(cell), name: groups.map((group) => groupCell(group, row)).join(',') }],
  );
  if (groups.length === 0) return single(rows[0]?.value);
  return grouped(rows);
}

function single(value: number | undefined): Sample {
  if (value === undefined) return { kind: 'value', value: { type: 'nil' }, text: '[]' };
  return { kind: 'value', value: { type: 'float', value }, text: decimalText(value) };
}

interface Row {
  readonly name: string;
  readonly value: number;
}

const mostGroups = 100;

function grouped(rows: readonly Row[]): Sample {
  if (rows.length === 0) return { kind: 'value', value: { type: 'nil' }, text: '[]' };
  const sorted = [...rows].sort((left, right) => left.value - right.value);
  const truncated = rows.length > mostGroups;
  const shown = truncated ? [...sorted.slice(0, mostGroups / 2), ...sorted.slice(-mostGroups / 2)] : rows;
  const values = rows.map(({ value }) => value);
  return {
    kind: 'value',
    value: { type: 'floats', values },
    text: listText(values),
    metadata: { groups: JSON.stringify(shown), ...(truncated ? { groups_truncated: 'true' } : {}) },
  };
}

function numberCell(cell: unknown): number {
  if (typeof cell === 'number') return cell;
  throw answerError(`a value of Datadog's answer is no number: ${show(cell)}`);
}

function groupCell({ name, values }: Readonly<Record<string, unknown>>, row: number): string {
  const cell: unknown = Array.isArray(values) ? values[row] : undefined;
  if (Array.isArray(cell) && cell.every((label) => typeof label === 'string')) return cell.join(',');
  throw answerError(`group ${show(name)} of Datadog's answer has no label for row ${row}`);
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}

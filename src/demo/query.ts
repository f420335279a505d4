import { parseDurationMs } from '../lib/duration.js';
import { ControllerError } from '../lib/errors.js';
import type { EpochMs } from '../lib/scheduler.js';
import type { Labels, Series } from './counts.js';

/**
 * The corner of PromQL the demo's metric is written in, for machines without a Prometheus:
 * `sum(rate(NAME{label="value",label=~"regex"}[range]))`, one alone or two with a `/` between them.
 *
 * @returns the value, NaN for 0/0 as in Prometheus, or undefined when no series matches (an empty vector)
 * @throws ControllerError `invalid` for anything else
 */
export function evaluateQuery(query: string, metric: string, series: readonly Series[], now: EpochMs): number | undefined {
  const [left, right, ...more] = splitTerms(query);
  if (left === undefined || more.length > 0) throw unsupported(query);
  const above = sumOfRates(left, metric, series, now);
  if (right === undefined) return above;
  const below = sumOfRates(right, metric, series, now);
  return above === undefined || below === undefined ? undefined : above / below;
}

const term = /^sum\(rate\((\w+)\{([^}]*)\}\[(\w+)\]\)\)$/;
const matcher = /^(\w+)(=~|=)"((?:[^"\\]|\\.)*)"$/;

function splitTerms(query: string): readonly string[] {
  return query.split('/').map((part) => part.replace(/\s+/g, ''));
}

function sumOfRates(text: string, metric: string, series: readonly Series[], now: EpochMs): number | undefined {
  const match = term.exec(text);
  if (match === null) throw unsupported(text);
  const [, name = '', labels = '', range = ''] = match;
  const rangeMs = parseDurationMs(range);
  if (!rangeMs.ok || name !== metric) throw unsupported(text);
  const matches = labels
    .split(',')
    .filter((l) => l !== '')
    .map(parseMatcher);
  const rates = series.filter((s) => matches.every((m) => m(s.labels))).flatMap((s) => rateOf(s, rangeMs.value, now) ?? []);
  return rates.length === 0 ? undefined : rates.reduce((a, b) => a + b, 0);
}

function parseMatcher(text: string): (labels: Labels) => boolean {
  const match = matcher.exec(text);
  if (match === null) throw unsupported(text);
  const [, key = '', operator, value = ''] = match;
  if (operator === '=') return (labels) => labels[key] === value;
  const pattern = new RegExp(`^(?:${value})$`);
  return (labels) => pattern.test(labels[key] ?? '');
}

/** Per second, over the points inside the range; undefined with fewer than two of them, as Prometheus has it. */
function rateOf({ points }: Series, rangeMs: number, now: EpochMs): number | undefined {
  const inside = points.filter((p) => now - p.at <= rangeMs);
  const [first, last] = [inside[0], inside.at(-1)];
  if (first === undefined || last === undefined || last.at === first.at) return undefined;
  return (last.total - first.total) / ((last.at - first.at) / 1000);
}

function unsupported(text: string): ControllerError {
  return new ControllerError(
    'invalid',
    `this stand-in for Prometheus understands sum(rate(NAME{...}[range])), one or two with a / between, not: ${text}`,
  );
}

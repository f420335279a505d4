import type { Metric } from './analysis-types.js';
import type { JsonObject } from './kube.js';
import { Reader, optional } from './reader.js';
import { parseDurationMs } from '../lib/duration.js';
import type { FieldError } from './workload-types.js';

/** Providers by their key in the API. */
export const providerKeys = [
  ...[
    'prometheus',
    'kayenta',
    'web',
    'datadog',
    'wavefront',
    'newRelic',
    'job',
    'cloudWatch',
    'graphite',
    'influxdb',
    'skywalking',
    'plugin',
  ],
] as const;

export interface ParsedMetric {
  readonly metric: Metric;
  readonly errors: readonly FieldError[];
}

const defaultConsecutiveErrorLimit = 4;
const int32Max = 2 ** 31 - 1;

/**
 * Reads a metric after its arguments were filled in. Numbers may be text, as arguments are. Never throws; what is wrong reads as absent.
 * The errors' details are upstream's words where upstream has the rule, so that `path: detail` is its message (analysis 2.2).
 *
 * @param path where the metric stands, e.g. `metrics[0]`
 * Semantics: analysis 1.5. Differs: text that is no number is an error; upstream reads it as 0.
 */
export function parseMetric(raw: JsonObject, path: string): ParsedMetric {
  const errors: FieldError[] = [];
  const reader = Reader.of(raw, path, errors);
  const read = new ScalarReader(reader, path, errors);
  const intervalMs = read.durationMs('interval', 'interval');
  const provider = readProvider(reader, path, errors);
  const metric: Metric = {
    name: reader.requiredText('name'),
    ...optional('intervalMs', intervalMs),
    ...optional('initialDelayMs', read.durationMs('initialDelay', 'startDelay')),
    ...optional('count', effectiveCount(read.number('count'), intervalMs)),
    successCondition: reader.string('successCondition') ?? '',
    failureCondition: reader.string('failureCondition') ?? '',
    failureLimit: read.number('failureLimit') ?? 0,
    inconclusiveLimit: read.number('inconclusiveLimit') ?? 0,
    consecutiveErrorLimit: read.number('consecutiveErrorLimit') ?? defaultConsecutiveErrorLimit,
    consecutiveSuccessLimit: read.number('consecutiveSuccessLimit') ?? 0,
    ...provider,
  };
  return { metric, errors: errors.map((error) => (error.detail === '' ? { ...error, detail: 'Required value' } : error)) };
}

/** Neither absent nor 0 means no measurement: once without an interval, without end with one. */
function effectiveCount(count: number | undefined, intervalMs: number | undefined): number | undefined {
  if (count !== undefined && count !== 0) return count;
  return intervalMs === undefined ? 1 : undefined;
}

class ScalarReader {
  constructor(
    private readonly reader: Reader,
    private readonly path: string,
    private readonly errors: FieldError[],
  ) {}

  number(key: string): number | undefined {
    const value = this.reader.value(key);
    if (value === undefined) return undefined;
    const number = typeof value === 'string' && /^[+-]?\d+$/.test(value) ? Number(value) : value;
    if (typeof number === 'number' && Number.isInteger(number) && Math.abs(number) <= int32Max) return number;
    return this.refuse(`${key} must be a whole number: ${JSON.stringify(value)}`);
  }

  durationMs(key: string, calledUpstream: string): number | undefined {
    const text = this.reader.text(key);
    if (text === undefined) return undefined;
    const duration = parseDurationMs(text);
    if (!duration.ok) return this.refuse(`invalid ${calledUpstream} string: ${duration.error}`);
    return duration.value >= 0
      ? duration.value
      : this.refuse(`invalid ${calledUpstream} string: must not be negative: ${JSON.stringify(text)}`);
  }

  private refuse(detail: string): undefined {
    this.errors.push({ path: this.path, kind: 'invalid', detail });
    return undefined;
  }
}

function readProvider(metric: Reader, path: string, errors: FieldError[]): Pick<Metric, 'providerKind' | 'provider'> {
  const provider = metric.objectOrEmpty('provider');
  const kinds = provider.keys;
  const unknown = kinds.filter((kind) => !providerKeys.some((known) => known === kind));
  const plugins = provider.object('plugin')?.keys.length ?? 1;
  const [kind] = kinds;
  if (kind === undefined || plugins === 0) errors.push({ path, kind: 'invalid', detail: 'no provider specified' });
  else if (kinds.length > 1 || plugins > 1) errors.push({ path, kind: 'invalid', detail: 'multiple providers specified' });
  else if (unknown.length > 0) errors.push({ path, kind: 'invalid', detail: `unknown provider '${unknown[0]}'` });
  return { providerKind: kind ?? '', provider: (kind === undefined ? undefined : provider.raw(kind)) ?? {} };
}

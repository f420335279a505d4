import type { AnalysisRun, Measurement, Metric } from '../../api/analysis-types.js';
import type { Cluster } from '../../cluster/cluster.js';
import type { Redactor, StartMeasurement, StringMap } from '../../core/analysis/index.js';
import {
  assessMeasurement,
  failedMeasurement,
  placeholderValues,
  redactor,
  resolveMetric,
  withSecrets,
} from '../../core/analysis/index.js';
import { evaluateTime } from '../../core/expression/index.js';
import { ControllerError, errorMessage } from '../../lib/errors.js';
import { parsed, refused } from '../../lib/parsed.js';
import type { EpochMs, Scheduler } from '../../lib/scheduler.js';
import { deadline } from '../../lib/scheduler.js';
import type { MeasureContext, MeasureRequest, MetricProvider, ProviderRegistry } from '../../metric-providers/provider.js';
import type { Outcome } from './runner.js';
import { readArgumentSecrets, readSecret } from './secrets.js';

export interface MeasureDeps {
  readonly scheduler: Scheduler;
  /** Reads secrets. */
  readonly cluster: Cluster;
  readonly providers: ProviderRegistry;
  /** Where the controller's own secrets are. */
  readonly controllerNamespace: string;
}

/** No measurement takes longer, whatever its provider allows: everything that runs has a deadline. */
const longestMeasurementMs = 15 * 60_000;

/**
 * Takes one measurement: reads the secrets, asks the provider, judges the answer, and takes every secret out of what remains.
 *
 * @returns never rejects but when `signal` fired
 */
export async function takeMeasurement(run: AnalysisRun, start: StartMeasurement, deps: MeasureDeps, signal: AbortSignal): Promise<Outcome> {
  const beganAt = deps.scheduler.now();
  let secrets: ReadonlyMap<string, string>;
  try {
    secrets = await readArgumentSecrets(deps.cluster, run.metadata.namespace ?? '', run.spec.args, signal);
  } catch (error) {
    return { kind: 'unresolved', message: errorMessage(error), at: deps.scheduler.now() };
  }
  return measureWith(secrets, { run, start, deps, signal, beganAt });
}

interface Attempt {
  readonly run: AnalysisRun;
  readonly start: StartMeasurement;
  readonly deps: MeasureDeps;
  readonly signal: AbortSignal;
  readonly beganAt: EpochMs;
}

async function measureWith(secrets: ReadonlyMap<string, string>, attempt: Attempt): Promise<Outcome> {
  const { start, deps, beganAt } = attempt;
  const known = new Set(secrets.values());
  const startedAt = start.resume?.startedAt ?? beganAt;
  const late = new ControllerError('timeout', `no answer within ${longestMeasurementMs / 60_000} minutes`);
  const limit = deadline(deps.scheduler, longestMeasurementMs, late, attempt.signal);
  let measurement: Measurement;
  let metricMetadata: StringMap = {};
  try {
    const metric = metricOf(attempt, secrets);
    const provider = await deps.providers.provider(metric.providerKind);
    metricMetadata = provider.describe(metric);
    const sample = await Promise.race([
      ask(provider, metric, known, { ...attempt, startedAt, signal: limit.signal }),
      whenAborted(limit.signal),
    ]);
    measurement = assessMeasurement(metric, sample, { startedAt, finishedAt: deps.scheduler.now() });
  } catch (error) {
    measurement = failed(error, startedAt, deps.scheduler.now());
  } finally {
    limit.done();
  }
  const redact = redactor([...known]);
  return {
    kind: 'taken',
    taken: {
      metric: start.metric,
      ordinal: start.ordinal,
      measurement: redacted(continued(measurement, start), redact),
      metricMetadata: redact.map(metricMetadata),
    },
    endedAt: deps.scheduler.now(),
  };
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}

function metricOf({ run, start }: Attempt, secrets: ReadonlyMap<string, string>): Metric {
  const template = run.spec.metrics[start.index];
  const values = placeholderValues(run.spec.args);
  if (template === undefined || !values.ok) throw new ControllerError('internal', `metric ${start.metric} has left the spec`);
  const metric = resolveMetric(template, withSecrets(values.value, secrets));
  if (!metric.ok) throw new ControllerError('invalid-spec', metric.error);
  return metric.value;
}

function ask(
  provider: MetricProvider,
  metric: Metric,
  known: Set<string>,
  { run, start, deps, signal, startedAt }: Attempt & { readonly startedAt: EpochMs },
): ReturnType<MetricProvider['measure']> {
  const { namespace = '', name, uid } = run.metadata;
  const request: MeasureRequest = {
    metric,
    run: { namespace, name, uid, startedAt: run.status.startedAt ?? deps.scheduler.now() },
    ordinal: start.ordinal,
    startedAt,
  };
  const context: MeasureContext = {
    signal,
    now: () => deps.scheduler.now(),
    timeOf: (expression) => {
      const time = evaluateTime(expression, deps.scheduler.now());
      return time.ok ? parsed(time.epochMs) : refused(time.message);
    },
    secret: async (secretName, scope, open = []) => {
      const data = await readSecret(deps.cluster, scope === 'run' ? namespace : deps.controllerNamespace, secretName, signal);
      Object.entries(data ?? {}).forEach(([key, value]) => (open.includes(key) ? undefined : known.add(value)));
      return data;
    },
  };
  if (start.resume === undefined) return provider.measure(request, context);
  if (provider.resume === undefined) throw new ControllerError('internal', `a measurement of ${provider.kind} cannot be resumed`);
  return provider.resume(request, start.resume.handle, context);
}

function failed(error: unknown, startedAt: EpochMs, finishedAt: EpochMs): Measurement {
  const wait = error instanceof ControllerError ? error.fields['retryAfterMs'] : undefined;
  const retry = typeof wait === 'number' ? { retryAt: finishedAt + wait } : {};
  return failedMeasurement(errorMessage(error), { startedAt, finishedAt }, retry);
}

/** A resumed measurement keeps the handle it was known by. */
function continued(measurement: Measurement, { resume }: StartMeasurement): Measurement {
  if (resume === undefined) return measurement;
  const resumeAt = measurement.resumeAt ?? resume.resumeAt;
  return { ...measurement, metadata: { ...resume.handle, ...measurement.metadata }, ...(resumeAt === undefined ? {} : { resumeAt }) };
}

function redacted(measurement: Measurement, redact: Redactor): Measurement {
  return {
    ...measurement,
    message: redact.text(measurement.message),
    value: redact.text(measurement.value),
    metadata: redact.map(measurement.metadata),
  };
}

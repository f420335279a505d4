import type { AnalysisRun, AnalysisTemplate, Measurement, Metric, MetricResult } from '../api/analysis-types.js';
import type { JsonObject, KubeObject } from '../api/kube.js';
import { parseAnalysisRun, parseAnalysisTemplate } from '../api/parse-analysis.js';
import { renderAnalysisRunStatus } from '../api/render-analysis-status.js';
import type { ObservedAnalysisRun, TakenMeasurement } from '../core/analysis/index.js';

/** 2026-01-01T00:00:00Z */
export const t0 = Date.UTC(2026, 0, 1);

const provider = { prometheus: { address: 'http://prometheus.example:9090', query: 'up' } };

/** A metric's raw form, valid by default: one Prometheus query judged by `result[0] > 0.9`. */
export function aRawMetric(fields: JsonObject = {}): JsonObject {
  return { name: 'rate', successCondition: 'result[0] > 0.9', provider, ...fields };
}

export function aMetric(fields: Partial<Metric> = {}): Metric {
  return {
    name: 'rate',
    count: 1,
    successCondition: '',
    failureCondition: '',
    failureLimit: 0,
    inconclusiveLimit: 0,
    consecutiveErrorLimit: 4,
    consecutiveSuccessLimit: 0,
    providerKind: 'prometheus',
    provider: provider.prometheus,
    ...fields,
  };
}

export function aMeasurement(fields: Partial<Measurement> = {}): Measurement {
  return { phase: 'Successful', message: '', startedAt: t0, finishedAt: t0, value: '[1]', metadata: {}, ...fields };
}

export function aResult(fields: Partial<MetricResult> = {}): MetricResult {
  return {
    name: 'rate',
    phase: 'Running',
    message: '',
    count: 0,
    successful: 0,
    failed: 0,
    inconclusive: 0,
    error: 0,
    consecutiveError: 0,
    consecutiveSuccess: 0,
    dryRun: false,
    metadata: {},
    measurements: [aMeasurement()],
    ...fields,
  };
}

export interface RunFields {
  readonly name?: string;
  readonly spec?: JsonObject;
  readonly metrics?: readonly JsonObject[];
  readonly status?: Partial<AnalysisRun['status']>;
}

function aRawRun({ name = 'run', spec = {}, metrics = [aRawMetric()], status }: RunFields = {}): KubeObject {
  const full = {
    phase: '',
    message: '',
    metricResults: [],
    runSummary: { count: 0, successful: 0, failed: 0, inconclusive: 0, error: 0 },
    ...status,
  } as const;
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisRun',
    metadata: { name, namespace: 'shop', uid: `uid-${name}`, resourceVersion: '7', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { metrics, ...spec },
    ...(status === undefined ? {} : { status: renderAnalysisRunStatus(full) }),
  };
}

/** A run nobody has looked at yet, unless `status` says more. */
export function aRun(fields: RunFields = {}): AnalysisRun {
  return parseAnalysisRun(aRawRun(fields)).run;
}

export function anObservedRun(fields: RunFields = {}, seen: Partial<ObservedAnalysisRun> = {}): ObservedAnalysisRun {
  return {
    now: t0,
    run: aRun(fields),
    inFlight: new Set(),
    taken: [],
    endedAt: new Map(),
    providers: new Set(['prometheus', 'job', 'web']),
    outside: [],
    readyOutside: new Set(),
    ...seen,
  };
}

export function aTaken(fields: Partial<TakenMeasurement> = {}): TakenMeasurement {
  return { metric: 'rate', ordinal: 1, measurement: aMeasurement(), metricMetadata: {}, ...fields };
}

/** An AnalysisTemplate, or a ClusterAnalysisTemplate with `cluster`. */
export function aTemplate(name: string, spec: JsonObject = { metrics: [aRawMetric()] }, cluster = false): AnalysisTemplate {
  return parseAnalysisTemplate({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: cluster ? 'ClusterAnalysisTemplate' : 'AnalysisTemplate',
    metadata: {
      name,
      ...(cluster ? {} : { namespace: 'shop' }),
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec,
  }).template;
}

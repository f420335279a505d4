import type {
  AnalysisRun,
  AnalysisRunStatus,
  AnalysisTemplate,
  Argument,
  Measurement,
  MetricResult,
  MetricTemplate,
  RunSummary,
} from './analysis-types.js';
import { analysisPhases } from './analysis-types.js';
import type { KubeObject } from './kube.js';
import { readDryRun, readRetention, readSecretKeyRef, readTemplateRefs } from './parse-common.js';
import { Reader, optional } from './reader.js';
import type { FieldError } from './workload-types.js';

export interface ParsedAnalysisTemplate {
  readonly template: AnalysisTemplate;
  readonly errors: readonly FieldError[];
}

export interface ParsedAnalysisRun {
  readonly run: AnalysisRun;
  readonly errors: readonly FieldError[];
}

/** Reads an AnalysisTemplate or a ClusterAnalysisTemplate; as lenient as parseRollout. Metrics stay as written until their arguments are filled in. */
export function parseAnalysisTemplate(raw: KubeObject): ParsedAnalysisTemplate {
  const errors: FieldError[] = [];
  const spec = Reader.of(raw.spec, 'spec', errors);
  const template: AnalysisTemplate = {
    raw,
    metadata: raw.metadata,
    clusterScope: raw.kind === 'ClusterAnalysisTemplate',
    spec: { ...readShared(spec), templates: readTemplateRefs(spec) },
  };
  return { template, errors };
}

/** Reads an AnalysisRun; as lenient as parseRollout. */
export function parseAnalysisRun(raw: KubeObject): ParsedAnalysisRun {
  const errors: FieldError[] = [];
  const spec = Reader.of(raw.spec, 'spec', errors);
  const run: AnalysisRun = {
    raw,
    metadata: raw.metadata,
    spec: {
      ...readShared(spec),
      terminate: spec.boolean('terminate') ?? false,
      ...optional('ttlStrategy', readTtl(spec.object('ttlStrategy'))),
    },
    status: parseAnalysisRunStatus(raw.status),
  };
  return { run, errors };
}

function readShared(spec: Reader): Pick<AnalysisRun['spec'], 'metrics' | 'args' | 'dryRun' | 'measurementRetention'> {
  return {
    metrics: (spec.list('metrics') ?? []).map(readMetricTemplate),
    args: (spec.list('args') ?? []).map(readArgument),
    dryRun: readDryRun(spec),
    measurementRetention: readRetention(spec),
  };
}

function readMetricTemplate(metric: Reader): MetricTemplate {
  return { name: metric.requiredText('name'), raw: metric.json };
}

function readArgument(argument: Reader): Argument {
  const from = argument.object('valueFrom');
  return {
    name: argument.requiredText('name'),
    ...optional('value', argument.string('value')),
    ...optional('secretKeyRef', readSecretKeyRef(from)),
    ...optional('fieldPath', from?.object('fieldRef')?.string('fieldPath')),
  };
}

function readTtl(ttl: Reader | undefined): AnalysisRun['spec']['ttlStrategy'] {
  if (ttl === undefined) return undefined;
  return {
    ...optional('secondsAfterCompletion', ttl.count('secondsAfterCompletion')),
    ...optional('secondsAfterFailure', ttl.count('secondsAfterFailure')),
    ...optional('secondsAfterSuccess', ttl.count('secondsAfterSuccess')),
  };
}

/** Reads a status as we or Argo Rollouts wrote it; whatever makes no sense reads as absent. */
export function parseAnalysisRunStatus(raw: unknown): AnalysisRunStatus {
  const status = Reader.lenient(raw);
  return {
    phase: status.word('phase', analysisPhases) ?? '',
    message: status.string('message') ?? '',
    ...optional('startedAt', status.time('startedAt')),
    ...optional('completedAt', status.time('completedAt')),
    metricResults: (status.list('metricResults') ?? []).map(readMetricResult),
    runSummary: readSummary(status.objectOrEmpty('runSummary')),
    ...optional('dryRunSummary', status.has('dryRunSummary') ? readSummary(status.objectOrEmpty('dryRunSummary')) : undefined),
  };
}

function readSummary(summary: Reader): RunSummary {
  return { count: summary.count('count') ?? 0, ...readOutcomes(summary) };
}

function readOutcomes(reader: Reader): Omit<RunSummary, 'count'> {
  return {
    successful: reader.count('successful') ?? 0,
    failed: reader.count('failed') ?? 0,
    inconclusive: reader.count('inconclusive') ?? 0,
    error: reader.count('error') ?? 0,
  };
}

function readMetricResult(result: Reader): MetricResult {
  return {
    name: result.string('name') ?? '',
    phase: result.word('phase', analysisPhases) ?? 'Pending',
    message: result.string('message') ?? '',
    count: result.count('count') ?? 0,
    ...readOutcomes(result),
    consecutiveError: result.count('consecutiveError') ?? 0,
    consecutiveSuccess: result.count('consecutiveSuccess') ?? 0,
    dryRun: result.boolean('dryRun') ?? false,
    metadata: result.stringMap('metadata') ?? {},
    measurements: (result.list('measurements') ?? []).map(readMeasurement),
  };
}

function readMeasurement(measurement: Reader): Measurement {
  return {
    phase: measurement.word('phase', analysisPhases) ?? 'Pending',
    message: measurement.string('message') ?? '',
    ...optional('startedAt', measurement.time('startedAt')),
    ...optional('finishedAt', measurement.time('finishedAt')),
    value: measurement.string('value') ?? '',
    metadata: measurement.stringMap('metadata') ?? {},
    ...optional('resumeAt', measurement.time('resumeAt')),
  };
}

import type { EpochMs } from '../lib/scheduler.js';
import type { JsonObject, KubeObject, ObjectMeta } from './kube.js';

/** Failed is a bad answer, Error is no answer. */
export type AnalysisPhase = 'Pending' | 'Running' | 'Successful' | 'Failed' | 'Error' | 'Inconclusive';

export const analysisPhases: readonly AnalysisPhase[] = ['Pending', 'Running', 'Successful', 'Failed', 'Error', 'Inconclusive'];

export const completedPhases: ReadonlySet<string> = new Set<AnalysisPhase>(['Successful', 'Failed', 'Error', 'Inconclusive']);

export interface TemplateRef {
  readonly templateName: string;
  readonly clusterScope: boolean;
}

export interface DryRunRule {
  /** RE2, unanchored. */
  readonly metricName: string;
}

export interface RetentionRule {
  /** RE2, unanchored. */
  readonly metricName: string;
  readonly limit: number;
}

/** A declared argument of a template or run. */
export interface Argument {
  readonly name: string;
  readonly value?: string;
  readonly secretKeyRef?: { readonly name: string; readonly key: string };
  /** In the schema; nothing resolves it in templates (analysis 2.7). */
  readonly fieldPath?: string;
}

/** An argument as a Rollout or Experiment step hands it in. */
export interface ArgumentInput {
  readonly name: string;
  readonly value?: string;
  readonly podTemplateHashValue?: 'Latest' | 'Stable';
  readonly fieldPath?: string;
  readonly secretKeyRef?: { readonly name: string; readonly key: string };
}

/**
 * A metric as written, numbers and durations unresolved: any string of it may hold `{{args.x}}` until arguments are filled in.
 * analysis 1.5.
 */
export interface MetricTemplate {
  readonly name: string;
  readonly raw: JsonObject;
}

/** A metric with its arguments filled in and every scalar parsed. */
export interface Metric {
  readonly name: string;
  /** Milliseconds; undefined when absent. */
  readonly intervalMs?: number;
  readonly initialDelayMs?: number;
  /** Effective count (analysis 1.5): undefined is unbounded. */
  readonly count?: number;
  readonly successCondition: string;
  readonly failureCondition: string;
  /** -1 is unlimited. */
  readonly failureLimit: number;
  readonly inconclusiveLimit: number;
  readonly consecutiveErrorLimit: number;
  /** 0 is off. */
  readonly consecutiveSuccessLimit: number;
  /** Provider key as in the API. */
  readonly providerKind: string;
  /** The provider's section, raw. For a plugin: the map of plugin name to configuration. */
  readonly provider: JsonObject;
}

/** AnalysisTemplate or ClusterAnalysisTemplate. */
export interface AnalysisTemplate {
  readonly raw: KubeObject;
  readonly metadata: ObjectMeta;
  readonly clusterScope: boolean;
  readonly spec: AnalysisTemplateSpec;
}

export interface AnalysisTemplateSpec {
  readonly metrics: readonly MetricTemplate[];
  readonly args: readonly Argument[];
  readonly dryRun: readonly DryRunRule[];
  readonly measurementRetention: readonly RetentionRule[];
  readonly templates: readonly TemplateRef[];
}

export interface AnalysisRun {
  readonly raw: KubeObject;
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly metrics: readonly MetricTemplate[];
    readonly args: readonly Argument[];
    readonly terminate: boolean;
    readonly dryRun: readonly DryRunRule[];
    readonly measurementRetention: readonly RetentionRule[];
    readonly ttlStrategy?: {
      readonly secondsAfterCompletion?: number;
      readonly secondsAfterFailure?: number;
      readonly secondsAfterSuccess?: number;
    };
  };
  readonly status: AnalysisRunStatus;
}

export interface AnalysisRunStatus {
  readonly phase: AnalysisPhase | '';
  readonly message: string;
  readonly startedAt?: EpochMs;
  readonly completedAt?: EpochMs;
  readonly metricResults: readonly MetricResult[];
  readonly runSummary: RunSummary;
  readonly dryRunSummary?: RunSummary;
}

export interface RunSummary {
  readonly count: number;
  readonly successful: number;
  readonly failed: number;
  readonly inconclusive: number;
  readonly error: number;
}

export interface MetricResult {
  readonly name: string;
  readonly phase: AnalysisPhase;
  readonly message: string;
  readonly count: number;
  readonly successful: number;
  readonly failed: number;
  readonly inconclusive: number;
  readonly error: number;
  readonly consecutiveError: number;
  readonly consecutiveSuccess: number;
  readonly dryRun: boolean;
  readonly metadata: Readonly<Record<string, string>>;
  readonly measurements: readonly Measurement[];
}

export interface Measurement {
  readonly phase: AnalysisPhase;
  readonly message: string;
  readonly startedAt?: EpochMs;
  /** Undefined: in flight. */
  readonly finishedAt?: EpochMs;
  readonly value: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly resumeAt?: EpochMs;
}

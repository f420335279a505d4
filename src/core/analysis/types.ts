import type { AnalysisRun, AnalysisRunStatus, Measurement, Metric } from '../../api/analysis-types.js';
import type { EpochMs } from '../../lib/scheduler.js';
import type { StringMap } from './sample.js';

/** A measurement the runner has finished and the status may not have yet. Secrets are redacted already. */
export interface TakenMeasurement {
  readonly metric: string;
  /** 1-based; counts measurements of the metric, errors included. Resuming a measurement keeps its ordinal. */
  readonly ordinal: number;
  readonly measurement: Measurement;
  /** Facts about the metric itself (`ResolvedPrometheusQuery`); stored when the metric has its first measurement. */
  readonly metricMetadata: StringMap;
}

/** Why measurements cannot be taken: a secret an argument names cannot be read. */
export interface UnresolvedSecret {
  readonly message: string;
  /** First failure in a row. */
  readonly since: EpochMs;
  /** The latest one. */
  readonly at: EpochMs;
}

/** Everything the plan of an AnalysisRun may look at. */
export interface ObservedAnalysisRun {
  readonly now: EpochMs;
  readonly run: AnalysisRun;
  /** Names of the metrics that are being measured right now. */
  readonly inFlight: ReadonlySet<string>;
  readonly taken: readonly TakenMeasurement[];
  /**
   * When each metric's last measurement ended, to the millisecond; absent after a restart.
   * The status has whole seconds only, which would cut up to a second off every interval.
   */
  readonly endedAt: ReadonlyMap<string, EpochMs>;
  readonly unresolved?: UnresolvedSecret;
  /** Provider kinds this process can measure with. */
  readonly providers: ReadonlySet<string>;
  /** Work that goes on outside for this run (Jobs not finished yet): what a completed run must not leave behind. */
  readonly outside: readonly OutsideWork[];
  /** Metrics whose work outside has just finished: asked at once, whatever their resumeAt says. */
  readonly readyOutside: ReadonlySet<string>;
}

export interface OutsideWork {
  readonly metric: string;
  readonly handle: StringMap;
}

export interface StartMeasurement {
  readonly metric: string;
  /** Index in spec.metrics. */
  readonly index: number;
  /** With placeholders for secrets: tells whom to ask, not what. */
  readonly resolved: Metric;
  readonly ordinal: number;
  /** Present: ask again for a measurement that is under way outside. */
  readonly resume?: { readonly handle: StringMap; readonly startedAt: EpochMs; readonly resumeAt?: EpochMs };
}

export interface PlannedEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** Why a pass ended as it did; also what `explain` says. */
export type AnalysisRunReason =
  | 'Completed'
  | 'Deleted'
  | 'SpecInvalid'
  | 'SecretUnresolved'
  | 'Measuring'
  | 'WaitingForInterval'
  | 'WaitingForInitialDelay'
  | 'WaitingForOutside';

export interface AnalysisRunPlan {
  readonly reason: AnalysisRunReason;
  readonly status: AnalysisRunStatus;
  /** After the status is stored. */
  readonly start: readonly StartMeasurement[];
  /** Metrics whose measurement in flight is given up, after the status is stored. */
  readonly cancel: readonly string[];
  /** Work outside to end or remove, after the status is stored. Idempotent. */
  readonly discard: readonly OutsideWork[];
  readonly events: readonly PlannedEvent[];
  /** The run outlived its ttlStrategy. */
  readonly delete: boolean;
  readonly requeueAt?: EpochMs;
}

import type { Metric } from '../api/analysis-types.js';
import type { Sample, StringMap } from '../core/analysis/sample.js';
import type { Parsed } from '../lib/parsed.js';
import type { EpochMs } from '../lib/scheduler.js';

/** Whose measurement this is. */
export interface MeasuredRun {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly startedAt: EpochMs;
}

export interface MeasureRequest {
  /** Arguments and secrets filled in: nothing of it may be stored or logged without the redactor. */
  readonly metric: Metric;
  readonly run: MeasuredRun;
  /** 1-based number of this measurement; the same after a restart. */
  readonly ordinal: number;
  /** When this measurement began; resuming does not change it. */
  readonly startedAt: EpochMs;
}

/** Where a secret that a provider needs lives: beside the run, or with the controller. */
export type SecretScope = 'run' | 'controller';

/** What a provider gets with each call. What it learns from `secret` is redacted from what it returns or throws. */
export interface MeasureContext {
  /** Fires when the measurement is given up: the run ended, was deleted, or the controller stops. */
  readonly signal: AbortSignal;
  now(): EpochMs;
  /**
   * Data of a Secret, decoded; undefined when there is none. Rejects when it cannot be read.
   * @param open keys whose values are no secrets (an address, a region) and may be shown
   */
  secret(name: string, scope: SecretScope, open?: readonly string[]): Promise<StringMap | undefined>;
  /** Evaluates an expression that yields a time, such as `now() - duration("5m")`. */
  timeOf(expression: string): Parsed<EpochMs>;
}

/**
 * Where numbers come from. It fetches and decides nothing; a failure rejects with a ControllerError whose message is fit for the
 * measurement (`fields.retryAfterMs` when the backend says so). It keeps no state between calls but connections and tokens.
 */
export interface MetricProvider {
  /** Key in a metric's `provider`. */
  readonly kind: string;
  /** Host that is asked, as `host:port`, so that measurements can be bounded per host; undefined when only the Secret knows. */
  target(metric: Metric): string | undefined;
  /** Facts for the metric result's metadata, e.g. the query after substitution. */
  describe(metric: Metric): StringMap;
  measure(request: MeasureRequest, context: MeasureContext): Promise<Sample>;
  /** Asks again for a sample that was `running`. Absent where measure never answers that. */
  resume?(request: MeasureRequest, handle: StringMap, context: MeasureContext): Promise<Sample>;
  /** Ends and removes what a handle stands for. Idempotent; a handle of another kind is ignored. Absent where nothing goes on outside. */
  discard?(handle: StringMap, signal: AbortSignal): Promise<void>;
}

/** Hands out providers by kind; each is loaded when it is first used. */
export interface ProviderRegistry {
  readonly kinds: ReadonlySet<string>;
  /** @throws ControllerError `invalid-spec` for a kind it does not have */
  provider(kind: string): Promise<MetricProvider>;
}

import type { Measurement, Metric, MetricResult } from '../../api/analysis-types.js';
import { completedPhases } from '../../api/analysis-types.js';
import type { EpochMs } from '../../lib/scheduler.js';

/** After an error, and between measurements of a metric without interval. */
const errorRetryMs = 10_000;
/** Shorter intervals, 0 and negative ones are raised to this: upstream asks its backend without a break then. */
const shortestIntervalMs = 1_000;

export type Due =
  /** Completed, or as many measurements as wanted. */
  | { readonly kind: 'never' }
  | { readonly kind: 'first'; readonly at: EpochMs }
  | { readonly kind: 'next'; readonly at: EpochMs }
  /** A measurement under way outside: when to ask for it again. */
  | { readonly kind: 'resume'; readonly at: EpochMs; readonly measurement: Measurement };

export interface DueInput {
  readonly metric: Metric;
  readonly result: MetricResult | undefined;
  /** When the run began. */
  readonly startedAt: EpochMs;
  /** Exact end of the last measurement, where known; else the status' whole seconds count. */
  readonly endedAt: EpochMs | undefined;
}

/**
 * When a metric is to be measured next. Intervals count from the end of a measurement, so measurements of a metric never overlap;
 * errors are retried every 10 s and do not use up `count`.
 *
 * Semantics: Argo Rollouts, analysis 2.3. Differs: intervals below 1 s are 1 s; an error's resumeAt (Retry-After) is respected.
 */
export function nextDue({ metric, result, startedAt, endedAt }: DueInput): Due {
  if (result !== undefined && completedPhases.has(result.phase)) return { kind: 'never' };
  const last = result?.measurements.at(-1);
  if (result === undefined || last === undefined) return { kind: 'first', at: startedAt + Math.max(0, metric.initialDelayMs ?? 0) };
  if (last.finishedAt === undefined) return { kind: 'resume', at: last.resumeAt ?? startedAt, measurement: last };
  if (metric.count !== undefined && result.count >= metric.count) return { kind: 'never' };
  const at = Math.max(last.finishedAt, endedAt ?? 0) + gapMs(metric, last);
  return { kind: 'next', at: Math.max(at, last.resumeAt ?? 0) };
}

function gapMs(metric: Metric, last: Measurement): number {
  if (last.phase === 'Error' || metric.intervalMs === undefined) return errorRetryMs;
  return Math.max(metric.intervalMs, shortestIntervalMs);
}

/** 1-based number of the metric's next, or running, measurement; upstream's Job number. */
export function ordinalOf(result: MetricResult | undefined): number {
  return (result?.count ?? 0) + (result?.error ?? 0) + 1;
}

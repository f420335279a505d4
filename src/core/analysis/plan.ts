import type { AnalysisPhase, AnalysisRunStatus, Measurement, Metric, MetricResult } from '../../api/analysis-types.js';
import { completedPhases } from '../../api/analysis-types.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { terminatedMeasurement } from './assess-measurement.js';
import { addMeasurement, assessMetric, emptyResult } from './assess-metric.js';
import type { RunInput } from './assess-run.js';
import { assessRun, isTerminating, summarize } from './assess-run.js';
import type { Due } from './due.js';
import { nextDue, ordinalOf } from './due.js';
import type { RunSpec } from './read-spec.js';
import { readRunSpec } from './read-spec.js';
import { trimMeasurements } from './retention.js';
import { expiresAt } from './ttl.js';
import type {
  AnalysisRunPlan,
  AnalysisRunReason,
  ObservedAnalysisRun,
  OutsideWork,
  PlannedEvent,
  StartMeasurement,
  UnresolvedSecret,
} from './types.js';

/** How long a secret may stay unreadable before the run ends in Error. */
export const secretDeadlineMs = 30_000;
/** Pause between two attempts to read it. */
export const secretRetryMs = 2_000;

/**
 * What is to be done for one AnalysisRun now: the status to store first, then measurements to start and to give up.
 *
 * A metric over its limit ends the run in the same pass; sibling metrics are given up, not awaited (product.md, "Abort, exactly").
 * Measurements already stored are never taken again.
 *
 * Semantics: Argo Rollouts, analysis 2. Differs: see due.ts, assess-run.ts, ttl.ts; unreadable secrets are retried for 30 s.
 */
export function planAnalysisRun(seen: ObservedAnalysisRun): AnalysisRunPlan {
  if (completedPhases.has(seen.run.status.phase)) return planCompleted(seen);
  const spec = readRunSpec(seen.run.spec, seen.providers);
  if (!spec.ok) return planError(seen, spec.error, 'SpecInvalid');
  const { unresolved } = seen;
  if (unresolved !== undefined && seen.now >= unresolved.since + secretDeadlineMs) {
    return planError(seen, unresolvedMessage(unresolved), 'SecretUnresolved');
  }
  return planRunning(seen, spec.value);
}

function planCompleted(seen: ObservedAnalysisRun): AnalysisRunPlan {
  const expires = expiresAt(seen.run);
  const expired = expires !== undefined && seen.now >= expires;
  return {
    reason: expired ? 'Deleted' : 'Completed',
    status: seen.run.status,
    start: [],
    cancel: [...seen.inFlight],
    discard: seen.outside,
    events: [],
    delete: expired,
    ...(expires === undefined || expired ? {} : { requeueAt: expires }),
  };
}

/** Upstream leaves completedAt empty here, so that such runs are never deleted. */
function planError(seen: ObservedAnalysisRun, message: string, reason: AnalysisRunReason): AnalysisRunPlan {
  const { status } = seen.run;
  const running = status.metricResults.flatMap((result) => outsideOf(result.name, result.measurements.at(-1)));
  return withTtl(seen, {
    reason,
    status: { ...status, phase: 'Error', message, completedAt: status.completedAt ?? seen.now },
    start: [],
    cancel: [...seen.inFlight],
    discard: [...running, ...seen.outside],
    events: [runEvent('Error')],
    delete: false,
  });
}

function planRunning(seen: ObservedAnalysisRun, spec: RunSpec): AnalysisRunPlan {
  const startedAt = seen.run.status.startedAt ?? seen.now;
  const before = new Map(seen.run.status.metricResults.map((result) => [result.name, result]));
  const judged = judgeMetrics(seen, spec, foldTaken(seen, spec, before));
  const assessed = assessRun(judged.input);
  const completed = completedPhases.has(assessed.phase);
  const kept = trimAll(spec, judged.input.results);
  const status: AnalysisRunStatus = {
    ...seen.run.status,
    phase: assessed.phase,
    message: completed || seen.unresolved === undefined ? assessed.message : unresolvedMessage(seen.unresolved),
    startedAt,
    metricResults: kept.results,
    runSummary: summarize(judged.input, false),
    dryRunSummary: summarize(judged.input, true),
    ...(completed ? { completedAt: seen.run.status.completedAt ?? seen.now } : {}),
  };
  const events = metricEvents(before, judged.input.results);
  if (completed) {
    return withTtl(seen, {
      reason: 'Completed',
      status,
      start: [],
      cancel: [...seen.inFlight],
      discard: [...judged.discard, ...kept.discard, ...seen.outside],
      events: [...events, runEvent(assessed.phase)],
      delete: false,
    });
  }
  return { ...schedule(seen, spec, judged.input, startedAt), status, discard: kept.discard, events, delete: false };
}

function withTtl(seen: ObservedAnalysisRun, plan: AnalysisRunPlan): AnalysisRunPlan {
  const expires = expiresAt({ ...seen.run, status: plan.status });
  return expires === undefined ? plan : { ...plan, requeueAt: expires };
}

/** Results with the measurements taken since, each counted once: one whose ordinal is not the next was counted before, or belongs to a status of the past. */
function foldTaken(seen: ObservedAnalysisRun, spec: RunSpec, before: ReadonlyMap<string, MetricResult>): ReadonlyMap<string, MetricResult> {
  const results = new Map(before);
  for (const taken of seen.taken) {
    const result = results.get(taken.metric);
    if (!spec.metrics.some(({ name }) => name === taken.metric) || completedPhases.has(result?.phase ?? '')) continue;
    if (ordinalOf(result) !== taken.ordinal) continue;
    const base = result ?? emptyResult(taken.metric, spec.dryRun.has(taken.metric), taken.metricMetadata);
    results.set(taken.metric, addMeasurement(base, taken.measurement));
  }
  return results;
}

interface Judged {
  readonly input: RunInput;
  readonly discard: readonly OutsideWork[];
}

function judgeMetrics(seen: ObservedAnalysisRun, spec: RunSpec, results: ReadonlyMap<string, MetricResult>): Judged {
  const inputOf = (current: ReadonlyMap<string, MetricResult>): RunInput => ({
    metrics: spec.metrics,
    results: current,
    dryRun: spec.dryRun,
    terminate: seen.run.spec.terminate,
  });
  const open = inputOf(assessAll(spec, results, false));
  if (!isTerminating(open)) return { input: open, discard: [] };
  const discard = spec.metrics.flatMap(({ name }) => outsideOf(name, open.results.get(name)?.measurements.at(-1)));
  return { input: inputOf(assessAll(spec, terminateRunning(open.results, seen.now), true)), discard };
}

function outsideOf(metric: string, last: Measurement | undefined): OutsideWork[] {
  return last !== undefined && last.finishedAt === undefined ? [{ metric, handle: last.metadata }] : [];
}

function terminateRunning(results: ReadonlyMap<string, MetricResult>, now: EpochMs): ReadonlyMap<string, MetricResult> {
  const ended = new Map(results);
  for (const [name, result] of results) {
    const last = result.measurements.at(-1);
    if (last !== undefined && last.finishedAt === undefined) ended.set(name, addMeasurement(result, terminatedMeasurement(last, now)));
  }
  return ended;
}

function assessAll(spec: RunSpec, results: ReadonlyMap<string, MetricResult>, terminating: boolean): ReadonlyMap<string, MetricResult> {
  const assessed = new Map(results);
  for (const metric of spec.metrics) {
    const result = results.get(metric.name);
    if (result !== undefined) assessed.set(metric.name, withPhase(metric, result, terminating));
  }
  return assessed;
}

function withPhase(metric: Metric, result: MetricResult, terminating: boolean): MetricResult {
  const { phase, limit } = assessMetric(metric, result, terminating);
  if (phase === result.phase || !completedPhases.has(phase)) return { ...result, phase };
  const message =
    result.dryRun && limit !== undefined ? `Metric assessed ${phase} due to ${limit}` : (result.measurements.at(-1)?.message ?? '');
  return { ...result, phase, message };
}

function metricEvents(before: ReadonlyMap<string, MetricResult>, after: ReadonlyMap<string, MetricResult>): PlannedEvent[] {
  return [...after.values()]
    .filter(({ name, phase }) => completedPhases.has(phase) && before.get(name)?.phase !== phase)
    .map(({ name, phase }) => ({ ...severity(phase), reason: `Metric${phase}`, message: `Metric '${name}' Completed. Result: ${phase}` }));
}

function runEvent(phase: AnalysisPhase): PlannedEvent {
  return { ...severity(phase), reason: `AnalysisRun${phase}`, message: `Analysis Completed. Result: ${phase}` };
}

function severity(phase: AnalysisPhase): { readonly type: 'Normal' | 'Warning' } {
  return { type: phase === 'Failed' || phase === 'Error' ? 'Warning' : 'Normal' };
}

function trimAll(
  spec: RunSpec,
  results: ReadonlyMap<string, MetricResult>,
): { readonly results: readonly MetricResult[]; readonly discard: readonly OutsideWork[] } {
  const trimmed = [...results.values()].map((result) => trimMeasurements(result, spec.retention.get(result.name)));
  return {
    results: trimmed.map(({ result }) => result),
    discard: trimmed.flatMap(({ result, removed }) => removed.map(({ metadata }) => ({ metric: result.name, handle: metadata }))),
  };
}

function unresolvedMessage(unresolved: UnresolvedSecret): string {
  return `Unable to resolve metric arguments: ${unresolved.message}`;
}

type Schedule = Pick<AnalysisRunPlan, 'reason' | 'start' | 'cancel' | 'requeueAt'>;

function schedule(seen: ObservedAnalysisRun, spec: RunSpec, { results }: RunInput, startedAt: EpochMs): Schedule {
  const earliest = seen.unresolved === undefined ? 0 : seen.unresolved.at + secretRetryMs;
  const start: StartMeasurement[] = [];
  const waiting: Exclude<Due, { kind: 'never' }>[] = [];
  for (const [index, metric] of spec.metrics.entries()) {
    if (seen.inFlight.has(metric.name)) continue;
    const result = results.get(metric.name);
    const due = nextDue({ metric, result, startedAt, endedAt: seen.endedAt.get(metric.name) });
    if (due.kind === 'never') continue;
    const at = Math.max(due.kind === 'resume' && seen.readyOutside.has(metric.name) ? 0 : due.at, earliest);
    if (at > seen.now) waiting.push({ ...due, at });
    else start.push({ metric: metric.name, index, resolved: metric, ordinal: ordinalOf(result), ...resumeOf(due, startedAt) });
  }
  const soonest = waiting.reduce<(typeof waiting)[number] | undefined>((best, due) => (best && best.at <= due.at ? best : due), undefined);
  const reason =
    seen.unresolved !== undefined ? 'SecretUnresolved' : start.length > 0 || seen.inFlight.size > 0 ? 'Measuring' : waitReason(soonest);
  return { reason, start, cancel: [], ...(soonest === undefined ? {} : { requeueAt: soonest.at }) };
}

function resumeOf(due: Due, startedAt: EpochMs): Pick<StartMeasurement, 'resume'> {
  if (due.kind !== 'resume') return {};
  const { metadata: handle, startedAt: since = startedAt, resumeAt } = due.measurement;
  return { resume: { handle, startedAt: since, ...(resumeAt === undefined ? {} : { resumeAt }) } };
}

function waitReason(soonest: Due | undefined): AnalysisRunReason {
  switch (soonest?.kind) {
    case 'first':
      return 'WaitingForInitialDelay';
    case 'resume':
      return 'WaitingForOutside';
    default:
      return 'WaitingForInterval';
  }
}

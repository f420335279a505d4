import type { AnalysisRun } from '../../api/analysis-types.js';
import { completedPhases } from '../../api/analysis-types.js';
import { resources } from '../../api/kube.js';
import { renderAnalysisRunStatus } from '../../api/render-analysis-status.js';
import type { Cluster, ObjectRef } from '../../cluster/cluster.js';
import type { AnalysisRunPlan, OutsideWork, PlannedEvent, StartMeasurement } from '../../core/analysis/index.js';
import { planAnalysisRun } from '../../core/analysis/index.js';
import { hasCode } from '../../lib/errors.js';
import { createMergePatch } from '../../lib/merge-patch.js';
import type { WorkQueue } from '../../runtime/types.js';
import type { MeasureDeps } from './measure.js';
import { takeMeasurement } from './measure.js';
import type { ObserveDeps } from './observe.js';
import { observeAround, observeRun, workOf } from './observe.js';

/** Writes a Kubernetes Event about a run. Must not throw. */
export type RecordEvent = (about: AnalysisRun['raw'], event: PlannedEvent) => void;

export interface ReconcileDeps extends Omit<ObserveDeps, 'providers'>, MeasureDeps {
  /** Writes; its answers are laid over the informers, which wakes the owner. */
  readonly cluster: Cluster;
  readonly queue: WorkQueue;
  readonly recordEvent: RecordEvent;
}

/** Runs created together spread out by this much at most, milliseconds. */
const longestJitterMs = 100;

/** Observe, plan, apply for one AnalysisRun. The status is stored before anything is started, cancelled or told: a crash decides the same again. */
export async function reconcileAnalysisRun(key: string, deps: ReconcileDeps, signal: AbortSignal): Promise<void> {
  const [namespace = '', name = ''] = key.split('/');
  const run = observeRun(namespace, name, { ...deps, providers: deps.providers.kinds });
  deps.runner.forgetOthers(key, run?.metadata.uid);
  if (run === undefined) {
    await discardOrphans(key, deps, signal);
    return;
  }
  const seen = observeAround(run, { ...deps, providers: deps.providers.kinds });
  const plan = planAnalysisRun(seen);
  const ref: ObjectRef = { resource: resources.analysisRuns, namespace, name };
  if (plan.delete) {
    await deleteRun(ref, run, deps, signal);
    return;
  }
  await storeStatus(ref, run, plan, deps, signal);
  deps.runner.recorded(run.metadata.uid, seen.taken);
  plan.cancel.forEach((metric) => deps.runner.cancel(run.metadata.uid, metric));
  if (completedPhases.has(plan.status.phase)) deps.runner.forget(run.metadata.uid);
  plan.events.forEach((event) => deps.recordEvent(run.raw, event));
  await startAll(key, run, plan.start, deps);
  if (plan.requeueAt !== undefined) deps.queue.addAt(key, plan.requeueAt + jitterMs(plan.requeueAt, seen.now, deps));
  await discardAll(plan.discard, run, deps, signal);
}

function jitterMs(at: number, now: number, { scheduler }: ReconcileDeps): number {
  return scheduler.random() * Math.min(longestJitterMs, Math.max(0, at - now) / 20);
}

/** AnalysisRuns have no status subresource: a merge patch of the object, refused when it has changed since. */
async function storeStatus(
  ref: ObjectRef,
  run: AnalysisRun,
  plan: AnalysisRunPlan,
  deps: ReconcileDeps,
  signal: AbortSignal,
): Promise<void> {
  const status = createMergePatch(run.raw.status, renderAnalysisRunStatus(plan.status));
  if (status === undefined) return;
  const body = { metadata: { resourceVersion: run.metadata.resourceVersion }, status };
  await deps.cluster.patch(ref, { kind: 'merge', body }, { signal });
}

async function deleteRun(ref: ObjectRef, run: AnalysisRun, deps: ReconcileDeps, signal: AbortSignal): Promise<void> {
  deps.runner.forget(run.metadata.uid);
  try {
    await deps.cluster.delete(ref, { preconditions: { uid: run.metadata.uid }, propagationPolicy: 'Background', signal });
  } catch (error) {
    if (!hasCode(error, 'not-found')) throw error;
  }
}

async function startAll(key: string, run: AnalysisRun, starts: readonly StartMeasurement[], deps: ReconcileDeps): Promise<void> {
  for (const start of starts) {
    const provider = await deps.providers.provider(start.resolved.providerKind);
    deps.runner.start({
      key,
      uid: run.metadata.uid,
      metric: start.metric,
      lane: provider.target(start.resolved) ?? provider.kind,
      measure: (signal) => takeMeasurement(run, start, deps, signal),
    });
  }
}

async function discardAll(works: readonly OutsideWork[], run: AnalysisRun, deps: ReconcileDeps, signal: AbortSignal): Promise<void> {
  if (works.length === 0) return;
  const kinds = new Map(run.spec.metrics.map(({ name, raw }) => [name, kindOf(raw['provider'])]));
  for (const { metric, handle } of works) {
    if (Object.keys(handle).length === 0) continue;
    const provider = await deps.providers.provider(kinds.get(metric) ?? 'job');
    await provider.discard?.(handle, signal);
  }
}

function kindOf(provider: unknown): string | undefined {
  return typeof provider === 'object' && provider !== null ? Object.keys(provider)[0] : undefined;
}

/** Jobs that no garbage collector will find, as their run lived in another namespace and is gone. */
async function discardOrphans(key: string, deps: ReconcileDeps, signal: AbortSignal): Promise<void> {
  const orphans = deps.jobs.byIndex('runKey', key).filter(({ metadata }) => (metadata.ownerReferences ?? []).length === 0);
  if (orphans.length === 0 || (await exists(key, deps, signal))) return;
  const provider = await deps.providers.provider('job');
  for (const job of orphans) await provider.discard?.(workOf(job).handle, signal);
}

/** Asked live: the informer may leave out runs of another instance of the controller. */
async function exists(key: string, deps: ReconcileDeps, signal: AbortSignal): Promise<boolean> {
  const [namespace = '', name = ''] = key.split('/');
  try {
    await deps.cluster.get({ resource: resources.analysisRuns, namespace, name }, { signal });
    return true;
  } catch (error) {
    if (hasCode(error, 'not-found')) return false;
    throw error;
  }
}

import { jobHandleKeys, jobKeys } from '../../api/analysis-jobs.js';
import type { AnalysisRun } from '../../api/analysis-types.js';
import type { KubeObject } from '../../api/kube.js';
import { parseAnalysisRun } from '../../api/parse-analysis.js';
import type { ObservedAnalysisRun, OutsideWork } from '../../core/analysis/index.js';
import type { Scheduler } from '../../lib/scheduler.js';
import type { Indexers, Informer } from '../../runtime/types.js';
import type { Runner } from './runner.js';

export const jobIndexers: Indexers = {
  run: (job) => {
    const uid = job.metadata.labels?.[jobKeys.runUid];
    return uid === undefined ? [] : [uid];
  },
  runKey: (job) => {
    const key = runKeyOf(job);
    return key === undefined ? [] : [key];
  },
};

/** namespace/name of the run a Job belongs to. */
export function runKeyOf(job: KubeObject): string | undefined {
  const { [jobKeys.runNamespace]: namespace, [jobKeys.runName]: name } = job.metadata.annotations ?? {};
  return namespace === undefined || name === undefined ? undefined : `${namespace}/${name}`;
}

export function isFinishedJob(job: KubeObject): boolean {
  const conditions = job.status?.['conditions'];
  return (
    Array.isArray(conditions) &&
    conditions.some(
      ({ type, status }: Readonly<Record<string, unknown>>) => (type === 'Complete' || type === 'Failed') && status === 'True',
    )
  );
}

export function workOf(job: KubeObject): OutsideWork {
  return {
    metric: job.metadata.annotations?.[jobKeys.metricName] ?? '',
    handle: { [jobHandleKeys.name]: job.metadata.name, [jobHandleKeys.namespace]: job.metadata.namespace ?? '' },
  };
}

export interface ObserveDeps {
  readonly scheduler: Scheduler;
  readonly runs: Informer;
  readonly jobs: Informer;
  readonly runner: Runner;
  readonly providers: ReadonlySet<string>;
}

/** The run as it is now, or undefined when it is gone or going. */
export function observeRun(namespace: string, name: string, deps: ObserveDeps): AnalysisRun | undefined {
  const raw = deps.runs.get(namespace, name);
  return raw === undefined || raw.metadata.deletionTimestamp !== undefined ? undefined : parseAnalysisRun(raw).run;
}

export function observeAround(run: AnalysisRun, deps: ObserveDeps): ObservedAnalysisRun {
  const jobs = deps.jobs.byIndex('run', run.metadata.uid);
  const open = jobs.filter((job) => !isFinishedJob(job) && job.metadata.deletionTimestamp === undefined);
  return {
    now: deps.scheduler.now(),
    run,
    ...deps.runner.progress(run.metadata.uid),
    providers: deps.providers,
    outside: open.map(workOf),
    readyOutside: new Set(jobs.filter(isFinishedJob).map((job) => workOf(job).metric)),
  };
}

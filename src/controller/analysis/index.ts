import { jobKeys } from '../../api/analysis-jobs.js';
import type { KubeObject } from '../../api/kube.js';
import { objectKey, resources } from '../../api/kube.js';
import type { Scheduler } from '../../lib/scheduler.js';
import type { ProviderRegistry } from '../../metric-providers/provider.js';
import type { Change, Informer, Informers, Reconcile, WorkQueue } from '../../runtime/types.js';
import type { LaneLimits } from './lanes.js';
import { isFinishedJob, jobIndexers, runKeyOf } from './observe.js';
import type { RecordEvent } from './reconcile.js';
import { reconcileAnalysisRun } from './reconcile.js';
import { Runner } from './runner.js';

export type { LaneLimits } from './lanes.js';
export type { RecordEvent } from './reconcile.js';

export interface AnalysisControllerDeps {
  readonly scheduler: Scheduler;
  readonly informers: Informers;
  readonly providers: ProviderRegistry;
  /** Keys of AnalysisRuns. */
  readonly queue: WorkQueue;
  readonly recordEvent: RecordEvent;
  /** Where the controller's own secrets are. */
  readonly controllerNamespace: string;
  /** Absent: all namespaces. */
  readonly namespace?: string;
  /** Where metric Jobs go when not beside their run. */
  readonly jobNamespace?: string;
  /** Selects the AnalysisRuns of this instance. */
  readonly labelSelector?: string;
  readonly limits?: LaneLimits;
}

const defaultLimits: LaneLimits = { overall: 512, perLane: 64 };

export interface AnalysisController {
  readonly reconcile: Reconcile;
  /** Which change to which kind of object concerns which runs: for runController. */
  readonly watches: readonly { readonly informer: Informer; readonly keysOf: (change: Change) => readonly string[] }[];
  /** Measurements under way. */
  readonly active: number;
  /** Gives all measurements up, and resolves when they have ended. */
  stop(): Promise<void>;
}

/** Wires AnalysisRuns and their Jobs to keys and gives back what works on a key. */
export function analysisController(deps: AnalysisControllerDeps): AnalysisController {
  const runs = deps.informers.informer({
    resource: resources.analysisRuns,
    ...(deps.namespace === undefined ? {} : { namespace: deps.namespace }),
    ...(deps.labelSelector === undefined ? {} : { labelSelector: deps.labelSelector }),
  });
  const jobsIn = deps.namespace === undefined ? undefined : (deps.jobNamespace ?? deps.namespace);
  const jobs = deps.informers.informer(
    { resource: resources.jobs, labelSelector: jobKeys.runUid, ...(jobsIn === undefined ? {} : { namespace: jobsIn }) },
    jobIndexers,
  );
  const runner = new Runner(deps.scheduler, deps.limits ?? defaultLimits, (key) => deps.queue.add(key));
  const reconcileDeps = { ...deps, cluster: deps.informers.cluster, runs, jobs, runner };
  return {
    watches: [
      { informer: runs, keysOf: keysOfRun },
      { informer: jobs, keysOf: keysOfJob },
    ],
    reconcile: async (key, signal) => {
      await Promise.all([runs.whenSynced(signal), jobs.whenSynced(signal)]);
      await reconcileAnalysisRun(key, reconcileDeps, signal);
    },
    get active() {
      return runner.active;
    },
    stop: () => runner.stop(),
  };
}

function keysOfRun({ before, after }: Change): readonly string[] {
  const object = after ?? before;
  return object === undefined ? [] : [objectKey(object.metadata)];
}

/** A Job matters when it appears, finishes or goes; its progress in between does not. */
function keysOfJob({ before, after }: Change): readonly string[] {
  const job = after ?? before;
  const key = job === undefined ? undefined : runKeyOf(job);
  const matters = before === undefined || after === undefined || stateOf(before) !== stateOf(after);
  return key === undefined || !matters ? [] : [key];
}

function stateOf(job: KubeObject): string {
  return `${isFinishedJob(job)} ${job.metadata.deletionTimestamp ?? ''}`;
}

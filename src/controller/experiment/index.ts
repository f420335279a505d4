import type { Scheduler } from '../../lib/scheduler.js';
import { allSources, type Scope } from '../../observe/index.js';
import type { Informers, Reconcile, WorkQueue } from '../../runtime/types.js';
import { reconcileExperiment, type ExperimentDeps, type RecordEvent } from './reconcile.js';
import { experimentSources, watchesOf, type ExperimentSources, type Watch } from './sources.js';

export type { RecordEvent } from './reconcile.js';

export interface ExperimentControllerDeps {
  readonly scheduler: Scheduler;
  readonly informers: Informers;
  /** Keys of Experiments. */
  readonly queue: WorkQueue;
  readonly recordEvent: RecordEvent;
  readonly scope?: Scope;
}

export interface ExperimentController {
  readonly reconcile: Reconcile;
  /** Which change to which kind of object concerns which Experiments: for runController. */
  readonly watches: readonly Watch[];
  readonly sources: ExperimentSources;
}

/** Wires Experiments and everything they depend on to keys, and gives back what works on a key. */
export function experimentController(deps: ExperimentControllerDeps): ExperimentController {
  const sources = experimentSources(deps.informers, deps.scope);
  const { scheduler, queue, recordEvent, scope } = deps;
  const own: ExperimentDeps = {
    ...{ scheduler, queue, recordEvent, sources },
    cluster: deps.informers.cluster,
    foreign: new Map(),
    ...(scope?.instanceId === undefined ? {} : { instanceId: scope.instanceId }),
  };
  const needed = [...allSources(sources), sources.experiments];
  return {
    sources,
    watches: watchesOf(sources),
    reconcile: async (key, signal) => {
      await Promise.all(needed.map((informer) => informer.whenSynced(signal)));
      await reconcileExperiment(key, own, signal);
    },
  };
}

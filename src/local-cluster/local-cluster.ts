import type { LocalStore, StoreOptions } from './store/index.js';
import { createStore } from './store/index.js';
import type { WorkloadOptions, Workloads } from './workloads/index.js';
import { startWorkloads } from './workloads/index.js';

export interface LocalClusterOptions extends StoreOptions, Omit<WorkloadOptions, 'cluster'> {}

/** A cluster in one process: an API server in memory and everything that makes pods come and go. */
export interface LocalCluster {
  readonly store: LocalStore;
  readonly workloads: Workloads;
  /** Stops the stand-ins; the store can still be read. */
  stop(): Promise<void>;
}

export function startLocalCluster(options: LocalClusterOptions): LocalCluster {
  const store = createStore(options);
  const workloads = startWorkloads({ ...options, cluster: store.as('workloads') });
  store.setLogSource((pod, logOptions) => workloads.kubelet.readLogs(pod, logOptions));
  return { store, workloads, stop: () => workloads.stop() };
}

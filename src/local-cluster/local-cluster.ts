import type { KubeObject } from '../api/kube.js';
import type { Serving } from './serving/index.js';
import { startServing } from './serving/index.js';
import { recordsAt, textAt } from './store/json.js';
import type { LocalStore, StoreOptions } from './store/index.js';
import { createStore } from './store/index.js';
import type { WorkloadOptions, Workloads } from './workloads/index.js';
import { startWorkloads } from './workloads/index.js';

export interface LocalClusterOptions extends StoreOptions, Omit<WorkloadOptions, 'cluster'> {
  /** Whether pods that say so really answer HTTP, and Services balance (serving/). Real time only. Default false. */
  readonly serves?: boolean;
}

/** A cluster in one process: an API server in memory and everything that makes pods come and go. */
export interface LocalCluster {
  readonly store: LocalStore;
  readonly workloads: Workloads;
  /** Present when it was asked for. */
  readonly serving?: Serving;
  /** Stops the stand-ins; the store can still be read. */
  stop(): Promise<void>;
}

export function startLocalCluster(options: LocalClusterOptions): LocalCluster {
  const store = createStore(options);
  const lines: { append?: (pod: KubeObject, line: string) => void } = {};
  const serving = options.serves === true ? startServingPods(options, store, (pod, line) => lines.append?.(pod, line)) : undefined;
  const workloads = startWorkloads({
    ...options,
    cluster: store.as('workloads'),
    kubelet: { ...options.kubelet, ...(serving && { onRunning: (pod, podIp) => serving.pods.onRunning(pod, podIp) }) },
  });
  lines.append = (pod, line) =>
    workloads.kubelet.logs.append(pod.metadata.uid, textAt(recordsAt(pod, 'spec', 'containers')[0], 'name') ?? '', line);
  store.setLogSource((pod, logOptions) => workloads.kubelet.readLogs(pod, logOptions));
  return {
    store,
    workloads,
    ...(serving && { serving }),
    stop: async () => {
      await workloads.stop();
      await serving?.stop();
    },
  };
}

function startServingPods(options: LocalClusterOptions, store: LocalStore, onAnswer: (pod: KubeObject, line: string) => void): Serving {
  const { scheduler, onError } = options;
  return startServing({ cluster: store.as('service-proxy'), scheduler, onAnswer, ...(onError && { onError }) });
}

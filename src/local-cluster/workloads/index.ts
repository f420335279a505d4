import type { Cluster } from '../../cluster/cluster.js';
import type { Scheduler } from '../../lib/scheduler.js';
import { startDeployments } from './deployments.js';
import { startDisruptionBudgets } from './disruption-budgets.js';
import { startEndpointSlices } from './endpoint-slices.js';
import { startEndpoints } from './endpoints.js';
import { startJobs } from './jobs.js';
import type { Running, StandInOptions } from './kit.js';
import type { Kubelet, KubeletOptions } from './kubelet.js';
import { startKubelet } from './kubelet.js';
import { startReplicaSets } from './replica-sets.js';

export type { Kubelet } from './kubelet.js';
export { startKubelet } from './kubelet.js';
export type { PodScriptChanges } from './pod-script.js';

export interface WorkloadOptions extends StandInOptions {
  readonly cluster: Cluster;
  readonly scheduler: Scheduler;
  /** Whether the older Endpoints objects are kept beside EndpointSlices. Default false: more writes, few readers. */
  readonly writesEndpoints?: boolean;
  readonly kubelet?: Omit<KubeletOptions, keyof StandInOptions>;
}

/** All stand-ins together. */
export interface Workloads extends Running {
  readonly kubelet: Kubelet;
}

/** Starts every stand-in: what kube-controller-manager, scheduler and kubelets do for a real cluster. */
export function startWorkloads(options: WorkloadOptions): Workloads {
  const { kubelet: kubeletOptions, writesEndpoints, ...shared } = options;
  const kubelet = startKubelet({ ...shared, ...kubeletOptions });
  const controllers = [startReplicaSets, startDeployments, startJobs, startEndpointSlices, startDisruptionBudgets].concat(
    writesEndpoints === true ? [startEndpoints] : [],
  );
  const all: readonly Running[] = [kubelet, ...controllers.map((start) => start(shared))];
  return {
    kubelet,
    stop: async () => {
      await Promise.all(all.map((each) => each.stop()));
    },
  };
}

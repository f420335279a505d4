import type { Cluster } from '../../cluster/cluster.js';
import type { Scheduler } from '../../lib/scheduler.js';
import { startEndpointSlices } from './endpoint-slices.js';
import type { Running, StandInOptions } from './kit.js';
import type { Kubelet, KubeletOptions } from './kubelet.js';
import { startKubelet } from './kubelet.js';
import { startReplicaSets } from './replica-sets.js';

export { startEndpointSlices } from './endpoint-slices.js';
export type { Running, StandInOptions } from './kit.js';
export type { Kubelet, KubeletOptions } from './kubelet.js';
export { startKubelet } from './kubelet.js';
export type { PodScriptChanges } from './pod-script.js';
export { scriptAnnotation } from './pod-script.js';
export { startReplicaSets } from './replica-sets.js';

export interface WorkloadOptions extends StandInOptions {
  readonly cluster: Cluster;
  readonly scheduler: Scheduler;
  readonly kubelet?: Omit<KubeletOptions, keyof StandInOptions>;
}

/** All stand-ins together. */
export interface Workloads extends Running {
  readonly kubelet: Kubelet;
}

/** Starts every stand-in: what kube-controller-manager, scheduler and kubelets do for a real cluster. */
export function startWorkloads(options: WorkloadOptions): Workloads {
  const { kubelet: kubeletOptions, ...shared } = options;
  const kubelet = startKubelet({ ...shared, ...kubeletOptions });
  const all: readonly Running[] = [kubelet, startReplicaSets(shared), startEndpointSlices(shared)];
  return {
    kubelet,
    stop: async () => {
      await Promise.all(all.map((each) => each.stop()));
    },
  };
}

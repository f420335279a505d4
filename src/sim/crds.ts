import { customResourceDefinitions } from '../api/schema/index.js';
import { resources } from '../api/kube.js';
import type { Cluster } from '../cluster/cluster.js';

/** Installs our kinds, as `kubectl apply -f crds/` would. */
export async function installCrds(cluster: Cluster): Promise<void> {
  for (const definition of customResourceDefinitions) await cluster.create(resources.customResourceDefinitions, { ...definition });
}

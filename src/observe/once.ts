import { objectKey, keys, resources, type KubeObject } from '../api/kube.js';
import type { Cluster, Selection } from '../cluster/cluster.js';
import type { ObservedRollout } from '../core/rollout/types.js';
import { hasCode } from '../lib/errors.js';
import type { EpochMs } from '../lib/scheduler.js';
import type { Indexers, Informer } from '../runtime/types.js';
import { observeRollout } from './rollout.js';
import { rolloutSources } from './rollout-sources.js';

/**
 * The world of one Rollout by one look at the server, for tools that decide nothing: the CLI's `explain`. The sources are the controller's own,
 * listed instead of watched, so that both see the same.
 *
 * @param name of the Rollout
 * @returns undefined when there is no such Rollout
 * @throws ControllerError when Rollouts or ReplicaSets cannot be read; of all else it sees what it may read
 */
export async function observeRolloutOnce(
  cluster: Cluster,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  now: EpochMs,
  signal: AbortSignal,
): Promise<ObservedRollout | undefined> {
  const instanceId = await instanceOf(cluster, namespace, name, signal);
  if (instanceId === undefined) return undefined;
  const looks: Look[] = [];
  const sources = rolloutSources(
    {
      informer: (selection, indexers = {}) => {
        const look = new Look(selection, indexers);
        looks.push(look);
        return look;
      },
    },
    instanceId === '' ? { namespace } : { namespace, instanceId },
  );
  const shared = new Look({ resource: resources.clusterAnalysisTemplates }, {});
  await Promise.all([...looks, shared].map((look) => look.take(cluster, signal)));
  return observeRollout(`${namespace}/${name}`, { ...sources, clusterAnalysisTemplates: shared }, { now });
}

/** The instance of the controller that looks after the Rollout; '' for the one without a name. */
async function instanceOf(cluster: Cluster, namespace: string, name: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { metadata } = await cluster.get({ resource: resources.rollouts, namespace, name }, { signal });
    return metadata.labels?.[keys.instanceId] ?? '';
  } catch (error) {
    if (hasCode(error, 'not-found')) return undefined;
    throw error;
  }
}

const needed: ReadonlySet<string> = new Set([resources.rollouts.resource, resources.replicaSets.resource]);

/** What an informer would hold, had it been started this moment. */
class Look implements Informer {
  #objects: readonly KubeObject[] = [];

  constructor(
    readonly selection: Selection,
    private readonly indexers: Indexers,
  ) {}

  get synced(): boolean {
    return true;
  }

  async take(cluster: Cluster, signal: AbortSignal): Promise<void> {
    try {
      this.#objects = (await cluster.list(this.selection, { signal })).items;
    } catch (error) {
      if (needed.has(this.selection.resource.resource) || !hasCode(error, 'forbidden', 'not-found')) throw error;
    }
  }

  get(namespace: string | undefined, name: string): KubeObject | undefined {
    const key = objectKey({ ...(namespace === undefined ? {} : { namespace }), name });
    return this.#objects.find(({ metadata }) => objectKey(metadata) === key);
  }

  list(namespace?: string): readonly KubeObject[] {
    return namespace === undefined ? this.#objects : this.#objects.filter(({ metadata }) => metadata.namespace === namespace);
  }

  byIndex(index: string, key: string): readonly KubeObject[] {
    return this.#objects.filter((object) => this.indexers[index]?.(object).includes(key));
  }

  onChange(): () => void {
    return () => undefined;
  }

  async whenSynced(): Promise<void> {
    // It was taken before anybody could ask.
  }
}

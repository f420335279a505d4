import { keys, resources, type JsonObject, type KubeObject } from '../api/kube.js';
import type { Cluster } from '../cluster/cluster.js';
import type { LiveAnswers, Need, ObservedRollout } from '../core/rollout/types.js';
import { hasCode } from '../lib/errors.js';
import { fieldOf, objectsOf } from '../lib/json.js';

/**
 * Reads what a plan asked for from the server itself.
 * @throws ControllerError of the read that failed
 */
export async function answerNeeds(
  seen: ObservedRollout,
  needs: readonly Need[],
  cluster: Cluster,
  signal: AbortSignal,
): Promise<LiveAnswers> {
  let answers = seen.live;
  for (const need of needs) answers = { ...answers, ...(await answer(seen, need, cluster, signal)) };
  return answers;
}

async function answer(seen: ObservedRollout, need: Need, cluster: Cluster, signal: AbortSignal): Promise<LiveAnswers> {
  switch (need) {
    case 'deletion':
      return { deletion: await isLeaving(seen, cluster, signal) };
    case 'pods':
      return { pods: await podsOf(seen, cluster, signal) };
    case 'endpoints':
      return { endpoints: await publishedPods(seen, cluster, signal) };
    case 'defaultedTemplate':
      return defaultedTemplate(seen, cluster, signal);
  }
}

async function isLeaving({ rollout: { metadata } }: ObservedRollout, cluster: Cluster, signal: AbortSignal): Promise<boolean> {
  const ref = { resource: resources.rollouts, name: metadata.name, ...namespaceOf(metadata) };
  try {
    const live = await cluster.get(ref, { signal });
    return live.metadata.uid !== metadata.uid || live.metadata.deletionTimestamp !== undefined;
  } catch (error) {
    if (hasCode(error, 'not-found')) return true;
    throw error;
  }
}

/** Pods of all its ReplicaSets, found by the hash label and sorted out by owner. */
async function podsOf(seen: ObservedRollout, cluster: Cluster, signal: AbortSignal): Promise<readonly KubeObject[]> {
  const owners = new Map(seen.replicaSets.map((rs) => [rs.metadata.uid, rs.hash]));
  const hashes = [...new Set(owners.values())].filter((hash) => hash !== '');
  if (hashes.length === 0) return [];
  const labelSelector = `${keys.podTemplateHash} in (${hashes.join(',')})`;
  const { items } = await cluster.list({ resource: resources.pods, labelSelector, ...namespaceOf(seen.rollout.metadata) }, { signal });
  return items.filter((pod) => pod.metadata.ownerReferences?.some(({ uid, controller }) => controller === true && owners.has(uid)));
}

/** Pods that the EndpointSlices of its Services show as ready. */
async function publishedPods(
  seen: ObservedRollout,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const names = [...seen.services.keys()];
  if (names.length === 0) return new Map();
  const labelSelector = `${serviceOfSlice} in (${names.join(',')})`;
  const { items } = await cluster.list(
    { resource: resources.endpointSlices, labelSelector, ...namespaceOf(seen.rollout.metadata) },
    { signal },
  );
  const podsOfService = (name: string): readonly string[] =>
    items.filter(({ metadata }) => metadata.labels?.[serviceOfSlice] === name).flatMap((slice) => readyPods(slice));
  return new Map(names.map((name) => [name, [...new Set(podsOfService(name))]]));
}

const serviceOfSlice = 'kubernetes.io/service-name';

function readyPods(slice: KubeObject): readonly string[] {
  return objectsOf(slice['endpoints']).flatMap((endpoint) => {
    const name = fieldOf(endpoint['targetRef'], 'name');
    // Absent means ready, says the API.
    return fieldOf(endpoint['conditions'], 'ready') !== false && typeof name === 'string' ? [name] : [];
  });
}

/** The one write of an observation, and it is none: a dry run shows the template as this API server completes it. */
async function defaultedTemplate(seen: ObservedRollout, cluster: Cluster, signal: AbortSignal): Promise<LiveAnswers> {
  const { rollout } = seen;
  const template = rollout.spec.workloadRef === undefined ? rollout.spec.template : seen.workload?.template;
  const candidate = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { generateName: `${rollout.metadata.name}-`, ...namespaceOf(rollout.metadata) },
    spec: { replicas: 0, selector: rollout.spec.selector, template },
  };
  try {
    const answered = await cluster.create(resources.replicaSets, candidate, { dryRun: true, signal });
    // What an API server answers is JSON.
    return { defaultedTemplate: answered.spec?.['template'] as JsonObject };
  } catch (error) {
    // A template the server refuses is equal to no template it has taken.
    if (hasCode(error, 'invalid', 'forbidden')) return {};
    throw error;
  }
}

function namespaceOf(metadata: { readonly namespace?: string }): { readonly namespace?: string } {
  return metadata.namespace === undefined ? {} : { namespace: metadata.namespace };
}

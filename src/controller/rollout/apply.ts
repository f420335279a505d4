import { apiVersionOf, keys, resources, type KubeObject, type OwnerReference, type Resource } from '../../api/kube.js';
import type { CallOptions, Cluster, ObjectRef, Patch } from '../../cluster/cluster.js';
import type { ObservedRollout, Outcome, ReplicaSetUpdate, RolloutAction } from '../../core/rollout/types.js';
import type { RolloutTraffic } from './traffic.js';
import { ControllerError, errorMessage, hasCode } from '../../lib/errors.js';

/**
 * Carries out a plan in order. After the first failure only safe actions go on: nothing may raise exposure on the strength of a write that
 * did not happen.
 *
 * @returns one outcome for each action
 * @throws ControllerError `aborted` or `not-leader`: then nothing more is ours to write
 */
export async function applyPlan(
  seen: ObservedRollout,
  actions: readonly RolloutAction[],
  cluster: Cluster,
  signal: AbortSignal,
  traffic?: RolloutTraffic,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  let hasFailed = false;
  for (const action of actions) {
    if (hasFailed && !action.safe) {
      outcomes.push({ action, result: 'skipped' });
      continue;
    }
    const outcome = await tryAction(seen, action, cluster, signal, traffic);
    outcomes.push(outcome);
    hasFailed ||= outcome.result === 'failed' && !isExpected(outcome);
  }
  return outcomes;
}

/** A disruption budget that refuses an eviction says "later", not "stop". */
export function isExpected(outcome: Extract<Outcome, { result: 'failed' }>): boolean {
  return outcome.action.kind === 'evictPod' && outcome.code === 'too-many-requests';
}

async function tryAction(
  seen: ObservedRollout,
  action: RolloutAction,
  cluster: Cluster,
  signal: AbortSignal,
  traffic: RolloutTraffic | undefined,
): Promise<Outcome> {
  try {
    const object = await applyAction(seen, action, cluster, signal, traffic);
    return { action, result: 'done', ...(object === undefined ? {} : { object }) };
  } catch (error) {
    if (hasCode(error, 'aborted', 'not-leader') || !(error instanceof ControllerError)) throw error;
    if (isGone(action) && hasCode(error, 'not-found')) return { action, result: 'done' };
    const existing = hasCode(error, 'already-exists') ? await readExisting(seen, action, cluster, signal) : undefined;
    if (existing !== undefined && isMadeByUs(seen, action, existing)) return { action, result: 'done', object: existing };
    return { action, result: 'failed', code: error.code, message: errorMessage(error), ...(existing === undefined ? {} : { existing }) };
  }
}

function isGone(action: RolloutAction): boolean {
  return [
    'deleteReplicaSet',
    'deleteAnalysisRun',
    'terminateAnalysisRun',
    'deleteExperiment',
    'terminateExperiment',
    'evictPod',
    'updatePodMetadata',
  ].includes(action.kind);
}

async function readExisting(
  { rollout }: ObservedRollout,
  action: RolloutAction,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  const resource = createdResource(action);
  if (resource === undefined || !('name' in action)) return undefined;
  try {
    return await cluster.get(refOf(resource, { ...rollout.metadata, name: action.name }), { signal });
  } catch (error) {
    if (hasCode(error, 'aborted', 'not-leader')) throw error;
    return undefined;
  }
}

function createdResource({ kind }: RolloutAction): Resource | undefined {
  if (kind === 'createReplicaSet') return resources.replicaSets;
  if (kind === 'createAnalysisRun') return resources.analysisRuns;
  return kind === 'createExperiment' ? resources.experiments : undefined;
}

/** An earlier life of ours got as far as the create: the name is deterministic, so the object is the one wanted. */
function isMadeByUs({ rollout }: ObservedRollout, action: RolloutAction, existing: KubeObject): boolean {
  const owner = existing.metadata.ownerReferences?.find(({ controller }) => controller === true);
  const hash = action.kind === 'createReplicaSet' ? action.object.metadata.labels?.[keys.podTemplateHash] : undefined;
  return owner?.uid === rollout.metadata.uid && (hash === undefined || existing.metadata.labels?.[keys.podTemplateHash] === hash);
}

async function applyAction(
  seen: ObservedRollout,
  action: RolloutAction,
  cluster: Cluster,
  signal: AbortSignal,
  traffic: RolloutTraffic | undefined,
): Promise<KubeObject | undefined> {
  const options = { signal };
  switch (action.kind) {
    case 'createReplicaSet':
      return cluster.create(resources.replicaSets, action.object, options);
    case 'updateReplicaSet':
      return needsSameVersion(action)
        ? patchAt(resources.replicaSets, action.replicaSet.raw, replicaSetPatch(action.update))
        : patchSameSpec(action, cluster, options);
    case 'deleteReplicaSet':
      return remove(resources.replicaSets, action.replicaSet.raw, { resourceVersion: action.replicaSet.metadata.resourceVersion });
    case 'adoptReplicaSet':
      return patchAt(resources.replicaSets, action.replicaSet.raw, {
        metadata: { ownerReferences: withOwner(action.replicaSet.raw, seen) },
      });
    case 'releaseReplicaSet':
      return patchAt(resources.replicaSets, action.replicaSet.raw, {
        metadata: { ownerReferences: withoutOwner(action.replicaSet.raw, seen) },
      });
    case 'updateRollout':
      return patchAt(resources.rollouts, seen.rollout.raw, {
        metadata: { annotations: action.annotations },
        ...(action.replicas === undefined ? {} : { spec: { replicas: action.replicas } }),
      });
    case 'switchService':
      return patchAt(resources.services, action.service.raw, servicePatch(action.hash, seen));
    case 'applyTraffic':
      await routersOf(traffic).apply(seen.rollout, action.split, signal);
      return undefined;
    case 'removeTraffic':
      await routersOf(traffic).remove(seen.rollout, action.router, signal);
      return undefined;
    case 'createAnalysisRun':
      return cluster.create(resources.analysisRuns, action.object, options);
    case 'terminateAnalysisRun':
      return patchAt(resources.analysisRuns, action.run.raw, { spec: { terminate: true } });
    case 'deleteAnalysisRun':
      return remove(resources.analysisRuns, action.run.raw, {});
    case 'createExperiment':
      return cluster.create(resources.experiments, action.object, options);
    case 'terminateExperiment':
      return patchAt(resources.experiments, action.experiment.raw, { spec: { terminate: true } });
    case 'deleteExperiment':
      return remove(resources.experiments, action.experiment.raw, {});
    case 'updatePodMetadata':
      return cluster.patch(refOf(resources.pods, action.pod.metadata), podPatch(action), options);
    case 'evictPod':
      await cluster.evict(refOf(resources.pods, action.pod.metadata), { ...options, preconditions: { uid: action.pod.metadata.uid } });
      return undefined;
  }

  /** The version seen is a precondition: what changed meanwhile is looked at first. */
  function patchAt(
    resource: Resource,
    object: KubeObject,
    body: { readonly metadata?: object; readonly spec?: object },
  ): Promise<KubeObject> {
    const metadata = { ...body.metadata, resourceVersion: object.metadata.resourceVersion };
    const patch: Patch = { kind: 'merge', body: { ...body, metadata } };
    return cluster.patch(refOf(resource, object.metadata), patch, options);
  }

  function remove(resource: Resource, object: KubeObject, more: { readonly resourceVersion?: string }): Promise<KubeObject | undefined> {
    const preconditions = { uid: object.metadata.uid, ...more };
    return cluster.delete(refOf(resource, object.metadata), { ...options, preconditions, propagationPolicy: 'Background' });
  }
}

function routersOf(traffic: RolloutTraffic | undefined): RolloutTraffic {
  if (traffic === undefined) throw new ControllerError('internal', 'this controller was started without traffic routers');
  return traffic;
}

function refOf(resource: Resource, metadata: { readonly namespace?: string; readonly name: string }): ObjectRef {
  return { resource, name: metadata.name, ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }) };
}

function replicaSetPatch(update: ReplicaSetUpdate): { readonly metadata?: object; readonly spec?: object } {
  const { replicas, minReadySeconds, annotations, podMetadata, podAntiAffinity } = update;
  const template = {
    ...(podMetadata === undefined ? {} : { metadata: podMetadata }),
    ...(podAntiAffinity === undefined ? {} : { spec: { affinity: { podAntiAffinity } } }),
  };
  const spec = {
    ...(replicas === undefined ? {} : { replicas }),
    ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
    ...(Object.keys(template).length === 0 ? {} : { template }),
  };
  return { ...(annotations === undefined ? {} : { metadata: { annotations } }), ...(Object.keys(spec).length === 0 ? {} : { spec }) };
}

type UpdateReplicaSet = Extract<RolloutAction, { kind: 'updateReplicaSet' }>;

/**
 * Shrinking rests on counts, and so on the very version they came with. Growing and annotations harm nobody who has pods, so only the spec
 * must still be the one seen: pods that become ready meanwhile change the version, but not the generation.
 */
function needsSameVersion({ update, replicaSet }: UpdateReplicaSet): boolean {
  const changesPods = update.podMetadata !== undefined || update.podAntiAffinity !== undefined;
  return changesPods || (update.replicas !== undefined && update.replicas < replicaSet.replicas);
}

/** An API server answers a failed test like a wrong object, with 422; ours only ever fail because somebody else was quicker. */
async function patchSameSpec(action: UpdateReplicaSet, cluster: Cluster, options: CallOptions): Promise<KubeObject> {
  const { metadata } = action.replicaSet;
  try {
    return await cluster.patch(refOf(resources.replicaSets, metadata), sameSpecPatch(action), options);
  } catch (error) {
    if (!hasCode(error, 'invalid')) throw error;
    throw new ControllerError('conflict', 'the ReplicaSet was changed meanwhile', { name: metadata.name }, { cause: error });
  }
}

function sameSpecPatch({ update, replicaSet }: UpdateReplicaSet): Patch {
  const { metadata } = replicaSet;
  return {
    kind: 'json',
    body: [
      { op: 'test', path: '/metadata/uid', value: metadata.uid },
      { op: 'test', path: '/metadata/generation', value: metadata.generation },
      ...(update.replicas === undefined ? [] : [{ op: 'add', path: '/spec/replicas', value: update.replicas }]),
      ...(update.minReadySeconds === undefined ? [] : [{ op: 'add', path: '/spec/minReadySeconds', value: update.minReadySeconds }]),
      ...annotationOps(metadata.annotations, update.annotations ?? {}),
    ],
  };
}

/** Key by key, so that what others have noted meanwhile stays. */
function annotationOps(
  present: Readonly<Record<string, string>> | undefined,
  changes: Readonly<Record<string, string | null>>,
): readonly object[] {
  const entries = Object.entries(changes);
  const map = present === undefined && entries.length > 0 ? [{ op: 'add', path: '/metadata/annotations', value: {} }] : [];
  const ops = entries.flatMap(([key, value]) => {
    const path = `/metadata/annotations/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (value !== null) return [{ op: 'add', path, value }];
    return present?.[key] === undefined ? [] : [{ op: 'remove', path }];
  });
  return [...map, ...ops];
}

/** Pods change all the time; what is written here depends on nothing but which pod it is. */
function podPatch({ pod, labels, annotations }: Extract<RolloutAction, { kind: 'updatePodMetadata' }>): Patch {
  return { kind: 'merge', body: { metadata: { uid: pod.metadata.uid, labels, annotations } } };
}

function servicePatch(hash: string | undefined, { rollout }: ObservedRollout): { readonly metadata: object; readonly spec: object } {
  return {
    metadata: { annotations: { [keys.managedBy]: hash === undefined ? null : rollout.metadata.name } },
    spec: { selector: { [keys.podTemplateHash]: hash ?? null } },
  };
}

function withOwner(object: KubeObject, { rollout }: ObservedRollout): readonly OwnerReference[] {
  const { name, uid } = rollout.metadata;
  const apiVersion = apiVersionOf(resources.rollouts);
  const ours = { apiVersion, kind: resources.rollouts.kind, name, uid, controller: true, blockOwnerDeletion: true };
  return [...(object.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid), ours];
}

function withoutOwner(object: KubeObject, { rollout }: ObservedRollout): readonly OwnerReference[] {
  return (object.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== rollout.metadata.uid);
}

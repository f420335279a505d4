import { controllerOf, keys, resources, type KubeObject, type NewObject, type Resource } from '../../api/kube.js';
import type { Cluster, ObjectRef } from '../../cluster/cluster.js';
import { runName, sameRun } from '../../core/analysis/index.js';
import type { ExperimentAction, ExperimentEvent, ObservedExperiment } from '../../core/experiment/index.js';
import { assertNever, ControllerError, errorMessage, hasCode } from '../../lib/errors.js';
import { renderWholeSeconds } from '../../lib/time.js';

/** What became of a plan. */
export interface Applied {
  /** Analysis to run. */
  readonly createdRuns: ReadonlyMap<string, string>;
  /** Names of ReplicaSets that turned out to be somebody else's. */
  readonly foreignReplicaSets: readonly string[];
  readonly events: readonly ExperimentEvent[];
  /** The first one; everything that does not depend on it was done all the same. */
  readonly error?: ControllerError;
}

const mostNames = 100;

/** Carries the actions out in order. Templates do not depend on one another, so a failure stops nothing but is told in the end. */
export async function applyExperiment(
  seen: ObservedExperiment,
  actions: readonly ExperimentAction[],
  cluster: Cluster,
  signal: AbortSignal,
): Promise<Applied> {
  const createdRuns = new Map<string, string>();
  const foreignReplicaSets: string[] = [];
  const events: ExperimentEvent[] = [];
  const errors: ControllerError[] = [];
  for (const action of actions) {
    try {
      const done = await applyAction(seen, action, cluster, signal);
      if (action.kind === 'createRun' && done.name !== undefined) createdRuns.set(action.analysis, done.name);
      if (done.foreign !== undefined) foreignReplicaSets.push(done.foreign);
      events.push(...(done.events ?? []));
    } catch (error) {
      if (hasCode(error, 'aborted', 'not-leader') || !(error instanceof ControllerError)) throw error;
      events.push(...failureEvents(action, error));
      errors.push(error);
    }
  }
  const [first] = errors;
  return { createdRuns, foreignReplicaSets, events, ...(first === undefined ? {} : { error: first }) };
}

interface Done {
  readonly name?: string;
  readonly foreign?: string;
  readonly events?: readonly ExperimentEvent[];
}

async function applyAction(seen: ObservedExperiment, action: ExperimentAction, cluster: Cluster, signal: AbortSignal): Promise<Done> {
  switch (action.kind) {
    case 'createReplicaSet':
      return createReplicaSet(seen, action.object, cluster, signal);
    case 'createService':
      await createOwned(resources.services, action.object, seen, cluster, signal);
      return {};
    case 'scale':
      return scale(action, cluster, signal);
    case 'deleteService':
      await removeService(action, cluster, signal);
      return {};
    case 'createRun':
      return { name: await createRun(action.object, cluster, signal) };
    case 'terminateRun':
      await cluster.patch(
        refTo(resources.analysisRuns, action.run.raw),
        { kind: 'merge', body: { spec: { terminate: true } } },
        { signal },
      );
      return {};
    default:
      return assertNever(action, 'experiment action');
  }
}

function refTo(resource: Resource, object: { readonly metadata: { readonly namespace?: string; readonly name?: string } }): ObjectRef {
  const { namespace = '', name = '' } = object.metadata;
  return { resource, namespace, name };
}

async function createReplicaSet(seen: ObservedExperiment, object: NewObject, cluster: Cluster, signal: AbortSignal): Promise<Done> {
  const isOurs = await createOwned(resources.replicaSets, object, seen, cluster, signal);
  return isOurs || object.metadata.name === undefined ? {} : { foreign: object.metadata.name };
}

/** @returns whether the object is ours: made now, or in an earlier life */
async function createOwned(
  resource: Resource,
  object: NewObject,
  seen: ObservedExperiment,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await cluster.create(resource, object, { signal });
    return true;
  } catch (error) {
    if (!hasCode(error, 'already-exists')) throw error;
    const existing = await cluster.get(refTo(resource, object), { signal });
    return controllerOf(existing.metadata)?.uid === seen.experiment.metadata.uid;
  }
}

async function scale(
  { replicaSet, replicas, deadline }: Extract<ExperimentAction, { kind: 'scale' }>,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<Done> {
  const { name, resourceVersion } = replicaSet.metadata;
  const annotation = deadline === undefined ? undefined : deadline === null ? null : renderWholeSeconds(deadline);
  const metadata = { resourceVersion, ...(annotation === undefined ? {} : { annotations: { [keys.scaleDownDeadline]: annotation } }) };
  const body = { metadata, ...(replicas === undefined ? {} : { spec: { replicas } }) };
  await cluster.patch(refTo(resources.replicaSets, replicaSet.raw), { kind: 'merge', body }, { signal });
  if (replicas === undefined || replicas === replicaSet.replicas) return {};
  const direction = replicas > replicaSet.replicas ? 'up' : 'down';
  const message = `Scaled ${direction} ReplicaSet ${name} from ${replicaSet.replicas} to ${replicas}`;
  return { events: [{ type: 'Normal', reason: 'ScalingReplicaSet', message }] };
}

async function removeService(
  { service }: Extract<ExperimentAction, { kind: 'deleteService' }>,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<void> {
  try {
    await cluster.delete(refTo(resources.services, service.raw), { preconditions: { uid: service.metadata.uid }, signal });
  } catch (error) {
    if (!hasCode(error, 'not-found')) throw error;
  }
}

/** Under the first name that is free, or that an earlier life of ours has used for the same run. */
async function createRun(object: NewObject, cluster: Cluster, signal: AbortSignal): Promise<string> {
  const base = object.metadata.name ?? '';
  for (let collisions = 0; collisions < mostNames; collisions++) {
    const name = runName(base, collisions);
    const wanted = { ...object, metadata: { ...object.metadata, name } };
    if ((await tryRun(wanted, cluster, signal)) !== undefined) return name;
  }
  throw new ControllerError('already-exists', `${mostNames} AnalysisRuns named ${base} exist`);
}

async function tryRun(wanted: NewObject, cluster: Cluster, signal: AbortSignal): Promise<KubeObject | undefined> {
  try {
    return await cluster.create(resources.analysisRuns, wanted, { signal });
  } catch (error) {
    if (!hasCode(error, 'already-exists')) throw error;
    const existing = await cluster.get(refTo(resources.analysisRuns, wanted), { signal });
    return sameRun(existing, wanted) ? existing : undefined;
  }
}

function failureEvents(action: ExperimentAction, error: ControllerError): readonly ExperimentEvent[] {
  if (hasCode(error, 'conflict', 'unavailable', 'timeout', 'too-many-requests')) return [];
  const message = errorMessage(error);
  if (action.kind === 'createReplicaSet') {
    return [
      {
        type: 'Warning',
        reason: 'ReplicaSetCreateError',
        message: `Failed to create ReplicaSet ${action.object.metadata.name ?? ''}: ${message}`,
      },
    ];
  }
  if (action.kind === 'scale') {
    return [
      {
        type: 'Warning',
        reason: 'ReplicaSetUpdateError',
        message: `Failed to scale ReplicaSet ${action.replicaSet.metadata.name}: ${message}`,
      },
    ];
  }
  return [];
}

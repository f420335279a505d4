import { parseAnalysisRun, parseExperiment, parseReplicaSet, parseRollout } from '../api/index.js';
import { controllerOf, keys, resources, type KubeObject, type Resource } from '../api/kube.js';
import type { Rollout } from '../api/rollout-types.js';
import type { RolloutObjects } from '../core/view/rollout-view.js';
import { ControllerError, hasCode } from '../lib/errors.js';
import type { EpochMs } from '../lib/scheduler.js';
import { isMissingOption, missingNote, type LiveSelection } from './live.js';
import { nearestName } from './nearest.js';
import type { Session } from './session.js';

/** Kinds a command may be asked about by name. */
export type NamedKind = 'rollouts' | 'experiments' | 'analysisRuns' | 'analysisTemplates' | 'clusterAnalysisTemplates';

/**
 * The object of that name, or an error that suggests the nearest one.
 * @param spelling how the kind is called in the error; upstream has two ways (cli-dashboard-gitops 1.1)
 */
export async function readNamed(session: Session, kind: NamedKind, name: string, spelling?: string): Promise<KubeObject> {
  const { cluster, io } = session;
  const resource = resources[kind];
  try {
    return await cluster.get({ resource, ...place(session, resource), name }, { signal: io.signal });
  } catch (error) {
    if (!hasCode(error, 'not-found')) throw error;
    const called = spelling ?? `${resource.resource}.${resource.group}`;
    throw new ControllerError(
      'not-found',
      `${called} "${name}" not found${await hint(session, resource, name)}`,
      { name },
      { cause: error },
    );
  }
}

export async function readRollout(session: Session, name: string, spelling?: string): Promise<Rollout> {
  return parseRollout(await readNamed(session, 'rollouts', name, spelling)).rollout;
}

/** Why there may be no such object: a slip of the finger, or a cluster without our kinds. */
async function hint(session: Session, resource: Resource, name: string): Promise<string> {
  const { cluster, io } = session;
  try {
    const { items } = await cluster.list({ resource, ...place(session, resource) }, { signal: io.signal });
    const near = nearestName(
      name,
      items.map((o) => o.metadata.name),
    );
    return near === undefined ? '' : ` (did you mean "${near}"?)`;
  } catch (error) {
    if (hasCode(error, 'not-found'))
      return ` (this cluster does not serve ${resource.resource}.${resource.group}: are the CRDs installed?)`;
    // Without permission to list there is just nothing to suggest.
    if (error instanceof ControllerError) return '';
    throw error;
  }
}

function place({ namespace }: Session, resource: Resource): { readonly namespace?: string } {
  return resource.namespaced ? { namespace } : {};
}

/** What a page about a rollout or an experiment is made of, besides itself. */
export interface Surroundings {
  readonly replicaSets: readonly KubeObject[];
  readonly pods: readonly KubeObject[];
  readonly experiments: readonly KubeObject[];
  readonly analysisRuns: readonly KubeObject[];
}

/**
 * The selections of a Surroundings, in the order of its fields. ReplicaSets and pods of rollouts and experiments alone carry the hash label,
 * so those of Deployments need not travel.
 */
export function surroundingSelections(namespace: string): readonly LiveSelection[] {
  const labelSelector = keys.podTemplateHash;
  return [
    { resource: resources.replicaSets, namespace, labelSelector },
    { resource: resources.pods, namespace, labelSelector, isOptional: true },
    { resource: resources.experiments, namespace, isOptional: true },
    { resource: resources.analysisRuns, namespace, isOptional: true },
  ];
}

export function surroundingsOf(lists: (index: number) => readonly KubeObject[]): Surroundings {
  return { replicaSets: lists(0), pods: lists(1), experiments: lists(2), analysisRuns: lists(3) };
}

/**
 * One look at all of them. Who may not read pods, experiments or analyses still gets to see the rest, and is told;
 * without ReplicaSets there is nothing to show.
 */
export async function readSurroundings(session: Session): Promise<Surroundings> {
  const lists = await Promise.all(
    surroundingSelections(session.namespace).map(async (selection) => {
      try {
        return (await session.cluster.list(selection, { signal: session.io.signal })).items;
      } catch (error) {
        if (!isMissingOption(selection, error)) throw error;
        session.io.err(missingNote(selection, error));
        return [];
      }
    }),
  );
  return surroundingsOf((index) => lists[index] ?? []);
}

/** Parses what belongs to the owner: a namespace may hold thousands of other objects. */
export function rolloutObjects(now: EpochMs, rollout: Rollout, around: Surroundings): RolloutObjects {
  const experiments = ownedBy(around.experiments, [rollout.metadata.uid]);
  const owners = [rollout.metadata.uid, ...experiments.map((e) => e.metadata.uid)];
  const replicaSets = ownedBy(around.replicaSets, owners);
  return {
    now,
    rollout,
    replicaSets: replicaSets.map(parseReplicaSet),
    pods: ownedBy(
      around.pods,
      replicaSets.map((rs) => rs.metadata.uid),
    ),
    experiments: experiments.map((o) => parseExperiment(o).experiment),
    analysisRuns: ownedBy(around.analysisRuns, owners).map((o) => parseAnalysisRun(o).run),
  };
}

/** One look at everything `get rollout` shows. */
export async function readRolloutObjects(session: Session, name: string, spelling?: string): Promise<RolloutObjects> {
  // One after the other: a name that does not exist is told at once, and the connection is there for the lists.
  const rollout = await readRollout(session, name, spelling);
  const around = await readSurroundings(session);
  const workloadGeneration = await readWorkloadGeneration(session, rollout);
  const seen = rolloutObjects(session.scheduler.now(), rollout, around);
  return workloadGeneration === undefined ? seen : { ...seen, workloadGeneration };
}

/** Generation of the object that `spec.workloadRef` names; undefined without one, and when it cannot be read: then nothing is concluded from it. */
export async function readWorkloadGeneration({ cluster, namespace, io }: Session, rollout: Rollout): Promise<number | undefined> {
  const reference = rollout.spec.workloadRef;
  const resource = reference === undefined ? undefined : workloadResource(reference.kind);
  if (reference === undefined || resource === undefined) return undefined;
  try {
    return (await cluster.get({ resource, namespace, name: reference.name }, { signal: io.signal })).metadata.generation;
  } catch (error) {
    if (hasCode(error, 'not-found', 'forbidden')) return undefined;
    throw error;
  }
}

/** The object that `spec.workloadRef` names, to be followed; none without such a reference. */
export function workloadSelection(namespace: string, { spec }: Rollout): readonly LiveSelection[] {
  const resource = spec.workloadRef === undefined ? undefined : workloadResource(spec.workloadRef.kind);
  if (resource === undefined) return [];
  return [{ resource, namespace, fieldSelector: `metadata.name=${spec.workloadRef?.name ?? ''}`, isOptional: true }];
}

/** What a `spec.workloadRef` may point at; undefined for any other kind. */
export function workloadResource(kind: string): Resource | undefined {
  return [resources.deployments, resources.replicaSets, resources.podTemplates].find((resource) => resource.kind === kind);
}

export function ownedBy(objects: readonly KubeObject[], uids: readonly string[]): readonly KubeObject[] {
  const owners = new Set(uids);
  return objects.filter(({ metadata }) => owners.has(controllerOf(metadata)?.uid ?? ''));
}

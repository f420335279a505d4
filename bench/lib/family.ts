import { apiVersionOf, resources, type KubeObject, type NewObject, type Resource } from '../../src/api/kube.js';
import type { LocalStore } from '../../src/local-cluster/store/index.js';

/** A Rollout with everything that belongs to it, as taken from a cluster. */
export interface Family {
  readonly name: string;
  readonly rollout: KubeObject;
  readonly replicaSets: readonly KubeObject[];
  readonly analysisRuns: readonly KubeObject[];
  readonly analysisTemplates: readonly KubeObject[];
  /** When it was taken, ms: its pauses and deadlines count from there. */
  readonly at: number;
}

export function familyIn(store: LocalStore, name: string, at: number): Family {
  const rollout = store.peek(resources.rollouts, 'default', name);
  if (rollout === undefined) throw new Error(`there is no Rollout ${name}`);
  const all = (resource: Resource): readonly KubeObject[] => store.peekAll(resource, 'default');
  return {
    name,
    rollout,
    replicaSets: all(resources.replicaSets),
    analysisRuns: all(resources.analysisRuns),
    analysisTemplates: all(resources.analysisTemplates),
    at,
  };
}

/**
 * Puts a copy of a family under another name into a store, with its status and owned by the new Rollout: to the controller it looks as if
 * it had grown there.
 */
export async function implant(store: LocalStore, family: Family, name: string): Promise<void> {
  const renamed = (object: KubeObject): KubeObject => JSON.parse(JSON.stringify(object).replaceAll(family.name, name)) as KubeObject;
  const rollout = await implantOne(store, resources.rollouts, renamed(family.rollout));
  for (const replicaSet of family.replicaSets) await implantOne(store, resources.replicaSets, renamed(replicaSet), rollout);
  for (const run of family.analysisRuns) await implantOne(store, resources.analysisRuns, renamed(run), rollout);
}

export async function implantTemplates(store: LocalStore, family: Family): Promise<void> {
  for (const template of family.analysisTemplates) await implantOne(store, resources.analysisTemplates, template);
}

async function implantOne(store: LocalStore, resource: Resource, object: KubeObject, owner?: KubeObject): Promise<KubeObject> {
  const created = await store.create(resource, freshOf(object, owner));
  if (object.status === undefined || object.kind === resources.analysisRuns.kind) return created;
  const { namespace = '', name } = created.metadata;
  const body = { status: ofFirstGeneration(object.status) };
  return store.patch({ resource, namespace, name }, { kind: 'merge', body }, { subresource: 'status' });
}

/** What a status says about the generation it is of: a new object has the first. */
function ofFirstGeneration(status: unknown): unknown {
  const numbers = /"observedGeneration":\d+/g;
  const texts = /"observedGeneration":"\d+"/g;
  return JSON.parse(JSON.stringify(status).replace(numbers, '"observedGeneration":1').replace(texts, '"observedGeneration":"1"'));
}

/** What an API server fills in is left to it. */
function freshOf(object: KubeObject, owner: KubeObject | undefined): NewObject {
  const { namespace = '', name, labels, annotations } = object.metadata;
  const ownerReferences = owner === undefined ? [] : [referenceTo(owner)];
  return {
    ...object,
    metadata: { namespace, name, ...(labels && { labels }), ...(annotations && { annotations }), ownerReferences },
  };
}

function referenceTo({ kind, metadata: { name, uid } }: KubeObject): NonNullable<KubeObject['metadata']['ownerReferences']>[number] {
  return { apiVersion: apiVersionOf(resources.rollouts), kind, name, uid, controller: true, blockOwnerDeletion: true };
}

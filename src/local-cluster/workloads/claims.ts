import type { KubeObject } from '../../api/kube.js';
import { controllerOf, resources } from '../../api/kube.js';
import type { Resource } from '../../api/kube.js';
import type { Selector } from '../../lib/label-selector.js';
import { selectorMatches } from '../../lib/label-selector.js';
import type { Kit } from './kit.js';
import { controllerReference } from './kit.js';

/**
 * Which of the candidates belong to `owner`: adopts matching orphans, releases own ones that no longer match.
 * A pod is never adopted by an owner that is being deleted, nor one that is being deleted itself.
 * Semantics: Kubernetes, controller reference manager, 1.35.
 */
export async function claim(
  kit: Kit,
  owner: KubeObject,
  selector: Selector,
  candidates: readonly KubeObject[],
  resource: Resource = resources.pods,
): Promise<readonly KubeObject[]> {
  const claimed: KubeObject[] = [];
  for (const candidate of candidates) {
    const controller = controllerOf(candidate.metadata);
    const matches = selectorMatches(selector, candidate.metadata.labels);
    if (controller?.uid === owner.metadata.uid) {
      if (matches) claimed.push(candidate);
      else await release(kit, owner, candidate, resource);
    } else if (controller === undefined && matches && isFree(owner, candidate)) claimed.push(await adopt(kit, owner, candidate, resource));
  }
  return claimed;
}

function isFree(owner: KubeObject, candidate: KubeObject): boolean {
  return owner.metadata.deletionTimestamp === undefined && candidate.metadata.deletionTimestamp === undefined;
}

function adopt(kit: Kit, owner: KubeObject, orphan: KubeObject, resource: Resource): Promise<KubeObject> {
  const { uid, resourceVersion, ownerReferences = [] } = orphan.metadata;
  const body = { metadata: { uid, resourceVersion, ownerReferences: [...ownerReferences, controllerReference(owner)] } };
  return kit.cluster.patch(refOf(orphan, resource), { kind: 'merge', body });
}

async function release(kit: Kit, owner: KubeObject, stranger: KubeObject, resource: Resource): Promise<void> {
  const { uid, resourceVersion, ownerReferences = [] } = stranger.metadata;
  const left = ownerReferences.filter((reference) => reference.uid !== owner.metadata.uid);
  const body = { metadata: { uid, resourceVersion, ownerReferences: left.length > 0 ? left : null } };
  await kit.cluster.patch(refOf(stranger, resource), { kind: 'merge', body });
}

function refOf(object: KubeObject, resource: Resource) {
  return { resource, namespace: object.metadata.namespace ?? 'default', name: object.metadata.name };
}

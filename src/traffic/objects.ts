import { apiVersionOf, resources, type KubeObject, type OwnerReference, type Resource } from '../api/kube.js';
import type { FieldError } from '../api/workload-types.js';
import type { Cluster, ObjectRef } from '../cluster/cluster.js';
import { ControllerError, hasCode } from '../lib/errors.js';
import { isPlainObject } from '../lib/json.js';
import { createMergePatch } from '../lib/patches.js';
import type { TrafficTarget } from './router.js';

/** Tries to write an object that others write at the same time. */
const writeTries = 4;

/** @returns undefined when there is no such object, or no such kind */
export async function readObject(cluster: Cluster, ref: ObjectRef, signal: AbortSignal): Promise<KubeObject | undefined> {
  try {
    return await cluster.get(ref, { signal });
  } catch (error) {
    if (hasCode(error, 'not-found')) return undefined;
    throw error;
  }
}

/** All objects of a kind in a namespace; none when the kind is not served. */
export async function listObjects(
  cluster: Cluster,
  resource: Resource,
  namespace: string,
  signal: AbortSignal,
  labelSelector?: string,
): Promise<readonly KubeObject[]> {
  try {
    const selection = { resource, namespace, ...(labelSelector === undefined ? {} : { labelSelector }) };
    return (await cluster.list(selection, { signal })).items;
  } catch (error) {
    if (hasCode(error, 'not-found')) return [];
    throw error;
  }
}

export interface Written {
  readonly object: KubeObject;
  readonly writes: number;
}

/**
 * Makes an object what `render` makes of it, by a merge patch of what differs and of nothing else, and only if the object is still the one that was
 * rendered. When it is not, it is read and rendered again.
 *
 * @throws ControllerError `conflict` when it keeps changing, or when reads lag behind (a cache): observe again
 */
export async function bringTo(
  cluster: Cluster,
  ref: ObjectRef,
  live: KubeObject,
  render: (live: KubeObject) => KubeObject,
  signal: AbortSignal,
): Promise<Written> {
  let seen = live;
  for (let left = writeTries; ; left -= 1) {
    const body = patchTo(seen, render(seen));
    if (body === undefined) return { object: seen, writes: 0 };
    try {
      return { object: await cluster.patch(ref, { kind: 'merge', body }, { signal }), writes: 1 };
    } catch (error) {
      if (!hasCode(error, 'conflict') || left <= 1) throw error;
      seen = await readNewer(cluster, ref, seen, error, signal);
    }
  }
}

async function readNewer(cluster: Cluster, ref: ObjectRef, old: KubeObject, conflict: Error, signal: AbortSignal): Promise<KubeObject> {
  const fresh = await cluster.get(ref, { signal });
  if (fresh.metadata.resourceVersion === old.metadata.resourceVersion) throw conflict;
  return fresh;
}

/** Merge patch with the version as precondition; undefined when there is nothing to change. */
export function patchTo(live: KubeObject, wanted: KubeObject): Readonly<Record<string, unknown>> | undefined {
  const patch = createMergePatch(live, wanted);
  if (patch === undefined) return undefined;
  const metadata = isPlainObject(patch['metadata']) ? patch['metadata'] : {};
  return { ...patch, metadata: { ...metadata, resourceVersion: live.metadata.resourceVersion } };
}

/** A field error as the error a write ends with. */
export function invalidSpec(error: FieldError): ControllerError {
  return new ControllerError('invalid-spec', error.detail, { path: error.path, value: error.value });
}

export function refuseFirst(errors: readonly FieldError[]): void {
  const [first] = errors;
  if (first !== undefined) throw invalidSpec(first);
}

/** `virtualservices.networking.istio.io`, as the API server names a kind in its answers. */
export function kindName({ resource, group }: Resource): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** For objects a router makes: they go with the Rollout. */
export function ownerOf({ rolloutName, rolloutUid }: TrafficTarget): OwnerReference {
  const { kind } = resources.rollouts;
  return {
    apiVersion: apiVersionOf(resources.rollouts),
    kind,
    name: rolloutName,
    uid: rolloutUid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Deletes objects, each only if it is still the one that was seen. @returns how many were still there */
export async function deleteObjects(
  cluster: Cluster,
  resource: Resource,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<number> {
  let writes = 0;
  for (const { metadata } of objects) {
    const { namespace, name, uid } = metadata;
    const ref = { resource, name, ...(namespace === undefined ? {} : { namespace }) };
    try {
      await cluster.delete(ref, { signal, preconditions: { uid } });
      writes += 1;
    } catch (error) {
      if (!hasCode(error, 'not-found')) throw error;
    }
  }
  return writes;
}

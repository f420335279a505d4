import type { KubeObject } from '../../api/kube.js';
import { fieldOf, objectsOf } from '../../lib/json.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { parseTime } from '../../lib/time.js';

export function isTerminating(pod: KubeObject): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** Ready, and for long enough. Semantics: Kubernetes, IsPodAvailable */
export function isPodAvailable(pod: KubeObject, minReadySeconds: number, now: EpochMs): boolean {
  const ready = objectsOf(pod.status?.['conditions']).find((condition) => condition['type'] === 'Ready');
  if (ready?.['status'] !== 'True') return false;
  const since = fieldOf(ready, 'lastTransitionTime');
  return minReadySeconds === 0 || (typeof since === 'string' && (parseTime(since) ?? now) + minReadySeconds * 1_000 <= now);
}

/** Of the ReplicaSet with this uid. */
export function isPodOf(pod: KubeObject, uid: string): boolean {
  return pod.metadata.ownerReferences?.some((owner) => owner.controller === true && owner.uid === uid) === true;
}

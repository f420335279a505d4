import { parseReplicaSet, parseRollout, parseService } from '../../api/index.js';
import { controllerOf, keys, objectKey, type KubeObject, type ObjectMeta, type Resource } from '../../api/kube.js';
import type { Rollout } from '../../api/rollout-types.js';
import type { ReplicaSet, Service } from '../../api/workload-types.js';
import type { EpochMs } from '../../lib/scheduler.js';

/** The store at one instant, as far as the oracles look. Objects are shared, nothing is copied. */
export interface Picture {
  readonly at: EpochMs;
  readonly rollouts: readonly Rollout[];
  readonly replicaSets: readonly ReplicaSet[];
  readonly services: readonly Service[];
  readonly pods: readonly KubeObject[];
  readonly analysisRuns: readonly KubeObject[];
  readonly experiments: readonly KubeObject[];
  readonly ingresses: readonly KubeObject[];
  readonly virtualServices: readonly KubeObject[];
}

/** One write of a controller that changed the store, between two pictures. */
export interface WriteSeen {
  readonly verb: 'create' | 'replace' | 'patch' | 'delete' | 'evict' | 'bind';
  readonly resource: Resource;
  readonly namespace?: string;
  readonly name: string;
  readonly subresource?: string;
  readonly before: Picture;
  readonly after: Picture;
}

/** A broken invariant: what a person needs to see it without a debugger. */
export interface Violation {
  readonly invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I9' | 'I10' | 'I11';
  readonly at: EpochMs;
  readonly rollout?: string;
  readonly text: string;
}

export type ReadAll = (resource: Resource) => readonly KubeObject[];

// Store objects are frozen and shared, so each is parsed once however many pictures show it.
const rolloutsOf = memo((o) => parseRollout(o).rollout);
const replicaSetsOf = memo(parseReplicaSet);
const servicesOf = memo(parseService);

export function takePicture(at: EpochMs, read: ReadAll, kinds: Readonly<Record<keyof Omit<Picture, 'at'>, Resource>>): Picture {
  return {
    at,
    rollouts: read(kinds.rollouts).map(rolloutsOf),
    replicaSets: read(kinds.replicaSets).map(replicaSetsOf),
    services: read(kinds.services).map(servicesOf),
    pods: read(kinds.pods),
    analysisRuns: read(kinds.analysisRuns),
    experiments: read(kinds.experiments),
    ingresses: read(kinds.ingresses),
    virtualServices: read(kinds.virtualServices),
  };
}

export function ownedBy<T extends { readonly metadata: ObjectMeta }>(
  objects: readonly T[],
  owner: { readonly metadata: ObjectMeta },
): readonly T[] {
  return objects.filter((o) => controllerOf(o.metadata)?.uid === owner.metadata.uid);
}

export function sameRollout(picture: Picture, rollout: Rollout): Rollout | undefined {
  return picture.rollouts.find((r) => r.metadata.uid === rollout.metadata.uid);
}

export function keyOf(rollout: Rollout): string {
  return objectKey(rollout.metadata);
}

/** Pods of a ReplicaSet that stay when its controller has caught up with spec.replicas: unready ones go first. */
export function lastingPods(rs: ReplicaSet): number {
  return Math.min(rs.replicas, rs.available);
}

export function hashOf(service: Service): string | undefined {
  return service.selector[keys.podTemplateHash];
}

function memo<T>(parse: (object: KubeObject) => T): (object: KubeObject) => T {
  const known = new WeakMap<KubeObject, T>();
  return (object) => {
    const found = known.get(object);
    if (found !== undefined) return found;
    const made = parse(object);
    known.set(object, made);
    return made;
  };
}

import type { KubeObject } from '../../api/kube.js';
import { at, numberAt } from '../store/json.js';
import { podsOf } from './int-or-percent.js';

/** Wanted pods by the uid of the ReplicaSet. */
export type Sizes = ReadonlyMap<string, number>;

interface Limits {
  readonly replicas: number;
  readonly surge: number;
  readonly unavailable: number;
}

function limitsOf(deployment: KubeObject): Limits {
  const replicas = numberAt(deployment, 'spec', 'replicas') ?? 1;
  if (at(deployment, 'spec', 'strategy', 'type') === 'Recreate') return { replicas, surge: 0, unavailable: replicas };
  const surge = podsOf(at(deployment, 'spec', 'strategy', 'rollingUpdate', 'maxSurge'), replicas, 'up');
  const unavailable = podsOf(at(deployment, 'spec', 'strategy', 'rollingUpdate', 'maxUnavailable'), replicas, 'down');
  // Both may round to nothing; then one pod may be missing, or nothing would ever move.
  return { replicas, surge, unavailable: surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, replicas) };
}

function sizeOf(set: KubeObject): number {
  return numberAt(set, 'spec', 'replicas') ?? 0;
}

function availableOf(set: KubeObject): number {
  return numberAt(set, 'status', 'availableReplicas') ?? 0;
}

function total(sets: readonly KubeObject[], count: (set: KubeObject) => number): number {
  return sets.reduce((sum, set) => sum + count(set), 0);
}

/** One step of a rollout: the new ReplicaSet up as far as surge allows, the old ones down as far as availability allows. */
export function wantedSizes(
  deployment: KubeObject,
  fresh: KubeObject,
  old: readonly KubeObject[],
  hasPods: (set: KubeObject) => boolean,
): Sizes {
  if (at(deployment, 'spec', 'strategy', 'type') === 'Recreate') return recreated(deployment, fresh, old, hasPods);
  const limits = limitsOf(deployment);
  const grown = Math.min(
    limits.replicas,
    Math.max(sizeOf(fresh), sizeOf(fresh) + limits.replicas + limits.surge - total([fresh, ...old], sizeOf)),
  );
  if (grown !== sizeOf(fresh)) return new Map([[fresh.metadata.uid, grown]]);
  return shrunk(limits, fresh, old);
}

function recreated(deployment: KubeObject, fresh: KubeObject, old: readonly KubeObject[], hasPods: (set: KubeObject) => boolean): Sizes {
  const { replicas } = limitsOf(deployment);
  if (old.some((set) => sizeOf(set) > 0)) return new Map(old.map((set) => [set.metadata.uid, 0]));
  return old.some(hasPods) ? new Map() : new Map([[fresh.metadata.uid, replicas]]);
}

/** Unavailable pods of old ReplicaSets go first, oldest ReplicaSet first; then available ones, while enough others are. */
function shrunk({ replicas, unavailable }: Limits, fresh: KubeObject, old: readonly KubeObject[]): Sizes {
  const needed = replicas - unavailable;
  const freshUnavailable = sizeOf(fresh) - availableOf(fresh);
  let removable = total([fresh, ...old], sizeOf) - needed - freshUnavailable;
  const sizes = new Map<string, number>();
  if (removable <= 0) return sizes;
  for (const set of old) {
    const sick = Math.min(removable, Math.max(0, sizeOf(set) - availableOf(set)));
    if (sick > 0) sizes.set(set.metadata.uid, sizeOf(set) - sick);
    removable -= sick;
  }
  let spare = total([fresh, ...old], availableOf) - needed;
  for (const set of old) {
    const size = sizes.get(set.metadata.uid) ?? sizeOf(set);
    const gone = Math.max(0, Math.min(size, spare));
    if (gone > 0) sizes.set(set.metadata.uid, size - gone);
    spare -= gone;
  }
  return sizes;
}

/** A resize in mid-rollout is shared out in proportion to what each ReplicaSet has. */
export function scaledTo(deployment: KubeObject, sets: readonly KubeObject[], current: KubeObject | undefined): Sizes {
  const { replicas } = limitsOf(deployment);
  const used = sets.filter((set) => sizeOf(set) > 0);
  const only = used.length <= 1 ? (used[0] ?? current) : undefined;
  if (only) return new Map([[only.metadata.uid, replicas]]);
  const allowed = replicas === 0 ? 0 : scaledTo.most(deployment);
  const present = total(used, sizeOf);
  let left = allowed - present;
  const sizes = new Map<string, number>();
  for (const set of [...used].sort((a, b) => sizeOf(b) - sizeOf(a))) {
    const share = Math.round((sizeOf(set) * allowed) / Math.max(1, present)) - sizeOf(set);
    const taken = left >= 0 ? Math.max(0, Math.min(share, left)) : Math.min(0, Math.max(share, left));
    sizes.set(set.metadata.uid, sizeOf(set) + taken);
    left -= taken;
  }
  const [largest] = sizes;
  if (largest && left !== 0) sizes.set(largest[0], Math.max(0, largest[1] + left));
  return sizes;
}

/** The most pods a Deployment may have in all. */
scaledTo.most = (deployment: KubeObject): number => {
  const { replicas, surge } = limitsOf(deployment);
  return replicas + surge;
};

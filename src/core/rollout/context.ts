import type { Rollout, RolloutSpec, RolloutStatus } from '../../api/rollout-types.js';
import type { ReplicaSet } from '../../api/workload-types.js';
import { parseTime } from '../../lib/time.js';
import { findCurrent, stepsHashOf, templateHashOf } from './identity.js';
import type { ObservedRollout } from './types.js';

/** An observation with its ReplicaSets sorted into their parts. */
export interface RolloutContext {
  readonly seen: ObservedRollout;
  readonly rollout: Rollout;
  readonly spec: RolloutSpec;
  readonly status: RolloutStatus;
  /** Pods wanted: spec.replicas, or 1. */
  readonly replicas: number;
  /** Oldest first. */
  readonly owned: readonly ReplicaSet[];
  /** Of the current template; fully promoted it is the stable one too. Undefined until it has been created. */
  readonly canary: ReplicaSet | undefined;
  readonly stable: ReplicaSet | undefined;
  /** Neither canary nor stable, oldest first. */
  readonly others: readonly ReplicaSet[];
  /** The canary's hash label; before its creation the hash it will get. */
  readonly canaryHash: string;
  readonly stepsHash: string;
  readonly isFullyPromoted: boolean;
  /** Revision the canary has or is to get. */
  readonly revision: number;
}

const contexts = new WeakMap<ObservedRollout, RolloutContext>();

/** Worked out once for each observation. */
export function contextOf(seen: ObservedRollout): RolloutContext {
  const known = contexts.get(seen);
  if (known !== undefined) return known;
  const owned = [...seen.replicaSets].sort(byAge);
  const context = arrange(seen, owned, findCurrent(seen, owned), templateHashOf(seen));
  contexts.set(seen, context);
  return context;
}

/** As contextOf, with the version that was accepted last as canary: for a spec that cannot be acted on. */
export function acceptedContextOf(seen: ObservedRollout): RolloutContext {
  const owned = [...seen.replicaSets].sort(byAge);
  const { currentPodHash } = seen.rollout.status;
  const accepted = owned.find((rs) => rs.hash === currentPodHash && currentPodHash !== '');
  return arrange(seen, owned, accepted, currentPodHash);
}

function arrange(
  seen: ObservedRollout,
  owned: readonly ReplicaSet[],
  canary: ReplicaSet | undefined,
  templateHash: string,
): RolloutContext {
  const { rollout } = seen;
  const { spec, status } = rollout;
  const canaryHash = canary?.hash ?? templateHash;
  const stable = status.stableRS === '' ? undefined : owned.find((rs) => rs.hash === status.stableRS);
  const before = owned.filter((rs) => rs !== canary);
  return {
    seen,
    rollout,
    spec,
    status,
    replicas: spec.replicas ?? 1,
    owned,
    canary,
    stable,
    others: before.filter((rs) => rs !== stable),
    canaryHash,
    stepsHash: stepsHashOf(seen),
    isFullyPromoted: status.stableRS !== '' && status.stableRS === canaryHash,
    revision: Math.max(canary?.revision ?? 0, ...before.map((rs) => rs.revision + 1), 1),
  };
}

function byAge(left: ReplicaSet, right: ReplicaSet): number {
  const [a, b] = [left.metadata.creationTimestamp, right.metadata.creationTimestamp];
  if (a !== b) return a < b ? -1 : 1;
  return left.revision - right.revision || (left.metadata.name < right.metadata.name ? -1 : 1);
}

/** When an object was created, to the second. */
export function createdAt(rs: ReplicaSet): number {
  return parseTime(rs.metadata.creationTimestamp) ?? 0;
}

/** Steps of a canary; none for blue-green. */
export function stepCount(context: RolloutContext): number {
  return context.spec.strategy.kind === 'canary' ? context.spec.strategy.steps.length : 0;
}

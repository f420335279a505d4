import { parseReplicaSet, parseRollout } from '../api/index.js';
import { resources, type KubeObject } from '../api/kube.js';
import type { Rollout } from '../api/rollout-types.js';
import type { EpochMs, Scheduler } from '../lib/scheduler.js';
import type { LocalStore } from '../local-cluster/store/index.js';

/** A pass that leads to a write may have looked this long ago: reads, conflicts and late watch events included. */
const lookBackMs = 2_000;

interface Wish {
  readonly until: EpochMs;
  readonly replicas: number;
}

/** What a pass that led to a write may have seen. */
export interface SeenLately {
  /** Smallest and largest spec.replicas. */
  readonly min: number;
  readonly max: number;
  /** Whether the ReplicaSet had an available pod. */
  hadPods(uid: string): boolean;
}

/** Remembers what was true lately: a write races with whoever scales and with pods that die, and is judged by what its pass may have seen. */
export function desiredHistory(store: LocalStore, scheduler: Scheduler): { rangeOf(rollout: Rollout): SeenLately } {
  const emptySince = new Map<string, EpochMs>();
  store.onChange(({ kind, object, previous }) => {
    if (kind.resource.resource !== resources.replicaSets.resource || previous === undefined) return;
    if (availableOf(previous) > 0 && availableOf(object) === 0) emptySince.set(object.metadata.uid, scheduler.now());
  });
  const past = new Map<string, Wish[]>();
  store.onChange(({ kind, object, previous }) => {
    if (kind.resource.resource !== resources.rollouts.resource || previous === undefined) return;
    const [was, is] = [replicasOf(previous), replicasOf(object)];
    if (was === is) return;
    const wishes = past.get(object.metadata.uid) ?? [];
    past.set(object.metadata.uid, [...wishes, { until: scheduler.now(), replicas: was }]);
  });
  return {
    rangeOf: (rollout) => {
      const now = scheduler.now();
      const recent = (past.get(rollout.metadata.uid) ?? []).filter((wish) => now - wish.until <= lookBackMs).map((wish) => wish.replicas);
      const all = [rollout.spec.replicas ?? 1, ...recent];
      const hadPods = (uid: string): boolean => now - (emptySince.get(uid) ?? Number.NEGATIVE_INFINITY) <= lookBackMs;
      return { min: Math.min(...all), max: Math.max(...all), hadPods };
    },
  };
}

function replicasOf(object: KubeObject): number {
  return parseRollout(object).rollout.spec.replicas ?? 1;
}

function availableOf(object: KubeObject): number {
  return parseReplicaSet(object).available;
}

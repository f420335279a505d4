import { parseRollout } from '../api/index.js';
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

/** Remembers which numbers of pods were asked for lately: a write races with whoever scales, and is judged by what its pass may have seen. */
export function desiredHistory(
  store: LocalStore,
  scheduler: Scheduler,
): { rangeOf(rollout: Rollout): { readonly min: number; readonly max: number } } {
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
      return { min: Math.min(...all), max: Math.max(...all) };
    },
  };
}

function replicasOf(object: KubeObject): number {
  return parseRollout(object).rollout.spec.replicas ?? 1;
}

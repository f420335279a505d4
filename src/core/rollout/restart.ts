import type { KubeObject } from '../../api/kube.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { parseTime } from '../../lib/time.js';
import { podLimits } from '../replicas/limits.js';
import type { RolloutContext } from './context.js';
import { isPodAvailable, isTerminating } from './pods.js';
import type { RolloutAction } from './types.js';

/** Pods are not watched: while a restart goes on they are looked at again at least this often. */
const lookAgainMs = 30_000;

export interface RestartPlan {
  /** Everybody is new enough: this goes into the status. */
  readonly restartedAt?: EpochMs;
  readonly evictions: readonly RolloutAction[];
  readonly needsPods: boolean;
  readonly requeueAt?: EpochMs;
}

/**
 * `spec.restartAt`: pods made before it are evicted, never more at once than maxUnavailable (but one at least) allows.
 *
 * Semantics: rollout-core 3.9.1. Differs: a restart in the future does nothing until then, and it is over when the new pods are available
 * rather than when the last eviction was sent (rollout-core 10 #19).
 */
export function planRestart(context: RolloutContext): RestartPlan {
  const { spec, status, seen } = context;
  const nothing = { evictions: [], needsPods: false };
  if (spec.restartAt === undefined || spec.restartAt === status.restartedAt) return nothing;
  if (spec.restartAt > seen.now) return { ...nothing, requeueAt: spec.restartAt };
  const requeueAt = seen.now + lookAgainMs;
  if (seen.live.pods === undefined) return { evictions: [], needsPods: true, requeueAt };
  return workThrough(context, seen.live.pods, spec.restartAt, requeueAt);
}

function workThrough(context: RolloutContext, pods: readonly KubeObject[], restartAt: EpochMs, requeueAt: EpochMs): RestartPlan {
  const old = pods.filter((pod) => (parseTime(pod.metadata.creationTimestamp) ?? restartAt) < restartAt);
  if (old.length === 0)
    return isWhole(context) ? { restartedAt: restartAt, evictions: [], needsPods: false } : { evictions: [], needsPods: false, requeueAt };
  const evictions = old
    .filter((pod) => !isTerminating(pod))
    .slice(0, Math.max(0, allowed(context, pods)))
    .map((pod) => ({ kind: 'evictPod', pod, safe: false, gates: false }) as const);
  return { evictions, needsPods: false, requeueAt };
}

function isWhole({ owned }: RolloutContext): boolean {
  return owned.every((rs) => rs.observed && rs.available >= rs.replicas);
}

function allowed(context: RolloutContext, pods: readonly KubeObject[]): number {
  const { spec, replicas, owned, seen } = context;
  const { strategy } = spec;
  const surge = strategy.kind === 'canary' ? strategy.maxSurge : ({ kind: 'pods', pods: 0 } as const);
  const { unavailable } = podLimits(replicas, surge, strategy.maxUnavailable);
  const available = pods.filter((pod) => !isTerminating(pod) && isPodAvailable(pod, spec.minReadySeconds, seen.now)).length;
  const wanted = owned.reduce((sum, rs) => sum + rs.replicas, 0);
  return available - (Math.max(replicas, wanted) - Math.max(unavailable, 1));
}

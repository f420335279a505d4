import { keys } from '../../../api/kube.js';
import type { BlueGreenStrategy } from '../../../api/rollout-types.js';
import type { ReplicaSet } from '../../../api/workload-types.js';
import type { EpochMs } from '../../../lib/scheduler.js';
import { renderTime } from '../../../lib/time.js';
import type { RolloutContext } from '../context.js';
import { hasPause } from '../lifecycle.js';
import { deadlineOf, defaultScaleDownDelaySeconds, planDelayedScaleDown, withoutDeadline } from '../scale-down.js';
import { scaleTo, updateOf } from '../scaling.js';
import { isServed } from '../services.js';
import type { Lifecycle, RolloutAction } from '../types.js';
import { activeHash, canaryTarget, isFastTracked, previewHash } from './facts.js';
import { postSlot } from './slots.js';

export interface Sizes {
  readonly actions: readonly RolloutAction[];
  /** The next scale-down deadline. */
  readonly until: EpochMs | undefined;
}

/** Stable keeps all its pods throughout; the canary gets its own beside them; older ones linger. Semantics: rollout-core 5.1 #6 */
export function planBlueGreenSizes(context: RolloutContext, strategy: BlueGreenStrategy, life: Lifecycle): Sizes {
  const { canary, stable, replicas } = context;
  const stableActions =
    stable === undefined || stable === canary ? [] : [...withoutDeadline(stable), ...scaleTo(stable, replicas, replicas, true)];
  const own = planCanary(context, strategy, life);
  const others = planOthers(context, strategy, life);
  const times = [own.until, others.until].filter((at) => at !== undefined);
  return {
    actions: [...stableActions, ...own.actions, ...others.actions],
    until: times.length === 0 ? undefined : Math.min(...times),
  };
}

function planCanary(context: RolloutContext, strategy: BlueGreenStrategy, life: Lifecycle): Sizes {
  const { canary, replicas, status } = context;
  if (canary === undefined) return { actions: [], until: undefined };
  if (status.abort && !context.isFullyPromoted) return planAborted(context, strategy, canary);
  return { actions: [...withoutDeadline(canary), ...scaleTo(canary, canaryTarget(context, strategy, life), replicas)], until: undefined };
}

/**
 * The aborted version keeps its pods for a while after stable can serve, then loses them; with a delay of 0 it keeps them. It never loses
 * them while users still reach it, and never gets more. Its deadline stays as a mark until it is tried again.
 * Semantics: rollout-core 9.2
 */
function planAborted(context: RolloutContext, strategy: BlueGreenStrategy, canary: ReplicaSet): Sizes {
  const { stable, replicas, seen } = context;
  const delaySeconds = strategy.abortScaleDownDelaySeconds ?? defaultScaleDownDelaySeconds;
  const isStableReady = stable !== undefined && stable.available >= replicas;
  const isReached = activeHash(context, strategy) === canary.hash;
  if (delaySeconds === 0 || canary.replicas === 0 || !isStableReady || isReached) return { actions: [], until: undefined };
  const until = deadlineOf(canary);
  if (until === undefined) {
    const deadline = seen.now + delaySeconds * 1_000;
    return { actions: updateOf(canary, { annotations: { [keys.scaleDownDeadline]: renderTime(deadline) } }), until: deadline };
  }
  return until > seen.now ? { actions: [], until } : { actions: scaleTo(canary, 0, replicas), until: undefined };
}

/** Semantics: rollout-core 4.6, blue-green */
function planOthers(context: RolloutContext, strategy: BlueGreenStrategy, life: Lifecycle): Sizes {
  const { status, seen, replicas } = context;
  const isReferenced = (rs: ReplicaSet): boolean =>
    [status.stableRS, activeHash(context, strategy), previewHash(context, strategy)].includes(rs.hash) || isServed(context, rs);
  const olds = [...context.others].sort((a, b) => b.revision - a.revision).filter((rs) => rs.replicas > 0 && !isReferenced(rs));
  if (olds.length === 0 || mustKeepOthers(context, strategy, life)) return { actions: [], until: undefined };
  return planDelayedScaleDown(olds, {
    now: seen.now,
    delaySeconds: strategy.scaleDownDelaySeconds ?? defaultScaleDownDelaySeconds,
    limit: strategy.scaleDownDelayRevisionLimit,
    sizeWhileLingering: () => replicas,
    desired: replicas,
  });
}

function mustKeepOthers(context: RolloutContext, strategy: BlueGreenStrategy, life: Lifecycle): boolean {
  if (hasPause(life, 'InconclusiveAnalysisRun')) return true;
  if (postSlot(strategy) === undefined || strategy.scaleDownDelaySeconds !== undefined || isFastTracked(context, life)) return false;
  return life.postRun?.status !== 'Successful';
}

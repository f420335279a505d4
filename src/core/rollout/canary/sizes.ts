import { keys } from '../../../api/kube.js';
import type { CanaryStrategy } from '../../../api/rollout-types.js';
import type { ReplicaSet } from '../../../api/workload-types.js';
import { isCanaryAtSize, isStableAtSize } from '../../replicas/at-size.js';
import { basicCanaryTarget, planBasicCanary, type BasicCanary, type Pods } from '../../replicas/basic-canary.js';
import { podLimits } from '../../replicas/limits.js';
import { drainOthers } from '../../replicas/others.js';
import { canarySplit, type CanarySplit } from '../../replicas/split.js';
import type { RolloutContext } from '../context.js';
import { hasPause, lifecycleOf } from '../lifecycle.js';
import { scaleTo } from '../scaling.js';
import { isServed } from '../services.js';
import type { RolloutAction } from '../types.js';
import { desiredWeight, maxWeightOf, stepIndexOf, weightAtStep } from './weight.js';

/** Writes that bring the ReplicaSets of a canary without traffic router one pass nearer to the sizes the stored status asks for. */
export function planCanarySizes(context: RolloutContext, strategy: CanaryStrategy): readonly RolloutAction[] {
  if (!isHalted(context)) return sizesForWeight(context, strategy, desiredWeight(context, strategy));
  return isResized(context) ? planHeldSizes(context, strategy) : [];
}

/** Sizes after spec.replicas in the proportion there is, without going on towards the step's weight. */
export function planHeldSizes(context: RolloutContext, strategy: CanaryStrategy): readonly RolloutAction[] {
  return sizesForWeight(context, strategy, heldWeight(context, strategy));
}

/** Whether spec.replicas changed since the ReplicaSets were sized. */
export function isResized({ canary, stable, replicas }: RolloutContext): boolean {
  return [canary, stable].some((rs) => rs !== undefined && (rs.replicas > 0 || stable === rs) && madeFor(rs) !== replicas);
}

/**
 * A user's pause and an inconclusive analysis stop the way to the next size, but an autoscaler still gets its pods, in the same
 * proportion (rollout-core 10 #9). An abort goes through.
 */
function isHalted(context: RolloutContext): boolean {
  if (context.status.abort) return false;
  return context.spec.paused || hasPause(lifecycleOf(context.status), 'InconclusiveAnalysisRun');
}

/** Sizes on the way to `weight`, as writes: stable first, then the canary, then the others. */
export function sizesForWeight(context: RolloutContext, strategy: CanaryStrategy, weight: number): readonly RolloutAction[] {
  const { canary, stable, replicas } = context;
  const sizes = nextSizes(stateOf(context, strategy, weight), context);
  const canaryActions = canary === undefined ? [] : scaleTo(canary, sizes.canary, replicas);
  if (stable === undefined || stable === canary) return [...canaryActions, ...drain(context, strategy)];
  return [...scaleTo(stable, sizes.stable, replicas, sizes.stable >= stable.replicas), ...canaryActions, ...drain(context, strategy)];
}

function stateOf(context: RolloutContext, strategy: CanaryStrategy, weight: number): BasicCanary {
  const { canary, stable, replicas } = context;
  return {
    replicas,
    weight,
    maxWeight: maxWeightOf(strategy),
    ...podLimits(replicas, strategy.maxSurge, strategy.maxUnavailable),
    canary: podsOf(canary),
    stable: stable === undefined || stable === canary ? undefined : podsOf(stable),
    others: context.others.reduce((sum, rs) => sum + rs.replicas, 0),
    othersAvailable: context.others.reduce((sum, rs) => sum + Math.min(rs.available, rs.replicas), 0),
  };
}

function podsOf(rs: ReplicaSet | undefined): Pods {
  return { wanted: rs?.replicas ?? 0, available: rs?.available ?? 0 };
}

/**
 * Two passes of the arithmetic in one: stable's new size is written first, so the canary may use the room it leaves. An aborted canary
 * never grows (I4).
 */
function nextSizes(state: BasicCanary, context: RolloutContext): CanarySplit {
  const first = keepServed(planBasicCanary(state), context);
  const second = state.stable === undefined ? first : planBasicCanary({ ...state, stable: { ...state.stable, wanted: first.stable } });
  const canary = context.status.abort ? Math.min(second.canary, state.canary.wanted) : second.canary;
  return keepServed({ canary, stable: first.stable }, context);
}

/**
 * The last pod of a ReplicaSet stays while a Service still points there (I2, I3). The Service is switched as soon as the other side has
 * an available pod, and the next pass lets go.
 */
function keepServed(sizes: CanarySplit, context: RolloutContext): CanarySplit {
  const { canary, stable, replicas } = context;
  if (replicas === 0) return sizes;
  const atLeastOne = (rs: ReplicaSet | undefined, size: number): number => (size === 0 && isServed(context, rs) ? 1 : size);
  return {
    canary: canary !== undefined && canary.replicas > 0 ? atLeastOne(canary, sizes.canary) : sizes.canary,
    stable: stable !== undefined && stable.replicas > 0 ? atLeastOne(stable, sizes.stable) : sizes.stable,
  };
}

function drain(context: RolloutContext, strategy: CanaryStrategy): readonly RolloutAction[] {
  const { others, owned, replicas } = context;
  const active = [...others].reverse().filter((rs) => rs.replicas > 0);
  if (active.length === 0) return [];
  const { unavailable } = podLimits(replicas, strategy.maxSurge, strategy.maxUnavailable);
  const available = owned.reduce((sum, rs) => sum + Math.min(rs.available, rs.replicas), 0);
  const sizes = drainOthers(active.sort((a, b) => b.revision - a.revision).map(podsOf), available, replicas - unavailable);
  return active.flatMap((rs, i) => {
    const size = Math.max(sizes[i] ?? rs.replicas, isServed(context, rs) && replicas > 0 ? 1 : 0);
    return scaleTo(rs, Math.min(size, rs.replicas), replicas);
  });
}

/**
 * The weight whose proportion is kept. The canary's size tells under which weight it was set: that of its step, that of the step before,
 * or, mid-way, none of both.
 */
function heldWeight(context: RolloutContext, strategy: CanaryStrategy): number {
  const { canary, stable, replicas } = context;
  const all = maxWeightOf(strategy);
  if (context.isFullyPromoted || stable === undefined) return all;
  const index = stepIndexOf(context, strategy);
  const maySurge = podLimits(replicas, strategy.maxSurge, strategy.maxUnavailable).surge > 0;
  const pods = canary?.replicas ?? 0;
  const before = madeFor(canary) ?? madeFor(stable) ?? replicas;
  const weights = [weightAtStep(strategy, index), index === 0 ? 0 : weightAtStep(strategy, index - 1)];
  return weights.find((weight) => canarySplit(before, weight, all, maySurge).canary === pods) ?? ratio(pods, stable.replicas, all);
}

function ratio(canary: number, stable: number, maxWeight: number): number {
  return canary + stable === 0 ? 0 : (canary * maxWeight) / (canary + stable);
}

/** spec.replicas at the time of the last scaling; undefined when nobody noted it. */
function madeFor(rs: ReplicaSet | undefined): number | undefined {
  const text = rs?.metadata.annotations?.[keys.desiredReplicas];
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/**
 * Whether all ReplicaSets have the sizes a weight asks for, by counts that belong to the sizes last written.
 *
 * Semantics: rollout-core 4.4, basic canary. Differs: a count from before our last write does not count.
 */
export function isAtSize(context: RolloutContext, strategy: CanaryStrategy, weight: number): boolean {
  const { canary, stable } = context;
  if (canary === undefined || !canary.observed) return false;
  const target = keepServed(basicCanaryTarget(stateOf(context, strategy, weight)), context);
  if (!isCanaryAtSize(podsOf(canary), target.canary, strategy.replicaProgressThreshold)) return false;
  if (context.others.some((rs) => rs.available > 0)) return false;
  if (stable === undefined || stable === canary) return true;
  return stable.observed && isStableAtSize({ ...podsOf(stable), actual: stable.actual }, target.stable);
}

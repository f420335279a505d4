import { canarySplit, type CanarySplit } from './split.js';

/** A ReplicaSet as scaling rules see it: pods wanted (spec.replicas) and pods available. */
export interface Pods {
  readonly wanted: number;
  readonly available: number;
}

export interface BasicCanary {
  /** spec.replicas, pods. */
  readonly replicas: number;
  /** Weight the canary is to reach, 0..maxWeight. */
  readonly weight: number;
  readonly maxWeight: number;
  /** Pods that may exist beyond `replicas` / be missing from it (podLimits). */
  readonly surge: number;
  readonly unavailable: number;
  readonly canary: Pods;
  /** Undefined when there is none yet, or when the canary is the stable ReplicaSet. */
  readonly stable: Pods | undefined;
  /** Pods wanted by all other ReplicaSets together, and how many of them are available; absent: all. */
  readonly others: number;
  readonly othersAvailable?: number;
}

/**
 * The split a canary without traffic router is on its way to.
 *
 * @returns all pods for the canary while there is no other stable ReplicaSet
 * Semantics: rollout-core 4.2
 */
export function basicCanaryTarget(state: Pick<BasicCanary, 'replicas' | 'weight' | 'maxWeight' | 'surge' | 'stable'>): CanarySplit {
  if (state.stable === undefined) return { canary: state.replicas, stable: 0 };
  return canarySplit(state.replicas, state.weight, state.maxWeight, state.surge > 0);
}

/**
 * Sizes that may be set now, on the way to the target: never more than replicas + surge pods in all, never fewer than
 * replicas - unavailable available ones through a shrinking of ours. Growing comes first, stable before canary; nothing shrinks while
 * other ReplicaSets still have pods, as those go first; only where those cannot go, pods that are of no use make room.
 *
 * @returns pods for each; equal to `wanted` where nothing may change yet
 * Semantics: rollout-core 4.2, one pass. Availability of the side that shrinks does not count (a crash-looping stable does not block),
 * that of the side that grows does.
 */
export function planBasicCanary(state: BasicCanary): CanarySplit {
  const target = basicCanaryTarget(state);
  const grown = grow(state, target);
  if (state.others > 0) return isStuck(state) ? withoutDeadWeight(state, grown, target) : grown;
  const canaryGrows = target.canary >= state.canary.wanted;
  const floor = state.replicas - state.unavailable;
  const counted = countedPods(state.canary, !canaryGrows) + countedPods(state.stable, canaryGrows);
  const spare = counted - floor;
  if (spare <= 0) return grown;
  return canaryGrows ? shrinkStable(state, grown, target, spare) : shrinkCanary(state, grown, target, spare);
}

function grow(state: BasicCanary, target: CanarySplit): CanarySplit {
  const sizes = { canary: state.canary.wanted, stable: state.stable?.wanted ?? 0 };
  let room = state.replicas + state.surge - (state.others + sizes.canary + sizes.stable);
  if (sizes.stable < target.stable && room > 0) {
    const reached = sizes.stable + room;
    room = reached <= target.stable ? 0 : reached - target.stable;
    sizes.stable = Math.min(target.stable, reached);
  }
  if (sizes.canary < target.canary && room > 0) sizes.canary = Math.min(target.canary, sizes.canary + room);
  return sizes;
}

/**
 * Nobody can move: there is no room to grow, and the other ReplicaSets cannot go because every available pod is needed.
 * Upstream stays there until a person helps.
 */
function isStuck(state: BasicCanary): boolean {
  const { canary, stable, others, othersAvailable = others } = state;
  const wanted = canary.wanted + (stable?.wanted ?? 0) + others;
  const available = canary.available + (stable?.available ?? 0) + othersAvailable;
  return wanted >= state.replicas + state.surge && available <= state.replicas - state.unavailable;
}

/** Pods that are not available and are to go anyway make room at nobody's cost. */
function withoutDeadWeight({ canary, stable }: BasicCanary, grown: CanarySplit, target: CanarySplit): CanarySplit {
  const trim = (pods: Pods | undefined, size: number, wanted: number): number =>
    pods === undefined || size <= wanted ? size : Math.max(wanted, Math.min(size, pods.available));
  return { canary: trim(canary, grown.canary, target.canary), stable: trim(stable, grown.stable, target.stable) };
}

/** Pods of a ReplicaSet that count as serving; what it is about to get does not, as it is not available yet. */
function countedPods(pods: Pods | undefined, ignoresAvailability: boolean): number {
  if (pods === undefined) return 0;
  if (pods.wanted < pods.available || ignoresAvailability) return pods.wanted;
  return pods.available;
}

function shrinkStable(state: BasicCanary, grown: CanarySplit, target: CanarySplit, spare: number): CanarySplit {
  const stable = grown.stable > target.stable ? Math.max(target.stable, grown.stable - spare) : grown.stable;
  const limited = limitTotal(state, { pods: state.stable, size: stable }, { pods: state.canary, size: grown.canary });
  return { canary: limited.other, stable: limited.drained };
}

function shrinkCanary(state: BasicCanary, grown: CanarySplit, target: CanarySplit, spare: number): CanarySplit {
  const canary = grown.canary > target.canary ? Math.max(target.canary, grown.canary - spare) : grown.canary;
  const limited = limitTotal(state, { pods: state.canary, size: canary }, { pods: state.stable, size: grown.stable });
  return { canary: limited.drained, stable: limited.other };
}

interface Side {
  readonly pods: Pods | undefined;
  readonly size: number;
}

/** Brings the sum below the cap: first from the side that grows, as long as enough stay available, the rest from the drained side. */
function limitTotal(state: BasicCanary, drained: Side, other: Side): { readonly drained: number; readonly other: number } {
  const cap = state.replicas + state.surge;
  const floor = state.replicas - state.unavailable;
  const otherAvailable = other.pods?.available ?? 0;
  let otherSize = other.size - Math.max(0, drained.size + other.size - cap);
  const availableNow = Math.min(drained.pods?.available ?? 0, drained.size) + Math.min(otherAvailable, otherSize);
  otherSize += Math.min(Math.max(0, otherAvailable - otherSize), Math.max(0, floor - availableNow));
  return { drained: drained.size - Math.max(0, drained.size + otherSize - cap), other: otherSize };
}

import type { EpochMs } from '../../lib/scheduler.js';
import { podsForWeight } from '../replicas/routed-canary.js';
import type { Feed } from './feeds.js';
import type { WeightRange } from './types.js';

/*
 * The barrier: how much of what a Rollout wants of its traffic may happen now. It stands once, for every router and for plain Services.
 *
 * One pass of a plan asks in this order, each question with the observation of that pass:
 *
 * 1. `wantedWeight`: which canary weight the state of the Rollout asks for (traffic 1.4).
 * 2. `foldManagedRoutes`: which header and mirror routes its steps have asked for so far (traffic 1.13 #4).
 * 3. `assessWeight`: which weight may be set now. A raise waits for the canary's pods, a fall moves what stable can take.
 *    Header and mirror routes exist only where both `WantedWeight.routes` and `WeightAnswer.mayPin` say so.
 * 4. `planSplit`: the split to apply, whose weights add up (I10).
 * 5. `assessSwitch`: whether a Service may move its selector, or an Istio subset its hash (a subset is a Service in all but name).
 * 6. `assessShrink`: to how many pods a ReplicaSet may shrink. Growing needs no question.
 *
 * What a caller must keep from pass to pass, in the cluster (I6):
 * - since when each router's declaration has been settled and unchanged. It starts anew whenever the split asked for changes, or a pass finds the
 *   router unsettled. Unknown counts as just now: every wait begins again, which is safe;
 * - for each ReplicaSet when a Service or a subset last left it. Until the drain time has passed it has one more feed, of weight 0, settled since
 *   then; and as `alsoServes` of a Service that is to come back to it everything counts, maxWeight.
 *
 * Promotion in this order loses no request: weight to all, settle, drain, stable Service to the new version, its endpoints published, weight 0,
 * settle, drain, old version to 0. An abort: weight down as far as stable bears, settle, drain, canary Service to stable, canary to 0. A third
 * version: weight 0, settle, drain, canary Service to the third, second to 0. What differs between them is only what is wanted, not the barrier.
 */

/** Why the barrier lets something through, or what it waits for. Closed: `explain` has a sentence for each. */
export type BarrierReason =
  /** Nothing to wait for. */
  | 'Clear'
  /** The weight would rise, and the canary has not the available pods that it takes. */
  | 'CanaryNotAvailable'
  /** It has, but not all of their endpoints are published. */
  | 'CanaryNotPublished'
  /** The weight would fall, and stable cannot serve all that comes back: only what it can is moved. */
  | 'StableNotAvailable'
  /** A router's objects do not say what was asked for last. */
  | 'RouteNotWritten'
  /** They do, and the data plane serves something older. */
  | 'RouteNotConfirmed'
  /** The data plane has taken over; requests under way get the drain time. */
  | 'Draining'
  /** The ReplicaSet is still sent more than fewer pods could serve. */
  | 'StillRouted'
  /** The Service would point at a ReplicaSet without an available pod. */
  | 'TargetNotAvailable'
  /** The Service was not ours so far and may have reached anybody: all pods of its new target have to be available. */
  | 'TargetIncomplete'
  /** The target has too few available pods for what comes by way of the Service. */
  | 'TargetTooSmall';

/** What one side can serve. */
export interface Capacity {
  /** Available pods. */
  readonly available: number;
  /** Pods with a published, ready endpoint; absent where there is no EndpointSlice to ask (subsets). */
  readonly published?: number;
  /** Pods the spec itself gives this side for its weight (setCanaryScale): they are enough, be they fewer than the weight would take. */
  readonly pledged?: number;
  /** `replicaProgressThreshold` is met: enough, as long as there is a pod at all. */
  readonly enough?: boolean;
}

export interface WeightQuestion {
  /** spec.replicas. */
  readonly replicas: number;
  readonly maxWeight: number;
  /** The canary weight wanted, 0..maxWeight (wanted-weight.ts). */
  readonly wanted: number;
  /** Declared now, over all routes of all routers (`canaryRange`). */
  readonly declared: WeightRange;
  readonly canary: Capacity;
  readonly stable: Capacity;
}

export interface WeightAnswer {
  /** The canary weight that may be set now, 0..maxWeight; not below `wanted` when it has to fall, nor above when it has to rise. */
  readonly weight: number;
  readonly reason: BarrierReason;
  /** Header and mirror routes to the canary may exist: it has a pod to answer. */
  readonly mayPin: boolean;
}

/**
 * The canary weight that may be set now.
 *
 * It rises in one go as soon as the canary's pods for it are available and published, and not before. It falls to the lowest weight that leaves
 * stable no more than it can serve: all the way when stable is complete, and, unlike upstream's all or nothing, part of the way when it is not.
 * A canary without pods gets nothing (I2), whatever that does to stable.
 *
 * 10 pods, 60 declared, 0 wanted: 0 with 10 available stable pods, 30 with 7, 60 with 4.
 * Semantics: traffic 1.4 a and 1.13 #2. Differs: stable needs a pod for any weight; a raise asks nothing of an ill stable, which it relieves
 */
export function assessWeight(question: WeightQuestion): WeightAnswer {
  const { wanted, declared, canary, stable } = question;
  const mayPin = serving(canary) > 0;
  const rises = wanted > declared.min;
  if (!mayPin) return { weight: 0, reason: rises ? unavailable(canary) : 'Clear', mayPin };
  if (rises && !canServe(question, canary, wanted)) {
    const held = fallTo(question, declared.min);
    return { weight: held, reason: unavailable(canary), mayPin };
  }
  if (wanted >= declared.max || canTakeBack(question, stable, wanted)) return { weight: wanted, reason: 'Clear', mayPin };
  return { weight: fallTo(question, wanted), reason: 'StableNotAvailable', mayPin };
}

/**
 * The nearest weight to `goal` that stable can bear, and no higher than the routes are declared anyway. Where routes differ (somebody edited one),
 * the lower ones are not raised beyond what the canary can serve: of two sides that are both too small, the canary gets less.
 */
function fallTo(question: WeightQuestion, goal: number): number {
  const { replicas, maxWeight, declared, canary, stable } = question;
  if (goal >= declared.max || canTakeBack(question, stable, goal)) return goal;
  const carried = replicas === 0 ? maxWeight : Math.min(maxWeight, Math.floor((maxWeight * serving(stable)) / replicas));
  const least = Math.min(declared.max, Math.max(goal, maxWeight - carried));
  return least > declared.min && !canServe(question, canary, least) ? goal : least;
}

function canServe({ replicas, maxWeight }: WeightQuestion, canary: Capacity, weight: number): boolean {
  return canary.enough === true || serving(canary) >= needed(replicas, weight, maxWeight, canary.pledged);
}

/** Upstream rounds down here, so that one missing pod of ten blocks no abort at 5 of 100; yet nobody is sent to no pods at all. */
function canTakeBack({ replicas, maxWeight }: WeightQuestion, stable: Capacity, canaryWeight: number): boolean {
  const rest = maxWeight - canaryWeight;
  if (rest === 0 || replicas === 0) return true;
  if (stable.enough === true && serving(stable) > 0) return true;
  return serving(stable) >= Math.max(1, Math.floor((rest * replicas) / maxWeight));
}

function serving({ available, published = available }: Capacity): number {
  return Math.min(available, published);
}

function unavailable({ available, published = available }: Capacity): BarrierReason {
  return published < available ? 'CanaryNotPublished' : 'CanaryNotAvailable';
}

/** Pods that a weight takes: as many as the spec gives it, and for any weight one, unless no pods are wanted at all. */
function needed(replicas: number, weight: number, maxWeight: number, pledged = Infinity): number {
  return weight <= 0 || replicas === 0 ? 0 : Math.max(1, Math.min(pledged, podsForWeight(replicas, weight, maxWeight)));
}

export interface ShrinkQuestion {
  readonly now: EpochMs;
  /** Time that requests under way get after the data plane has taken over, 0 or more. */
  readonly drainMs: number;
  readonly replicas: number;
  readonly maxWeight: number;
  /** Pods the ReplicaSet is to have now (its spec.replicas). */
  readonly size: number;
  /** Pods it should have. */
  readonly target: number;
  /** Everything that leads to it, and everything that did so until lately. */
  readonly feeds: readonly Feed[];
  /** As in Capacity. */
  readonly pledged?: number;
}

export interface ShrinkAnswer {
  /** Pods that may be asked for now: at least `target`. Beyond `size` only where `target` is. */
  readonly size: number;
  readonly reason: BarrierReason;
  /** Name of the feed that is waited for. */
  readonly feed?: string;
  /** When the drain time is over. */
  readonly until?: EpochMs;
}

/**
 * How far a ReplicaSet may shrink now (I3). Growing is always free.
 *
 * While a feed is unwritten, unconfirmed or draining nobody knows what still comes, so that pods for all traffic stay, `replicas`, or all it has.
 * After that it may go down to what the heaviest feed takes. The routers of one Rollout share its traffic out, so their weights do not add up.
 *
 * 10 pods wanted in all, size 6, target 0, a settled route of 20: 2. The same, settled 5 s ago with 30 s of drain time: 6 until 25 s from now.
 */
export function assessShrink(question: ShrinkQuestion): ShrinkAnswer {
  const { size, target, feeds, replicas, maxWeight, pledged } = question;
  if (target >= size || replicas === 0) return { size: target, reason: 'Clear' };
  const wait = firstWait(feeds, question);
  const least = wait === undefined ? podsToStay(feeds, replicas, maxWeight, pledged) : replicas;
  const next = Math.min(size, Math.max(target, least));
  if (next === target) return { size: next, reason: 'Clear' };
  return { size: next, ...(wait ?? { reason: 'StillRouted' as const, feed: heaviest(feeds)?.name ?? '' }) };
}

function podsToStay(feeds: readonly Feed[], replicas: number, maxWeight: number, pledged: number | undefined): number {
  const least = feeds.some(({ pinned }) => pinned) ? 1 : 0;
  return Math.max(least, needed(replicas, heaviest(feeds)?.weight ?? 0, maxWeight, pledged));
}

interface Wait {
  readonly reason: BarrierReason;
  readonly feed: string;
  readonly until?: EpochMs;
}

function firstWait(feeds: readonly Feed[], clock: Pick<ShrinkQuestion, 'now' | 'drainMs'>): Wait | undefined {
  const waits = feeds.map((feed) => waitFor(feed, clock)).filter((wait) => wait !== undefined);
  // What needs somebody's deed is told before what only needs time.
  return waits.find(({ reason }) => reason !== 'Draining') ?? waits.sort((a, b) => (b.until ?? 0) - (a.until ?? 0))[0];
}

/** What has to happen before a feed's declared weight can be relied on. */
function waitFor(feed: Feed, { now, drainMs }: Pick<ShrinkQuestion, 'now' | 'drainMs'>): Wait | undefined {
  if (feed.settlement === 'unwritten') return { reason: 'RouteNotWritten', feed: feed.name };
  if (feed.settlement === 'unconfirmed') return { reason: 'RouteNotConfirmed', feed: feed.name };
  const until = (feed.since ?? now) + drainMs;
  return until > now ? { reason: 'Draining', feed: feed.name, until } : undefined;
}

function heaviest(feeds: readonly Feed[]): Feed | undefined {
  return feeds.reduce<Feed | undefined>((most, feed) => (most === undefined || feed.weight > most.weight ? feed : most), undefined);
}

export interface SwitchQuestion {
  readonly now: EpochMs;
  readonly drainMs: number;
  readonly replicas: number;
  readonly maxWeight: number;
  /** Everything that reaches pods by way of this Service, with what it sends through it. */
  readonly feeds: readonly Feed[];
  /** Weight that reaches the target already by other ways, 0..maxWeight; maxWeight while something that led there is still draining. */
  readonly alsoServes: number;
  /** The ReplicaSet the Service is to point at: its available pods, spec.replicas, and as in Capacity. */
  readonly target: { readonly available: number; readonly size: number; readonly pledged?: number };
  /** Available pods of the ReplicaSet it points at now; undefined: it points at none of ours. */
  readonly source: { readonly available: number } | undefined;
}

export interface SwitchAnswer {
  readonly may: boolean;
  readonly reason: BarrierReason;
  readonly feed?: string;
  readonly until?: EpochMs;
}

/**
 * Whether a Service may point at another ReplicaSet now (I2, and I3 for what comes with it).
 *
 * The target needs an available pod; all of them when the Service was not ours so far; and as many as the weight takes that arrives in the end.
 * A weight that is unwritten, unconfirmed or still draining counts as all traffic. Away from a ReplicaSet without pods one pod is better.
 *
 * 10 pods, the canary Service carries a settled 0: one available pod will do. It carries 50, stable has the other 50 and is the target: 10.
 * Semantics: traffic 1.7 and 1.13. Differs: upstream never asks for more than one pod, and in an abort for none
 */
export function assessSwitch(question: SwitchQuestion): SwitchAnswer {
  const { target, source, feeds, replicas, maxWeight, alsoServes } = question;
  if (target.available === 0 || replicas === 0) return { may: false, reason: 'TargetNotAvailable' };
  if (source === undefined && target.available < target.size) return { may: false, reason: 'TargetIncomplete' };
  if (source?.available === 0) return { may: true, reason: 'Clear' };
  const wait = firstWait(feeds, question);
  const comes = wait === undefined ? (heaviest(feeds)?.weight ?? 0) : maxWeight;
  const total = comes === 0 ? 0 : Math.min(maxWeight, comes + alsoServes);
  if (target.available >= Math.max(1, needed(replicas, total, maxWeight, target.pledged))) return { may: true, reason: 'Clear' };
  return { may: false, ...(wait ?? { reason: 'TargetTooSmall' as const }) };
}

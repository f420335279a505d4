import { keys } from '../../../../api/kube.js';
import type { CanaryStrategy } from '../../../../api/rollout-types.js';
import type { ReplicaSet } from '../../../../api/workload-types.js';
import type { EpochMs } from '../../../../lib/scheduler.js';
import { renderTime } from '../../../../lib/time.js';
import { abortStepDownWeight } from '../../../replicas/routed-canary.js';
import { assessShrink, type ShrinkAnswer } from '../../../traffic/barrier.js';
import type { RolloutContext } from '../../context.js';
import { hasPause, lifecycleOf } from '../../lifecycle.js';
import { deadlineOf, defaultScaleDownDelaySeconds, hasDeadline, planDelayedScaleDown, withoutDeadline } from '../../scale-down.js';
import { scaleTo, updateOf } from '../../scaling.js';
import { selectedHash } from '../../services.js';
import type { RolloutAction } from '../../types.js';
import { isResized } from '../sizes.js';
import { maxWeightOf, partOf } from '../weight.js';
import { pledgedPods, routedTargets } from './targets.js';
import type { TrafficPlan } from './traffic.js';
import { feedsOf, leadsTo, type TrafficView } from './view.js';

export interface RoutedSizes {
  readonly actions: readonly RolloutAction[];
  /** What keeps a ReplicaSet from its size. */
  readonly waits: (ShrinkAnswer & { readonly replicaSet: string }) | undefined;
  /** The next scale-down deadline. */
  readonly until: EpochMs | undefined;
}

interface Sizing {
  readonly context: RolloutContext;
  readonly strategy: CanaryStrategy;
  readonly view: TrafficView;
  readonly traffic: TrafficPlan;
}

/** One pass nearer to the sizes the stored status asks for; nothing shrinks below what is still sent to it (I3). Semantics: rollout-core 4.3, 4.6 */
export function planRoutedSizes(sizing: Sizing): RoutedSizes {
  const { context } = sizing;
  const { stable, canary } = context;
  if (isHalted(context) && !isResized(context)) return joined([]);
  const stablePlan = stable === undefined || stable === canary ? [] : [planStable(sizing, stable)];
  const canaryPlan = canary === undefined ? [] : [planCanary(sizing, canary)];
  return joined([...stablePlan, ...canaryPlan, planOthers(sizing)]);
}

function isHalted({ status, spec }: RolloutContext): boolean {
  if (status.abort) return false;
  return spec.paused || hasPause(lifecycleOf(status), 'InconclusiveAnalysisRun');
}

function joined(plans: readonly RoutedSizes[]): RoutedSizes {
  const times = plans.flatMap(({ until }) => until ?? []);
  return {
    actions: plans.flatMap(({ actions }) => actions),
    waits: plans.find(({ waits }) => waits !== undefined)?.waits,
    until: times.length === 0 ? undefined : Math.min(...times),
  };
}

function planStable(sizing: Sizing, stable: ReplicaSet): RoutedSizes {
  const { context, strategy } = sizing;
  const target = strategy.dynamicStableScale ? targets(sizing).stable : context.replicas;
  const sized = resize(sizing, stable, target);
  return { ...sized, actions: [...withoutDeadline(stable), ...sized.actions] };
}

function targets({ context, strategy }: Sizing): ReturnType<typeof routedTargets> {
  return context.status.abort ? routedTargets(context, strategy, stepDownWeight(context, strategy)) : routedTargets(context, strategy);
}

/** Stable grows to what the next lower weight takes, then the weight follows. Semantics: rollout-core 4.3 */
function stepDownWeight({ canary, stable, replicas }: RolloutContext, strategy: CanaryStrategy): number {
  if (!strategy.dynamicStableScale || canary === undefined || stable === undefined) return 0;
  const weights = strategy.steps.flatMap((step) => partOf(step, 'setWeight')?.weight ?? []);
  const keepsCanary = (strategy.abortScaleDownDelaySeconds ?? 0) > 0;
  return abortStepDownWeight(replicas, maxWeightOf(strategy), weights, canary, stable, keepsCanary);
}

function planCanary(sizing: Sizing, canary: ReplicaSet): RoutedSizes {
  const { context } = sizing;
  if (context.status.abort && !context.isFullyPromoted) return planAborted(sizing, canary);
  const sized = resize(sizing, canary, targets(sizing).canary);
  return { ...sized, actions: [...withoutDeadline(canary), ...sized.actions] };
}

function resize(sizing: Sizing, rs: ReplicaSet, target: number): RoutedSizes {
  const answer = shrinkTo(sizing, rs, target);
  const actions = scaleTo(rs, answer.size, sizing.context.replicas, answer.size > rs.replicas && rs === sizing.context.stable);
  return { actions, waits: waitOf(answer, rs), until: undefined };
}

function waitOf(answer: ShrinkAnswer, rs: ReplicaSet): RoutedSizes['waits'] {
  return answer.reason === 'Clear' ? undefined : { ...answer, replicaSet: rs.metadata.name };
}

function shrinkTo({ context, strategy, view, traffic }: Sizing, rs: ReplicaSet, target: number): ShrinkAnswer {
  const sides = { canary: leadsTo(view.canary, rs), stable: leadsTo(view.stable, rs) };
  const pledged = rs === context.canary ? pledgedPods(context, strategy) : undefined;
  // An idle side of ping-pong still names its version and leads nobody there.
  const least = context.replicas > 0 && rs.replicas > 0 && isReached(context, strategy, view, rs) ? 1 : 0;
  return assessShrink({
    now: context.seen.now,
    drainMs: view.drainMs,
    replicas: context.replicas,
    maxWeight: view.maxWeight,
    size: rs.replicas,
    target: Math.max(target, least),
    feeds: feedsOf(view, sides, traffic.isChanging),
    ...(pledged === undefined ? {} : { pledged }),
  });
}

/** Whether a Service or a subset leads somebody there. */
function isReached(context: RolloutContext, strategy: CanaryStrategy, view: TrafficView, rs: ReplicaSet): boolean {
  const isResting = context.isFullyPromoted || context.status.abort;
  const isIdle = strategy.pingPong !== undefined && isResting && view.isSettled && view.declared.max === 0;
  const ignored = isIdle ? view.canary.serviceName : undefined;
  const byService = [...context.seen.services.values()].some(
    (service) => service.metadata.name !== ignored && selectedHash(service) === rs.hash,
  );
  return byService || (!isIdle && leadsTo(view.canary, rs)) || leadsTo(view.stable, rs);
}

/**
 * The aborted version never grows. It shrinks with its weight under dynamicStableScale; else it is kept until stable is complete and no route leads
 * to it, for the delay, and then goes. A delay of 0 keeps what it has (rollout-core 10 #3).
 * Semantics: rollout-core 9.2
 */
function planAborted(sizing: Sizing, canary: ReplicaSet): RoutedSizes {
  const { context, strategy, view } = sizing;
  const explicit = strategy.abortScaleDownDelaySeconds;
  if (explicit === 0 || canary.replicas === 0) return joined([]);
  if (strategy.dynamicStableScale && explicit === undefined)
    return resize(sizing, canary, Math.min(canary.replicas, targets(sizing).canary));
  const isStableComplete = context.stable !== undefined && context.stable.available >= context.replicas;
  const end = shrinkTo(sizing, canary, 0);
  if (!isStableComplete || isReached(context, strategy, view, canary)) return { ...joined([]), waits: waitOf(end, canary) };
  const until = deadlineOf(canary);
  if (until === undefined && !(view.isSettled && !sizing.traffic.isChanging)) return { ...joined([]), waits: waitOf(end, canary) };
  if (until === undefined) return mark(canary, context.seen.now + (explicit ?? defaultScaleDownDelaySeconds) * 1_000);
  return until > context.seen.now ? { ...joined([]), until } : resize(sizing, canary, 0);
}

function mark(rs: ReplicaSet, until: EpochMs): RoutedSizes {
  return { ...joined([]), actions: updateOf(rs, { annotations: { [keys.scaleDownDeadline]: renderTime(until) } }), until };
}

/**
 * Earlier versions that nobody is led to any more linger for the delay, so that one can go back to them; also one that was superseded
 * half way (rollout-core 10 #10). Semantics: rollout-core 4.6
 */
function planOthers(sizing: Sizing): RoutedSizes {
  const { context, strategy, view, traffic } = sizing;
  const olds = [...context.others].sort((a, b) => b.revision - a.revision).filter((rs) => rs.replicas > 0);
  const [free, reached] = [
    olds.filter((rs) => !isReached(context, strategy, view, rs)),
    olds.filter((rs) => isReached(context, strategy, view, rs)),
  ];
  const waits = reached.map((rs) => waitOf(shrinkTo(sizing, rs, 0), rs)).find((wait) => wait !== undefined);
  if (free.length === 0 || (context.replicas > 0 && (!view.isSettled || traffic.isChanging))) return { ...joined([]), waits };
  const delaySeconds = strategy.dynamicStableScale ? 0 : (strategy.scaleDownDelaySeconds ?? defaultScaleDownDelaySeconds);
  const broken = free.filter((rs) => isBroken(rs));
  const useful = free.filter((rs) => !isBroken(rs));
  const ready = delaySeconds > 0 ? useful : useful.filter((rs) => shrinkTo(sizing, rs, 0).size === 0);
  const drains = useful.filter((rs) => !ready.includes(rs)).map((rs) => waitOf(shrinkTo(sizing, rs, 0), rs));
  const { actions, until } = planDelayedScaleDown(ready, {
    now: context.seen.now,
    delaySeconds,
    limit: strategy.scaleDownDelayRevisionLimit,
    sizeWhileLingering: (rs) => rs.replicas,
    desired: context.replicas,
  });
  const ends = broken.flatMap((rs) => scaleTo(rs, 0, context.replicas));
  return { actions: [...ends, ...actions], until, waits: waits ?? drains.find((wait) => wait !== undefined) };
}

/** A version that was given up before any pod of it worked is nothing one could go back to; one that breaks within its delay may recover. */
function isBroken(rs: ReplicaSet): boolean {
  return rs.observed && rs.available === 0 && !hasDeadline(rs);
}

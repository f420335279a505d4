import type { CanaryStrategy } from '../../../../api/rollout-types.js';
import type { ReplicaSet } from '../../../../api/workload-types.js';
import { meetsThreshold } from '../../../replicas/at-size.js';
import { assessSwitch, type SwitchAnswer, type SwitchQuestion } from '../../../traffic/barrier.js';
import type { RolloutContext } from '../../context.js';
import { pointAt, releaseServices } from '../../services.js';
import type { RolloutAction } from '../../types.js';
import { feedsOf, isAdopted, leadsTo, type Side, type TrafficView } from './view.js';

export interface ServicePlan {
  readonly actions: readonly RolloutAction[];
  /** The first Service that has to wait, and why. */
  readonly waits: (SwitchAnswer & { readonly service: string }) | undefined;
}

/**
 * Selectors of both sides. Each has one target, decided once (rollout-core 10 #5), and moves when the barrier lets it.
 * Semantics: rollout-core 6.1, 9.2; traffic 1.13
 */
export function planRoutedServices(context: RolloutContext, strategy: CanaryStrategy, view: TrafficView, isChanging: boolean): ServicePlan {
  const plans = [view.stable, view.canary].map((side) => planSwitch(context, strategy, view, side, isChanging));
  return {
    actions: [...plans.flatMap(({ actions }) => actions), ...releaseServices(context, namedServices(strategy))],
    waits: plans.find(({ waits }) => waits !== undefined)?.waits,
  };
}

function namedServices({ stableService, canaryService, pingPong }: CanaryStrategy): readonly (string | undefined)[] {
  return [stableService, canaryService, pingPong?.pingService, pingPong?.pongService];
}

function planSwitch(context: RolloutContext, strategy: CanaryStrategy, view: TrafficView, side: Side, isChanging: boolean): ServicePlan {
  const target = targetOf(context, strategy, view, side);
  const nothing: ServicePlan = { actions: [], waits: undefined };
  if (target === undefined || side.service === undefined) return nothing;
  const [action] = pointAt(context, side.service, target);
  if (action === undefined) return nothing;
  const answer = assessSwitch(switchQuestion(context, view, side, target, isChanging, strategy));
  if (!answer.may) return { actions: [], waits: { ...answer, service: side.service.metadata.name } };
  return { actions: [{ ...action, safe: target === context.stable }], waits: undefined };
}

/**
 * The version a side is to lead to. After an abort the canary side goes to stable, with dynamicStableScale only once it carries nothing any
 * more; ping-pong's idle side stays where it is.
 */
export function targetOf(context: RolloutContext, strategy: CanaryStrategy, view: TrafficView, side: Side): ReplicaSet | undefined {
  const { canary, stable, status, isFullyPromoted } = context;
  if (side.name === 'stable') return stable;
  if (strategy.pingPong !== undefined && (isFullyPromoted || status.abort)) return undefined;
  const carriesNothing = view.isSettled && view.declared.max === 0;
  if (isFullyPromoted) return strategy.dynamicStableScale && !carriesNothing ? undefined : canary;
  if (!status.abort) return canary;
  return strategy.dynamicStableScale && !carriesNothing ? undefined : stable;
}

export function switchQuestion(
  context: RolloutContext,
  view: TrafficView,
  side: Side,
  target: ReplicaSet,
  isChanging: boolean,
  strategy?: CanaryStrategy,
): SwitchQuestion {
  const { replicas, seen, owned } = context;
  const source = owned.find((rs) => side.hashes[0] === rs.hash && rs !== target);
  const threshold = strategy?.replicaProgressThreshold;
  const isEnough = threshold !== undefined && meetsThreshold(target.available, replicas, threshold);
  const whole = { available: target.available, size: target.replicas, ...(isEnough ? { pledged: target.available } : {}) };
  return {
    now: seen.now,
    drainMs: view.drainMs,
    replicas,
    maxWeight: view.maxWeight,
    feeds: feedsOf(view, { canary: side.name === 'canary', stable: side.name === 'stable' }, isChanging),
    alsoServes: otherWay(view, side, target),
    target: whole,
    source: isAdopted(side) ? { available: source?.available ?? 0 } : undefined,
  };
}

/** What reaches the target by the other side already. */
function otherWay({ canary, stable, declared, maxWeight }: TrafficView, side: Side, target: ReplicaSet): number {
  if (side.name === 'canary') return leadsTo(stable, target) ? maxWeight - declared.min : 0;
  return leadsTo(canary, target) ? declared.max : 0;
}

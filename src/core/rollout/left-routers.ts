import { routerNames } from './canary/routed/asked.js';
import type { RolloutContext } from './context.js';
import { lifecycleOf } from './lifecycle.js';
import type { RolloutAction, RolloutPlan } from './types.js';

/**
 * Takes back what routers made that the strategy no longer names: they would go on sending traffic by weights nobody looks after. Weights that
 * no router is left for are forgotten (rollout-core 10 #27).
 */
export function withoutLeftRouters(context: RolloutContext, plan: RolloutPlan): RolloutPlan {
  const { strategy } = context.spec;
  const routing = strategy.kind === 'canary' ? strategy.trafficRouting : undefined;
  const named = routing === undefined ? [] : routerNames(routing);
  const { traffic } = lifecycleOf(context.status);
  const left = Object.keys(traffic?.settledSince ?? {}).filter((kind) => !named.includes(kind));
  const actions = left.map((router): RolloutAction => ({ kind: 'removeTraffic', router, safe: true, gates: false }));
  const forgotten = routing === undefined && left.length === 0 ? { weights: undefined, traffic: undefined } : {};
  return { ...plan, actions: [...actions, ...plan.actions], next: { ...plan.next, ...forgotten } };
}

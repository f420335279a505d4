import type { CanaryStrategy } from '../../../../api/rollout-types.js';
import { isEqual } from '../../../../lib/equal.js';
import type { RolloutContext } from '../../context.js';
import { weightAtStep } from '../weight.js';
import { routesAt } from './asked.js';
import { routedTargets } from './targets.js';
import { trafficViewOf } from './view.js';

/**
 * Whether requests are shared out as the step asks: the routers were told so, their objects say so, and none knows better.
 * Semantics: rollout-core 3.5. Differs: upstream looks at counts of pods only and may pass a step whose weight was never written (traffic 8 #5)
 */
export function hasReachedWeight(context: RolloutContext, strategy: CanaryStrategy, index: number): boolean {
  const { trafficRouting, steps } = strategy;
  if (trafficRouting === undefined || steps.length === 0) return true;
  const view = trafficViewOf(context, strategy);
  if (view.routers.length === 0) return context.seen.traffic !== undefined;
  const weight = weightAtStep(strategy, index);
  return view.isSettled && view.asked?.canary.weight === weight && isOfCanary(context, view.asked.canary.podTemplateHash);
}

function isOfCanary({ canaryHash }: RolloutContext, hash: string | undefined): boolean {
  return hash === undefined || hash === canaryHash;
}

/** Whether header and mirror routes up to the step exist; without any canary pods there is nobody they could lead to, and they come later. */
export function hasReachedRoutes(context: RolloutContext, strategy: CanaryStrategy, index: number): boolean {
  const view = trafficViewOf(context, strategy);
  if (view.routers.length === 0) return context.seen.traffic !== undefined;
  if (routedTargets(context, strategy).canary === 0) return true;
  return view.isSettled && isEqual(routesAt(strategy, view.memory.routesStep), routesAt(strategy, index));
}

import type { CanaryStrategy, RolloutStatus, TrafficRouting } from '../../../../api/rollout-types.js';
import { foldManagedRoutes, noManagedRoutes, type ManagedRoutes } from '../../../traffic/managed-routes.js';
import type { TrafficSplit } from '../../../traffic/types.js';
import { lifecycleOf } from '../../lifecycle.js';

/**
 * The split that routers were last asked for, as the stored status tells it: what they say now is compared with it. Undefined before the first.
 * Somebody who edits the steps changes what their routes would be, and the split is asked for once more.
 */
export function splitAskedFor(status: RolloutStatus, strategy: CanaryStrategy): TrafficSplit | undefined {
  const { weights, traffic } = lifecycleOf(status);
  const routing = strategy.trafficRouting;
  if (weights === undefined || routing === undefined) return undefined;
  const { canary, stable, additional } = weights;
  return {
    maxWeight: routing.maxTrafficWeight,
    canary,
    stable,
    additional,
    ...routesAt(strategy, traffic?.routesStep),
    managedRoutes: routing.managedRoutes,
  };
}

export function routesAt(strategy: CanaryStrategy, step: number | undefined): ManagedRoutes {
  return step === undefined ? noManagedRoutes : foldManagedRoutes(strategy.steps, step);
}

/** Names of the Services of both sides, ping-pong resolved by who is stable now. Semantics: rollout-core 6.3 */
export function sideServices(
  strategy: CanaryStrategy,
  status: RolloutStatus,
): { readonly canary: string | undefined; readonly stable: string | undefined } {
  const { pingPong } = strategy;
  if (pingPong === undefined) return { canary: given(strategy.canaryService), stable: given(strategy.stableService) };
  const { pingService, pongService } = pingPong;
  return status.canary.stablePingPong === 'ping'
    ? { canary: pongService, stable: pingService }
    : { canary: pingService, stable: pongService };
}

function given(name: string | undefined): string | undefined {
  return name === '' ? undefined : name;
}

/** Names of the routers a strategy uses, as observations name them. */
export function routerNames({ routers, plugins }: TrafficRouting): readonly string[] {
  return [...Object.keys(routers), ...Object.keys(plugins).map((name) => (name === 'argoproj-labs/gatewayAPI' ? 'gatewayAPI' : name))];
}

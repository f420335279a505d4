import type { CanaryStrategy } from '../../../../api/rollout-types.js';
import type { RolloutContext } from '../../context.js';
import type { Lifecycle } from '../../types.js';
import { planRoutedSizes, type RoutedSizes } from './sizes.js';
import { planRoutedServices, type ServicePlan } from './switches.js';
import { planTraffic, type TrafficPlan } from './traffic.js';
import { trafficViewOf, type TrafficView } from './view.js';

/** What a pass does to everything that requests meet. */
export interface Routing {
  readonly view: TrafficView;
  readonly traffic: TrafficPlan;
  readonly services: ServicePlan;
  readonly sizes: RoutedSizes;
}

export function planRouting(context: RolloutContext, strategy: CanaryStrategy, life: Lifecycle): Routing {
  const view = trafficViewOf(context, strategy);
  const traffic = planTraffic(context, strategy, view, life);
  const services = planRoutedServices(context, strategy, view, traffic.isChanging);
  return { view, traffic, services, sizes: planRoutedSizes({ context, strategy, view, traffic }) };
}

import type { CanaryStrategy } from '../../../api/rollout-types.js';
import type { RolloutContext } from '../context.js';
import { terminateOtherExperiments } from '../experiments.js';
import { terminateOtherRuns } from '../runs.js';
import type { RolloutAction } from '../types.js';
import { planRoutedWhileInvalid } from './routed/plan.js';
import { planCanaryServices } from './service-targets.js';
import { isResized, planHeldSizes, sizesForWeight } from './sizes.js';

/** What goes on while a spec is invalid: an abort, and sizes after spec.replicas. The steps are not looked at, they may be what is wrong. */
export function planCanaryWhileInvalid(context: RolloutContext, strategy: CanaryStrategy): readonly RolloutAction[] {
  if (context.seen.specErrors.some(({ path }) => path === 'spec.replicas')) return [];
  if (strategy.trafficRouting !== undefined) return planRoutedWhileInvalid(context, strategy);
  if (context.status.abort && !context.isFullyPromoted) {
    return [
      ...planCanaryServices(context, strategy),
      ...terminateOtherRuns(context.seen, []),
      ...terminateOtherExperiments(context.seen, undefined),
      ...sizesForWeight(context, strategy, 0),
    ];
  }
  return isResized(context) ? planHeldSizes(context, strategy) : [];
}

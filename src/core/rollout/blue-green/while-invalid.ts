import type { BlueGreenStrategy } from '../../../api/rollout-types.js';
import type { RolloutContext } from '../context.js';
import { lifecycleOf } from '../lifecycle.js';
import { terminateOtherRuns } from '../runs.js';
import { scaleTo } from '../scaling.js';
import { pointAt } from '../services.js';
import type { RolloutAction } from '../types.js';
import { activeTarget } from './service-targets.js';
import { planBlueGreenSizes } from './sizes.js';

/** What goes on while a spec is invalid: an abort, and the size of every version that has pods. */
export function planBlueGreenWhileInvalid(context: RolloutContext, strategy: BlueGreenStrategy): readonly RolloutAction[] {
  if (context.seen.specErrors.some(({ path }) => path === 'spec.replicas')) return [];
  if (context.status.abort && !context.isFullyPromoted) {
    return [
      ...pointAt(context, context.seen.services.get(strategy.activeService), activeTarget(context, strategy)),
      ...terminateOtherRuns(context.seen, []),
      ...planBlueGreenSizes(context, strategy, lifecycleOf(context.status)).actions,
    ];
  }
  const { stable, canary, replicas } = context;
  const stableActions = stable === undefined ? [] : scaleTo(stable, replicas, replicas, true);
  const keepsCount = strategy.previewReplicaCount !== undefined && canary?.replicas === strategy.previewReplicaCount;
  if (canary === undefined || canary === stable || canary.replicas === 0 || keepsCount) return stableActions;
  return [...stableActions, ...scaleTo(canary, replicas, replicas)];
}

import type { BlueGreenStrategy } from '../../../api/rollout-types.js';
import type { ReplicaSet } from '../../../api/workload-types.js';
import { podLimits } from '../../replicas/limits.js';
import type { RolloutContext } from '../context.js';
import { lifecycleOf } from '../lifecycle.js';
import { pointAt, releaseServices } from '../services.js';
import type { Lifecycle, RolloutAction } from '../types.js';
import { isHalted, isPreDone } from './advance.js';
import { activeHash, isFastTracked, isPauseOver, isSaturated } from './facts.js';

/** Selectors of the active and the preview Service. Semantics: rollout-core 5.1 #3, 5.3 */
export function planBlueGreenServices(context: RolloutContext, strategy: BlueGreenStrategy): readonly RolloutAction[] {
  const { seen, canary } = context;
  const preview = strategy.previewService === undefined ? undefined : seen.services.get(strategy.previewService);
  const isFrozen = isHalted(context, lifecycleOf(context.status));
  return [
    ...(isFrozen ? [] : pointAt(context, preview, canary)),
    ...pointAt(context, seen.services.get(strategy.activeService), activeTarget(context, strategy)),
    ...releaseServices(context, [strategy.activeService, strategy.previewService]),
  ];
}

/**
 * The version users are to reach. Decided by the *stored* status, for what users reach is hard to take back.
 *
 * Semantics: rollout-core 5.3. Differs: an abort goes back to stable as soon as that can carry the users, whatever state the new version is
 * in (rollout-core 10 #1), and a Service that lost our key is pointed back to where it was (#30).
 */
export function activeTarget(context: RolloutContext, strategy: BlueGreenStrategy): ReplicaSet | undefined {
  const { canary, stable, owned } = context;
  const life: Lifecycle = { ...lifecycleOf(context.status), activeSelector: activeHash(context, strategy) };
  const current = owned.find((rs) => rs.hash === life.activeSelector);
  if (life.abort && !context.isFullyPromoted) return canCarryUsers(context, strategy, current) ? stable : current;
  if (isHalted(context, life) || !isSaturated(context)) return current;
  if (life.activeSelector === '' || isFastTracked(context, life)) return canary;
  // With fewer pods in the preview, the decision to go live is stored before the rest of the pods are made: rollout-core 5.4.
  const isDecided = strategy.previewReplicaCount === undefined || life.previewCheckpoint;
  return isDecided && isPreDone(strategy, life) && isPauseOver(context, strategy, life) ? canary : current;
}

/** Stable has the pods the spec asks for, or at least as many as users have now. */
function canCarryUsers({ stable, replicas }: RolloutContext, strategy: BlueGreenStrategy, current: ReplicaSet | undefined): boolean {
  if (stable === undefined || stable.available === 0) return false;
  const { unavailable } = podLimits(replicas, { kind: 'pods', pods: 0 }, strategy.maxUnavailable);
  return stable.available >= replicas - unavailable || stable.available >= (current?.available ?? 0);
}

import type { BlueGreenStrategy } from '../../../api/rollout-types.js';
import type { RolloutContext } from '../context.js';
import { isResumed } from '../lifecycle.js';
import { isInRollbackWindow } from '../rollback-window.js';
import { deadlineOf, hasDeadline } from '../scale-down.js';
import { selectedHash } from '../services.js';
import type { Lifecycle } from '../types.js';

/**
 * Hash of the version that users reach: what the active Service selects. When somebody has taken our key off the Service (GitOps tools that
 * apply it anew do), what was stored counts, so that a drift is repaired rather than taken for a promotion (rollout-core 10 #30).
 * '' before the first switch.
 */
export function activeHash(context: RolloutContext, strategy: BlueGreenStrategy): string {
  const live = selectedHash(context.seen.services.get(strategy.activeService));
  return live ?? context.status.blueGreen.activeSelector;
}

/** Hash the preview Service selects; '' without one. */
export function previewHash(context: RolloutContext, strategy: BlueGreenStrategy): string {
  const service = strategy.previewService === undefined ? undefined : context.seen.services.get(strategy.previewService);
  return selectedHash(service) ?? '';
}

/** All wanted pods of the canary are there and available. Semantics: rollout-core 5.3 */
export function isSaturated({ canary, replicas }: RolloutContext): boolean {
  return canary !== undefined && canary.observed && canary.replicas === replicas && canary.available === replicas;
}

/**
 * Pods of the canary: all of them, or `previewReplicaCount` until it may be promoted.
 * Semantics: rollout-core 5.4
 */
export function canaryTarget(context: RolloutContext, strategy: BlueGreenStrategy, life: Lifecycle): number {
  const { replicas, canaryHash } = context;
  const active = activeHash(context, strategy);
  // Scaled to zero means no pods at all.
  if (
    replicas === 0 ||
    strategy.previewReplicaCount === undefined ||
    active === '' ||
    active === canaryHash ||
    isFastTracked(context, life)
  )
    return replicas;
  return life.previewCheckpoint ? replicas : strategy.previewReplicaCount;
}

/** The canary has the size it is to be judged at. */
export function isCanaryReady(context: RolloutContext, strategy: BlueGreenStrategy, life: Lifecycle): boolean {
  const { canary } = context;
  const target = canaryTarget(context, strategy, life);
  return canary !== undefined && canary.observed && canary.replicas === target && canary.available >= target;
}

/** A version that users knew not long ago needs neither analysis nor pause. Semantics: rollout-core 5.6 */
export function isFastTracked(context: RolloutContext, life: Lifecycle): boolean {
  const { isFullyPromoted } = context;
  return isFullyPromoted || life.promoteFull || life.fastTrack || (isInRollbackWindow(context) && !context.spec.paused);
}

/** An older version that still lingers when it is asked for again. */
export function isStillLingering({ canary, stable, seen }: RolloutContext): boolean {
  if (canary === undefined || stable === undefined || canary.replicas === 0) return false;
  if (canary.metadata.creationTimestamp > stable.metadata.creationTimestamp) return false;
  const deadline = deadlineOf(canary);
  // Replaced a moment ago: nobody has come to set the deadline yet.
  return deadline === undefined ? !hasDeadline(canary) : deadline > seen.now;
}

/** Whether a human, or a timer, has to let the canary pass. */
export function needsPause({ autoPromotionEnabled, autoPromotionSeconds }: BlueGreenStrategy): boolean {
  return !autoPromotionEnabled || autoPromotionSeconds > 0;
}

/**
 * Whether the pause before the switch is over.
 *
 * Semantics: rollout-core 5.2. Differs: a resume stays until the switch it was for has been made (rollout-core 10 #15), and it also ends a
 * timed pause early.
 */
export function isPauseOver(context: RolloutContext, strategy: BlueGreenStrategy, life: Lifecycle): boolean {
  if (!needsPause(strategy) || life.previewCheckpoint || isResumed(life)) return true;
  const pause = life.pauses.find(({ reason }) => reason === 'BlueGreenPause');
  if (pause === undefined || !strategy.autoPromotionEnabled) return false;
  return context.seen.now >= pause.startTime + strategy.autoPromotionSeconds * 1_000;
}

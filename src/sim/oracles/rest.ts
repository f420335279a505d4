import type { Rollout } from '../../api/rollout-types.js';
import { keyOf, lastingPods, ownedBy, type Picture, type Violation } from './picture.js';
import { unavailablePods } from './writes.js';

/**
 * Oracles for a state of rest: nothing has changed for a while and no disturbance is left. Here I1, I4 and I5 hold absolutely,
 * and I9 asks that whoever waits says for what.
 */
export function judgeRest(picture: Picture): readonly Violation[] {
  return picture.rollouts
    .filter((r) => r.metadata.deletionTimestamp === undefined)
    .flatMap((rollout) =>
      [capacityAtRest(picture, rollout), abortAtRest(picture, rollout), explained(picture, rollout)].filter((v) => v !== undefined),
    );
}

function capacityAtRest(picture: Picture, rollout: Rollout): Violation | undefined {
  const desired = rollout.spec.replicas ?? 1;
  const stable = ownedBy(picture.replicaSets, rollout);
  // Without pods that can become available (a first version that never starts, say) nobody can keep a floor.
  if (!stable.some((rs) => rs.available > 0) || rollout.status.phase === 'Degraded') return undefined;
  const has = stable.map(lastingPods).reduce((a, b) => a + b, 0);
  const floor = desired - unavailablePods(rollout, desired);
  if (has >= floor) return undefined;
  return { invariant: 'I1', at: picture.at, rollout: keyOf(rollout), text: `at rest ${has} pods are available, the floor is ${floor}` };
}

function abortAtRest(picture: Picture, rollout: Rollout): Violation | undefined {
  const { status, spec } = rollout;
  if (!status.abort || status.stableRS === '' || status.stableRS === status.currentPodHash || spec.paused) return undefined;
  const stable = ownedBy(picture.replicaSets, rollout).find((rs) => rs.hash === status.stableRS);
  const desired = spec.replicas ?? 1;
  if (stable?.replicas === desired) return undefined;
  return {
    invariant: 'I4',
    at: picture.at,
    rollout: keyOf(rollout),
    text: `aborted and at rest, yet the stable version has ${stable?.replicas ?? 0} of ${desired} pods`,
  };
}

function explained(picture: Picture, rollout: Rollout): Violation | undefined {
  const { status } = rollout;
  if (status.phase === 'Healthy') return undefined;
  const awaiting = status.sluice?.awaiting;
  const at = picture.at;
  if (awaiting === undefined)
    return { invariant: 'I9', at, rollout: keyOf(rollout), text: `${status.phase} without saying what is awaited` };
  if (awaiting.until !== undefined || awaiting.unblock !== undefined) return undefined;
  return { invariant: 'I9', at, rollout: keyOf(rollout), text: `waits for "${awaiting.message}" without a deadline and without a way out` };
}

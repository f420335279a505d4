import { selectorFrom, selectorMatches } from '../../lib/label-selector.js';
import type { RolloutContext } from './context.js';
import { lifecycleOf } from './lifecycle.js';
import type { RolloutPlan } from './types.js';

/**
 * ReplicaSets that are to come under this Rollout's control or leave it. Everything else waits: an orphan may well be the very version
 * that is wanted.
 *
 * @returns undefined when ownership is settled
 * Semantics: rollout-core 2.6
 */
export function planClaims(context: RolloutContext): RolloutPlan | undefined {
  const { seen, status } = context;
  const released = strays(context).map((replicaSet) => ({ kind: 'releaseReplicaSet', replicaSet, safe: false, gates: false }) as const);
  const orphans = seen.orphans.filter((rs) => rs.metadata.deletionTimestamp === undefined);
  const isAsked = seen.live.deletion !== undefined;
  // A Rollout that is just being deleted would take what it adopts with it.
  const adopted = seen.live.deletion === false ? orphans : [];
  const actions = [
    ...released,
    ...adopted.map((replicaSet) => ({ kind: 'adoptReplicaSet', replicaSet, safe: false, gates: false }) as const),
  ];
  if (actions.length === 0 && (orphans.length === 0 || isAsked)) return undefined;
  return {
    reason: 'ClaimingReplicaSets',
    awaited: { message: 'ReplicaSets that match the selector are being adopted, those that no longer do released' },
    actions,
    next: lifecycleOf(status),
    transitions: [],
    errors: [],
    need: orphans.length > 0 && !isAsked ? ['deletion'] : [],
  };
}

function strays({ seen, spec }: RolloutContext): RolloutContext['owned'] {
  const selector = spec.selector === undefined ? undefined : selectorFrom(spec.selector);
  if (selector?.ok !== true || selector.value.length === 0) return [];
  return seen.replicaSets.filter(
    (rs) => rs.metadata.deletionTimestamp === undefined && !selectorMatches(selector.value, rs.metadata.labels),
  );
}

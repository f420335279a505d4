import type { ReplicaSet } from '../../api/workload-types.js';
import { keys } from '../../api/kube.js';
import type { RolloutContext } from './context.js';

/**
 * Whether the canary is an older version than stable and near enough to it for `rollbackWindow`, so that steps and analyses are skipped.
 *
 * @returns true when fewer than `revisions` versions lie between the two
 * Semantics: rollout-core 3.8. Differs: where creation times are equal (Kubernetes keeps whole seconds) revisions decide.
 */
export function isInRollbackWindow(context: RolloutContext): boolean {
  const { canary, stable, spec } = context;
  if (spec.rollbackWindowRevisions === undefined || canary === undefined || stable === undefined) return false;
  if (!isOlder(canary, stable)) return false;
  const between = context.owned.filter((rs) => !isExperiments(rs) && isOlder(canary, rs) && isOlder(rs, stable));
  return between.length < spec.rollbackWindowRevisions;
}

function isOlder(left: ReplicaSet, right: ReplicaSet): boolean {
  const [a, b] = [left.metadata.creationTimestamp, right.metadata.creationTimestamp];
  return a === b ? firstRevision(left) < firstRevision(right) : a < b;
}

/** The revision a ReplicaSet was made with: going back to it gave it later ones. */
function firstRevision(rs: ReplicaSet): number {
  const history = rs.metadata.annotations?.[keys.revisionHistory]?.split(',')[0];
  return history !== undefined && /^\d+$/.test(history) ? Number(history) : rs.revision;
}

function isExperiments(rs: ReplicaSet): boolean {
  return rs.metadata.labels?.[keys.experimentName] !== undefined;
}

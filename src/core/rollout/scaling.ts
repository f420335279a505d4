import { keys } from '../../api/kube.js';
import type { ReplicaSet } from '../../api/workload-types.js';
import type { RolloutAction, ReplicaSetUpdate } from './types.js';

/** An update of a ReplicaSet, or nothing when it already says so. */
export function updateOf(
  replicaSet: ReplicaSet,
  update: ReplicaSetUpdate,
  options: { readonly safe?: boolean; readonly gates?: boolean } = {},
): readonly RolloutAction[] {
  const changes = changesOf(replicaSet, update);
  if (changes === undefined) return [];
  return [{ kind: 'updateReplicaSet', replicaSet, update: changes, safe: options.safe ?? false, gates: options.gates ?? false }];
}

function changesOf(rs: ReplicaSet, update: ReplicaSetUpdate): ReplicaSetUpdate | undefined {
  const annotations = Object.entries(update.annotations ?? {}).filter(([key, value]) => (rs.metadata.annotations?.[key] ?? null) !== value);
  const changes: ReplicaSetUpdate = {
    ...(update.replicas === undefined || update.replicas === rs.replicas ? {} : { replicas: update.replicas }),
    ...(update.minReadySeconds === undefined || update.minReadySeconds === rs.minReadySeconds
      ? {}
      : { minReadySeconds: update.minReadySeconds }),
    ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
    ...(update.podMetadata === undefined ? {} : { podMetadata: update.podMetadata }),
    ...(update.podAntiAffinity === undefined ? {} : { podAntiAffinity: update.podAntiAffinity }),
  };
  return Object.keys(changes).length === 0 ? undefined : changes;
}

/**
 * Sets a ReplicaSet's size, and notes which spec.replicas it was made for: Argo Rollouts and `kubectl` read that annotation.
 *
 * @param desired spec.replicas
 * @param safe growing stable is: it lowers exposure
 */
export function scaleTo(replicaSet: ReplicaSet, replicas: number, desired: number, safe = false): readonly RolloutAction[] {
  return updateOf(replicaSet, { replicas, annotations: { [keys.desiredReplicas]: String(desired) } }, { safe });
}

/**
 * Joins all updates of one ReplicaSet into the last of them, so that it takes one write. Only the joint one's place in the order counts:
 * what an earlier update set never has to be there before the actions in between.
 */
export function joinUpdates(actions: readonly RolloutAction[]): readonly RolloutAction[] {
  const joined: RolloutAction[] = [];
  for (const action of actions) {
    if (action.kind !== 'updateReplicaSet') {
      joined.push(action);
      continue;
    }
    const earlier = joined.findIndex((each) => each.kind === 'updateReplicaSet' && each.replicaSet === action.replicaSet);
    const previous = joined[earlier];
    if (previous?.kind === 'updateReplicaSet') joined.splice(earlier, 1);
    joined.push(previous?.kind === 'updateReplicaSet' ? join(previous, action) : action);
  }
  return joined;
}

function join(
  first: Extract<RolloutAction, { kind: 'updateReplicaSet' }>,
  second: Extract<RolloutAction, { kind: 'updateReplicaSet' }>,
): RolloutAction {
  const annotations = { ...first.update.annotations, ...second.update.annotations };
  return {
    ...second,
    safe: first.safe && second.safe,
    gates: first.gates || second.gates,
    update: { ...first.update, ...second.update, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
  };
}

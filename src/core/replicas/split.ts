/** Pods of the canary and of the stable ReplicaSet. */
export interface CanarySplit {
  readonly canary: number;
  readonly stable: number;
}

/**
 * Pods that come nearest to a weight when requests are spread evenly over all pods (no traffic router).
 *
 * @param replicas   spec.replicas, pods, 0 or more
 * @param weight     0..maxWeight
 * @param maxWeight  weight that means all pods, default 100
 * @param maySurge   whether one pod beyond `replicas` may exist
 * @returns the split with the smallest error, and of equal ones the one that needs no extra pod. With a weight strictly between 0 and
 *   maxWeight one pod of each version is kept where `maySurge` or the number of pods allows. 4 pods at 10 of 100 with surge: 1 canary
 *   beside 4 stable pods; 10 pods at 25: 3 and 8; 1 pod at 49 without surge: 0 and 1
 * Semantics: rollout-core 4.2, target split
 */
export function canarySplit(replicas: number, weight: number, maxWeight: number, maySurge: boolean): CanarySplit {
  if (replicas === 0) return { canary: 0, stable: 0 };
  const candidates = splitCandidates(replicas, weight, maxWeight, maySurge);
  let best: { canary: number; total: number } = { canary: 0, total: replicas };
  let bestError = Infinity;
  for (const candidate of candidates) {
    const error = Math.abs((candidate.canary * maxWeight) / candidate.total - weight);
    if (error < bestError) [best, bestError] = [candidate, error];
  }
  return { canary: best.canary, stable: best.total - best.canary };
}

function splitCandidates(
  replicas: number,
  weight: number,
  maxWeight: number,
  maySurge: boolean,
): readonly { readonly canary: number; readonly total: number }[] {
  const ceil = Math.ceil((replicas * weight) / maxWeight);
  const floor = Math.floor((replicas * weight) / maxWeight);
  const mayBeEmpty = weight === maxWeight || weight === 0 || (replicas === 1 && !maySurge);
  const isHalfway = (total: number): boolean => (total * (weight / maxWeight)) % 1 === 0.5;
  const floorKeepsOne = floor !== 0 || mayBeEmpty;
  return [
    ...(ceil < replicas || mayBeEmpty ? [{ canary: ceil, total: replicas }] : []),
    ...(!isHalfway(replicas) && floorKeepsOne ? [{ canary: floor, total: replicas }] : []),
    ...(maySurge ? [{ canary: ceil, total: replicas + 1 }] : []),
    ...(maySurge && !isHalfway(replicas + 1) && floorKeepsOne ? [{ canary: floor, total: replicas + 1 }] : []),
  ];
}

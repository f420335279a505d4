import type { CanaryStrategy } from '../../../api/rollout-types.js';
import type { ReplicaSet } from '../../../api/workload-types.js';
import type { RolloutContext } from '../context.js';
import { planServices, releaseServices } from '../services.js';
import type { RolloutAction } from '../types.js';
import { desiredWeight, maxWeightOf } from './weight.js';

/** Selectors of the stable and the canary Service of a canary without traffic router. Semantics: rollout-core 6.1, 9.2 */
export function planCanaryServices(context: RolloutContext, strategy: CanaryStrategy): readonly RolloutAction[] {
  const { stableService, canaryService } = strategy;
  return [
    ...planServices(context, [
      { name: stableService, target: stableTarget(context, strategy) },
      { name: canaryService, target: canaryTarget(context) },
    ]),
    ...releaseServices(context, [stableService, canaryService]),
  ];
}

/**
 * Once all pods are to be of the new version, the stable Service follows before the last old pod goes.
 * Differs: upstream removes that pod first and switches after the promotion, so the Service has no pods in between.
 */
function stableTarget(context: RolloutContext, strategy: CanaryStrategy): ReplicaSet | undefined {
  const { canary, stable, status } = context;
  if (stable === undefined || stable === canary) return stable;
  const isEnding = !status.abort && desiredWeight(context, strategy) === maxWeightOf(strategy) && stable.replicas <= 1;
  return isEnding && canary !== undefined && canary.available > 0 ? canary : stable;
}

function canaryTarget({ canary, stable, status }: RolloutContext): ReplicaSet | undefined {
  return status.abort ? (stable ?? canary) : canary;
}

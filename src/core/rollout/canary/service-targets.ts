import { keys } from '../../../api/kube.js';
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
      { name: canaryService, target: canaryTarget(context, canaryService) },
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

/**
 * A superseded version keeps the canary Service only until the stable one can take it: its last pod could not leave before the new canary
 * has one, and where no surge is left the new canary cannot start before that pod leaves.
 */
function canaryTarget({ canary, stable, status, others, seen }: RolloutContext, serviceName: string | undefined): ReplicaSet | undefined {
  if (status.abort) return stable ?? canary;
  const service = serviceName === undefined ? undefined : seen.services.get(serviceName);
  const served = service?.selector[keys.podTemplateHash];
  const isSuperseded = others.some((rs) => rs.hash === served);
  return isSuperseded && (canary?.available ?? 0) === 0 && (stable?.available ?? 0) > 0 ? stable : canary;
}

import type { FieldError } from '../../api/workload-types.js';
import { planBlueGreen } from './blue-green/plan.js';
import { planCanary } from './canary/plan.js';
import { planClaims } from './claims.js';
import { acceptedContextOf, contextOf, type RolloutContext } from './context.js';
import { planInvalid } from './invalid.js';
import { withoutLeftRouters } from './left-routers.js';
import { lifecycleOf } from './lifecycle.js';
import { referenceErrors } from './references.js';
import type { ObservedRollout, RolloutPlan } from './types.js';
import { unsupportedBehaviour } from './unsupported.js';

/**
 * Every decision about a Rollout: from what is seen to the writes in order, what the status is to say, why, and when to look again.
 * Pure: the same observation always gives the same plan.
 */
export function planRollout(seen: ObservedRollout): RolloutPlan {
  const context = contextOf(seen);
  if (seen.rollout.metadata.deletionTimestamp !== undefined || seen.live.deletion === true) return leaveAlone(context);
  const unsupported = unsupportedBehaviour(seen.rollout.spec);
  if (seen.specErrors.length > 0 || unsupported.length > 0)
    return refuse(seen, [...seen.specErrors, ...unsupported], unsupported.length === 0);
  const claims = planClaims(context);
  if (claims !== undefined) return claims;
  const references = referenceErrors(context);
  if (references.length > 0) return refuse(seen, references, true);
  const { strategy } = seen.rollout.spec;
  switch (strategy.kind) {
    case 'canary':
      return withoutLeftRouters(context, planCanary(context, strategy));
    case 'blueGreen':
      return withoutLeftRouters(context, planBlueGreen(context, strategy));
  }
}

function refuse(seen: ObservedRollout, errors: readonly FieldError[], mayScale: boolean): RolloutPlan {
  return planInvalid(acceptedContextOf(seen), errors, mayScale);
}

/** What owns nothing any more owes nobody an explanation either: Kubernetes collects the rest. */
function leaveAlone(context: RolloutContext): RolloutPlan {
  return { reason: 'Deleting', actions: [], next: lifecycleOf(context.status), transitions: [], errors: [], need: [] };
}

import type { CanaryStrategy } from '../../../api/rollout-types.js';
import type { RolloutContext } from '../context.js';
import { planExperimentHistory, planHistory, planRunHistory } from '../history.js';
import { isNewVersion, planNewVersion } from '../new-version.js';
import { joinUpdates } from '../scaling.js';
import type { Lifecycle, RolloutAction, RolloutPlan } from '../types.js';
import { earliest, planUpkeep, type Upkeep } from '../upkeep.js';
import { advanceCanary } from './advance.js';
import { explainCanary } from './explain.js';
import { endMeasuring, planRuns } from './measuring.js';
import { planRouted } from './routed/plan.js';
import { planCanaryServices } from './service-targets.js';
import { planCanarySizes } from './sizes.js';

/**
 * A canary by replica share, or by traffic routers (routed/). Writes follow the *stored* status; what this pass decides anew is stored first and acted on in the next,
 * so that nobody who dies in between, and nobody who looks, sees a half-taken step.
 *
 * Semantics: rollout-core 3.3
 */
export function planCanary(context: RolloutContext, strategy: CanaryStrategy): RolloutPlan {
  if (isNewVersion(context)) return planNewVersion(context);
  if (strategy.trafficRouting !== undefined) return planRouted(context, strategy);
  const { life, transitions } = advanceCanary(context, strategy);
  const upkeep = planUpkeep(context);
  const isAborting = life.abort && !context.status.abort;
  const actions = isAborting ? endMeasuring(context, life) : workOn(context, strategy, life, upkeep);
  const explained = explainCanary(context, strategy, life, actions);
  return {
    ...explained,
    ...earliest(explained.requeueAt, upkeep.requeueAt),
    actions: joinUpdates(actions),
    next: { ...life, restartedAt: upkeep.restartedAt },
    transitions,
    errors: [],
    need: upkeep.need,
  };
}

/**
 * In the order of rollout-core 3.3: identity, restarts, metadata, Services, analyses, sizes, then tidying up. While pods are being evicted
 * no size changes: both would count on the same pods.
 */
function workOn(context: RolloutContext, strategy: CanaryStrategy, life: Lifecycle, upkeep: Upkeep): readonly RolloutAction[] {
  return [
    ...upkeep.actions,
    ...planCanaryServices(context, strategy),
    ...planRuns(context, strategy, life),
    ...(upkeep.isEvicting ? [] : planCanarySizes(context, strategy)),
    ...planHistory(context),
    ...planRunHistory(context, life),
    ...planExperimentHistory(context, life),
  ];
}

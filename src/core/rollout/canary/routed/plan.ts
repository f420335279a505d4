import type { CanaryStrategy, TrafficWeights } from '../../../../api/rollout-types.js';
import { settlementOf } from '../../../traffic/feeds.js';
import type { RolloutContext } from '../../context.js';
import { terminateOtherExperiments } from '../../experiments.js';
import { planExperimentHistory, planHistory, planRunHistory } from '../../history.js';
import { lifecycleOf } from '../../lifecycle.js';
import { terminateOtherRuns } from '../../runs.js';
import { joinUpdates } from '../../scaling.js';
import type { Lifecycle, RolloutAction, RolloutPlan } from '../../types.js';
import { earliest, planUpkeep, type Upkeep } from '../../upkeep.js';
import { advanceCanary } from '../advance.js';
import { explainCanary } from '../explain.js';
import { endMeasuring, planRuns } from '../measuring.js';
import { explainTraffic, lookAgainAt } from './explain.js';
import { planRouting, type Routing } from './routing.js';
import type { TrafficView } from './view.js';

/**
 * A canary whose requests are shared out by traffic routers.
 *
 * In each pass: traffic, Services, analyses, sizes. What depends on one of them waits until the next pass has seen it done: pods before weight
 * before pods on the way up, the Service before the weight at a promotion. An abort moves the traffic in the pass that decides it, before it is
 * stored, and the pods only afterwards (product.md).
 *
 * Semantics: rollout-core 3.3, traffic 1.13
 */
export function planRouted(context: RolloutContext, strategy: CanaryStrategy): RolloutPlan {
  const { life, transitions } = advanceCanary(context, strategy);
  const upkeep = planUpkeep(context);
  const routing = planRouting(context, strategy, life);
  const isAborting = life.abort && !context.status.abort;
  const actions = isAborting
    ? [...routing.traffic.actions, ...endMeasuring(context, life)]
    : workOn(context, strategy, life, upkeep, routing);
  const explained = explainCanary(context, strategy, life, actions, explainTraffic(context, routing));
  return {
    ...explained,
    ...earliest(explained.requeueAt, upkeep.requeueAt, lookAgainAt(context, routing)),
    actions: joinUpdates(actions),
    next: { ...life, ...seenTraffic(context, life, routing.view), restartedAt: upkeep.restartedAt },
    transitions,
    errors: [],
    need: [...upkeep.need, ...(routing.traffic.needsEndpoints ? (['endpoints'] as const) : [])],
  };
}

function workOn(
  context: RolloutContext,
  strategy: CanaryStrategy,
  life: Lifecycle,
  upkeep: Upkeep,
  { traffic, services, sizes }: Routing,
): readonly RolloutAction[] {
  return [
    ...upkeep.actions,
    ...traffic.actions,
    ...services.actions,
    ...planRuns(context, strategy, life),
    ...(upkeep.isEvicting ? [] : sizes.actions),
    ...planHistory(context),
    ...planRunHistory(context, life),
    ...planExperimentHistory(context, life),
  ];
}

/** What this look at the routers adds to the status: since when they are settled, and whether they have confirmed the weights. */
function seenTraffic({ seen }: RolloutContext, life: Lifecycle, view: TrafficView): Partial<Lifecycle> {
  if (seen.traffic === undefined || view.asked === undefined) return {};
  return { traffic: view.memory, weights: life.weights === undefined ? undefined : verifiedBy(life.weights, view) };
}

function verifiedBy(weights: TrafficWeights, { routers }: TrafficView): TrafficWeights {
  const { verified: _before, ...rest } = weights;
  const answers = routers.filter(({ verified }) => verified !== undefined);
  return answers.length === 0 ? rest : { ...rest, verified: answers.every((each) => settlementOf(each) === 'settled') };
}

/** An abort goes through, and stable follows an autoscaler; nothing else happens while a spec is invalid: its steps may be what is wrong. */
export function planRoutedWhileInvalid(context: RolloutContext, strategy: CanaryStrategy): readonly RolloutAction[] {
  const isAborted = context.status.abort && !context.isFullyPromoted;
  const { traffic, services, sizes } = planRouting(context, strategy, lifecycleOf(context.status));
  if (!isAborted) return sizes.actions.filter((action) => action.kind === 'updateReplicaSet' && action.replicaSet === context.stable);
  return [
    ...traffic.actions,
    ...services.actions,
    ...terminateOtherRuns(context.seen, []),
    ...terminateOtherExperiments(context.seen, undefined),
    ...sizes.actions,
  ];
}

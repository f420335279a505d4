import type { BlueGreenStrategy, RunPointer } from '../../../api/rollout-types.js';
import type { RolloutContext } from '../context.js';
import { planExperimentHistory, planHistory, planRunHistory } from '../history.js';
import { terminateOtherExperiments } from '../experiments.js';
import { lifecycleOf } from '../lifecycle.js';
import { isNewVersion, planNewVersion } from '../new-version.js';
import { createIntendedRun, refreshPointer, terminateOtherRuns } from '../runs.js';
import { joinUpdates } from '../scaling.js';
import type { Lifecycle, RolloutAction, RolloutPlan } from '../types.js';
import { earliest, planUpkeep } from '../upkeep.js';
import { advanceBlueGreen } from './advance.js';
import { explainBlueGreen } from './explain.js';
import { activeHash, isFastTracked } from './facts.js';
import { planBlueGreenServices } from './service-targets.js';
import { planBlueGreenSizes } from './sizes.js';
import { postSlot, preSlot } from './slots.js';

/**
 * Blue-green: a whole second set of pods, then one switch of the active Service. Writes follow the stored status, as in planCanary.
 *
 * Semantics: rollout-core 5.1
 */
export function planBlueGreen(context: RolloutContext, strategy: BlueGreenStrategy): RolloutPlan {
  if (isNewVersion(context)) return planNewVersion(context);
  const { life, transitions } = advanceBlueGreen(context, strategy);
  const upkeep = planUpkeep(context);
  const sizes = planBlueGreenSizes(context, strategy, storedLifecycle(context, strategy));
  const isAborting = life.abort && !context.status.abort;
  const runs = planRuns(context, strategy, life);
  const work = [
    ...upkeep.actions,
    ...planBlueGreenServices(context, strategy),
    ...runs,
    ...sizes.actions,
    ...planHistory(context),
    ...planRunHistory(context, life),
    ...planExperimentHistory(context, life),
  ];
  const actions = isAborting ? terminateOtherRuns(context.seen, keptRuns(context, life)) : work;
  const explained = explainBlueGreen(context, strategy, life, actions);
  return {
    ...explained,
    ...earliest(explained.requeueAt, upkeep.requeueAt, sizes.until),
    actions: joinUpdates(actions),
    next: { ...life, restartedAt: upkeep.restartedAt },
    transitions,
    errors: [],
    need: upkeep.need,
  };
}

/** What is stored, with what the Services and runs say now: the basis of everything that is written. */
function storedLifecycle(context: RolloutContext, strategy: BlueGreenStrategy): Lifecycle {
  const life = lifecycleOf(context.status);
  return { ...life, activeSelector: activeHash(context, strategy), postRun: refreshPointer(context.seen, life.postRun) };
}

/** Pointers of blue-green outlive their use; their runs do not. */
function keptRuns(context: RolloutContext, life: Lifecycle): readonly (RunPointer | undefined)[] {
  const isOver = life.abort || life.stableRS === context.canaryHash || isFastTracked(context, life);
  return isOver ? [] : [life.preRun, life.postRun];
}

function planRuns(context: RolloutContext, strategy: BlueGreenStrategy, life: Lifecycle): readonly RolloutAction[] {
  const kept = keptRuns(context, life);
  const { prePromotionAnalysisRunStatus: pre, postPromotionAnalysisRunStatus: post } = context.status.blueGreen;
  const make = (stored: RunPointer | undefined, next: RunPointer | undefined): RunPointer | undefined =>
    kept.length > 0 && stored?.name === next?.name ? stored : undefined;
  return [
    ...terminateOtherRuns(context.seen, kept),
    ...terminateOtherExperiments(context.seen, undefined),
    ...createIntendedRun(context, preSlot(strategy), make(pre, life.preRun)),
    ...createIntendedRun(context, postSlot(strategy), make(post, life.postRun)),
  ];
}

import type { CanaryStrategy, TrafficDestination } from '../../../../api/rollout-types.js';
import { isEqual } from '../../../../lib/equal.js';
import { assessSwitch, assessWeight, type BarrierReason, type WeightAnswer } from '../../../traffic/barrier.js';
import { foldManagedRoutes } from '../../../traffic/managed-routes.js';
import { planSplit } from '../../../traffic/split.js';
import type { TrafficSplit } from '../../../traffic/types.js';
import { wantedWeight, type WantedWeight } from '../../../traffic/wanted-weight.js';
import type { RolloutContext } from '../../context.js';
import { findExperiment } from '../../experiments.js';
import type { Lifecycle, RolloutAction } from '../../types.js';
import { partOf, stepIndexOf } from '../weight.js';
import { routesAt } from './asked.js';
import { switchQuestion, targetOf } from './switches.js';
import { hasPodsForStep, pledgedPods } from './targets.js';
import { capacityOf, leadsTo, type TrafficView } from './view.js';

/** What routers are to say now, and what is in the way of what they should say in the end. */
export interface TrafficPlan {
  readonly wanted: WantedWeight;
  readonly answer: WeightAnswer;
  readonly actions: readonly RolloutAction[];
  /** Requests are to go other ways than the split asked for last has them go: nobody may rely on what routers say now. */
  readonly isChanging: boolean;
  /** Endpoints have to be read first. */
  readonly needsEndpoints: boolean;
  readonly waits: BarrierReason;
}

/**
 * One split for all routers, out of the weight the Rollout wants and the one that the pods of both sides allow.
 *
 * Semantics: traffic 1.4, in the order of 1.13. Differs: an abort that is decided in this pass moves traffic before it is stored (product.md)
 */
export function planTraffic(context: RolloutContext, strategy: CanaryStrategy, view: TrafficView, life: Lifecycle): TrafficPlan {
  const wanted = wantedWeight(factsOf(context, strategy, life));
  const goal = reachable(context, view, wanted);
  const pledged = pledgedPods(context, strategy);
  const answer = assessWeight({
    replicas: context.replicas,
    maxWeight: view.maxWeight,
    wanted: goal,
    declared: view.declared,
    canary: capacityOf(context, strategy, view.canary, pledged),
    stable: capacityOf(context, strategy, view.stable),
  });
  const mayRoute = wanted.routes && answer.mayPin && leadsTo(view.canary, context.canary) && managedRoutes(strategy).length > 0;
  const routesStep = mayRoute ? stepIndexOf(context, strategy) : undefined;
  const split = splitOf(context, strategy, view, { wanted, answer, routesStep });
  const isOther = !isEqual(split, view.asked);
  const isDue = view.routers.length > 0 && (isOther || view.routers.some(({ upToDate }) => !upToDate)) && hasBegun(context, view);
  const isChanging = isDue && isMoved(split, view);
  const safe = answer.weight <= view.declared.min;
  const isMoving = goal !== view.declared.min || goal !== view.declared.max;
  return {
    wanted,
    answer,
    actions: isDue ? [{ kind: 'applyTraffic', split, routesStep, moves: isChanging, safe, gates: false }] : [],
    isChanging,
    needsEndpoints: isDue && isMoving && context.seen.live.endpoints === undefined && hasServices(view),
    waits: answer.reason,
  };
}

/** Without subsets the hashes only tell people which version is meant. */
function isMoved(split: TrafficSplit, { asked, usesSubsets }: TrafficView): boolean {
  if (asked === undefined || usesSubsets) return !isEqual(split, asked);
  return !isEqual(withoutHashes(split), withoutHashes(asked));
}

function withoutHashes({ canary, stable, ...rest }: TrafficSplit): unknown {
  return { ...rest, canary: canary.weight, stable: stable.weight };
}

function hasServices({ canary, stable }: TrafficView): boolean {
  return canary.service !== undefined || stable.service !== undefined;
}

/** Nothing is written before the first version is complete: until then its pods may be reached in whatever way there was before. */
function hasBegun({ stable, replicas }: RolloutContext, { asked }: TrafficView): boolean {
  return asked !== undefined || (stable !== undefined && stable.available >= replicas);
}

function factsOf(context: RolloutContext, strategy: CanaryStrategy, life: Lifecycle): Parameters<typeof wantedWeight>[0] {
  const { canary, stable, status } = context;
  const recorded = status.canary.weights?.canary;
  return {
    replicas: context.replicas,
    maxWeight: strategy.trafficRouting?.maxTrafficWeight ?? 100,
    isFullyPromoted: context.isFullyPromoted,
    aborted: life.abort,
    promoteFull: status.promoteFull,
    dynamicStableScale: strategy.dynamicStableScale,
    ...(canary === undefined ? {} : { canary: { hash: canary.hash, available: canary.available } }),
    ...(stable === undefined ? {} : { stable: { available: stable.available } }),
    ...(recorded === undefined ? {} : { recorded: { weight: recorded.weight, hash: recorded.podTemplateHash ?? '' } }),
    stepWeights: strategy.steps.map((step) => partOf(step, 'setWeight')?.weight),
    stepIndex: stepIndexOf(context, strategy),
    atDesiredScale: hasPodsForStep(context, strategy),
    keepsCanary: (strategy.abortScaleDownDelaySeconds ?? 0) > 0,
  };
}

/**
 * The weight that may be aimed at as long as the sides lead where they do: nothing goes to a canary side that another version serves, and after a
 * promotion nothing comes back to a stable side before that has followed.
 */
function reachable(context: RolloutContext, view: TrafficView, wanted: WantedWeight): number {
  const { canary, stable } = context;
  switch (wanted.rule) {
    case 'reapplied':
    case 'aborted':
      return leadsTo(view.canary, stable) && !leadsTo(view.canary, canary) ? 0 : wanted.weight;
    case 'promoted':
      return isStableBehind(context, view) ? view.declared.max : 0;
    default:
      return leadsTo(view.canary, canary) ? wanted.weight : 0;
  }
}

/** The stable side still leads to the version before. */
function isStableBehind({ stable }: RolloutContext, view: TrafficView): boolean {
  return view.stable.hashes.length > 0 && !(view.stable.hashes.length === 1 && leadsTo(view.stable, stable));
}

interface Decided {
  readonly wanted: WantedWeight;
  readonly answer: WeightAnswer;
  readonly routesStep: number | undefined;
}

function splitOf(
  context: RolloutContext,
  strategy: CanaryStrategy,
  view: TrafficView,
  { wanted, answer, routesStep }: Decided,
): TrafficSplit {
  return planSplit({
    maxWeight: view.maxWeight,
    canaryWeight: answer.weight,
    canary: destination(strategy.canaryService, hashOf(context, strategy, view, 'canary', wanted)),
    stable: destination(strategy.stableService, hashOf(context, strategy, view, 'stable', wanted)),
    additional: wanted.additional ? experimentDestinations(context, strategy) : [],
    routes: routesStep === undefined ? routesAt(strategy, undefined) : foldManagedRoutes(strategy.steps, routesStep),
    managedRoutes: managedRoutes(strategy),
  });
}

function managedRoutes({ trafficRouting }: CanaryStrategy): readonly string[] {
  return trafficRouting?.managedRoutes ?? [];
}

function destination(serviceName: string | undefined, podTemplateHash: string | undefined): Omit<TrafficDestination, 'weight'> {
  return { ...(serviceName === undefined ? {} : { serviceName }), ...(podTemplateHash === undefined ? {} : { podTemplateHash }) };
}

/**
 * Where a subset selects pods it moves as a Service does, and to the same version; elsewhere the hash only tells which version is meant.
 * Differs: upstream leaves the canary subset on an aborted version that has no pods any more (traffic 8 #3)
 */
function hashOf(
  context: RolloutContext,
  strategy: CanaryStrategy,
  view: TrafficView,
  name: 'canary' | 'stable',
  wanted: WantedWeight,
): string | undefined {
  const before = view.asked?.[name].podTemplateHash;
  if (name === 'canary' && wanted.keepsRecordedHash && before !== undefined) return before;
  const meant = (name === 'stable' ? context.stable : context.canary)?.hash ?? before;
  if (!view.usesSubsets || before === undefined) return meant;
  const target = targetOf(context, strategy, view, view[name]);
  if (target === undefined || before === target.hash) return before;
  return assessSwitch(switchQuestion(context, view, view[name], target, false, strategy)).may ? target.hash : before;
}

/** Experiment templates that get a share while their Experiment runs. Semantics: traffic 1.10 */
function experimentDestinations(context: RolloutContext, strategy: CanaryStrategy): readonly TrafficDestination[] {
  const index = stepIndexOf(context, strategy);
  const step = partOf(strategy.steps[index], 'experiment');
  const experiment = findExperiment(context.seen, context.status.canary.currentExperiment);
  if (step === undefined || experiment?.status.phase !== 'Running') return [];
  return step.templates.flatMap(({ name, weight }) => {
    const made = experiment.status.templateStatuses.find((each) => each.name === name);
    if (weight === undefined || made === undefined || made.serviceName === '') return [];
    return [{ weight, serviceName: made.serviceName, podTemplateHash: made.podTemplateHash }];
  });
}

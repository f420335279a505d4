import { controllerOf, keys, resources, type KubeObject } from '../../api/kube.js';
import type { Awaiting, RolloutStatus, RunPointer } from '../../api/rollout-types.js';
import { renderLabelSelector } from '../../lib/label-selector.js';
import { addKstatus, assessConditions } from './conditions.js';
import { acceptedContextOf, contextOf, type RolloutContext } from './context.js';
import { assessDuration } from './duration.js';
import { actionEvents, statusEvents } from './events.js';
import { experimentBaseName, nextExperimentName } from './experiments.js';
import { given, lifecycleOf, renderLifecycle } from './lifecycle.js';
import { assessPhase } from './phase.js';
import { advanceMarks, countPods, renderMarks } from './progress.js';
import { nextRunName } from './runs.js';
import { withTraffic, trafficEvents, trafficFailures } from './traffic-outcome.js';
import { renderTrafficMemory } from './traffic-memory.js';
import type { Lifecycle, ObservedRollout, Outcome, RolloutPlan, StatusPlan, Transition } from './types.js';

/**
 * The status by what was seen and by what was really done. What a plan decided counts only if every gating action is done; the counts,
 * the conditions and the explanation are written in any case, so that a failed write leaves an explained status.
 *
 * @param outcomes one for each action of the plan, in order
 * Semantics: rollout-core 1.6, 3.6, 7
 */
export function planStatus(seen: ObservedRollout, plan: RolloutPlan, outcomes: readonly Outcome[]): StatusPlan {
  const context = plan.errors.length > 0 ? acceptedContextOf(seen) : contextOf(seen);
  const isStored = outcomes.every(({ action, result }) => !action.gates || result === 'done');
  const life = learnFrom(context, isStored ? plan.next : lifecycleOf(context.status), outcomes);
  const transitions = isStored ? plan.transitions : [];
  const status = buildStatus(context, plan, life, transitions, outcomes);
  return {
    status,
    actionEvents: [...actionEvents(outcomes), ...trafficFailures(outcomes)],
    statusEvents: [...trafficEvents(context.status.canary.weights, status.canary.weights), ...statusEvents(context, status, transitions)],
  };
}

/**
 * What failed writes still teach: a ReplicaSet's name that somebody else has gives the next pass another hash, an AnalysisRun's name
 * that somebody else has the next name.
 * Semantics: rollout-core 2.5
 */
function learnFrom(context: RolloutContext, life: Lifecycle, outcomes: readonly Outcome[]): Lifecycle {
  const taken = outcomes.filter((each) => each.result === 'failed' && each.existing !== undefined && !isOurs(context, each.existing));
  const isHashTaken = taken.some(({ action }) => action.kind === 'createReplicaSet');
  const names = new Set(taken.flatMap(({ action }) => (action.kind === 'createAnalysisRun' ? [action.name] : [])));
  const takenExperiments = new Map(
    taken.flatMap(({ action }) =>
      action.kind === 'createExperiment'
        ? [[action.name, nextExperimentName(action.name, experimentBaseName(context, action.stepIndex))] as const]
        : [],
    ),
  );
  const rename = (pointer: RunPointer | undefined): RunPointer | undefined =>
    pointer !== undefined && names.has(pointer.name) ? { name: nextRunName(pointer.name), status: '' } : pointer;
  return {
    ...withTraffic(withSelectors(context, life, outcomes), outcomes),
    collisionCount: isHashTaken ? (life.collisionCount ?? 0) + 1 : life.collisionCount,
    experiment: life.experiment === undefined ? undefined : (takenExperiments.get(life.experiment) ?? life.experiment),
    stepRun: rename(life.stepRun),
    backgroundRun: rename(life.backgroundRun),
    preRun: rename(life.preRun),
    postRun: rename(life.postRun),
  };
}

/** Where the Services of a blue-green strategy point after this pass. */
function withSelectors({ spec }: RolloutContext, life: Lifecycle, outcomes: readonly Outcome[]): Lifecycle {
  if (spec.strategy.kind !== 'blueGreen') return life;
  let { activeSelector, previewSelector } = life;
  for (const { action, result } of outcomes) {
    if (action.kind !== 'switchService' || result !== 'done') continue;
    const { name } = action.service.metadata;
    if (name === spec.strategy.activeService) activeSelector = action.hash ?? '';
    if (name === spec.strategy.previewService) previewSelector = action.hash ?? '';
  }
  return { ...life, activeSelector, previewSelector };
}

/** Semantics: rollout-core 1.6, `selector`: of blue-green only the active version's pods count for autoscalers. */
function selectorOf({ spec }: RolloutContext, life: Lifecycle): string {
  if (spec.selector === undefined) return '';
  if (spec.strategy.kind !== 'blueGreen' || life.activeSelector === '') return renderLabelSelector(spec.selector);
  return renderLabelSelector({
    ...spec.selector,
    matchLabels: { ...spec.selector.matchLabels, [keys.podTemplateHash]: life.activeSelector },
  });
}

/** Ours and complete: a create that was carried out before a crash, and that the local copy has not got yet. */
function isOurs({ rollout }: RolloutContext, object: KubeObject): boolean {
  const isLabelled = object.kind !== resources.replicaSets.kind || object.metadata.labels?.[keys.podTemplateHash] !== undefined;
  return isLabelled && controllerOf(object.metadata)?.uid === rollout.metadata.uid;
}

function buildStatus(
  context: RolloutContext,
  plan: RolloutPlan,
  life: Lifecycle,
  transitions: readonly Transition[],
  outcomes: readonly Outcome[],
): RolloutStatus {
  const { spec, rollout, seen, replicas } = context;
  const generation = generationAfter(context, outcomes);
  const counted: RolloutStatus = countPods(context, {
    ...context.status,
    ...given('observedGeneration', generation),
    ...renderLifecycle(life),
    ...given('workloadObservedGeneration', seen.workload === undefined ? undefined : String(seen.workload.generation)),
    selector: selectorOf(context, life),
  });
  const decided = withoutAbsent(counted, life);
  const conditions = assessConditions({ context, next: decided, plan, transitions, outcomes });
  const { phase, message } = assessPhase(spec, { ...decided, conditions }, replicas, seen.now);
  const next: RolloutStatus = {
    ...decided,
    conditions: addKstatus(conditions, phase, message, generation ?? rollout.metadata.generation, seen.now),
    phase,
    message,
  };
  const duration = plan.errors.length > 0 ? context.status.duration : assessDuration(context, next, transitions);
  return { ...next, duration, ...given('sluice', ours(context, plan, life, next)) };
}

/** Optional fields of the stored status that the lifecycle no longer has. */
function withoutAbsent(status: RolloutStatus, life: Lifecycle): RolloutStatus {
  const {
    currentStepIndex: _index,
    abortedAt: _abortedAt,
    restartedAt: _restartedAt,
    collisionCount: _count,
    sluice: _sluice,
    ...rest
  } = status;
  return {
    ...rest,
    ...given('currentStepIndex', life.stepIndex),
    ...given('abortedAt', life.abortedAt),
    ...given('restartedAt', life.restartedAt),
    ...given('collisionCount', life.collisionCount),
  };
}

/** Our own write to the spec (the default of replicas) makes a new generation that holds nothing we have not seen. */
function generationAfter({ rollout }: RolloutContext, outcomes: readonly Outcome[]): number | undefined {
  const written = outcomes.findLast((each) => each.action.kind === 'updateRollout' && each.result === 'done');
  return (written?.result === 'done' ? written.object?.metadata.generation : undefined) ?? rollout.metadata.generation;
}

function ours(context: RolloutContext, plan: RolloutPlan, life: Lifecycle, next: RolloutStatus): RolloutStatus['sluice'] {
  const {
    awaiting: _awaiting,
    progress: _progress,
    pausedStep: _step,
    abortedHash: _hash,
    fastTrack: _fast,
    traffic: _traffic,
    ...unknown
  } = context.status.sluice ?? {};
  const isSettled = next.phase === 'Healthy';
  const fields = {
    ...unknown,
    ...given('awaiting', awaitingOf(context, plan)),
    ...given('progress', isSettled ? undefined : renderMarks(advanceMarks(context, next).marks)),
    ...given('pausedStep', life.pausedStep),
    ...given('abortedHash', life.abortedHash),
    ...(life.fastTrack ? { fastTrack: true } : {}),
    ...given('traffic', life.traffic === undefined ? undefined : renderTrafficMemory(life.traffic)),
  };
  return Object.keys(fields).length === 0 ? undefined : fields;
}

/** `since` stands for as long as the reason and what would unblock it do. */
function awaitingOf(context: RolloutContext, plan: RolloutPlan): Awaiting | undefined {
  if (plan.awaited === undefined) return undefined;
  const before = context.status.sluice?.awaiting;
  const isSame = before?.reason === plan.reason && before.message === plan.awaited.message;
  return { ...plan.awaited, reason: plan.reason, since: isSame ? before.since : context.seen.now };
}

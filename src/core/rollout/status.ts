import type { Awaiting, RolloutStatus } from '../../api/rollout-types.js';
import { renderLabelSelector } from '../../lib/label-selector.js';
import { addKstatus, assessConditions } from './conditions.js';
import { acceptedContextOf, contextOf, type RolloutContext } from './context.js';
import { assessDuration } from './duration.js';
import { actionEvents, statusEvents } from './events.js';
import { given, lifecycleOf, renderLifecycle } from './lifecycle.js';
import { assessPhase } from './phase.js';
import { advanceMarks, countPods, renderMarks } from './progress.js';
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
  const life = isStored ? plan.next : failedLifecycle(context, outcomes);
  const transitions = isStored ? plan.transitions : [];
  const status = buildStatus(context, plan, life, transitions, outcomes);
  return {
    status,
    actionEvents: actionEvents(outcomes),
    statusEvents: statusEvents(context, status, transitions),
  };
}

/** A name that is taken by another ReplicaSet gives the next pass another hash. Semantics: rollout-core 2.5 */
function failedLifecycle(context: RolloutContext, outcomes: readonly Outcome[]): Lifecycle {
  const life = lifecycleOf(context.status);
  const isTaken = outcomes.some(
    (each) => each.action.kind === 'createReplicaSet' && each.result === 'failed' && each.code === 'already-exists',
  );
  return isTaken ? { ...life, collisionCount: (life.collisionCount ?? -1) + 1 } : life;
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
    selector: spec.selector === undefined ? '' : renderLabelSelector(spec.selector),
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
  const { currentStepIndex: _index, abortedAt: _abortedAt, restartedAt: _restartedAt, collisionCount: _count, ...rest } = status;
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
  const { awaiting: _awaiting, progress: _progress, pausedStep: _step, abortedHash: _hash, ...unknown } = context.status.sluice ?? {};
  const isSettled = next.phase === 'Healthy';
  const fields = {
    ...unknown,
    ...given('awaiting', awaitingOf(context, plan)),
    ...given('progress', isSettled ? undefined : renderMarks(advanceMarks(context, next).marks)),
    ...given('pausedStep', life.pausedStep),
    ...given('abortedHash', life.abortedHash),
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

import { invalidSpecMessage } from '../../api/field-error.js';
import type { Condition, RolloutPhase, RolloutStatus } from '../../api/rollout-types.js';
import type { EpochMs } from '../../lib/scheduler.js';
import type { RolloutContext } from './context.js';
import { advanceMarks, isPastDeadline, timedOutMessage } from './progress.js';
import type { Outcome, RolloutPlan, Transition } from './types.js';

export type NewCondition = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** Everything conditions are made of. `next` is the status to be written, its counts and decisions final. */
export interface ConditionInput {
  readonly context: RolloutContext;
  readonly next: RolloutStatus;
  readonly plan: RolloutPlan;
  readonly transitions: readonly Transition[];
  readonly outcomes: readonly Outcome[];
}

/**
 * The conditions of rollout-core 7.1, in upstream's order of change: one that keeps its status and reason stays as it is, one that
 * changes moves to the end.
 */
export function assessConditions(input: ConditionInput): readonly Condition[] {
  const { context, plan } = input;
  const { now } = context.seen;
  let conditions = context.status.conditions;
  for (const condition of [invalidSpec(input), healthy(input), completed(input), progressing(input), paused(input), available(input)]) {
    if (condition !== undefined) conditions = setCondition(conditions, condition, now);
  }
  if (plan.errors.length === 0) conditions = conditions.filter(({ type }) => type !== 'InvalidSpec');
  return replicaFailure(conditions, context);
}

/** Semantics: rollout-core 7.1: same status and reason is no change, same status keeps lastTransitionTime. */
function setCondition(
  conditions: readonly Condition[],
  wanted: NewCondition & { readonly refresh?: boolean; readonly observedGeneration?: number },
  now: EpochMs,
): readonly Condition[] {
  const { refresh, ...condition } = wanted;
  const before = conditions.find(({ type }) => type === condition.type);
  if (before !== undefined && before.status === condition.status && before.reason === condition.reason && refresh !== true)
    return conditions;
  const since = before !== undefined && before.status === condition.status ? (before.lastTransitionTime ?? now) : now;
  return [...conditions.filter(({ type }) => type !== condition.type), { ...condition, lastUpdateTime: now, lastTransitionTime: since }];
}

function invalidSpec({ context, plan }: ConditionInput): (NewCondition & { refresh?: boolean }) | undefined {
  const [error] = plan.errors;
  if (error === undefined) return undefined;
  const message = invalidSpecMessage(context.rollout.metadata.name, error);
  const before = context.status.conditions.find(({ type }) => type === 'InvalidSpec');
  return { type: 'InvalidSpec', status: 'True', reason: 'InvalidSpec', message, refresh: before?.message !== message };
}

/** Semantics: rollout-core 7.1, `Healthy`: True needs all pods of this version and no others. */
function healthy({ context, next, plan }: ConditionInput): NewCondition | undefined {
  const isHealthy = plan.errors.length === 0 && !isPaused(context, next) && isHealthyAndComplete(context, next);
  if (isHealthy) return { type: 'Healthy', status: 'True', reason: 'RolloutHealthy', message: 'Rollout is healthy' };
  const existed = context.status.conditions.some(({ type }) => type === 'Healthy');
  return existed ? { type: 'Healthy', status: 'False', reason: 'RolloutHealthy', message: 'Rollout is not healthy' } : undefined;
}

function isHealthyAndComplete({ replicas, spec }: RolloutContext, next: RolloutStatus): boolean {
  if (next.updatedReplicas !== replicas || next.availableReplicas !== replicas) return false;
  if (spec.strategy.kind === 'blueGreen') {
    const { activeSelector, previewSelector } = next.blueGreen;
    return (
      activeSelector === next.currentPodHash && (spec.strategy.previewService === undefined || previewSelector === next.currentPodHash)
    );
  }
  const done = spec.strategy.steps.length;
  return (next.currentStepIndex ?? done) === done && next.stableRS === next.currentPodHash && next.replicas === replicas;
}

function completed({ next }: ConditionInput): NewCondition | undefined {
  if (next.currentPodHash === '') return undefined;
  const status = isComplete(next) ? 'True' : 'False';
  return { type: 'Completed', status, reason: 'RolloutCompleted', message: 'RolloutCompleted' };
}

function isComplete(status: RolloutStatus): boolean {
  return status.stableRS !== '' && status.stableRS === status.currentPodHash;
}

function isPaused({ spec }: RolloutContext, next: RolloutStatus): boolean {
  return spec.paused || next.pauseConditions.length > 0;
}

/** Absent before the first pause; a version that was aborted keeps what it had. */
function paused({ context, next, plan }: ConditionInput): NewCondition | undefined {
  const before = context.status.conditions.find(({ type }) => type === 'Paused');
  const now = isPaused(context, next);
  if (plan.errors.length > 0 || next.abort || (before === undefined && !now)) return undefined;
  return { type: 'Paused', status: now ? 'True' : 'False', reason: 'RolloutPaused', message: 'Rollout is paused' };
}

function available({ context, next }: ConditionInput): NewCondition | undefined {
  if (next.currentPodHash === '') return undefined;
  const enough = next.availableReplicas >= context.replicas;
  const message = enough ? 'Rollout has minimum availability' : 'Rollout does not have minimum availability';
  return { type: 'Available', status: enough ? 'True' : 'False', reason: 'AvailableReason', message };
}

/** Semantics: rollout-core 7.1 and 7.2 merged into one decision. Differs: progress is monotone (progress.ts). */
function progressing(input: ConditionInput): (NewCondition & { readonly refresh?: boolean }) | undefined {
  const { context, next, plan } = input;
  const name = next.currentPodHash === '' ? '' : `${context.rollout.metadata.name}-${next.currentPodHash}`;
  const rs = `ReplicaSet "${context.canary?.metadata.name ?? name}"`;
  const decided = lifecycleCondition(input, name);
  if (decided !== undefined) return decided;
  if (next.abort || plan.errors.length > 0) return undefined;
  const before = context.status.conditions.find(({ type }) => type === 'Progressing');
  if (isHealthyAndComplete(context, next) && isComplete(next) && !isPaused(context, next))
    return progress('True', 'NewReplicaSetAvailable', `${rs} has successfully progressed.`);
  const isPausedNow = isPaused(context, next) && !isComplete(next);
  if (isPausedNow) return progress('Unknown', 'RolloutPaused', 'Rollout is paused');
  if (isComplete(next) && before?.reason === 'NewReplicaSetAvailable') {
    if (next.availableReplicas >= context.replicas) return undefined;
    return progress('True', 'ReplicaSetNotAvailable', 'Rollout does not have minimum availability');
  }
  if (advanceMarks(context, next).progressed) return { ...progress('True', 'ReplicaSetUpdated', `${rs} is progressing.`), refresh: true };
  if (isPastDeadline(context)) return progress('False', 'ProgressDeadlineExceeded', timedOutMessage(context));
  if (before === undefined)
    return progress('True', 'FoundNewReplicaSet', `Found new replica set "${context.canary?.metadata.name ?? name}"`);
  return isPassing(before) ? progress('True', 'ReplicaSetUpdated', `${rs} is progressing.`) : undefined;
}

/** Reasons that tell of a moment and not of a state. */
function isPassing({ reason }: Condition): boolean {
  return ['RolloutResumed', 'RolloutRetry', 'RolloutPaused', 'RolloutAborted', 'ReplicaSetCreateError'].includes(reason);
}

function progress(status: Condition['status'], reason: string, message: string): NewCondition {
  return { type: 'Progressing', status, reason, message };
}

function lifecycleCondition(
  { context, next, outcomes, transitions }: ConditionInput,
  name: string,
): (NewCondition & { readonly refresh?: boolean }) | undefined {
  const failed = outcomes.find(({ action, result }) => action.kind === 'createReplicaSet' && result === 'failed');
  if (failed?.result === 'failed' && failed.action.kind === 'createReplicaSet' && failed.code !== 'already-exists') {
    const message = `Failed to create new replica set "${failed.action.name}": ${failed.message}`;
    return { ...progress('False', 'ReplicaSetCreateError', message), refresh: true };
  }
  for (const transition of transitions) {
    if (transition.kind === 'aborted')
      return { ...progress('False', 'RolloutAborted', abortedMessage(context, transition.cause)), refresh: true };
    if (transition.kind === 'retried') return progress('Unknown', 'RolloutRetry', 'Retrying Rollout after abort');
  }
  const created = outcomes.some(({ action, result }) => action.kind === 'createReplicaSet' && result === 'done');
  if (created) return progress('True', 'NewReplicaSetCreated', `Created new replica set "${name}"`);
  return isResumedByHuman(context, next, transitions) ? progress('Unknown', 'RolloutResumed', 'Rollout is resumed') : undefined;
}

/**
 * Also when what was taken away is `spec.paused`, or a pause together with its step, which leaves no trace in the status but the condition.
 * Semantics: rollout-core 7.2 (a)
 */
function isResumedByHuman(context: RolloutContext, next: RolloutStatus, transitions: readonly Transition[]): boolean {
  if (isPaused(context, next) || isComplete(next)) return false;
  if (transitions.some((each) => each.kind === 'resumed'))
    return transitions.some((each) => each.kind === 'resumed' && each.by === 'human');
  const before = context.status.conditions.find(({ type }) => type === 'Progressing');
  return before?.reason === 'RolloutPaused' && !transitions.some(({ kind }) => kind === 'updateStarted');
}

export function abortedMessage(context: RolloutContext, cause: string | undefined): string {
  return `Rollout aborted update to revision ${context.revision}${cause === undefined ? '' : `: ${cause}`}`;
}

function replicaFailure(conditions: readonly Condition[], { canary, others, stable, seen }: RolloutContext): readonly Condition[] {
  const failing = [canary, stable, ...others].flatMap(
    (rs) => rs?.conditions.filter(({ type, status }) => type === 'ReplicaFailure' && status === 'True') ?? [],
  );
  const [failure] = failing;
  if (failure === undefined) return conditions.filter(({ type }) => type !== 'ReplicaFailure');
  const { reason, message } = failure;
  return setCondition(conditions, { type: 'ReplicaFailure', status: 'True', reason, message }, seen.now);
}

const kstatus: Readonly<Record<RolloutPhase, readonly (readonly [type: string, status: Condition['status']])[]>> = {
  Healthy: [
    ['Ready', 'True'],
    ['Reconciling', 'False'],
    ['Stalled', 'False'],
  ],
  Progressing: [
    ['Ready', 'False'],
    ['Reconciling', 'True'],
    ['Stalled', 'False'],
  ],
  Paused: [
    ['Ready', 'False'],
    ['Reconciling', 'True'],
    ['Stalled', 'False'],
  ],
  Degraded: [
    ['Ready', 'False'],
    ['Reconciling', 'False'],
    ['Stalled', 'True'],
  ],
};

/**
 * Ready, Reconciling and Stalled, which Flux, Helm and `kubectl wait` read, each with the generation it is about.
 * Their reason is the phase: Argo's tools look for RolloutAborted and ProgressDeadlineExceeded in every condition.
 *
 * Semantics: cli-dashboard-gitops 3.5, [fix]
 */
export function addKstatus(
  conditions: readonly Condition[],
  phase: RolloutPhase,
  message: string,
  generation: number | undefined,
  now: EpochMs,
): readonly Condition[] {
  let result = conditions;
  for (const [type, status] of kstatus[phase]) {
    const before = result.find((each) => each.type === type);
    const observed = generation === undefined ? {} : { observedGeneration: generation };
    const refresh = before?.message !== message || before.observedGeneration !== generation;
    result = setCondition(result, { type, status, reason: phase, message, refresh, ...observed }, now);
  }
  return result;
}

import type { Condition } from '../../api/rollout-types.js';
import type { FieldError } from '../../api/workload-types.js';
import { formatFieldError } from '../../api/field-error.js';
import type { EpochMs } from '../../lib/scheduler.js';
import type { ExperimentStatus } from './types.js';

type Stated = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** The Progressing condition for a phase; undefined: as it was. Semantics: Argo Rollouts, analysis 6.3; texts as recorded. */
export function progressing(name: string, phase: ExperimentStatus['phase']): Stated | undefined {
  const type = 'Progressing';
  switch (phase) {
    case 'Pending':
      return { type, status: 'True', reason: 'ReplicaSetUpdated', message: `Experiment "${name}" is progressing.` };
    case 'Running':
      return { type, status: 'True', reason: 'NewReplicaSetAvailable', message: `Experiment "${name}" is running.` };
    case 'Successful':
      return { type, status: 'False', reason: 'ExperimentCompleted', message: `Experiment "${name}" has successfully ran and completed.` };
    default:
      return undefined;
  }
}

export function invalidSpec(name: string, error: FieldError): Stated {
  return {
    type: 'InvalidSpec',
    status: 'True',
    reason: 'InvalidSpec',
    message: `The Experiment "${name}" is invalid: ${formatFieldError(error)}`,
  };
}

/** The list with one condition set. Times move only when something is said anew. */
export function withCondition(conditions: readonly Condition[], stated: Stated | undefined, now: EpochMs): readonly Condition[] {
  if (stated === undefined) return conditions;
  const before = conditions.find(({ type }) => type === stated.type);
  if (before !== undefined && before.status === stated.status && before.reason === stated.reason && before.message === stated.message) {
    return conditions;
  }
  const lastTransitionTime = before?.status === stated.status ? (before.lastTransitionTime ?? now) : now;
  const next: Condition = { ...stated, lastUpdateTime: now, lastTransitionTime };
  return before === undefined ? [...conditions, next] : conditions.map((condition) => (condition === before ? next : condition));
}

export function withoutCondition(conditions: readonly Condition[], type: string): readonly Condition[] {
  return conditions.some((condition) => condition.type === type) ? conditions.filter((condition) => condition.type !== type) : conditions;
}

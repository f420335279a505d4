import type { ExperimentTemplate, ExperimentTemplateStatus } from '../../api/experiment-types.js';
import { keys } from '../../api/kube.js';
import type { ReplicaSet } from '../../api/workload-types.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { hashOf, serviceName } from './render.js';
import type { ObservedExperiment } from './types.js';

export function replicaSetOf(seen: ObservedExperiment, template: string): ReplicaSet | undefined {
  return seen.replicaSets.find(({ metadata }) => metadata.annotations?.[keys.experimentTemplateName] === template);
}

export function isTemplateCompleted({ status }: Pick<ExperimentTemplateStatus, 'status'>): boolean {
  return status === 'Successful' || status === 'Failed' || status === 'Error';
}

/** The experiment's state as far as it decides over its templates. */
export interface TemplateContext {
  /** Everything is to end. */
  readonly terminating: boolean;
  /** Its duration is over. */
  readonly elapsed: boolean;
}

/**
 * State of one template from its ReplicaSet. A completed one stays.
 *
 * Semantics: Argo Rollouts, analysis 6.2. Differs: a Service of that name that belongs to somebody else is an Error from the beginning.
 */
export function assessTemplate(seen: ObservedExperiment, template: ExperimentTemplate, context: TemplateContext): ExperimentTemplateStatus {
  const before = seen.experiment.status.templateStatuses.find(({ name }) => name === template.name);
  const replicaSet = replicaSetOf(seen, template.name);
  const counted = countersOf(template, replicaSet, seen, before);
  const moved = before === undefined || before.lastTransitionTime === undefined || isOtherwise(before, counted);
  const since = moved ? seen.now : (before.lastTransitionTime ?? seen.now);
  const { status, message } = statusOf(seen, template, counted, before, since, context);
  const lastTransitionTime = before?.status === status ? since : seen.now;
  return { ...counted, status, message, lastTransitionTime };
}

type Counters = Omit<ExperimentTemplateStatus, 'status' | 'message' | 'lastTransitionTime'>;

function countersOf(
  template: ExperimentTemplate,
  replicaSet: ReplicaSet | undefined,
  seen: ObservedExperiment,
  before: ExperimentTemplateStatus | undefined,
): Counters {
  const { actual = 0, ready = 0, available = 0 } = replicaSet ?? {};
  const wanted = replicaSet === undefined ? undefined : serviceName(template, replicaSet);
  const service = seen.services.find(({ metadata }) => metadata.name === wanted);
  return {
    name: template.name,
    replicas: actual,
    updatedReplicas: actual,
    readyReplicas: ready,
    availableReplicas: available,
    ...(before?.collisionCount === undefined ? {} : { collisionCount: before.collisionCount }),
    serviceName: service?.metadata.name ?? '',
    podTemplateHash: service === undefined ? '' : (replicaSet?.hash ?? hashOf(template)),
  };
}

function isOtherwise(before: Counters, after: Counters): boolean {
  return (['replicas', 'readyReplicas', 'availableReplicas'] as const).some((field) => before[field] !== after[field]);
}

function statusOf(
  seen: ObservedExperiment,
  template: ExperimentTemplate,
  { availableReplicas }: Counters,
  before: ExperimentTemplateStatus | undefined,
  since: EpochMs,
  { terminating, elapsed }: TemplateContext,
): Pick<ExperimentTemplateStatus, 'status' | 'message'> {
  if (before !== undefined && isTemplateCompleted(before)) return { status: before.status, message: before.message };
  const foreign = foreignService(seen, template);
  if (foreign !== undefined) return { status: 'Error', message: `Service '${foreign}' exists and does not belong to this experiment` };
  if (replicaSetOf(seen, template.name) !== undefined && availableReplicas === template.replicas) {
    return { status: elapsed || terminating ? 'Successful' : 'Running', message: '' };
  }
  const { progressDeadlineSeconds } = seen.experiment.spec;
  if (before !== undefined && seen.now > since + progressDeadlineSeconds * 1_000) {
    return { status: 'Failed', message: `Template '${template.name}' exceeded its progressDeadlineSeconds (${progressDeadlineSeconds})` };
  }
  return { status: terminating ? 'Successful' : 'Progressing', message: '' };
}

function foreignService(seen: ObservedExperiment, template: ExperimentTemplate): string | undefined {
  const replicaSet = replicaSetOf(seen, template.name);
  const name = replicaSet === undefined ? template.service?.name : serviceName(template, replicaSet);
  return name !== undefined && seen.foreignServices.has(name) ? name : undefined;
}

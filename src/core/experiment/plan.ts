import type { AnalysisPhase } from '../../api/analysis-types.js';
import { completedPhases } from '../../api/analysis-types.js';
import type { Experiment, ExperimentTemplate, ExperimentTemplateStatus } from '../../api/experiment-types.js';
import { keys } from '../../api/kube.js';
import type { FieldError, ReplicaSet } from '../../api/workload-types.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { parseTime } from '../../lib/time.js';
import { isWorse } from '../analysis/index.js';
import type { AssessedAnalysis } from './analyses.js';
import { assessAnalysis, isBad } from './analyses.js';
import { invalidSpec, progressing, withCondition, withoutCondition } from './conditions.js';
import { eventsOf } from './events.js';
import { renderReplicaSet, renderService, replicaSetName, serviceName } from './render.js';
import { assessTemplate, isTemplateCompleted, replicaSetOf } from './templates.js';
import type { ExperimentAction, ExperimentPlan, ExperimentReason, ExperimentStatus, ObservedExperiment } from './types.js';
import { validateExperiment } from './validate.js';

/** How much longer than its deadline a pod stays while traffic weights still name its Service. */
export const longestDrainMs = 60_000;

/**
 * What is to be done for one Experiment now. The status is stored first: verdicts and `availableAt` are never lost by a crash.
 *
 * Semantics: Argo Rollouts, analysis 6. Differs: analyses run and count without templates too; at the end of its duration runs are ended and
 * their verdicts awaited (upstream ends Successful whatever they find); entries follow their runs to the end.
 */
export function planExperiment(seen: ObservedExperiment): ExperimentPlan {
  const [error] = validateExperiment(seen.experiment, seen.parseErrors);
  return error === undefined ? planValid(seen) : planInvalid(seen, error);
}

function planInvalid(seen: ObservedExperiment, error: FieldError): ExperimentPlan {
  const { metadata, status } = seen.experiment;
  const conditions = withCondition(status.conditions, invalidSpec(metadata.name, error), seen.now);
  return { reason: 'InvalidSpec', status: { ...status, conditions }, actions: [], events: [] };
}

function planValid(seen: ObservedExperiment): ExperimentPlan {
  const state = assess(seen);
  const { experiment } = seen;
  const { status } = state;
  const conditions = withoutCondition(
    withCondition(status.conditions, progressing(experiment.metadata.name, status.phase), seen.now),
    'InvalidSpec',
  );
  const next: ExperimentStatus = { ...status, conditions };
  const terminations = planTerminations(experiment, state);
  const actions = [
    ...experiment.spec.templates.flatMap((template) => planTemplate(seen, state, template)),
    ...planRuns(state),
    ...terminations,
  ];
  const requeueAt = nextLook(seen, state);
  return {
    reason: reasonOf(state, actions),
    status: next,
    actions,
    events: [...eventsOf(experiment.status, next), ...terminations.map(terminationEvent)],
    ...(requeueAt === undefined ? {} : { requeueAt }),
  };
}

interface State {
  readonly status: ExperimentStatus;
  readonly analyses: readonly AssessedAnalysis[];
  /** Pods go. */
  readonly terminating: boolean;
  /** Everything goes, required runs included; at the end of the duration alone these are awaited. */
  readonly ending: boolean;
  /** When the duration is over; undefined without one, or before the pods were available. */
  readonly endsAt: EpochMs | undefined;
}

function assess(seen: ObservedExperiment): State {
  const { spec, status: before } = seen.experiment;
  const mayStart = before.phase === 'Running' && before.availableAt !== undefined && !spec.terminate;
  const endsAt = endOf(spec.durationMs, before.availableAt);
  const elapsed = endsAt !== undefined && seen.now >= endsAt;
  const analyses = spec.analyses.map((analysis) => assessAnalysis(seen, analysis, mayStart && !elapsed));
  const terminating = isTerminating(seen, analyses, before.templateStatuses);
  const templateStatuses = spec.templates.map((template) => assessTemplate(seen, template, { terminating, elapsed }));
  const ending = terminating || isTerminating(seen, analyses, templateStatuses);
  const verdict = completedPhases.has(before.phase)
    ? { phase: before.phase, message: before.message }
    : judge(seen, { analyses, templateStatuses, ending, elapsed });
  const isAvailable = verdict.phase === 'Running' && before.availableAt === undefined;
  const status: ExperimentStatus = {
    ...before,
    ...verdict,
    ...(isAvailable ? { availableAt: seen.now } : {}),
    templateStatuses,
    analysisRuns: analyses.map(({ entry }) => entry),
  };
  const completed = completedPhases.has(verdict.phase);
  const endsNext = endOf(spec.durationMs, status.availableAt);
  return { status, analyses, terminating: ending || elapsed || completed, ending: ending || completed, endsAt: endsNext };
}

function endOf(durationMs: number | undefined, availableAt: EpochMs | undefined): EpochMs | undefined {
  return durationMs === undefined || availableAt === undefined ? undefined : availableAt + durationMs;
}

function isTerminating(
  seen: ObservedExperiment,
  analyses: readonly AssessedAnalysis[],
  templates: readonly ExperimentTemplateStatus[],
): boolean {
  const { spec, status } = seen.experiment;
  const required = analyses.filter((_, index) => spec.analyses[index]?.requiredForCompletion === true);
  return (
    spec.terminate ||
    completedPhases.has(status.phase) ||
    templates.some(({ status: each }) => each === 'Failed' || each === 'Error') ||
    analyses.some(isBad) ||
    (required.length > 0 && required.every(({ entry }) => entry.phase === 'Successful'))
  );
}

interface Evidence {
  readonly analyses: readonly AssessedAnalysis[];
  readonly templateStatuses: readonly ExperimentTemplateStatus[];
  readonly ending: boolean;
  readonly elapsed: boolean;
}

type Verdict = Pick<ExperimentStatus, 'phase' | 'message'>;

function judge(seen: ObservedExperiment, { analyses, templateStatuses, ending, elapsed }: Evidence): Verdict {
  const broken = worstBroken(templateStatuses);
  if (broken !== undefined) return broken;
  const bad = worstBad(analyses);
  if (bad !== undefined) return bad;
  const isOver = ending || elapsed || (templateStatuses.length === 0 && analyses.every(({ entry }) => completedPhases.has(entry.phase)));
  if (isOver)
    return hasOpenRuns(analyses) ? { phase: runningPhase(seen, templateStatuses), message: '' } : { phase: 'Successful', message: '' };
  return { phase: runningPhase(seen, templateStatuses), message: '' };
}

/** Runs that are under way and will tell: nothing is Successful before they have. */
function hasOpenRuns(analyses: readonly AssessedAnalysis[]): boolean {
  return analyses.some(({ run }) => run !== undefined && !completedPhases.has(run.status.phase));
}

function worstBroken(templates: readonly ExperimentTemplateStatus[]): Verdict | undefined {
  const failed = templates.find(({ status }) => status === 'Failed') ?? templates.find(({ status }) => status === 'Error');
  return failed === undefined ? undefined : { phase: failed.status === 'Failed' ? 'Failed' : 'Error', message: failed.message };
}

function worstBad(analyses: readonly AssessedAnalysis[]): Verdict | undefined {
  return analyses.filter(isBad).reduce<{ readonly phase: AnalysisPhase; readonly message: string } | undefined>((worst, { entry }) => {
    if (entry.phase === '' || (worst !== undefined && !isWorse(entry.phase, worst.phase))) return worst;
    return { phase: entry.phase, message: entry.message };
  }, undefined);
}

/** Pending while pods are missing, also again later: traffic must not go where none is available. */
function runningPhase(seen: ObservedExperiment, templates: readonly ExperimentTemplateStatus[]): 'Pending' | 'Running' {
  if (seen.experiment.status.phase === '') return 'Pending';
  return templates.some(({ status }) => status === 'Progressing') ? 'Pending' : 'Running';
}

/** ReplicaSet, then Service, then size; on the way down size, then Service. */
function planTemplate(seen: ObservedExperiment, state: State, template: ExperimentTemplate): readonly ExperimentAction[] {
  const replicaSet = replicaSetOf(seen, template.name);
  const own = state.status.templateStatuses.find(({ name }) => name === template.name);
  const wanted = state.terminating || (own !== undefined && isTemplateCompleted(own)) ? 0 : template.replicas;
  if (replicaSet === undefined) {
    return state.terminating
      ? []
      : [
          {
            kind: 'createReplicaSet',
            template: template.name,
            object: renderReplicaSet(seen.experiment, template, collisionsOf(seen, template)),
          },
        ];
  }
  // The first status comes before the first pod: what was made is on record when something goes wrong.
  if (seen.experiment.status.phase === '' && wanted > 0) return [];
  return [...planService(seen, template, replicaSet, wanted), ...planSize(seen, template, replicaSet, wanted)];
}

function collisionsOf({ experiment, foreignReplicaSets }: ObservedExperiment, template: ExperimentTemplate): number {
  let collisions = 0;
  while (foreignReplicaSets.has(replicaSetName(experiment, template.name, collisions))) collisions += 1;
  return collisions;
}

function planService(
  seen: ObservedExperiment,
  template: ExperimentTemplate,
  replicaSet: ReplicaSet,
  wanted: number,
): readonly ExperimentAction[] {
  const name = serviceName(template, replicaSet);
  const service = seen.services.find(({ metadata }) => metadata.annotations?.[keys.experimentTemplateName] === template.name);
  if (wanted > 0) {
    if (name === undefined || service !== undefined || seen.foreignServices.has(name)) return [];
    return [{ kind: 'createService', template: template.name, object: renderService(seen.experiment, template, replicaSet, name) }];
  }
  if (service === undefined || replicaSet.available > 0 || seen.routedServices.has(service.metadata.name)) return [];
  return [{ kind: 'deleteService', service }];
}

function planSize(
  seen: ObservedExperiment,
  template: ExperimentTemplate,
  replicaSet: ReplicaSet,
  wanted: number,
): readonly ExperimentAction[] {
  const deadline = deadlineOf(replicaSet);
  if (wanted > 0) {
    if (replicaSet.replicas === wanted && deadline === undefined) return [];
    return [{ kind: 'scale', replicaSet, replicas: wanted, ...(deadline === undefined ? {} : { deadline: null }) }];
  }
  if (replicaSet.replicas === 0) return [];
  const { scaleDownDelaySeconds } = seen.experiment.spec;
  if (deadline === undefined && (scaleDownDelaySeconds > 0 || isRouted(seen, template, replicaSet))) {
    return [{ kind: 'scale', replicaSet, deadline: seen.now + scaleDownDelaySeconds * 1_000 }];
  }
  const due = deadline ?? seen.now;
  if (seen.now < due || (isRouted(seen, template, replicaSet) && seen.now < due + longestDrainMs)) return [];
  return [{ kind: 'scale', replicaSet, replicas: 0 }];
}

function isRouted(seen: ObservedExperiment, template: ExperimentTemplate, replicaSet: ReplicaSet): boolean {
  const name = serviceName(template, replicaSet);
  return name !== undefined && seen.routedServices.has(name);
}

function deadlineOf({ metadata }: ReplicaSet): EpochMs | undefined {
  return parseTime(metadata.annotations?.[keys.scaleDownDeadline] ?? '');
}

function planRuns({ analyses }: State): readonly ExperimentAction[] {
  return analyses.flatMap(({ entry, wanted }) =>
    wanted === undefined ? [] : [{ kind: 'createRun' as const, analysis: entry.name, object: wanted }],
  );
}

type Termination = Extract<ExperimentAction, { kind: 'terminateRun' }>;

function planTerminations({ spec }: Experiment, { analyses, terminating, ending }: State): readonly Termination[] {
  if (!terminating) return [];
  return analyses.flatMap(({ run, entry }, index) => {
    const isOpen = run !== undefined && !run.spec.terminate && !completedPhases.has(run.status.phase);
    const isAwaited = !ending && spec.analyses[index]?.requiredForCompletion === true;
    return isOpen && !isAwaited ? [{ kind: 'terminateRun' as const, analysis: entry.name, run }] : [];
  });
}

function terminationEvent({ analysis, run }: Termination): ExperimentPlan['events'][number] {
  return { type: 'Normal', reason: 'AnalysisRunTerminating', message: `Terminating ${analysis} (${run.metadata.name})` };
}

function reasonOf({ status, terminating }: State, actions: readonly ExperimentAction[]): ExperimentReason {
  if (actions.some(({ kind }) => kind === 'createReplicaSet')) return 'CreatingReplicaSets';
  const hasPods = status.templateStatuses.some(({ replicas }) => replicas > 0);
  if (completedPhases.has(status.phase)) return hasPods ? 'ScalingDown' : 'Completed';
  if (terminating) return 'WaitingForAnalyses';
  if (actions.some(({ kind }) => kind === 'scale')) return 'ScalingUp';
  return status.phase === 'Running' ? 'Running' : 'WaitingForPods';
}

/** The status once runs have been created. @param created analysis to run */
export function withCreatedRuns(status: ExperimentStatus, created: ReadonlyMap<string, string>): ExperimentStatus {
  const analysisRuns = status.analysisRuns.map((entry): ExperimentStatus['analysisRuns'][number] => {
    const analysisRun = created.get(entry.name);
    return analysisRun === undefined ? entry : { ...entry, analysisRun, phase: 'Pending' };
  });
  return { ...status, analysisRuns };
}

/** The next instant at which time alone changes something. */
function nextLook(seen: ObservedExperiment, { status, endsAt }: State): EpochMs | undefined {
  const { progressDeadlineSeconds } = seen.experiment.spec;
  const deadlines = status.templateStatuses
    .filter(({ status: each }) => each === 'Progressing')
    .map(({ lastTransitionTime = seen.now }) => lastTransitionTime + progressDeadlineSeconds * 1_000 + 1);
  const downs = seen.replicaSets.filter(({ replicas }) => replicas > 0).flatMap((replicaSet) => deadlineOf(replicaSet) ?? []);
  const drained = downs.map((at) => at + longestDrainMs);
  const end = endsAt === undefined || completedPhases.has(status.phase) ? [] : [endsAt];
  const future = [...deadlines, ...downs, ...drained, ...end].filter((at) => at > seen.now);
  return future.length === 0 ? undefined : Math.min(...future);
}

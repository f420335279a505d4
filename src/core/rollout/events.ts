import type { AnalysisPhase } from '../../api/analysis-types.js';
import type { RolloutStatus, RunPointer } from '../../api/rollout-types.js';
import { keys } from '../../api/kube.js';
import { describeStep } from './canary/describe-step.js';
import { abortedMessage } from './conditions.js';
import { stepCount, type RolloutContext } from './context.js';
import { selectedHash } from './services.js';
import type { Outcome, RolloutAction, RolloutEvent, Transition } from './types.js';

/** Events about what was written. Texts: rollout-core 7.5 */
export function actionEvents(outcomes: readonly Outcome[]): readonly RolloutEvent[] {
  return outcomes.flatMap((outcome) => {
    if (outcome.result === 'done') return doneEvents(outcome.action);
    return outcome.result === 'failed' ? failedEvents(outcome) : [];
  });
}

function doneEvents(action: RolloutAction): readonly RolloutEvent[] {
  switch (action.kind) {
    case 'createReplicaSet':
      return [normal('NewReplicaSetCreated', `Created ReplicaSet ${action.name} (revision ${action.revision})`)];
    case 'updateReplicaSet':
      return scalingEvents(action);
    case 'updateRollout': {
      const revision = action.annotations[keys.revision];
      return typeof revision === 'string' ? [normal('RolloutUpdated', `Rollout updated to revision ${revision}`)] : [];
    }
    case 'createExperiment':
      return [normal('ExperimentCreated', `Created Experiment '${action.name}'`)];
    case 'switchService': {
      const [from, to] = [selectedHash(action.service) ?? '', action.hash ?? ''];
      const { name } = action.service.metadata;
      return from === to ? [] : [normal('SwitchService', `Switched selector for service '${name}' from '${from}' to '${to}'`)];
    }
    default:
      return [];
  }
}

function scalingEvents({ replicaSet, update }: Extract<RolloutAction, { kind: 'updateReplicaSet' }>): readonly RolloutEvent[] {
  if (update.replicas === undefined) return [];
  const direction = update.replicas > replicaSet.replicas ? 'up' : 'down';
  const revision = update.annotations?.[keys.revision] ?? replicaSet.revision;
  const what = `ReplicaSet ${replicaSet.metadata.name} (revision ${revision})`;
  return [normal('ScalingReplicaSet', `Scaled ${direction} ${what} from ${replicaSet.replicas} to ${update.replicas}`)];
}

function failedEvents(outcome: Extract<Outcome, { result: 'failed' }>): readonly RolloutEvent[] {
  if (outcome.action.kind !== 'createReplicaSet' || outcome.code === 'already-exists') return [];
  return [warning('ReplicaSetCreateError', `Failed to create new replica set "${outcome.action.name}": ${outcome.message}`)];
}

/** Events about what the status says anew. Texts: rollout-core 7.5 */
export function statusEvents(context: RolloutContext, next: RolloutStatus, transitions: readonly Transition[]): readonly RolloutEvent[] {
  const before = context.status;
  return [
    ...firstSight(context),
    ...runEvents(context, next),
    ...notCompleted(context, next, transitions),
    ...transitions.flatMap((transition) => transitionEvents(context, next, transition)),
    ...next.pauseConditions
      .filter((pause) => !before.pauseConditions.some(({ reason, startTime }) => reason === pause.reason && startTime === pause.startTime))
      .map(({ reason }) => normal('RolloutPaused', `Rollout is paused (${reason})`)),
    ...resumed(before, next, transitions),
  ];
}

function firstSight({ rollout, status }: RolloutContext): readonly RolloutEvent[] {
  if (status.observedGeneration !== undefined) return [];
  const { namespace, name } = rollout.metadata;
  return [normal('RolloutAddedToInformer', `Rollout resource added to informer: ${namespace ?? ''}/${name}`)];
}

function notCompleted(context: RolloutContext, next: RolloutStatus, transitions: readonly Transition[]): readonly RolloutEvent[] {
  if (next.currentPodHash === '') return [];
  const was = context.status.conditions.find(({ type }) => type === 'Completed');
  const isInitial = transitions.some((each) => each.kind === 'promoted') && transitions.some((each) => each.kind === 'updateStarted');
  if (was?.status === 'False' || (next.stableRS === next.currentPodHash && !isInitial)) return [];
  return [normal('RolloutNotCompleted', `Rollout not completed, started update to revision ${context.revision} (${next.currentPodHash})`)];
}

function transitionEvents(context: RolloutContext, next: RolloutStatus, transition: Transition): readonly RolloutEvent[] {
  switch (transition.kind) {
    case 'stepCompleted': {
      const { strategy } = context.spec;
      const step = strategy.kind === 'canary' ? strategy.rawSteps?.[transition.index - 1] : undefined;
      const place = `${transition.index}/${stepCount(context)}`;
      return [normal('RolloutStepCompleted', `Rollout step ${place} completed (${describeStep(step)})`)];
    }
    case 'stepsSkipped':
      return [
        normal(
          'SkipSteps',
          transition.target === 'stable' ? 'Rollback to stable ReplicaSets' : 'Rollback to active ReplicaSets within RollbackWindow',
        ),
      ];
    case 'promoted':
      return [
        normal(
          'RolloutCompleted',
          `Rollout completed update to revision ${context.revision} (${next.currentPodHash}): ${transition.reason}`,
        ),
      ];
    case 'aborted':
      return [warning('RolloutAborted', abortedMessage(context, transition.cause))];
    case 'updateStarted':
    case 'retried':
    case 'resumed':
      return [];
  }
}

/** Differs: told after a human's resume as well, however he did it (recordings, canary-classic). */
function resumed(before: RolloutStatus, next: RolloutStatus, transitions: readonly Transition[]): readonly RolloutEvent[] {
  const isLifted = before.pauseConditions.length > 0 && next.pauseConditions.length === 0 && !next.abort;
  const saysSo = (status: RolloutStatus): boolean => status.conditions.some(({ reason }) => reason === 'RolloutResumed');
  const isTold = isLifted || transitions.some(({ kind }) => kind === 'resumed') || (saysSo(next) && !saysSo(before));
  return isTold ? [normal('RolloutResumed', 'Rollout is resumed')] : [];
}

function runEvents(context: RolloutContext, next: RolloutStatus): readonly RolloutEvent[] {
  const { canary, blueGreen } = context.status;
  return [
    ...runEvent(context, 'Step', canary.currentStepAnalysisRunStatus, next.canary.currentStepAnalysisRunStatus),
    ...runEvent(context, 'Background', canary.currentBackgroundAnalysisRunStatus, next.canary.currentBackgroundAnalysisRunStatus),
    ...runEvent(context, 'PrePromotion', blueGreen.prePromotionAnalysisRunStatus, next.blueGreen.prePromotionAnalysisRunStatus),
    ...runEvent(context, 'PostPromotion', blueGreen.postPromotionAnalysisRunStatus, next.blueGreen.postPromotionAnalysisRunStatus),
  ];
}

/** The stored pointer is compared with the run itself: a completed step drops its pointer in the write that first knows the verdict. */
function runEvent(
  context: RolloutContext,
  title: string,
  before: RunPointer | undefined,
  after: RunPointer | undefined,
): readonly RolloutEvent[] {
  if (before === undefined) return [];
  const run = context.seen.analysisRuns.find(({ metadata }) => metadata.name === before.name);
  const phase = run?.status.phase ?? (after?.name === before.name ? after.status : before.status);
  if (phase === '' || phase === before.status) return [];
  const message = `${title} Analysis Run '${before.name}' Status New: '${phase}' Previous: '${before.status}'`;
  return [{ type: isBad(phase) ? 'Warning' : 'Normal', reason: `AnalysisRun${phase}`, message }];
}

function isBad(phase: AnalysisPhase): boolean {
  return phase === 'Failed' || phase === 'Error';
}

function normal(reason: string, message: string): RolloutEvent {
  return { type: 'Normal', reason, message };
}

function warning(reason: string, message: string): RolloutEvent {
  return { type: 'Warning', reason, message };
}

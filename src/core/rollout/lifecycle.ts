import type { RolloutStatus } from '../../api/rollout-types.js';
import { readTrafficMemory } from './traffic-memory.js';
import type { Lifecycle } from './types.js';

/** The decided part of a stored status. */
export function lifecycleOf(status: RolloutStatus): Lifecycle {
  const { canary, blueGreen, sluice } = status;
  return {
    currentPodHash: status.currentPodHash,
    stableRS: status.stableRS,
    currentStepHash: status.currentStepHash,
    stepIndex: status.currentStepIndex,
    pauses: status.pauseConditions,
    controllerPause: status.controllerPause,
    abort: status.abort,
    abortedAt: status.abortedAt,
    promoteFull: status.promoteFull,
    restartedAt: status.restartedAt,
    collisionCount: status.collisionCount,
    stepRun: canary.currentStepAnalysisRunStatus,
    backgroundRun: canary.currentBackgroundAnalysisRunStatus,
    experiment: canary.currentExperiment,
    weights: canary.weights,
    stablePingPong: canary.stablePingPong,
    traffic: readTrafficMemory(sluice?.['traffic']),
    activeSelector: blueGreen.activeSelector,
    previewSelector: blueGreen.previewSelector,
    previewCheckpoint: blueGreen.scaleUpPreviewCheckPoint,
    preRun: blueGreen.prePromotionAnalysisRunStatus,
    postRun: blueGreen.postPromotionAnalysisRunStatus,
    pausedStep: numberOrNothing(sluice?.['pausedStep']),
    fastTrack: sluice?.['fastTrack'] === true,
    abortedHash: textOrNothing(sluice?.['abortedHash']),
  };
}

type Decided = Pick<
  RolloutStatus,
  | 'currentPodHash'
  | 'stableRS'
  | 'currentStepHash'
  | 'currentStepIndex'
  | 'pauseConditions'
  | 'controllerPause'
  | 'abort'
  | 'abortedAt'
  | 'promoteFull'
  | 'restartedAt'
  | 'collisionCount'
  | 'canary'
  | 'blueGreen'
>;

/** The fields of a status that a lifecycle decides; `status.sluice` is put together by planStatus. */
export function renderLifecycle(life: Lifecycle): Decided {
  return {
    currentPodHash: life.currentPodHash,
    stableRS: life.stableRS,
    currentStepHash: life.currentStepHash,
    ...given('currentStepIndex', life.stepIndex),
    pauseConditions: life.pauses,
    controllerPause: life.controllerPause,
    abort: life.abort,
    ...given('abortedAt', life.abortedAt),
    promoteFull: life.promoteFull,
    ...given('restartedAt', life.restartedAt),
    ...given('collisionCount', life.collisionCount),
    canary: {
      ...given('weights', life.weights),
      ...given('stablePingPong', life.stablePingPong),
      ...given('currentStepAnalysisRunStatus', life.stepRun),
      ...given('currentBackgroundAnalysisRunStatus', life.backgroundRun),
      ...given('currentExperiment', life.experiment),
    },
    blueGreen: {
      activeSelector: life.activeSelector,
      previewSelector: life.previewSelector,
      scaleUpPreviewCheckPoint: life.previewCheckpoint,
      ...given('prePromotionAnalysisRunStatus', life.preRun),
      ...given('postPromotionAnalysisRunStatus', life.postRun),
    },
  };
}

/** An optional field: absent rather than undefined. */
export function given<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  // A computed key widens to string; K is the one key there is.
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V });
}

function numberOrNothing(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function textOrNothing(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A human has taken the pauses away and nobody acted on it yet. Upstream's own notation, so it survives a change of controller. */
export function isResumed(life: Lifecycle): boolean {
  return life.controllerPause && life.pauses.length === 0;
}

export function hasPause(life: Lifecycle, reason: string): boolean {
  return life.pauses.some((pause) => pause.reason === reason);
}

import type { Rollout } from '../../api/rollout-types.js';

/** What a human's command writes: bodies of merge patches, in the order they are to be sent, spec before status. */
export interface SteerPlan {
  readonly spec?: { readonly paused: boolean };
  readonly status?: Readonly<Record<string, unknown>>;
  /** Why nothing, or something else than one might think, happens; shown on stderr. */
  readonly note?: string;
  /** Nothing can be decided before the controller has seen the last change of the spec. */
  readonly isTooEarly?: boolean;
}

const tooEarly: SteerPlan = { isTooEarly: true, note: 'the controller has not seen its last change yet' };

export function isNothing(plan: SteerPlan): boolean {
  return plan.spec === undefined && plan.status === undefined;
}

/**
 * `promote R`: goes on past what the rollout waits for.
 * Semantics: cli-dashboard-gitops 1.3 rows 3-7. Differs: a canary that only a human has paused is resumed where it stands
 * instead of skipping its step as well, and the spec goes first, so that no pass sees the resume while still paused.
 */
export function planPromote(rollout: Rollout): SteerPlan {
  if (!isObserved(rollout)) return tooEarly;
  const { spec, status } = rollout;
  const unpause = spec.paused ? { spec: { paused: false } } : {};
  const steps = spec.strategy.kind === 'canary' ? spec.strategy.steps.length : 0;
  const next = Math.min((status.currentStepIndex ?? 0) + 1, steps);
  if (status.pauseConditions.length > 0) {
    const isInconclusive = status.canary.currentStepAnalysisRunStatus?.status === 'Inconclusive' && status.controllerPause && steps > 0;
    const advance = isInconclusive ? { controllerPause: false, currentStepIndex: next } : {};
    return { ...unpause, status: { pauseConditions: null, ...advance } };
  }
  if (spec.paused) return unpause;
  if (isFullyPromoted(rollout)) return { note: 'it is fully promoted already, there is nothing to promote' };
  if (status.abort) return { note: 'it is aborted: retry it, promote it with --full, or set another image' };
  if (steps === 0) return { note: 'it is not paused, there is nothing to promote' };
  if ((status.currentStepIndex ?? 0) >= steps) return { note: 'all its steps are done, it only waits for its pods' };
  return { status: { pauseConditions: null, currentStepIndex: next }, note: `it was not paused: step ${next}/${steps} is skipped` };
}

/** `promote R --full`: skips every step, pause and analysis that is left. */
export function planPromoteFull(rollout: Rollout): SteerPlan {
  if (!isObserved(rollout)) return tooEarly;
  const unpause = rollout.spec.paused ? { spec: { paused: false } } : {};
  if (isFullyPromoted(rollout)) {
    return rollout.spec.paused ? unpause : { note: 'it is fully promoted already, there is nothing to promote' };
  }
  return { ...unpause, status: { promoteFull: true } };
}

/** `promote R --skip-current-step`, deprecated upstream: the step only, pauses stay. */
export function planSkipStep(rollout: Rollout, all: boolean): SteerPlan {
  const steps = rollout.spec.strategy.kind === 'canary' ? rollout.spec.strategy.steps.length : 0;
  const index = rollout.status.currentStepIndex ?? 0;
  return { status: { currentStepIndex: all ? steps : Math.min(index + 1, steps) } };
}

/** `pause R`: a human holds the rollout where it is. */
export function planPause(rollout: Rollout): SteerPlan {
  return rollout.spec.paused ? { note: 'it is paused already' } : { spec: { paused: true } };
}

/** `abort R`: back to stable, and stay there. */
export function planAbort(rollout: Rollout): SteerPlan {
  if (!isObserved(rollout)) return tooEarly;
  if (rollout.status.abort) return { note: 'it is aborted already' };
  if (isFullyPromoted(rollout)) return { note: 'no update is going on, there is nothing to abort' };
  return { status: { abort: true } };
}

/** `retry rollout R`: start the steps again after an abort. */
export function planRetry(rollout: Rollout): SteerPlan {
  if (!isObserved(rollout)) return tooEarly;
  return rollout.status.abort ? { status: { abort: false } } : { note: 'it is not aborted, there is nothing to retry' };
}

export function isFullyPromoted({ status }: Rollout): boolean {
  return status.stableRS !== '' && status.stableRS === status.currentPodHash;
}

/**
 * The controller has seen the spec as it is; otherwise a new template may be on its way. Controllers before 1.0 stored no number:
 * for them any status counts.
 */
export function isObserved({ metadata, status }: Rollout): boolean {
  if (status.observedGeneration === undefined) return status.currentPodHash !== '';
  return status.observedGeneration >= (metadata.generation ?? 0);
}

import { assertNever } from '../../lib/errors.js';
import type { EpochMs } from '../../lib/scheduler.js';
import type { CanaryStep, Rollout, StepKind } from '../../api/rollout-types.js';
import { humanDuration } from './age.js';

export interface StepView {
  /** In the user's words: `weight 20`, `pause 5m`, `analysis success-rate`. */
  readonly text: string;
  readonly state: 'done' | 'current' | 'ahead';
  /** The end of a timed pause that has begun. */
  readonly until?: EpochMs;
}

/** The steps of a canary and how far it is; none for blue-green. After an abort no step is the current one. */
export function viewSteps(rollout: Rollout): readonly StepView[] {
  const { spec, status } = rollout;
  if (spec.strategy.kind !== 'canary') return [];
  const index = status.abort ? -1 : (status.currentStepIndex ?? 0);
  return spec.strategy.steps.map((step, i) => ({
    text: stepText(step),
    state: i < index ? 'done' : i === index ? 'current' : 'ahead',
    ...(i === index ? pauseEnd(step, rollout) : {}),
  }));
}

function pauseEnd(step: CanaryStep, { status }: Rollout): { readonly until?: EpochMs } {
  const begun = status.pauseConditions.find((pause) => pause.reason === 'CanaryPauseStep');
  if (step.kind !== 'pause' || step.durationMs === undefined || begun === undefined) return {};
  return { until: begun.startTime + step.durationMs };
}

export function stepText(step: CanaryStep): string {
  return [step, ...(step.also ?? [])].map(kindText).join(' + ');
}

function kindText(step: StepKind): string {
  switch (step.kind) {
    case 'setWeight':
      return `weight ${step.weight}`;
    case 'pause':
      return step.durationMs === undefined ? 'pause until promoted' : `pause ${humanDuration(step.durationMs)}`;
    case 'setCanaryScale':
      if (step.matchTrafficWeight) return 'scale with the traffic';
      return step.replicas === undefined ? `scale to ${step.weight ?? 0}%` : `scale to ${step.replicas} pods`;
    case 'analysis':
      return `analysis ${step.templates.map((t) => t.templateName).join(', ')}`;
    case 'experiment':
      return `experiment ${step.templates.map((t) => t.name).join(', ')}`;
    case 'setHeaderRoute':
      return `${step.match.length === 0 ? 'remove ' : ''}header route ${step.name}`;
    case 'setMirrorRoute':
      return `${step.match.length === 0 ? 'remove ' : ''}mirror route ${step.name}`;
    case 'plugin':
      return `plugin ${step.name}`;
    default:
      return assertNever(step, 'canary step');
  }
}

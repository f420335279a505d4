import type { CanaryStrategy, RolloutSpec, StepKind } from '../../api/rollout-types.js';
import type { FieldError } from '../../api/workload-types.js';

/*
 * What the API has and this build does not do yet. Acting on half of a strategy could send traffic where nobody asked for it, so a
 * Rollout that needs one of these is not acted on at all. Whoever adds the behaviour deletes the line.
 */
const unsupportedSteps: ReadonlySet<StepKind['kind']> = new Set(['plugin']);

/** Fields of the strategy whose behaviour does not exist yet. */
export function unsupportedBehaviour(spec: RolloutSpec): readonly FieldError[] {
  const errors = spec.workloadRef === undefined ? [] : [refuse('spec.workloadRef')];
  const { strategy } = spec;
  return strategy.kind === 'blueGreen' ? errors : [...errors, ...unsupportedCanary(strategy)];
}

function unsupportedCanary(strategy: CanaryStrategy): readonly FieldError[] {
  return strategy.steps.flatMap((step, index) =>
    [step, ...(step.also ?? [])]
      .filter(({ kind }) => unsupportedSteps.has(kind))
      .map(({ kind }) => refuse(`spec.strategy.canary.steps[${index}].${kind}`)),
  );
}

function refuse(path: string): FieldError {
  return { path, kind: 'internal', detail: 'not supported by this version of Sluice' };
}

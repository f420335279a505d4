import type { FieldError } from '../../api/workload-types.js';
import { formatFieldError } from '../../api/field-error.js';
import { change, type Advance } from './advance.js';
import { planBlueGreenWhileInvalid } from './blue-green/while-invalid.js';
import { planCanaryWhileInvalid } from './canary/while-invalid.js';
import type { RolloutContext } from './context.js';
import { templateHashOf } from './identity.js';
import { lifecycleOf } from './lifecycle.js';
import type { RolloutPlan } from './types.js';

/**
 * A spec that cannot be acted on starts nothing and changes nothing, but what runs goes on being looked after: autoscalers get their pods in
 * the proportion there is, and an abort goes through (rollout-core 10 #11). An abort that meets a pending new template is kept for it
 * (#37), a resume stays stored.
 *
 * @param accepted the context of the version that was accepted last
 * @param mayScale false when the strategy needs what this build cannot do: then not even sizes are ours to judge
 */
export function planInvalid(accepted: RolloutContext, errors: readonly FieldError[], mayScale: boolean): RolloutPlan {
  const advance = mayScale ? acknowledgeAbort(accepted) : { life: lifecycleOf(accepted.status), transitions: [] };
  const [first] = errors;
  return {
    reason: 'InvalidSpec',
    awaited: {
      message: first === undefined ? 'the spec is invalid' : formatFieldError(first),
      unblock: first === undefined ? 'edit the spec' : `correct ${first.path}, or create what it names`,
    },
    actions: mayScale ? whileInvalid(accepted) : [],
    next: advance.life,
    transitions: advance.transitions,
    errors,
    need: [],
  };
}

function whileInvalid(accepted: RolloutContext): RolloutPlan['actions'] {
  const { strategy } = accepted.spec;
  return strategy.kind === 'canary' ? planCanaryWhileInvalid(accepted, strategy) : planBlueGreenWhileInvalid(accepted, strategy);
}

function acknowledgeAbort(accepted: RolloutContext): Advance {
  const life = lifecycleOf(accepted.status);
  const none = { life, transitions: [] };
  if (!life.abort) return none;
  const pending = templateHashOf(accepted.seen);
  const abortedHash = pending === '' || pending === life.currentPodHash ? undefined : pending;
  if (life.abortedAt !== undefined) return change(none, { abortedHash: life.abortedHash ?? abortedHash });
  if (accepted.isFullyPromoted) return change(none, { abortedHash });
  const aborted = { abortedAt: accepted.seen.now, pauses: [], controllerPause: false, abortedHash };
  const stepIndex = life.stepIndex === undefined ? undefined : 0;
  return change(none, { ...aborted, stepIndex }, { kind: 'aborted', cause: undefined });
}

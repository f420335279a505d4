import type { Rollout } from '../../../api/rollout-types.js';
import type { EpochMs } from '../../../lib/scheduler.js';
import type { PlanReason } from '../../rollout/types.js';
import { assessRolloutStatus } from '../rollout-status.js';
import { viewCommands, type SuggestedCommand } from './commands.js';
import { viewEvidence, type Evidence } from './evidence.js';
import type { ExplainInput } from './types.js';

export interface Explanation {
  readonly name: string;
  readonly namespace: string;
  readonly status: string;
  readonly message: string;
  /** Absent when nothing is awaited. */
  readonly awaiting?: {
    readonly reason: string;
    readonly message: string;
    readonly since?: EpochMs;
    /** When it ends by itself, well or badly; absent: it waits for a human or for a change. */
    readonly until?: EpochMs;
    readonly unblock?: string;
  };
  readonly evidence: readonly Evidence[];
  readonly commands: readonly SuggestedCommand[];
}

/**
 * What a rollout waits for, since when, on which evidence, until when, and which command would unblock it (product.md, promise 3).
 * @param call how the reader calls the plugin: `kubectl sluice`
 */
export function explainRollout(input: ExplainInput, call: string): Explanation {
  const { rollout } = input;
  const word = assessRolloutStatus(rollout, input.workloadGeneration);
  const awaiting = awaitingOf(input);
  return {
    name: rollout.metadata.name,
    namespace: rollout.metadata.namespace ?? '',
    status: word.phase,
    message: word.message,
    ...(awaiting === undefined ? {} : { awaiting }),
    evidence: viewEvidence(input),
    commands: viewCommands(rollout, input.plan?.reason ?? storedReason(rollout), call),
  };
}

/** The plan made now is the truth; what the controller stored knows since when. */
function awaitingOf({ plan, rollout }: ExplainInput): Explanation['awaiting'] {
  const stored = rollout.status.sluice?.awaiting;
  if (plan === undefined) return stored;
  if (plan.awaited === undefined) return undefined;
  const since = stored?.reason === plan.reason ? stored.since : sinceOf(plan.reason, rollout);
  return { reason: plan.reason, ...plan.awaited, ...(since === undefined ? {} : { since }) };
}

function storedReason({ status }: Rollout): string {
  return status.sluice?.awaiting?.reason ?? '';
}

/** Since when that has been awaited, from what any controller stores. */
function sinceOf(reason: PlanReason, { status }: Rollout): EpochMs | undefined {
  const pause = status.pauseConditions.find((each) => each.reason === reason);
  if (pause !== undefined) return pause.startTime;
  if (reason === 'Aborted' || reason === 'Aborting') return status.abortedAt;
  const condition = (type: string): EpochMs | undefined =>
    status.conditions.find((c) => c.type === type && c.status === 'True')?.lastTransitionTime;
  if (reason === 'InvalidSpec') return condition('InvalidSpec');
  if (reason === 'PausedByUser') return condition('Paused');
  // The controller moves this one at each sign of progress.
  return status.conditions.find((c) => c.type === 'Progressing')?.lastUpdateTime;
}

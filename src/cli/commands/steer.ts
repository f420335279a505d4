import { resources } from '../../api/kube.js';
import type { Rollout } from '../../api/rollout-types.js';
import { isNothing, planAbort, planPromote, planPromoteFull, planRetry, planSkipStep, type SteerPlan } from '../../core/steer/steer.js';
import { ControllerError, hasCode } from '../../lib/errors.js';
import { readRollout } from '../objects.js';
import type { ExitCode, Session } from '../session.js';

export interface PromoteFlags {
  readonly full?: boolean;
  readonly skipCurrentStep?: boolean;
  readonly skipAllSteps?: boolean;
}

const attempts = 5;

/** `promote R [--full]`. cli-dashboard-gitops 1.3. */
export async function promote(session: Session, name: string, flags: PromoteFlags): Promise<ExitCode> {
  const plan = promotePlan(flags);
  return steer(session, name, plan, flags.full === true ? 'fully promoted' : 'promoted');
}

/** `abort R...`: names in order; the first failure ends it, earlier ones stay aborted. */
export async function abort(session: Session, names: readonly string[]): Promise<ExitCode> {
  for (const name of names) await steer(session, name, planAbort, 'aborted');
  return 0;
}

/** `retry rollout R...`. */
export async function retry(session: Session, names: readonly string[]): Promise<ExitCode> {
  for (const name of names) await steer(session, name, planRetry, 'retried');
  return 0;
}

function promotePlan(flags: PromoteFlags): (rollout: Rollout) => SteerPlan {
  const skips = flags.skipCurrentStep === true || flags.skipAllSteps === true;
  if (!skips) return flags.full === true ? planPromoteFull : planPromote;
  if (flags.skipCurrentStep === true && flags.skipAllSteps === true) {
    throw new ControllerError('invalid', 'Cannot use skip-current-step and skip-all-steps flags at the same time');
  }
  return (rollout) => {
    const { strategy } = rollout.spec;
    if (strategy.kind === 'blueGreen') throw new ControllerError('invalid', 'Cannot skip steps of a rollout with the blueGreen strategy');
    if (strategy.steps.length === 0) throw new ControllerError('invalid', 'Cannot skip steps of a rollout without steps');
    return planSkipStep(rollout, flags.skipAllSteps === true);
  };
}

/**
 * Reads, plans and writes with the read version as precondition. Another writer in between means reading again; when the
 * update has become another one meanwhile (other pod hash or step) it stops, so that nobody promotes what they have not seen.
 */
async function steer(session: Session, name: string, plan: (rollout: Rollout) => SteerPlan, done: string): Promise<ExitCode> {
  const first = await readRollout(session, name);
  let rollout = first;
  for (let attempt = 1; ; attempt++) {
    const wanted = plan(rollout);
    if (isNothing(wanted)) {
      session.io.err(`rollout '${name}' is left as it is: ${wanted.note ?? 'nothing to do'}\n`);
      return 0;
    }
    try {
      await send(session, rollout, wanted);
      if (wanted.note !== undefined) session.io.err(`note: ${wanted.note}\n`);
      session.io.out(`rollout '${name}' ${done}\n`);
      return 0;
    } catch (error) {
      if (!hasCode(error, 'conflict') || attempt === attempts) throw error;
      rollout = await readRollout(session, name);
      assertSameUpdate(first, rollout);
    }
  }
}

async function send({ cluster, namespace, io }: Session, rollout: Rollout, plan: SteerPlan): Promise<void> {
  const ref = { resource: resources.rollouts, namespace, name: rollout.metadata.name };
  let { resourceVersion } = rollout.metadata;
  if (plan.spec) {
    const body = { metadata: { resourceVersion }, spec: plan.spec };
    resourceVersion = (await cluster.patch(ref, { kind: 'merge', body }, { signal: io.signal })).metadata.resourceVersion;
  }
  if (plan.status) {
    const body = { metadata: { resourceVersion }, status: plan.status };
    await cluster.patch(ref, { kind: 'merge', body }, { subresource: 'status', signal: io.signal });
  }
}

function assertSameUpdate(first: Rollout, now: Rollout): void {
  const isSame = first.status.currentPodHash === now.status.currentPodHash && first.status.currentStepIndex === now.status.currentStepIndex;
  if (isSame) return;
  throw new ControllerError(
    'conflict',
    `rollout "${first.metadata.name}" has moved on meanwhile (${place(first)} is now ${place(now)}): look again and repeat the command if you still want it`,
  );
}

function place({ status }: Rollout): string {
  const step = status.currentStepIndex === undefined ? '' : ` at step ${status.currentStepIndex}`;
  return `${status.currentPodHash}${step}`;
}

import { keys, resources, type KubeObject } from '../../api/kube.js';
import type { Rollout } from '../../api/rollout-types.js';
import {
  isNothing,
  planAbort,
  planPause,
  planPromote,
  planPromoteFull,
  planRetry,
  planSkipStep,
  type SteerPlan,
} from '../../core/steer/steer.js';
import { isBehind } from '../../core/view/rollout-status.js';
import { ControllerError, hasCode } from '../../lib/errors.js';
import { sleep } from '../../lib/scheduler.js';
import { readRollout, readWorkloadGeneration } from '../objects.js';
import type { ExitCode, Session } from '../session.js';
import { applyPatch, tellWrite, type WriteOptions } from '../writes.js';

export interface SteerOptions extends WriteOptions {
  /** Only if the newest revision is this one. */
  readonly revision?: number | undefined;
}

export interface PromoteOptions extends SteerOptions {
  readonly full: boolean;
  readonly skipCurrentStep: boolean;
  readonly skipAllSteps: boolean;
}

const attempts = 5;
const lookAgainMs = 250;
const looks = 40;

/** `promote R [--full]`. cli-dashboard-gitops 1.3. */
export async function promote(session: Session, name: string, options: PromoteOptions): Promise<ExitCode> {
  await steer(session, name, options, promotePlan(options), options.full ? 'fully promoted' : 'promoted');
  return 0;
}

/** `abort R...`: names in order; the first failure ends it, earlier ones stay aborted. */
export async function abort(session: Session, names: readonly string[], options: SteerOptions): Promise<ExitCode> {
  for (const name of names) await steer(session, name, options, planAbort, 'aborted');
  return 0;
}

/** `retry rollout R...`. */
export async function retryRollout(session: Session, names: readonly string[], options: SteerOptions): Promise<ExitCode> {
  for (const name of names) await steer(session, name, options, planRetry, 'retried');
  return 0;
}

/** `pause R...`. */
export async function pause(session: Session, names: readonly string[], options: SteerOptions): Promise<ExitCode> {
  for (const name of names) await steer(session, name, options, planPause, 'paused');
  return 0;
}

function promotePlan(options: PromoteOptions): (rollout: Rollout) => SteerPlan {
  const { skipCurrentStep, skipAllSteps } = options;
  if (!skipCurrentStep && !skipAllSteps) return options.full ? planPromoteFull : planPromote;
  if (skipCurrentStep && skipAllSteps) {
    throw new ControllerError('invalid', 'Cannot use skip-current-step and skip-all-steps flags at the same time');
  }
  return (rollout) => {
    const { strategy } = rollout.spec;
    if (strategy.kind === 'blueGreen') throw new ControllerError('invalid', 'Cannot skip steps of a rollout with the blueGreen strategy');
    if (strategy.steps.length === 0) throw new ControllerError('invalid', 'Cannot skip steps of a rollout without steps');
    return planSkipStep(rollout, skipAllSteps);
  };
}

/**
 * Reads, plans and writes with the version that was read as precondition. Another writer in between means reading again; when the update
 * has become another one meanwhile (other pod hash or step) it stops, so that nobody promotes or aborts what they have not seen.
 */
async function steer(
  session: Session,
  name: string,
  options: SteerOptions,
  plan: (rollout: Rollout) => SteerPlan,
  done: string,
): Promise<void> {
  const first = await observed(session, name, plan);
  assertRevision(first, options.revision);
  let rollout = first;
  let isSpecWritten = false;
  const onSpecWritten = (): void => {
    isSpecWritten = true;
  };
  for (let attempt = 1; ; attempt++) {
    const wanted = plan(rollout);
    if (isNothing(wanted)) {
      session.io.err(`rollout '${name}' is left as it is: ${wanted.note ?? 'nothing to do'}\n`);
      return;
    }
    try {
      const object = await send(session, rollout, wanted, options, onSpecWritten);
      if (wanted.note !== undefined) session.io.err(`note: ${wanted.note}\n`);
      tellWrite(session, options, resources.rollouts, object, `rollout '${name}' ${done}`);
      return;
    } catch (error) {
      if (!hasCode(error, 'conflict') || attempt === attempts) throw error;
      rollout = await observed(session, name, plan);
      if (isSpecWritten && isSameVersion(first, rollout) && wanted.status?.['promoteFull'] === true) continue;
      if (isSpecWritten && hasGoneOn(first, rollout)) {
        tellWrite(session, options, resources.rollouts, rollout.raw, `rollout '${name}' ${done}`);
        return;
      }
      assertSameUpdate(first, rollout);
    }
  }
}

/** Right after `set image` or an apply, the controller needs a moment before there is anything to promote or abort. */
async function observed(session: Session, name: string, plan: (rollout: Rollout) => SteerPlan): Promise<Rollout> {
  for (let look = 1; ; look++) {
    const rollout = await readRollout(session, name);
    const isWorkloadBehind = rollout.spec.workloadRef !== undefined && isBehind(rollout, await readWorkloadGeneration(session, rollout));
    const { isTooEarly } = plan(rollout);
    if (isTooEarly !== true && !isWorkloadBehind) return rollout;
    if (look === 4) session.io.err(`waiting for the controller to see the last change of rollout '${name}'\n`);
    if (look > looks) {
      throw new ControllerError(
        'timeout',
        `the controller does not take note of the last change of rollout "${name}": does it run, and look after this namespace?`,
      );
    }
    await sleep(session.scheduler, lookAgainMs, session.io.signal);
  }
}

/** The spec goes first, so that no pass sees the resume while the rollout is still paused by hand. */
async function send(
  session: Session,
  rollout: Rollout,
  plan: SteerPlan,
  options: SteerOptions,
  onSpecWritten: () => void,
): Promise<KubeObject> {
  const ref = { resource: resources.rollouts, namespace: session.namespace, name: rollout.metadata.name };
  let object = rollout.raw;
  const precondition = (): { readonly resourceVersion: string } => ({ resourceVersion: object.metadata.resourceVersion });
  if (plan.spec) {
    object = await applyPatch(session, ref, object, { kind: 'merge', body: { metadata: precondition(), spec: plan.spec } }, options);
    onSpecWritten();
  }
  if (plan.status) {
    const body = { metadata: precondition(), status: plan.status };
    object = await applyPatch(session, ref, object, { kind: 'merge', body }, { ...options, subresource: 'status' });
  }
  return object;
}

function assertRevision(rollout: Rollout, wanted: number | undefined): void {
  const revision = rollout.metadata.annotations?.[keys.revision] ?? '0';
  if (wanted === undefined || String(wanted) === revision) return;
  throw new ControllerError(
    'conflict',
    `rollout "${rollout.metadata.name}" is at revision ${revision}, not ${wanted}: nothing was changed`,
  );
}

function assertSameUpdate(first: Rollout, now: Rollout): void {
  const isSame = isSameVersion(first, now) && first.status.currentStepIndex === now.status.currentStepIndex;
  if (isSame) return;
  throw new ControllerError(
    'conflict',
    `rollout "${first.metadata.name}" has moved on meanwhile (${position(first)} is now ${position(now)}): look again and repeat the command if you still want it`,
  );
}

/** The spec we wrote may be all it took: a timed pause that ran out under spec.paused is over the moment that goes, and nothing is left to skip. */
function hasGoneOn(first: Rollout, now: Rollout): boolean {
  const isWhereItWas = first.status.currentStepIndex === now.status.currentStepIndex && now.status.pauseConditions.length > 0;
  return isSameVersion(first, now) && !isWhereItWas;
}

function isSameVersion(first: Rollout, now: Rollout): boolean {
  return first.status.currentPodHash === now.status.currentPodHash;
}

function position({ status, metadata }: Rollout): string {
  const step = status.currentStepIndex === undefined ? '' : ` at step ${status.currentStepIndex}`;
  return `revision ${metadata.annotations?.[keys.revision] ?? '0'}${step}`;
}

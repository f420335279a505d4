import { resources } from '../../api/kube.js';
import { parseDurationMs } from '../../lib/duration.js';
import { ControllerError } from '../../lib/errors.js';
import { renderWholeSeconds } from '../../lib/time.js';
import { readRollout } from '../objects.js';
import type { ExitCode, Session } from '../session.js';
import { applyPatch, tellWrite, type WriteOptions } from '../writes.js';

export interface RestartOptions extends WriteOptions {
  /** A Go duration as given; printed as it is. */
  readonly in: string | undefined;
}

/** `restart R [--in D]`: every pod older than the instant is made anew, a few at a time. cli-dashboard-gitops 1.2. */
export async function restart(session: Session, name: string, options: RestartOptions): Promise<ExitCode> {
  const { in: delay = '0s' } = options;
  const parsed = parseDurationMs(delay);
  if (!parsed.ok) throw new ControllerError('invalid', `invalid argument "${delay}" for "-i, --in" flag: ${parsed.error}`, { usage: true });
  const { raw } = await readRollout(session, name);
  const restartAt = renderWholeSeconds(session.scheduler.now() + parsed.value);
  const ref = { resource: resources.rollouts, namespace: session.namespace, name };
  const object = await applyPatch(session, ref, raw, { kind: 'merge', body: { spec: { restartAt } } }, options);
  tellWrite(session, options, resources.rollouts, object, `rollout '${name}' restarts in ${delay}`);
  return 0;
}

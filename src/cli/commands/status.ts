import { parseRollout } from '../../api/index.js';
import { resources } from '../../api/kube.js';
import { assessRolloutStatus, type StatusWord } from '../../core/view/rollout-status.js';
import { ControllerError } from '../../lib/errors.js';
import { deadline } from '../../lib/scheduler.js';
import { readRollout } from '../objects.js';
import type { ExitCode, Session } from '../session.js';
import { follow } from '../watch.js';

export interface StatusFlags {
  readonly watch: boolean;
  /** 0: for ever. */
  readonly timeoutMs: number;
}

const timedOut = 'Rollout status watch exceeded timeout';

/**
 * `status R`: one line each time phase or message changes; ends with 0 at Healthy, with 1 at Degraded, at the time-out and at Ctrl-C.
 * Semantics: cli-dashboard-gitops 1.9.
 */
export async function status(session: Session, name: string, flags: StatusFlags): Promise<ExitCode> {
  const rollout = await readRollout(session, name, 'rollout.argoproj.io');
  const word = assessRolloutStatus(rollout);
  if (!flags.watch) {
    printed(session, word);
    return conclude(word);
  }
  return watchStatus(session, name, flags, word, rollout.metadata.resourceVersion);
}

async function watchStatus(session: Session, name: string, flags: StatusFlags, first: StatusWord, version: string): Promise<ExitCode> {
  const ended = new AbortController();
  const limit =
    flags.timeoutMs > 0
      ? deadline(session.scheduler, flags.timeoutMs, new ControllerError('timeout', timedOut), session.io.signal)
      : { signal: session.io.signal, done: () => undefined };
  const signal = AbortSignal.any([limit.signal, ended.signal]);
  let last = first;
  let shown = printed(session, first);
  let isGone = false;
  const look = (word: StatusWord): void => {
    last = word;
    if (line(word) !== shown) shown = printed(session, word);
    if (isFinal(word)) ended.abort();
  };
  if (isFinal(first)) ended.abort();
  const selection = { resource: resources.rollouts, namespace: session.namespace, fieldSelector: `metadata.name=${name}` };
  try {
    await follow(
      session,
      selection,
      version,
      (object, gone) => {
        isGone = gone;
        if (gone) ended.abort();
        else look(assessRolloutStatus(parseRollout(object).rollout));
      },
      signal,
    );
  } finally {
    limit.done();
  }
  if (isGone) throw new ControllerError('not-found', `rollout.argoproj.io "${name}" was deleted`);
  if (!isFinal(last)) throw new ControllerError('timeout', timedOut);
  return conclude(last);
}

function isFinal({ phase }: StatusWord): boolean {
  return phase === 'Healthy' || phase === 'Degraded';
}

function line({ phase, message }: StatusWord): string {
  return message === '' || phase === 'Healthy' || phase === 'Degraded' ? phase : `${phase} - ${message}`;
}

function printed(session: Session, word: StatusWord): string {
  const text = line(word);
  session.io.out(`${text}\n`);
  return text;
}

function conclude(word: StatusWord): ExitCode {
  if (word.phase !== 'Degraded') return 0;
  throw new ControllerError('invalid', `The rollout is in a degraded state with message: ${word.message}`);
}

import { parseRollout } from '../../api/index.js';
import { resources } from '../../api/kube.js';
import { assessRolloutStatus, type StatusWord } from '../../core/view/rollout-status.js';
import { ControllerError, hasCode } from '../../lib/errors.js';
import { deadline } from '../../lib/scheduler.js';
import { follow, type Live } from '../live.js';
import { readRollout, readWorkloadGeneration, workloadSelection } from '../objects.js';
import { interruption } from '../watch-page.js';
import type { ExitCode, Session } from '../session.js';

export interface StatusOptions {
  readonly watch: boolean;
  /** 0: for ever. */
  readonly timeoutMs: number;
  /** `paused`: a pause ends the wait too. */
  readonly until: 'healthy' | 'paused';
  /** Tells a time-out, an interruption and a missing rollout from a degraded one (session.ts). */
  readonly hasDetailedExitCode: boolean;
}

const timedOut = 'Rollout status watch exceeded timeout';
const spelling = 'rollout.argoproj.io';

/**
 * `status R`: one line each time phase or message changes; ends with 0 at Healthy, with 1 at Degraded, at the time-out and at Ctrl-C.
 * Semantics: cli-dashboard-gitops 1.9.
 */
export async function status(session: Session, name: string, options: StatusOptions): Promise<ExitCode> {
  try {
    const word = options.watch ? await watchStatus(session, name, options) : await lookOnce(session, name);
    return conclude(word);
  } catch (error) {
    if (!options.hasDetailedExitCode) throw error;
    const code = hasCode(error, 'timeout') ? 2 : hasCode(error, 'aborted') ? 3 : hasCode(error, 'not-found') ? 4 : undefined;
    if (code === undefined) throw error;
    session.io.err(`Error: ${error instanceof Error ? error.message : ''}\n`);
    return code;
  }
}

async function lookOnce(session: Session, name: string): Promise<StatusWord> {
  const rollout = await readRollout(session, name, spelling);
  const word = assessRolloutStatus(rollout, await readWorkloadGeneration(session, rollout));
  session.io.out(`${line(word)}\n`);
  return word;
}

async function watchStatus(session: Session, name: string, options: StatusOptions): Promise<StatusWord> {
  const limit =
    options.timeoutMs > 0
      ? deadline(session.scheduler, options.timeoutMs, new ControllerError('timeout', timedOut), session.io.signal)
      : { signal: session.io.signal, done: () => undefined };
  const inner: Session = { ...session, io: { ...session.io, signal: limit.signal } };
  try {
    return await firstFinal(inner, name, options);
  } catch (error) {
    if (!limit.signal.aborted) throw error;
    throw new ControllerError(
      session.io.signal.aborted && options.hasDetailedExitCode ? 'aborted' : 'timeout',
      timedOut,
      {},
      { cause: error },
    );
  } finally {
    limit.done();
  }
}

async function firstFinal(session: Session, name: string, options: StatusOptions): Promise<StatusWord> {
  const { namespace, io } = session;
  const rollout = await readRollout(session, name, spelling);
  let live: Live | undefined;
  let shown = '';
  try {
    return await new Promise<StatusWord>((resolve, reject) => {
      const look = (): void => {
        const raw = live?.objects(0)[0];
        if (raw === undefined) {
          reject(new ControllerError('not-found', `${spelling} "${name}" was deleted`));
          return;
        }
        const word = assessRolloutStatus(parseRollout(raw).rollout, live?.objects(1)[0]?.metadata.generation);
        if (line(word) !== shown) io.out(`${line(word)}\n`);
        shown = line(word);
        if (isFinal(word, options)) resolve(word);
      };
      const own = { resource: resources.rollouts, namespace, fieldSelector: `metadata.name=${name}` };
      live = follow(session, [own, ...workloadSelection(namespace, rollout)], look);
      live.failed.catch(reject);
      interruption(io.signal).catch(reject);
    });
  } finally {
    await live?.stop();
  }
}

function isFinal({ phase }: StatusWord, { until }: StatusOptions): boolean {
  return phase === 'Healthy' || phase === 'Degraded' || (phase === 'Paused' && until === 'paused');
}

function line({ phase, message }: StatusWord): string {
  return message === '' || phase === 'Healthy' || phase === 'Degraded' ? phase : `${phase} - ${message}`;
}

function conclude(word: StatusWord): ExitCode {
  if (word.phase !== 'Degraded') return 0;
  throw new ControllerError('invalid', `The rollout is in a degraded state with message: ${word.message}`);
}

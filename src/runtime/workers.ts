import { ControllerError, hasCode } from '../lib/errors.js';
import { sleep, type Scheduler } from '../lib/scheduler.js';
import { sharedAbort } from '../lib/signals.js';
import { longestBackOffMs, type ManagedQueue } from './queue.js';
import type { Reconcile } from './types.js';

/** Told of each failed pass; this is where it is logged, once. */
export type OnFailure = (key: string, error: unknown, failuresInARow: number) => void;

/** How long passes in flight may go on after the stop, before their signal aborts. */
const defaultDrainMs = 15_000;
/** Passes that find everything in the cache never wait: without a breath, 10,000 of them would keep a lease from being renewed. */
const longestTurnMs = 20;

/**
 * Works through a queue, `concurrency` keys at a time, until `signal` fires; then no key is taken any more, passes in flight end, and it resolves.
 *
 * @param reconcile its signal aborts only when a pass is still running `drainMs` after the stop
 */
export async function runWorkers(
  queue: ManagedQueue,
  concurrency: number,
  reconcile: Reconcile,
  signal: AbortSignal,
  onError: OnFailure,
  drainMs = defaultDrainMs,
): Promise<void> {
  const passes = sharedAbort();
  let cancelDrain = (): void => undefined;
  const stop = (): void => {
    queue.close();
    cancelDrain = queue.scheduler.after(drainMs, () => passes.abort(new ControllerError('aborted', 'shutting down')));
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  const breathe = breather(queue.scheduler);
  await Promise.all(Array.from({ length: concurrency }, () => work({ queue, reconcile, onError, breathe, signal: passes.signal })));
  signal.removeEventListener('abort', stop);
  cancelDrain();
}

interface Worker {
  readonly queue: ManagedQueue;
  readonly reconcile: Reconcile;
  readonly onError: OnFailure;
  readonly breathe: () => Promise<void>;
  readonly signal: AbortSignal;
}

async function work(worker: Worker): Promise<void> {
  const { queue } = worker;
  while (!queue.closed) {
    await queue.whenReady();
    await worker.breathe();
    await queue.scheduler.yield(`work ${queue.name}`);
    const key = queue.take();
    if (key !== undefined) await pass(worker, key);
  }
}

async function pass(worker: Worker, key: string): Promise<void> {
  try {
    await worker.reconcile(key, worker.signal);
    worker.queue.done(key);
  } catch (error) {
    worker.onError(key, error, worker.queue.failed(key, pauseAskedForMs(error)));
  }
}

/** What trying again soon cannot mend waits as long as the back-off allows; a server that names a pause gets it. */
function pauseAskedForMs(error: unknown): number {
  if (hasCode(error, 'invalid-spec', 'not-leader', 'unsupported')) return longestBackOffMs;
  const retryAfterMs = error instanceof ControllerError ? error.fields['retryAfterMs'] : undefined;
  return typeof retryAfterMs === 'number' ? retryAfterMs : 0;
}

/** Lets timers and sockets run once passes have had the event loop for themselves for a while. */
function breather(scheduler: Scheduler): () => Promise<void> {
  let turnSince: number | undefined;
  return async () => {
    if (turnSince === undefined) {
      turnSince = scheduler.now();
      scheduler.after(0, () => {
        turnSince = undefined;
      });
    } else if (scheduler.now() - turnSince > longestTurnMs) await sleep(scheduler, 0);
  };
}

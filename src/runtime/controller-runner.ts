import { objectKey } from '../api/kube.js';
import type { EpochMs, Scheduler } from '../lib/scheduler.js';
import { linkSignals } from '../lib/signals.js';
import type { ManagedQueue } from './queue.js';
import type { Change, Informer, Reconcile } from './types.js';
import { runWorkers, type OnFailure } from './workers.js';

/** Which keys a change to some kind of object concerns. */
export interface Watched {
  readonly informer: Informer;
  /** Keys to work on; asked once for everything there is at the start, then for each change. */
  readonly keysOf: (change: Change) => readonly string[];
}

export interface ControllerSpec {
  /** For metrics and traces. */
  readonly queue: ManagedQueue;
  readonly workers: number;
  readonly watches: readonly Watched[];
  /** Further informers whose first list must be complete before the first pass. */
  readonly needs?: readonly Informer[];
  readonly reconcile: Reconcile;
  readonly onError: OnFailure;
  /** All objects of this informer are worked on again once per period, spread over it: a net under lost events. */
  readonly resync?: { readonly informer: Informer; readonly everyMs: number };
  /** Default 15,000; see runWorkers. */
  readonly drainMs?: number;
}

/**
 * Runs a controller: waits until its informers are complete, feeds its queue, works. When `signal` fires, intake stops at once, passes in
 * flight end, then it resolves; the lease is the caller's to release, after that.
 */
async function runController(spec: ControllerSpec, scheduler: Scheduler, signal: AbortSignal): Promise<void> {
  const synced = [...spec.watches.map(({ informer }) => informer), ...(spec.needs ?? [])];
  try {
    await Promise.all(synced.map((informer) => informer.whenSynced(signal)));
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  }
  const unsubscribe = spec.watches.map((watched) => feed(spec.queue, watched));
  const cancelResync = spec.resync ? resyncEvery(scheduler, spec.queue, spec.resync) : () => undefined;
  await runWorkers(spec.queue, spec.workers, spec.reconcile, signal, spec.onError, spec.drainMs);
  cancelResync();
  for (const stop of unsubscribe) stop();
}

function feed(queue: ManagedQueue, { informer, keysOf }: Watched): () => void {
  const handle = (change: Change): void => {
    for (const key of keysOf(change)) queue.add(key);
  };
  const unsubscribe = informer.onChange(handle);
  for (const object of informer.list()) handle({ after: object });
  return unsubscribe;
}

function resyncEvery(
  scheduler: Scheduler,
  queue: ManagedQueue,
  resync: { readonly informer: Informer; readonly everyMs: number },
): () => void {
  let cancel = (): void => undefined;
  const round = (): void => {
    const now: EpochMs = scheduler.now();
    for (const { metadata } of resync.informer.list()) queue.addAt(objectKey(metadata), now + scheduler.random() * resync.everyMs);
    cancel = scheduler.after(resync.everyMs, round);
  };
  cancel = scheduler.after(resync.everyMs, round);
  return () => cancel();
}

/** Runs several controllers under one signal; when one of them ends or fails, the others are stopped, and its error is passed on. */
export async function runControllers(specs: readonly ControllerSpec[], scheduler: Scheduler, signal: AbortSignal): Promise<void> {
  const together = linkSignals(signal);
  const running = specs.map((spec) => runController(spec, scheduler, together.signal).finally(() => together.abort()));
  const ended = await Promise.allSettled(running);
  together.done();
  for (const result of ended) if (result.status === 'rejected') throw result.reason;
}

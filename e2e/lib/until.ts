import type { Scheduler } from '../../src/lib/scheduler.js';
import { sleep } from '../../src/lib/scheduler.js';

export interface UntilOptions {
  readonly scheduler: Scheduler;
  /** Milliseconds after which to give up. */
  readonly timeoutMs: number;
  /** Milliseconds between two tries, default 50. */
  readonly everyMs?: number;
  /** What is awaited, for the message of the failure. */
  readonly what: string;
  readonly signal?: AbortSignal;
}

/**
 * Tries `probe` until it answers something other than undefined. An error counts as "not yet"; the last one is the cause of the failure.
 *
 * @throws Error after `timeoutMs`, naming what was awaited
 */
export async function until<T>(probe: () => Promise<T | undefined> | T | undefined, options: UntilOptions): Promise<T> {
  const end = options.scheduler.now() + options.timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const found = await probe();
      if (found !== undefined) return found;
      lastError = undefined;
    } catch (error) {
      if (error instanceof GiveUp) throw error;
      lastError = error;
    }
    if (options.scheduler.now() >= end) throw new Error(`waited ${options.timeoutMs} ms for ${options.what}`, { cause: lastError });
    await sleep(options.scheduler, options.everyMs ?? 50, options.signal);
  }
}

/** Thrown by a probe that knows that waiting is in vain. */
export class GiveUp extends Error {
  override readonly name = 'GiveUp';
}

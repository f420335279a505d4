/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number;

/**
 * All there is of time and chance. Everything that waits, times out, jitters or asks what time it is gets one of these,
 * so that the whole controller runs deterministically in one process (see virtual-scheduler.ts).
 */
export interface Scheduler {
  now(): EpochMs;
  /** Runs `task` once, `delayMs` from now (0 or more; at most 2^31-1 in one go, longer delays are chained). The returned function cancels it. */
  after(delayMs: number, task: () => void): () => void;
  /** A place where others may run first. `point` names it in traces ("patch rollouts/status"). At once in production. */
  yield(point: string): Promise<void>;
  /** Uniform in [0, 1): for jitter and unique names only, never for a decision. */
  random(): number;
}

const longestTimerMs = 2 ** 31 - 1;

/** The scheduler of production: wall clock, real timers, Math.random; `yield` costs one microtask. */
export function realScheduler(): Scheduler {
  return {
    now: () => Date.now(),
    after: (delayMs, task) => {
      let timer: NodeJS.Timeout;
      const arm = (leftMs: number): void => {
        const stepMs = Math.min(Math.max(leftMs, 0), longestTimerMs);
        timer = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : task()), stepMs);
      };
      arm(delayMs);
      return () => clearTimeout(timer);
    },
    yield: () => Promise.resolve(),
    random: () => Math.random(),
  };
}

/**
 * Resolves after `delayMs`, or rejects with the signal's reason as soon as it is aborted.
 * @param delayMs 0 or more
 */
export function sleep(scheduler: Scheduler, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(abortReason(signal));
      return;
    }
    const onAbort = (): void => {
      cancel();
      if (signal) reject(abortReason(signal));
    };
    const cancel = scheduler.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** A signal that aborts after `delayMs` with `reason`, or together with `parent`. `done` releases the timer. */
export function deadline(
  scheduler: Scheduler,
  delayMs: number,
  reason: Error,
  parent?: AbortSignal,
): { readonly signal: AbortSignal; readonly done: () => void } {
  const controller = new AbortController();
  const onParent = (): void => controller.abort(parent?.reason);
  const cancel = scheduler.after(delayMs, () => controller.abort(reason));
  if (parent?.aborted) onParent();
  parent?.addEventListener('abort', onParent, { once: true });
  return {
    signal: controller.signal,
    done: () => {
      cancel();
      parent?.removeEventListener('abort', onParent);
    },
  };
}

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted');
}

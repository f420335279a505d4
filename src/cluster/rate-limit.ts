import { ControllerError } from '../lib/errors.js';
import type { Scheduler } from '../lib/scheduler.js';

export interface RateLimitOptions {
  /** Calls per second in the long run, above 0. */
  readonly qps: number;
  /** Calls that may go at once after a rest, 1 or more. */
  readonly burst: number;
}

export interface RateLimit {
  /** Resolves when a call may go, first come first served. @throws ControllerError `aborted` when the signal fires before */
  take(signal?: AbortSignal): Promise<void>;
}

export const unlimited: RateLimit = { take: () => Promise.resolve() };

/** A token bucket. Semantics: client-go's flowcontrol.NewTokenBucketRateLimiter. */
export function tokenBucket(scheduler: Scheduler, { qps, burst }: RateLimitOptions): RateLimit {
  const waiting: (() => void)[] = [];
  let tokens = burst;
  let filledAt = scheduler.now();
  let isArmed = false;

  const refill = (): void => {
    const now = scheduler.now();
    // A clock set back must not take tokens away.
    tokens = Math.min(burst, tokens + (Math.max(0, now - filledAt) / 1_000) * qps);
    filledAt = now;
  };
  const serve = (): void => {
    refill();
    while (tokens >= 1 && waiting.length > 0) {
      tokens -= 1;
      waiting.shift()?.();
    }
    if (waiting.length === 0 || isArmed) return;
    isArmed = true;
    scheduler.after(Math.max(1, Math.ceil(((1 - tokens) / qps) * 1_000)), () => {
      isArmed = false;
      serve();
    });
  };

  return {
    take: (signal) =>
      new Promise((resolve, reject) => {
        const go = (): void => {
          signal?.removeEventListener('abort', leave);
          resolve();
        };
        const leave = (): void => {
          const place = waiting.indexOf(go);
          if (place >= 0) waiting.splice(place, 1);
          reject(new ControllerError('aborted', 'aborted while waiting for the rate limit', {}, { cause: signal?.reason }));
        };
        if (signal?.aborted) {
          leave();
          return;
        }
        signal?.addEventListener('abort', leave, { once: true });
        waiting.push(go);
        serve();
      }),
  };
}

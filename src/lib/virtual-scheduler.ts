import type { EpochMs, Scheduler } from './scheduler.js';

interface Timer {
  readonly at: EpochMs;
  readonly order: number;
  readonly task: () => void;
}

export interface VirtualSchedulerOptions {
  /** Where virtual time begins; default 2026-01-01T00:00:00Z. */
  readonly start?: EpochMs;
  /** Same seed, same run. Default 1. */
  readonly seed?: number;
  /** true: `yield` queues its caller and the seed decides who goes on. false (default): callers go on in order of arrival. */
  readonly shuffle?: boolean;
  /** Called with each point that goes on, in order: a trace to compare two runs by. */
  readonly onPoint?: (point: string, now: EpochMs) => void;
}

/**
 * Seeded, deterministic time: nobody sleeps, time moves to the next timer only when nobody else can run.
 * Works as long as everything that waits, waits through this scheduler (no real I/O).
 */
export interface VirtualScheduler extends Scheduler {
  /** Lets everything run, moving time on, until `isDone()` or until `limitMs` of virtual time have passed. @returns whether `isDone` came true */
  runUntil(isDone: () => boolean, limitMs: number): Promise<boolean>;
  /** Lets everything run for `durationMs` of virtual time. */
  runFor(durationMs: number): Promise<void>;
  /** Lets everything run that needs no time to pass. */
  settle(): Promise<void>;
  /** Moves the clock by `deltaMs` (may be negative) without running anything: a clock jump. */
  jump(deltaMs: number): void;
  /** Timers that are armed. */
  pending(): number;
}

const defaultStart = Date.UTC(2026, 0, 1);

/** mulberry32: small, seedable, good enough for order and jitter. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function virtualScheduler(options: VirtualSchedulerOptions = {}): VirtualScheduler {
  const random = seededRandom(options.seed ?? 1);
  const shuffleRandom = seededRandom((options.seed ?? 1) ^ 0x5bd1e995);
  const timers: Timer[] = [];
  const waiting: { readonly point: string; readonly resume: () => void }[] = [];
  let now = options.start ?? defaultStart;
  let order = 0;

  const after = (delayMs: number, task: () => void): (() => void) => {
    const timer: Timer = { at: now + Math.max(0, delayMs), order: order++, task };
    pushTimer(timers, timer);
    return () => removeTimer(timers, timer);
  };

  const resumeOne = (): boolean => {
    if (waiting.length === 0) return false;
    const index = options.shuffle ? Math.floor(shuffleRandom() * waiting.length) : 0;
    const [next] = waiting.splice(index, 1);
    if (!next) return false;
    options.onPoint?.(next.point, now);
    next.resume();
    return true;
  };

  const settle = async (): Promise<void> => {
    do await drainMicrotasks();
    while (resumeOne());
  };

  const runTimersUpTo = async (end: EpochMs, isDone: () => boolean): Promise<boolean> => {
    for (;;) {
      await settle();
      if (isDone()) return true;
      const next = timers[0];
      if (!next || next.at > end) {
        now = Math.max(now, end);
        return false;
      }
      removeTimer(timers, next);
      now = Math.max(now, next.at);
      next.task();
    }
  };

  return {
    now: () => now,
    after,
    yield: (point) => new Promise((resolve) => waiting.push({ point, resume: resolve })),
    random,
    runUntil: (isDone, limitMs) => runTimersUpTo(now + limitMs, isDone),
    runFor: async (durationMs) => {
      await runTimersUpTo(now + durationMs, () => false);
    },
    settle,
    jump: (deltaMs) => {
      now += deltaMs;
    },
    pending: () => timers.length,
  };
}

/** setImmediate runs after every microtask that is queued, including those the microtasks queue themselves. */
function drainMicrotasks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function pushTimer(timers: Timer[], timer: Timer): void {
  let low = 0;
  let high = timers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = timers[middle];
    if (other && (other.at < timer.at || (other.at === timer.at && other.order < timer.order))) low = middle + 1;
    else high = middle;
  }
  timers.splice(low, 0, timer);
}

function removeTimer(timers: Timer[], timer: Timer): void {
  const index = timers.indexOf(timer);
  if (index >= 0) timers.splice(index, 1);
}

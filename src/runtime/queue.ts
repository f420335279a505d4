import type { EpochMs, Scheduler } from '../lib/scheduler.js';
import { DeadlineHeap } from './deadline-heap.js';
import type { WorkQueue } from './types.js';

/** What a queue tells about itself, for metrics. */
export interface QueueHooks {
  readonly added?: () => void;
  readonly retried?: () => void;
  /** Keys waiting to be taken, after each change. */
  readonly waiting?: (keys: number) => void;
  readonly started?: (waitedMs: number) => void;
  readonly finished?: (workedMs: number) => void;
}

export interface WorkQueueOptions {
  /** For metrics and traces: upstream's are Rollouts, Experiments, AnalysisRuns, Services, Ingresses. */
  readonly name: string;
  readonly hooks?: QueueHooks;
}

/** A queue with the side that workers use. */
export interface ManagedQueue extends WorkQueue {
  readonly name: string;
  readonly scheduler: Scheduler;
  /** Since when each key in work is. */
  readonly busySince: readonly EpochMs[];
  /** Resolves when there may be a key to take, or the queue is closed. */
  whenReady(): Promise<void>;
  /** A key to work on; it is nobody else's until `done` or `failed`. */
  take(): string | undefined;
  /** The pass succeeded: earlier failures are forgotten. */
  done(key: string): void;
  /**
   * The pass failed: the key comes again after its back-off.
   * @param atLeastMs a longer pause, if the failure asked for one
   * @returns failures in a row, this one included
   */
  failed(key: string, atLeastMs?: number): number;
  /** No key is taken in or handed out any more. */
  close(): void;
  readonly closed: boolean;
}

const shortestBackOffMs = 5;
export const longestBackOffMs = 10_000;
/** Wall clocks jump and machines sleep: deadlines are looked at again at least that often. */
const longestNapMs = 30_000;
/**
 * Events go past the back-off; but a pass that writes something, wakes itself by it and then fails would spin. From this many failures in
 * a row on, even an event waits for 100 ms.
 */
const patientFailures = 10;
const patienceMs = 100;

/**
 * A keyed queue on the scheduler (see WorkQueue).
 *
 * A key has one wake-up time. It is forgotten when a pass over the key starts: the pass looks at everything and says anew when to look again.
 * Back-off runs on timers, not on the wall clock, so a clock set back by an hour does not stop a retry for an hour.
 * Semantics: client-go's rate-limited queue. Differs: events are not held up by the back-off of earlier failures; jitter.
 */
export function workQueue(scheduler: Scheduler, options: WorkQueueOptions): ManagedQueue {
  return new KeyedQueue(scheduler, options);
}

class KeyedQueue implements ManagedQueue {
  readonly name: string;
  readonly #hooks: QueueHooks;
  /** Keys to take, in order, and since when. */
  readonly #ready = new Map<string, EpochMs>();
  readonly #busy = new Map<string, EpochMs>();
  /** Added while in work. */
  readonly #again = new Set<string>();
  readonly #wakeUps = new DeadlineHeap();
  readonly #retries = new Map<string, { readonly soon: boolean; readonly cancel: () => void }>();
  readonly #failures = new Map<string, number>();
  #waiters: (() => void)[] = [];
  #nap: { readonly until: EpochMs; readonly cancel: () => void } | undefined;
  #closed = false;

  constructor(
    readonly scheduler: Scheduler,
    options: WorkQueueOptions,
  ) {
    this.name = options.name;
    this.#hooks = options.hooks ?? {};
  }

  get depth(): number {
    return this.#ready.size + this.#busy.size;
  }

  get busySince(): readonly EpochMs[] {
    return [...this.#busy.values()];
  }

  get closed(): boolean {
    return this.#closed;
  }

  add(key: string): void {
    if (this.#closed) return;
    this.#hooks.added?.();
    if (this.#busy.has(key)) this.#again.add(key);
    else if (this.#isImpatient(key)) this.#retryIn(key, patienceMs, true);
    else this.#makeReady(key);
  }

  addAt(key: string, at: EpochMs): void {
    if (this.#closed || this.#ready.has(key)) return;
    // Never at once: a pass that asks to be woken in the past must not keep time from moving.
    const wakeAt = Math.max(at, this.scheduler.now() + 1);
    const planned = this.#wakeUps.at(key);
    if (planned !== undefined && planned <= wakeAt) return;
    this.#wakeUps.set(key, wakeAt);
    this.#takeNap();
  }

  async whenReady(): Promise<void> {
    if (this.#closed || this.#ready.size > 0) return;
    await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  take(): string | undefined {
    if (this.#closed) return undefined;
    const [first] = this.#ready;
    if (first === undefined) return undefined;
    const [key, since] = first;
    const now = this.scheduler.now();
    this.#ready.delete(key);
    this.#busy.set(key, now);
    this.#wakeUps.delete(key);
    this.#cancelRetry(key);
    this.#hooks.waiting?.(this.#ready.size);
    this.#hooks.started?.(now - since);
    return key;
  }

  done(key: string): void {
    this.#failures.delete(key);
    this.#finish(key);
    if (this.#again.delete(key)) this.#makeReady(key);
  }

  failed(key: string, atLeastMs = 0): number {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    this.#finish(key);
    if (this.#closed) return failures;
    this.#hooks.retried?.();
    if (!this.#again.delete(key)) this.#retryIn(key, Math.max(atLeastMs, this.#backOffMs(failures)), false);
    else if (this.#isImpatient(key)) this.#retryIn(key, patienceMs, true);
    else this.#makeReady(key);
    return failures;
  }

  close(): void {
    this.#closed = true;
    this.#nap?.cancel();
    for (const key of [...this.#retries.keys()]) this.#cancelRetry(key);
    this.#wakeAll();
  }

  #finish(key: string): void {
    const since = this.#busy.get(key);
    this.#busy.delete(key);
    if (since !== undefined) this.#hooks.finished?.(this.scheduler.now() - since);
  }

  #makeReady(key: string): void {
    if (this.#closed || this.#ready.has(key)) return;
    this.#cancelRetry(key);
    this.#ready.set(key, this.scheduler.now());
    this.#hooks.waiting?.(this.#ready.size);
    this.#waiters.shift()?.();
  }

  #wakeAll(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  #isImpatient(key: string): boolean {
    return (this.#failures.get(key) ?? 0) > patientFailures && !this.#ready.has(key);
  }

  #backOffMs(failures: number): number {
    const fullMs = Math.min(longestBackOffMs, shortestBackOffMs * 2 ** Math.min(failures - 1, 20));
    return fullMs * (0.75 + this.scheduler.random() / 4);
  }

  #retryIn(key: string, delayMs: number, soon: boolean): void {
    if (soon && this.#retries.get(key)?.soon === true) return;
    this.#cancelRetry(key);
    const cancel = this.scheduler.after(delayMs, () => {
      this.#retries.delete(key);
      if (!this.#busy.has(key)) this.#makeReady(key);
    });
    this.#retries.set(key, { soon, cancel });
  }

  #cancelRetry(key: string): void {
    this.#retries.get(key)?.cancel();
    this.#retries.delete(key);
  }

  #takeNap(): void {
    const earliest = this.#wakeUps.earliest();
    if (this.#closed || !earliest) return;
    const now = this.scheduler.now();
    const until = Math.min(earliest.at, now + longestNapMs);
    if (this.#nap && this.#nap.until <= until && this.#nap.until >= now) return;
    this.#nap?.cancel();
    this.#nap = { until, cancel: this.scheduler.after(until - now, () => this.#endNap()) };
  }

  #endNap(): void {
    this.#nap = undefined;
    for (;;) {
      const earliest = this.#wakeUps.earliest();
      if (!earliest || earliest.at > this.scheduler.now()) break;
      this.#wakeUps.delete(earliest.key);
      this.add(earliest.key);
    }
    this.#takeNap();
  }
}

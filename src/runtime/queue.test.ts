import { describe, expect, it } from '@jest/globals';
import { ControllerError } from '../lib/errors.js';
import { virtualScheduler, type VirtualScheduler } from '../lib/virtual-scheduler.js';
import { workQueue, type ManagedQueue, type QueueHooks } from './queue.js';
import type { Reconcile } from './types.js';
import { runWorkers } from './workers.js';

interface Bench {
  readonly scheduler: VirtualScheduler;
  readonly queue: ManagedQueue;
  /** `web@1500`: key and milliseconds since the start, as each pass begins. */
  readonly passes: string[];
  readonly failures: { readonly key: string; readonly error: unknown; readonly failures: number }[];
  readonly at: (ms: number) => number;
  readonly stop: () => Promise<void>;
}

function aBench(reconcile: Reconcile = async () => undefined, workers = 2, hooks?: QueueHooks): Bench {
  const scheduler = virtualScheduler();
  const start = scheduler.now();
  const queue = workQueue(scheduler, { name: 'Rollouts', ...(hooks && { hooks }) });
  const passes: string[] = [];
  const failures: Bench['failures'] = [];
  const stopping = new AbortController();
  const running = runWorkers(
    queue,
    workers,
    async (key, signal) => {
      passes.push(`${key}@${scheduler.now() - start}`);
      await reconcile(key, signal);
    },
    stopping.signal,
    (key, error, count) => failures.push({ key, error, failures: count }),
  );
  return {
    scheduler,
    queue,
    passes,
    failures,
    at: (ms) => start + ms,
    stop: async () => {
      stopping.abort();
      await scheduler.settle();
      await running;
    },
  };
}

/** A pass that a test ends when it likes. */
function heldPasses(): {
  readonly reconcile: Reconcile;
  readonly end: () => void;
  readonly running: () => number;
  readonly most: () => number;
} {
  const ends: (() => void)[] = [];
  let running = 0;
  let most = 0;
  return {
    running: () => running,
    most: () => most,
    end: () => ends.shift()?.(),
    reconcile: async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => ends.push(resolve));
      running -= 1;
    },
  };
}

describe('workQueue', () => {
  it('runs a key once however often it was added before', async () => {
    const bench = aBench();
    for (let count = 0; count < 5; count += 1) bench.queue.add('web');
    await bench.scheduler.settle();
    expect(bench.passes).toEqual(['web@0']);
    await bench.stop();
  });

  it('runs a key that is added during its pass once more, never twice at a time', async () => {
    const held = heldPasses();
    const bench = aBench(held.reconcile, 4);
    bench.queue.add('web');
    await bench.scheduler.settle();
    bench.queue.add('web');
    bench.queue.add('web');
    await bench.scheduler.settle();
    expect(held.running()).toBe(1);
    held.end();
    await bench.scheduler.settle();
    expect(bench.passes).toEqual(['web@0', 'web@0']);
    held.end();
    await bench.scheduler.settle();
    expect(bench.passes).toHaveLength(2);
    expect(held.most()).toBe(1);
    await bench.stop();
  });

  it('works on as many keys at a time as there are workers', async () => {
    const held = heldPasses();
    const bench = aBench(held.reconcile, 3);
    for (const key of ['a', 'b', 'c', 'd', 'e']) bench.queue.add(key);
    await bench.scheduler.settle();
    expect(held.running()).toBe(3);
    expect(bench.queue.depth).toBe(5);
    for (let count = 0; count < 5; count += 1) {
      held.end();
      await bench.scheduler.settle();
    }
    expect(bench.queue.depth).toBe(0);
    await bench.stop();
  });

  it('wakes a key at the earliest of the times asked for, once', async () => {
    const bench = aBench();
    bench.queue.addAt('web', bench.at(5_000));
    bench.queue.addAt('web', bench.at(2_000));
    bench.queue.addAt('web', bench.at(9_000));
    await bench.scheduler.runFor(60_000);
    expect(bench.passes).toEqual(['web@2000']);
    await bench.stop();
  });

  it('forgets a wake-up when a pass starts before it, as that pass asks again', async () => {
    const bench = aBench();
    bench.queue.addAt('web', bench.at(5_000));
    await bench.scheduler.runFor(1_000);
    bench.queue.add('web');
    await bench.scheduler.runFor(60_000);
    expect(bench.passes).toEqual(['web@1000']);
    await bench.stop();
  });

  it('keeps a wake-up asked for during the pass', async () => {
    let asked = false;
    const bench = aBench(async () => {
      if (!asked) bench.queue.addAt('web', bench.at(3_000));
      asked = true;
    });
    bench.queue.add('web');
    await bench.scheduler.runFor(60_000);
    expect(bench.passes).toEqual(['web@0', 'web@3000']);
    await bench.stop();
  });

  it('lets time move when every pass asks to be woken in the past', async () => {
    const bench = aBench(async (key) => bench.queue.addAt(key, bench.at(-1)));
    bench.queue.add('web');
    await bench.scheduler.runFor(100);
    expect(bench.passes.length).toBeLessThanOrEqual(101);
    await bench.stop();
  });

  it('wakes a key soon after the wall clock was set past its time', async () => {
    const bench = aBench();
    bench.queue.addAt('web', bench.at(3_600_000));
    bench.scheduler.jump(3_600_000);
    await bench.scheduler.runFor(31_000);
    expect(bench.passes).toHaveLength(1);
    await bench.stop();
  });

  it('wakes thousands of keys in the order of their times', async () => {
    const bench = aBench(undefined, 1);
    for (let index = 0; index < 2_000; index += 1) bench.queue.addAt(`key-${index}`, bench.at(1 + ((index * 7_919) % 100_000)));
    await bench.scheduler.runFor(200_000);
    const times = bench.passes.map((pass) => Number(pass.split('@')[1]));
    expect(times).toHaveLength(2_000);
    expect(times).toEqual([...times].sort((left, right) => left - right));
    await bench.stop();
  });
});

describe('back-off', () => {
  const failing: Reconcile = async () => {
    throw new ControllerError('unavailable', 'connection reset');
  };

  it('doubles from 5 ms to 10 s, a quarter of it jitter', async () => {
    const bench = aBench(failing);
    bench.queue.add('web');
    await bench.scheduler.runFor(60_000);
    const times = bench.passes.map((pass) => Number(pass.split('@')[1]));
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    pauses.forEach((pause, index) => {
      const full = Math.min(10_000, 5 * 2 ** index);
      expect(pause).toBeLessThanOrEqual(full);
      expect(pause).toBeGreaterThanOrEqual(full * 0.75);
    });
    expect(pauses.length).toBeGreaterThan(14);
    expect(bench.failures[3]?.failures).toBe(4);
    await bench.stop();
  });

  it('starts anew after a success', async () => {
    let broken = true;
    const bench = aBench(async (key, signal) => (broken ? failing(key, signal) : undefined));
    bench.queue.add('web');
    await bench.scheduler.runFor(20_000);
    broken = false;
    await bench.scheduler.runFor(20_000);
    broken = true;
    bench.queue.add('web');
    await bench.scheduler.settle();
    expect(bench.failures.at(-1)?.failures).toBe(1);
    await bench.stop();
  });

  it('never holds up an event', async () => {
    let broken = true;
    const bench = aBench(async (key, signal) => (broken ? failing(key, signal) : undefined));
    bench.queue.add('web');
    await bench.scheduler.runFor(500);
    broken = false;
    const before = bench.passes.length;
    bench.queue.add('web');
    await bench.scheduler.settle();
    expect(bench.passes.slice(before)).toEqual(['web@500']);
    await bench.scheduler.runFor(60_000);
    expect(bench.passes).toHaveLength(before + 1);
    await bench.stop();
  });

  it('holds a key that wakes itself and fails, over and over, to ten passes a second', async () => {
    const bench = aBench(async (key) => {
      bench.queue.add(key);
      throw new ControllerError('invalid', 'refused after a write');
    });
    bench.queue.add('web');
    await bench.scheduler.runFor(10_000);
    expect(bench.passes.length).toBeGreaterThan(50);
    expect(bench.passes.length).toBeLessThanOrEqual(112);
    await bench.stop();
  });

  it('is at least what the server asked for', async () => {
    const bench = aBench(async () => {
      throw new ControllerError('too-many-requests', 'slow down', { retryAfterMs: 3_000 });
    });
    bench.queue.add('web');
    await bench.scheduler.runFor(2_999);
    expect(bench.passes).toHaveLength(1);
    await bench.scheduler.runFor(1);
    expect(bench.passes).toHaveLength(2);
    await bench.stop();
  });

  it('goes on for as long as it should when the wall clock is set back', async () => {
    const bench = aBench(failing);
    bench.queue.add('web');
    await bench.scheduler.settle();
    bench.scheduler.jump(-3_600_000);
    await bench.scheduler.runFor(3_700_000);
    expect(bench.passes.length).toBeGreaterThan(5);
    await bench.stop();
  });
});

describe('runWorkers', () => {
  it('takes no more keys after the stop, and ends when the passes in flight have', async () => {
    const held = heldPasses();
    const bench = aBench(held.reconcile, 1);
    bench.queue.add('a');
    bench.queue.add('b');
    await bench.scheduler.settle();
    let stopped = false;
    const stopping = bench.stop().then(() => {
      stopped = true;
    });
    await bench.scheduler.settle();
    expect(stopped).toBe(false);
    held.end();
    await bench.scheduler.settle();
    await stopping;
    expect(bench.passes).toEqual(['a@0']);
    bench.queue.add('c');
    expect(bench.queue.take()).toBeUndefined();
    await bench.scheduler.runFor(0);
    expect(bench.scheduler.pending()).toBe(0);
  });

  it('aborts a pass that outlasts the drain', async () => {
    let reason: unknown;
    const bench = aBench(
      (_, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            reason = signal.reason;
            resolve();
          });
        }),
    );
    bench.queue.add('web');
    await bench.scheduler.settle();
    const stopping = bench.stop();
    await bench.scheduler.runFor(14_999);
    expect(reason).toBeUndefined();
    await bench.scheduler.runFor(1);
    await stopping;
    expect(reason).toMatchObject({ code: 'aborted' });
  });

  it('tells how long keys waited and were worked on', async () => {
    const told: string[] = [];
    const held = heldPasses();
    const bench = aBench(held.reconcile, 1, {
      added: () => told.push('added'),
      waiting: (keys) => told.push(`waiting ${keys}`),
      started: (ms) => told.push(`started after ${ms}`),
      finished: (ms) => told.push(`finished after ${ms}`),
      retried: () => told.push('retried'),
    });
    bench.queue.add('a');
    bench.queue.add('b');
    await bench.scheduler.runFor(30);
    expect(bench.queue.busySince).toEqual([bench.at(0)]);
    held.end();
    await bench.scheduler.runFor(20);
    held.end();
    await bench.scheduler.settle();
    expect(told).toEqual([
      ...['added', 'waiting 1', 'added', 'waiting 2', 'waiting 1', 'started after 0', 'finished after 30'],
      ...['waiting 0', 'started after 30', 'finished after 20'],
    ]);
    await bench.stop();
  });

  it('lets timers run between passes that never wait', async () => {
    // Each pass takes 5 ms of wall clock, as a busy event loop would: time moves without a timer having run.
    const bench = aBench(async () => bench.scheduler.jump(5), 1);
    let timerRanAfter = -1;
    for (let index = 0; index < 100; index += 1) bench.queue.add(`key-${index}`);
    bench.scheduler.after(0, () => {
      timerRanAfter = bench.passes.length;
    });
    await bench.scheduler.runFor(1_000);
    expect(timerRanAfter).toBeLessThanOrEqual(6);
    expect(bench.passes).toHaveLength(100);
    await bench.stop();
  });
});

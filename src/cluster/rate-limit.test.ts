import { describe, expect, it } from '@jest/globals';
import { virtualScheduler } from '../lib/virtual-scheduler.js';
import { tokenBucket } from './rate-limit.js';

function aBucket(qps: number, burst: number) {
  const scheduler = virtualScheduler();
  const start = scheduler.now();
  const limit = tokenBucket(scheduler, { qps, burst });
  const times: number[] = [];
  const take = (signal?: AbortSignal): Promise<void> =>
    limit.take(signal).then(() => {
      times.push(scheduler.now() - start);
    });
  return { scheduler, times, take };
}

describe('tokenBucket', () => {
  it('lets a burst go at once and the rest at its rate, in order', async () => {
    const { scheduler, times, take } = aBucket(10, 3);
    for (let count = 0; count < 6; count += 1) void take();
    await scheduler.runFor(1_000);
    expect(times).toEqual([0, 0, 0, 100, 200, 300]);
  });

  it('fills up again while nobody calls, up to the burst', async () => {
    const { scheduler, times, take } = aBucket(10, 2);
    for (let count = 0; count < 2; count += 1) void take();
    await scheduler.runFor(60_000);
    for (let count = 0; count < 3; count += 1) void take();
    await scheduler.runFor(1_000);
    expect(times).toEqual([0, 0, 60_000, 60_000, 60_100]);
  });

  it('forgets a caller who gave up waiting', async () => {
    const { scheduler, times, take } = aBucket(1, 1);
    const stop = new AbortController();
    void take();
    const given = take(stop.signal);
    const last = take();
    await scheduler.runFor(100);
    stop.abort();
    await expect(given).rejects.toMatchObject({ code: 'aborted' });
    await scheduler.runFor(1_000);
    await last;
    expect(times).toEqual([0, 1_000]);
  });

  it('goes on when the clock is set back', async () => {
    const { scheduler, times, take } = aBucket(10, 1);
    void take();
    void take();
    scheduler.jump(-3_600_000);
    await scheduler.runFor(3_601_000);
    expect(times).toHaveLength(2);
  });
});

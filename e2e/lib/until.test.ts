import { describe, expect, it } from '@jest/globals';
import { virtualScheduler } from '../../src/lib/virtual-scheduler.js';
import { GiveUp, until } from './until.js';

describe('until', () => {
  it('takes errors for "not yet" and answers what the probe found', async () => {
    const scheduler = virtualScheduler();
    const start = scheduler.now();
    let tries = 0;
    const found = until(
      () => {
        tries += 1;
        if (tries < 3) throw new Error('refused');
        return scheduler.now() - start;
      },
      { scheduler, timeoutMs: 1_000, everyMs: 100, what: 'the third try' },
    );
    await scheduler.runFor(1_000);
    expect(await found).toBe(200);
  });

  it('names what it waited for, and why it did not come', async () => {
    const scheduler = virtualScheduler();
    const waiting = until(() => Promise.reject(new Error('refused')), { scheduler, timeoutMs: 500, what: 'an answer' });
    const outcome = waiting.catch((error: Error) => [error.message, String(error.cause)]);
    await scheduler.runFor(1_000);
    expect(await outcome).toEqual(['waited 500 ms for an answer', 'Error: refused']);
  });

  it('ends at once when the probe gives up', async () => {
    const scheduler = virtualScheduler();
    const waiting = until(
      () => {
        throw new GiveUp('it is dead');
      },
      { scheduler, timeoutMs: 500, what: 'life' },
    );
    await expect(waiting).rejects.toThrow('it is dead');
  });
});

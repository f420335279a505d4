import { Agent, request } from 'node:http';
import type { Scheduler } from '../lib/scheduler.js';
import type { Counts } from './counts.js';

export interface Load {
  /** Requests that got no answer at all. */
  readonly lost: number;
  readonly sent: number;
  /** Ends the load; resolves when the last answer is in. */
  stop(): Promise<void>;
}

const timeoutMs = 5_000;

/**
 * Sends real requests at a constant rate, whatever the answers. Each answer counts under the version and code it came with; one
 * that no pod gave counts under no version.
 * @param perSecond 1..500
 */
export function startLoad(url: string, perSecond: number, counts: Counts, scheduler: Scheduler): Load {
  const agent = new Agent({ keepAlive: false });
  const state = { lost: 0, sent: 0, underWay: 0, isStopped: false };
  let cancel = (): void => undefined;
  const tick = (): void => {
    if (state.isStopped) return;
    cancel = scheduler.after(1000 / perSecond, tick);
    send();
  };
  const send = (): void => {
    state.sent += 1;
    state.underWay += 1;
    const call = request(url, { agent, timeout: timeoutMs }, (response) => {
      response.resume();
      response.once('close', () => (state.underWay -= 1));
      counts.add({ version: String(response.headers['x-version'] ?? ''), code: String(response.statusCode ?? 0) });
    });
    call.once('timeout', () => call.destroy(new Error('timeout')));
    call.once('error', () => {
      state.lost += 1;
      state.underWay -= 1;
    });
    call.end();
  };
  tick();
  return {
    get lost() {
      return state.lost;
    },
    get sent() {
      return state.sent;
    },
    stop: async () => {
      state.isStopped = true;
      cancel();
      while (state.underWay > 0) await new Promise<void>((resolve) => void scheduler.after(20, resolve));
      agent.destroy();
    },
  };
}

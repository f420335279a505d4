import { ControllerError } from '../lib/errors.js';
import { seededRandom } from '../lib/virtual-scheduler.js';
import type { Delivery, LocalStore } from '../local-cluster/store/index.js';

/** Chances per call or event, 0..1. */
export interface FaultRates {
  /** A write is refused with a conflict although nobody else wrote. */
  readonly conflict: number;
  /** A call is refused with 503 or 429, or does happen and its answer is lost. */
  readonly unavailable: number;
  /** A watch event arrives late, up to two seconds. */
  readonly late: number;
  /** A watch breaks. */
  readonly broken: number;
}

export const calm: FaultRates = { conflict: 0, unavailable: 0, late: 0, broken: 0 };
export const stormy: FaultRates = { conflict: 0.05, unavailable: 0.05, late: 0.1, broken: 0.01 };

/** Lays faults over everything the controller asks and hears. @returns how to end them */
export function injectFaults(store: LocalStore, rates: FaultRates, seed: number): () => void {
  const random = seededRandom(seed);
  const isController = (caller: string): boolean => caller.startsWith('controller-');
  return store.intercept({
    before: (call) => {
      if (!isController(call.caller)) return;
      if (call.verb === 'patch' && random() < rates.conflict) throw new ControllerError('conflict', 'injected: somebody else wrote first');
      if (random() < rates.unavailable / 2) throw refusal(random());
    },
    after: (call, error) => {
      if (!isController(call.caller) || error !== undefined || call.verb === 'watch') return;
      if (random() < rates.unavailable / 2) throw new ControllerError('unavailable', 'injected: the answer was lost');
    },
    deliver: (caller, _resource, _event): Delivery => {
      if (!isController(caller)) return 'deliver';
      if (random() < rates.broken) return 'break';
      return random() < rates.late ? { delayMs: Math.floor(random() * 2_000) } : 'deliver';
    },
  });
}

function refusal(chance: number): ControllerError {
  return chance < 0.5
    ? new ControllerError('unavailable', 'injected: 503')
    : new ControllerError('too-many-requests', 'injected: 429', { retryAfterMs: 200 });
}

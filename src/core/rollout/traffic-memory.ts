import type { JsonObject } from '../../api/kube.js';
import { isPlainObject } from '../../lib/json.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { parseTime, renderTime } from '../../lib/time.js';
import type { TrafficMemory } from './types.js';

/** What `status.sluice.traffic` says; what cannot be read counts as unknown, so that every wait begins again. */
export function readTrafficMemory(stored: unknown): TrafficMemory | undefined {
  if (!isPlainObject(stored)) return undefined;
  const since = isPlainObject(stored['settledSince']) ? stored['settledSince'] : {};
  const times = Object.entries(since).flatMap(([kind, text]) => {
    const at = typeof text === 'string' ? parseTime(text) : undefined;
    return at === undefined ? [] : [[kind, at] as const];
  });
  const routesStep = stored['routesStep'];
  return { settledSince: Object.fromEntries(times), ...(typeof routesStep === 'number' ? { routesStep } : {}) };
}

export function renderTrafficMemory({ settledSince, routesStep }: TrafficMemory): JsonObject {
  const times = Object.entries(settledSince).map(([kind, at]) => [kind, renderTime(at)] as const);
  return { settledSince: Object.fromEntries(times), ...(routesStep === undefined ? {} : { routesStep }) };
}

/** Times are stored in whole seconds; a wait may become longer by that, never shorter. */
export function wholeSecond(at: EpochMs): EpochMs {
  return Math.ceil(at / 1_000) * 1_000;
}

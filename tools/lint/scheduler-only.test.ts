import { describe, expect, it } from '@jest/globals';
import { complaints } from './lint-text.js';

const bannedTexts: readonly (readonly [text: string, what: string])[] = [
  ['setTimeout(f, 1);', 'setTimeout'],
  ['globalThis.setTimeout(f, 1);', 'setTimeout'],
  ['const later = setInterval;', 'setInterval'],
  ['setImmediate(f);', 'setImmediate'],
  ['queueMicrotask(f);', 'queueMicrotask'],
  ['process.nextTick(f);', 'process.nextTick'],
  ['const signal = AbortSignal.timeout(5);', 'AbortSignal.timeout'],
  ['const now = Date.now();', 'Date.now'],
  ["const now = Date['now']();", 'Date.now'],
  ['const now = new Date();', 'Date without an argument'],
  ['const now = Date();', 'Date without an argument'],
  ['const now = performance.now();', 'performance'],
  ['const now = process.hrtime.bigint();', 'process.hrtime'],
  ['const chance = Math.random();', 'Math.random'],
  ['const { random } = Math;', 'Math.random'],
  ['const id = crypto.randomUUID();', 'randomUUID'],
  ["import { randomUUID } from 'node:crypto';", 'randomUUID'],
  ["import * as crypto from 'node:crypto'; export const id = crypto.randomUUID();", 'randomUUID'],
  ["import { setTimeout as sleep } from 'node:timers/promises';", 'node:timers/promises'],
  ["export { setTimeout } from 'timers';", 'timers'],
];

describe('scheduler-only', () => {
  it.each(bannedTexts)('bans %s', (text, what) => {
    expect(complaints('scheduler-only', 'src/controller/worker.ts', text)).toEqual([expect.stringMatching(`^${what} is banned here`)]);
  });

  it.each([
    ['a name of one`s own', 'export function f(setTimeout: () => void) { setTimeout(); }'],
    ['a Date of a given instant', 'export const text = (at: number) => new Date(at).toISOString();'],
    ['Date.parse', 'export const at = Date.parse("2026-01-01T00:00:00Z");'],
    ['other arithmetic', 'export const most = Math.max(1, 2);'],
    ['hashes', "import { createHash } from 'node:crypto';"],
    ['clearing a timer that was handed in', 'export const cancel = (timer: { cancel(): void }) => timer.cancel();'],
  ])('lets pass %s', (_what, text) => {
    expect(complaints('scheduler-only', 'src/controller/worker.ts', text)).toEqual([]);
  });

  it.each([
    { file: 'src/lib/scheduler.ts', banned: false },
    { file: 'src/lib/scheduler.test.ts', banned: false },
    { file: 'src/lib/duration.ts', banned: true },
    { file: 'src/lib/duration.test.ts', banned: true },
    { file: 'src/core/rollout/plan.test.ts', banned: true },
    { file: 'src/controller/worker.test.ts', banned: true },
    { file: 'src/sim/harness.ts', banned: true },
    { file: 'src/testing/builders.ts', banned: true },
    { file: 'src/metric-providers/prometheus/index.ts', banned: true },
    { file: 'src/metric-providers/prometheus/index.test.ts', banned: false },
    { file: 'e2e/lib/until.ts', banned: false },
    { file: 'bench/plans.ts', banned: false },
    { file: 'tools/run.mjs', banned: false },
  ])('bans timers in $file: $banned', ({ file, banned }) => {
    expect(complaints('scheduler-only', file, 'setTimeout(f, 1);')).toHaveLength(banned ? 1 : 0);
  });
});

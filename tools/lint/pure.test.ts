import { describe, expect, it } from '@jest/globals';
import { aRepository, complaints } from './lint-text.js';

const repository = aRepository({
  'src/api/parse.ts': "import { read } from './read.js';",
  'src/api/read.ts': "import { readFileSync } from 'node:fs';",
  'src/api/types.ts': "import type { Stats } from 'node:fs'; import type { read } from './read.js';",
});

const inCore = (text: string): string[] => complaints('pure', 'src/core/rollout/plan.ts', text, repository);

describe('pure', () => {
  it.each([
    ["import { createHash } from 'node:crypto';", 'it must not load node:crypto.'],
    ["import { createHash } from 'crypto';", 'it must not load crypto.'],
    ["import winston from 'winston';", 'it must not load winston.'],
    ["export const load = () => import('axios');", 'it must not load axios.'],
    ['export const home = process.env;', 'it must not use process.'],
    ['console.log(1);', 'it must not use console.'],
    ['export const at = new Date(0);', 'it must not use Date.'],
    ['export const later = Promise.resolve(1);', 'it must not use Promise.'],
    ['export async function plan() {}', 'no async function.'],
    ['export const plan = async () => 1;', 'no async function.'],
    ["import { parse } from '../../api/parse.js';", 'this import loads a module of Node by way of src/api/parse.ts -> src/api/read.ts.'],
  ])('complains about %s', (text, says) => {
    expect(inCore(text)).toEqual([`core is pure and synchronous: ${says}`]);
  });

  it.each([
    "import { dequal } from 'dequal/lite';",
    "import type { Agent } from 'node:https';",
    "import type { Rollout } from '../../api/parse.js';",
    "import { shape } from '../../api/types.js';",
    'export const now = (seen: { now: number }) => Math.max(seen.now, 0);',
    'export type Later = Promise<number>;',
  ])('lets pass %s', (text) => {
    expect(inCore(text)).toEqual([]);
  });

  it.each(['src/core/rollout/plan.test.ts', 'src/controller/worker.ts'])('says nothing about %s', (file) => {
    expect(complaints('pure', file, "import { readFileSync } from 'node:fs';", repository)).toEqual([]);
  });
});

import { describe, expect, it } from '@jest/globals';
import { canarySplit } from './split.js';

const table: readonly [replicas: number, weight: number, surge: 'y' | 'n', canary: number, stable: number][] = [
  [0, 0, 'n', 0, 0],
  [0, 50, 'n', 0, 0],
  [0, 100, 'y', 0, 0],
  [1, 0, 'n', 0, 1],
  [1, 1, 'n', 0, 1],
  [1, 49, 'n', 0, 1],
  [1, 50, 'n', 1, 0],
  [1, 99, 'n', 1, 0],
  [1, 100, 'n', 1, 0],
  [1, 0, 'y', 0, 1],
  [1, 1, 'y', 1, 1],
  [1, 49, 'y', 1, 1],
  [1, 50, 'y', 1, 1],
  [1, 99, 'y', 1, 1],
  [1, 100, 'y', 1, 0],
  [2, 0, 'n', 0, 2],
  [2, 1, 'n', 1, 1],
  [2, 50, 'n', 1, 1],
  [2, 99, 'n', 1, 1],
  [2, 100, 'n', 2, 0],
  [2, 0, 'y', 0, 2],
  [2, 1, 'y', 1, 2],
  [2, 50, 'y', 1, 1],
  [2, 99, 'y', 2, 1],
  [2, 100, 'y', 2, 0],
  [3, 10, 'n', 1, 2],
  [3, 25, 'n', 1, 2],
  [3, 33, 'n', 1, 2],
  [3, 34, 'n', 1, 2],
  [3, 49, 'n', 1, 2],
  [3, 50, 'n', 2, 1],
  [3, 10, 'y', 1, 3],
  [3, 25, 'y', 1, 3],
  [3, 33, 'y', 1, 2],
  [3, 34, 'y', 1, 2],
  [3, 49, 'y', 2, 2],
  [3, 50, 'y', 2, 2],
  [10, 1, 'n', 1, 9],
  [10, 14, 'n', 1, 9],
  [10, 15, 'n', 2, 8],
  [10, 16, 'n', 2, 8],
  [10, 99, 'n', 9, 1],
  [10, 0, 'y', 0, 10],
  [10, 1, 'y', 1, 10],
  [10, 18, 'y', 2, 9],
  [10, 19, 'y', 2, 9],
  [10, 20, 'y', 2, 8],
  [10, 23, 'y', 2, 8],
  [10, 24, 'y', 3, 8],
  [10, 25, 'y', 3, 8],
  [10, 99, 'y', 10, 1],
  [10, 100, 'y', 10, 0],
];

describe('canarySplit (rollout-core 4.2, target split)', () => {
  it.each(table)('splits %i pods at weight %i, surge %s, into %i canary and %i stable', (replicas, weight, surge, canary, stable) => {
    expect(canarySplit(replicas, weight, 100, surge === 'y')).toEqual({ canary, stable });
  });

  it('gives the tutorial canary of 4 pods at weight 10 one pod beside four', () => {
    expect(canarySplit(4, 10, 100, true)).toEqual({ canary: 1, stable: 4 });
  });

  it('stays exact with weights beyond 32 bits of weight times pods', () => {
    expect(canarySplit(23, 50_000_000, 100_000_000, true)).toEqual({ canary: 12, stable: 12 });
  });
});

import { describe, expect, it } from '@jest/globals';
import type { IntOrPercent } from '../../api/rollout-types.js';
import { planBasicCanary, type BasicCanary, type Pods } from './basic-canary.js';
import { podLimits } from './limits.js';

type Size = readonly [wanted: number, available: number];
type Row = readonly [
  number: number,
  replicas: number,
  weight: number,
  surge: number | string,
  unavailable: number | string,
  stable: Size | undefined,
  canary: Size,
  others: number,
  wantedCanary: number,
  wantedStable: number,
  point: string,
];

const full = 100;
const table: readonly Row[] = [
  [1, 10, 100, 3, 0, [7, 8], [6, 3], 0, 6, 7, 'counts the wanted pods while more are available'],
  [2, 10, 20, 2, 0, [10, 10], [0, 0], 0, 2, 10, 'surges up'],
  [3, 10, 20, '20%', 0, [10, 10], [0, 0], 0, 2, 10, 'surges by a percentage'],
  [4, 10, 20, '20%', 0, [10, 10], [2, 2], 0, 2, 8, 'shrinks stable afterwards'],
  [5, 10, 30, 2, 0, [10, 10], [0, 0], 0, 2, 10, 'stops at the surge'],
  [6, 10, 20, 0, 2, [10, 10], [0, 0], 0, 0, 8, 'takes stable down first'],
  [7, 10, 20, 0, '20%', [10, 10], [0, 0], 0, 0, 8, 'takes stable down by a percentage'],
  [8, 10, 30, 0, 2, [10, 10], [0, 0], 0, 0, 8, 'stops at maxUnavailable'],
  [9, 10, 50, 2, 1, [10, 10], [0, 0], 0, 2, 9, 'does both'],
  [10, 10, 0, 1, 1, [10, 10], [1, 1], 0, 0, 10, 'empties the canary at weight 0'],
  [11, 10, 100, 1, 1, [1, 1], [10, 10], 0, 10, 0, 'empties stable at weight 100'],
  [12, 1, 20, 1, 0, [1, 1], [0, 0], 0, 1, 1, 'gives at least one canary pod'],
  [13, 1, 90, 1, 0, [1, 1], [0, 0], 0, 1, 1, 'keeps a stable pod'],
  [14, 1, 49, 0, 1, [1, 1], [0, 0], 0, 0, 1, 'rounds down to no canary'],
  [15, 1, 51, 0, 1, [1, 1], [0, 0], 0, 0, 0, 'removes stable first'],
  [16, 1, 51, 0, 1, [0, 0], [0, 0], 0, 1, 0, 'and then adds the canary'],
  [17, 10, 30, 1, 0, [1, 1], [0, 0], 3, 1, 7, 'grows stable before the canary'],
  [18, 10, 30, 0, 3, [8, 5], [4, 4], 0, 3, 7, 'shrinks both'],
  [19, 10, 100, 1, 0, [10, 2], [10, 8], 0, 9, 2, 'is over the cap and keeps enough available'],
  [20, 10, 30, 0, 1, [8, 6], [4, 2], 3, 4, 8, 'shrinks nothing while others have pods'],
  [21, 10, 5, 0, 1, [10, 10], [0, 0], 0, 0, 9, 'makes room'],
  [22, 10, 5, 0, 1, [9, 9], [0, 0], 0, 1, 9, 'fills the room'],
  [23, 10, 10, '0%', '0%', [10, 10], [0, 0], 0, 0, 9, 'moves one pod when both limits are 0'],
  [24, 4, 100, 1, 0, [4, 1], [0, 0], 0, 1, 4, 'uses the surge beside a bad stable'],
  [25, 4, 100, 1, 0, [4, 1], [1, 1], 0, 1, 3, 'may shrink a bad stable'],
  [26, 3, 99, 0, 2, [3, 3], [0, 0], 0, 0, 1, 'goes down by maxUnavailable'],
  [27, 3, 99, 0, 2, [1, 1], [0, 0], 0, 2, 1, 'and up again'],
  [28, 4, 0, 1, 0, [0, 0], [4, 4], 0, 4, 1, 'abort: grows stable first'],
  [29, 4, 0, 1, 0, [1, 0], [4, 4], 0, 4, 1, 'abort: waits for availability'],
  [30, 4, 0, 1, 0, [1, 1], [4, 4], 0, 3, 1, 'abort: then shrinks the canary'],
  [31, 4, full, 4, 4, [4, 4], [0, 0], 0, 4, 0, 'promote full: all at once where limits allow'],
  [32, 4, full, 3, 0, [4, 4], [0, 0], 0, 3, 4, 'promote full: honours the limits'],
  [33, 10, 10, 0, 1, undefined, [10, 0], 0, 10, 0, 'the canary is the stable one'],
  [34, 10, 10, 0, 1, undefined, [9, 9], 0, 10, 0, 'there is no stable one'],
  [35, 10, 20, '20%', 0, [10, 10], [0, 0], 0, 2, 10, 'setCanaryScale means nothing without a router'],
];

const limit = (value: number | string): IntOrPercent =>
  typeof value === 'number' ? { kind: 'pods', pods: value } : { kind: 'percent', percent: Number.parseInt(value, 10) };
const pods = ([wanted, available]: Size): Pods => ({ wanted, available });

function stateOf([, replicas, weight, surge, unavailable, stable, canary, others]: Row): BasicCanary {
  return {
    replicas,
    weight,
    maxWeight: 100,
    ...podLimits(replicas, limit(surge), limit(unavailable)),
    canary: pods(canary),
    stable: stable && pods(stable),
    others,
  };
}

describe('planBasicCanary (rollout-core 4.2, one pass)', () => {
  it.each(table.map((row) => ({ row, name: `${row[0]}: ${row[10]}` })))('$name', ({ row }) => {
    expect(planBasicCanary(stateOf(row))).toEqual({ canary: row[8], stable: row[9] });
  });
});

describe('planBasicCanary over several passes (rollout-core 4.2, traces)', () => {
  /** Pods are available at once; stable's number is applied first, as upstream does it. */
  function trace(state: Omit<BasicCanary, 'canary' | 'stable' | 'others'>, canary: number, stable: number): readonly string[] {
    const seen = [`${canary}/${stable}`];
    for (;;) {
      const wanted = planBasicCanary({
        ...state,
        canary: { wanted: canary, available: canary },
        stable: { wanted: stable, available: stable },
        others: 0,
      });
      if (wanted.stable !== stable) stable = wanted.stable;
      else if (wanted.canary !== canary) canary = wanted.canary;
      else return seen;
      seen.push(`${canary}/${stable}`);
    }
  }

  it.each([
    {
      name: '4 pods, all of them, surge 1',
      state: { replicas: 4, weight: 100, maxWeight: 100, surge: 1, unavailable: 0 },
      from: [0, 4] as const,
      expected: ['0/4', '1/4', '1/3', '2/3', '2/2', '3/2', '3/1', '4/1', '4/0'],
    },
    {
      name: '10 pods, half of them, default limits',
      state: { replicas: 10, weight: 50, maxWeight: 100, surge: 3, unavailable: 2 },
      from: [0, 10] as const,
      expected: ['0/10', '0/8', '5/8', '5/5'],
    },
    {
      name: '10 pods, abort from 5/5, surge 1',
      state: { replicas: 10, weight: 0, maxWeight: 100, surge: 1, unavailable: 0 },
      from: [5, 5] as const,
      expected: ['5/5', '5/6', '4/6', '4/7', '3/7', '3/8', '2/8', '2/9', '1/9', '1/10', '0/10'],
    },
  ])('$name', ({ state, from, expected }) => {
    expect(trace(state, from[0], from[1])).toEqual(expected);
  });

  it('never goes over the cap nor below the floor, whatever the sizes were', () => {
    for (let stable = 0; stable <= 12; stable += 1)
      for (let canary = 0; canary <= 12; canary += 1)
        for (let weight = 0; weight <= 100; weight += 10) {
          const before = { canary: { wanted: canary, available: canary }, stable: { wanted: stable, available: stable } };
          const wanted = planBasicCanary({ replicas: 8, weight, maxWeight: 100, surge: 2, unavailable: 1, ...before, others: 0 });
          const after = wanted.canary + wanted.stable;
          const availableAfter = Math.min(canary, wanted.canary) + Math.min(stable, wanted.stable);
          expect(after).toBeLessThanOrEqual(Math.max(10, canary + stable));
          expect(availableAfter).toBeGreaterThanOrEqual(Math.min(7, canary + stable));
        }
  });
});

describe('planBasicCanary beside versions that cannot leave', () => {
  const stuck: BasicCanary = {
    replicas: 3,
    weight: 100,
    maxWeight: 100,
    surge: 1,
    unavailable: 0,
    canary: { wanted: 0, available: 0 },
    stable: { wanted: 5, available: 0 },
    others: 3,
    othersAvailable: 3,
  };

  it('makes room by the pods of a stable version that never came up', () => {
    expect(planBasicCanary(stuck)).toEqual({ canary: 0, stable: 0 });
  });

  it.each<[string, Partial<BasicCanary>, number]>([
    ['the others can leave', { others: 4, othersAvailable: 4 }, 5],
    ['there is room to grow', { stable: { wanted: 0, available: 0 } }, 0],
    ['stable is to keep that many', { weight: 0, replicas: 5, surge: 0, others: 2, othersAvailable: 2 }, 5],
  ])('trims nothing when %s', (_, change, stable) => {
    expect(planBasicCanary({ ...stuck, ...change }).stable).toBe(stable);
  });

  it('keeps the available pods', () => {
    expect(planBasicCanary({ ...stuck, stable: { wanted: 5, available: 1 }, others: 2, othersAvailable: 2 }).stable).toBe(1);
  });
});

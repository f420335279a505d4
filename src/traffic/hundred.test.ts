import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aSplit } from '../testing/traffic-world.js';
import { inHundredths, rangeOf, shareOf } from './hundred.js';

const weights = (weight: number, maxWeight: number, extra: readonly number[] = []): readonly number[] => {
  const additional = extra.map((each, index) => ({ weight: each, serviceName: `e${index}` }));
  const split = inHundredths(aSplit(weight, { maxWeight, additional }));
  return [split.canary.weight, ...split.additional.map((each) => each.weight), split.stable.weight];
};

describe('inHundredths', () => {
  it.each([
    [30, 100, [], [30, 70]],
    [5, 1000, [], [1, 99]],
    [1, 1000, [], [1, 99]],
    [995, 1000, [], [99, 1]],
    [333, 1000, [], [33, 67]],
    [0, 1000, [], [0, 100]],
    [1000, 1000, [], [100, 0]],
    [1, 2, [], [50, 50]],
    [1, 3, [1], [33, 33, 34]],
    [100, 1000, [200], [10, 20, 70]],
  ])('makes %i of %i with %j beside it %j', (weight, maxWeight, extra, expected) => {
    expect(weights(weight, maxWeight, extra)).toEqual(expected);
  });

  it('always adds up to 100, and whoever gets something of a split of two keeps something', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (maxWeight, share) => {
        const weight = Math.round(maxWeight * share);
        const [canary = 0, stable = 0] = weights(weight, maxWeight);
        expect(canary + stable).toBe(100);
        expect([canary > 0, stable > 0]).toEqual([weight > 0, weight < maxWeight]);
      }),
    );
  });
});

describe('rangeOf and shareOf', () => {
  it('span weights, and nothing for none', () => {
    expect(rangeOf([])).toBeUndefined();
    expect(rangeOf([30, 10, 20])).toEqual({ min: 10, max: 30 });
  });

  it('tell a part of what a route sends', () => {
    expect(shareOf(30, 100, 1000)).toBe(300);
    expect(shareOf(1, 2, 100)).toBe(50);
    expect(shareOf(0, 0, 100)).toBe(0);
  });
});

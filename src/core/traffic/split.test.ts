import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { planSplit, type SplitParts } from './split.js';

const parts = (changes: Partial<SplitParts> = {}): SplitParts => ({
  maxWeight: 100,
  canaryWeight: 10,
  canary: { serviceName: 'c', podTemplateHash: 'v2' },
  stable: { serviceName: 's', podTemplateHash: 'v1' },
  additional: [],
  managedRoutes: ['hdr'],
  ...changes,
});
const weights = (split: ReturnType<typeof planSplit>): readonly number[] => [
  split.canary.weight,
  ...split.additional.map(({ weight }) => weight),
  split.stable.weight,
];
const experiments = (...list: readonly number[]): SplitParts['additional'] => list.map((weight, i) => ({ weight, serviceName: `e${i}` }));

describe('planSplit', () => {
  it.each([
    ['canary 10', {}, [10, 90]],
    ['canary 10 beside an experiment of 20', { additional: experiments(20) }, [10, 20, 70]],
    ['no more than there is', { canaryWeight: 90, additional: experiments(20, 5) }, [90, 10, 0, 0]],
    ['all to the canary', { canaryWeight: 100 }, [100, 0]],
    ['5 of 1000', { canaryWeight: 5, maxWeight: 1000 }, [5, 995]],
    ['a weight beyond all', { canaryWeight: 130 }, [100, 0]],
    ['a weight below nothing', { canaryWeight: -5 }, [0, 100]],
    ['a broken weight', { canaryWeight: 33.7 }, [33, 67]],
  ])('gives %s', (_what, changes, expected) => {
    expect(weights(planSplit(parts(changes)))).toEqual(expected);
  });

  it('keeps Services, hashes and names of managed routes, and has no routes unless they are given', () => {
    expect(planSplit(parts())).toEqual({
      maxWeight: 100,
      canary: { weight: 10, serviceName: 'c', podTemplateHash: 'v2' },
      stable: { weight: 90, serviceName: 's', podTemplateHash: 'v1' },
      additional: [],
      headerRoutes: [],
      mirrorRoutes: [],
      managedRoutes: ['hdr'],
    });
  });

  it('always adds up, within range (I10)', () => {
    const anyNumber = fc.oneof(fc.integer({ min: -10, max: 2000 }), fc.double({ min: -5, max: 200, noNaN: true }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), anyNumber, fc.array(anyNumber, { maxLength: 4 }), (maxWeight, canaryWeight, extra) => {
        const all = weights(planSplit(parts({ maxWeight, canaryWeight, additional: experiments(...extra) })));
        return all.every((w) => Number.isInteger(w) && w >= 0 && w <= maxWeight) && all.reduce((a, b) => a + b, 0) === maxWeight;
      }),
    );
  });
});

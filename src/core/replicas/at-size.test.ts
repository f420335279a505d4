import { describe, expect, it } from '@jest/globals';
import { isCanaryAtSize, isStableAtSize, type Threshold } from './at-size.js';

describe('isCanaryAtSize (rollout-core 4.4)', () => {
  it.each<[when: string, wanted: number, available: number, target: number, threshold: Threshold | undefined, expected: boolean]>([
    ['all pods are available', 2, 2, 2, undefined, true],
    ['a pod is missing', 2, 1, 2, undefined, false],
    ['it has not been scaled yet', 1, 1, 2, undefined, false],
    ['pods beyond the target are still there', 3, 3, 2, undefined, false],
    ['half of them do', 4, 2, 4, { type: 'Percent', value: 50 }, true],
    ['half of them would do', 4, 1, 4, { type: 'Percent', value: 50 }, false],
    ['a third of three is asked for', 3, 1, 3, { type: 'Percent', value: 100 / 3 }, true],
    ['none is wanted', 0, 0, 0, { type: 'Percent', value: 100 }, true],
    ['two pods do', 4, 2, 4, { type: 'Pods', value: 2 }, true],
    ['more pods are asked for than wanted', 4, 4, 4, { type: 'Pods', value: 9 }, true],
    ['nothing is asked for', 4, 0, 4, { type: 'Pods', value: 0 }, true],
    ['the threshold is negative and a pod is missing', 4, 3, 4, { type: 'Pods', value: -1 }, false],
    ['the threshold is negative and all are there', 4, 4, 4, { type: 'Percent', value: -1 }, true],
  ])('when %s: %i wanted, %i available, target %i', (_when, wanted, available, target, threshold, expected) => {
    expect(isCanaryAtSize({ wanted, available }, target, threshold)).toBe(expected);
  });
});

describe('isStableAtSize (rollout-core 4.4)', () => {
  it.each([
    { when: 'its pods exist, available or not', stable: { wanted: 3, actual: 3, available: 1 }, expected: true },
    { when: 'pods are still to be created', stable: { wanted: 3, actual: 2, available: 2 }, expected: false },
    { when: 'pods are still to be removed', stable: { wanted: 3, actual: 4, available: 4 }, expected: false },
    { when: 'it never could create a pod', stable: { wanted: 3, actual: 0, available: 0 }, expected: true },
    { when: 'it has not been scaled yet', stable: { wanted: 4, actual: 0, available: 0 }, expected: false },
  ])('is $expected when $when', ({ stable, expected }) => {
    expect(isStableAtSize(stable, 3)).toBe(expected);
  });
});

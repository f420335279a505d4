import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isEqual } from './equal.js';

describe('isEqual', () => {
  it.each<{ left: unknown; right: unknown; result: boolean }>([
    { left: { a: 1, b: [1, { c: null }] }, right: { b: [1, { c: null }], a: 1 }, result: true },
    { left: { a: 1 }, right: { a: 2 }, result: false },
    { left: { a: undefined }, right: {}, result: false },
    { left: { a: undefined }, right: { b: undefined }, result: false },
    { left: [1, 2], right: [2, 1], result: false },
    { left: [], right: {}, result: false },
    { left: {}, right: [], result: false },
    { left: null, right: {}, result: false },
    { left: undefined, right: null, result: false },
    { left: '1', right: 1, result: false },
    { left: Number.NaN, right: Number.NaN, result: true },
    { left: { constructor: { a: 1 } }, right: { constructor: { a: 1 } }, result: true },
    { left: { toString: 1 }, right: {}, result: false },
    { left: {}, right: { toString: 1 }, result: false },
  ])('$left and $right: $result', ({ left, right, result }) => {
    expect(isEqual(left, right)).toBe(result);
  });

  it('finds every JSON value equal to its copy, and does not care which comes first', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (left, right) => {
        expect(isEqual(left, structuredClone(left))).toBe(true);
        expect(isEqual(left, right)).toBe(isEqual(right, left));
      }),
    );
  });
});

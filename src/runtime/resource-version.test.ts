import { describe, expect, it } from '@jest/globals';
import { compareVersions, isSameOrNewer, isTold } from './resource-version.js';

describe('compareVersions', () => {
  it.each([
    { left: '9', right: '10', sign: -1 },
    { left: '10', right: '10', sign: 0 },
    { left: '90071992547409931', right: '90071992547409930', sign: 1 },
    { left: '18446744073709551616', right: '9', sign: 1 },
  ])('orders $left and $right as integers of any size', ({ left, right, sign }) => {
    expect(Math.sign(compareVersions(left, right) ?? NaN)).toBe(sign);
  });

  it.each([
    ['abc', '10'],
    ['', '1'],
    ['010', '9'],
  ])('knows no order between %j and %j', (left, right) => {
    expect(compareVersions(left, right)).toBeUndefined();
    expect(isSameOrNewer(left, right)).toBe(true);
    expect(isTold(left, right)).toBe(false);
  });

  it('finds an opaque version the same as itself', () => {
    expect(compareVersions('abc', 'abc')).toBe(0);
  });
});

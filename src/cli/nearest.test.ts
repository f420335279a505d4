import { describe, expect, it } from '@jest/globals';
import { nearestName } from './nearest.js';

describe('nearestName', () => {
  const known = ['shop-web', 'shop-api', 'cart'];
  it.each([
    ['shop-wed', 'shop-web'],
    ['shopweb', 'shop-web'],
    ['crt', 'cart'],
    ['zzz', undefined],
    ['', undefined],
  ])('takes %s to mean %s', (wrong, near) => {
    expect(nearestName(wrong, known)).toBe(near);
  });
});

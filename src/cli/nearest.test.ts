import { describe, expect, it } from '@jest/globals';
import { nearestName } from './nearest.js';

describe('nearestName', () => {
  const known = ['checkout', 'cart', 'shop-web', 'watch'];
  it.each([
    ['chekout', 'checkout'],
    ['chekcout', 'checkout'],
    ['shopweb', 'shop-web'],
    ['crat', 'cart'],
    ['wacht', 'watch'],
    ['core', undefined],
    ['payments', undefined],
    ['', undefined],
  ])('takes %j for %j', (wrong, name) => {
    expect(nearestName(wrong, known)).toBe(name);
  });
});

import { describe, expect, it } from '@jest/globals';
import { goQuantity } from './go-quantity.js';

describe('goQuantity', () => {
  it.each([
    ['2000m', '2'],
    ['0.15', '150m'],
    ['1.5', '1500m'],
    ['1.0', '1'],
    ['1000', '1k'],
    ['100000k', '100M'],
    ['1.5Gi', '1536Mi'],
    ['1024Mi', '1Gi'],
    ['1000Ki', '1000Ki'],
    ['0.5Ki', '512'],
    ['1000e3', '1e6'],
    ['1e1', '10'],
    ['0', '0'],
    ['0.000', '0'],
    [1, '1'],
    [0.5, '500m'],
    [undefined, '0'],
  ])('makes %p canonical: %s', (value, expected) => {
    expect(goQuantity(value)).toBe(expected);
  });

  it.each(['0.125', '0.250', '1.125', '1.001k', '12E3', '1e0', '1e+3', '1E-3', '1.5e1', '1.0e4', '+1', '150m', '1500m', '8192M', '10E'])(
    'keeps %s as it was written',
    (text) => {
      expect(goQuantity(text)).toBe(text);
    },
  );

  it('gives back what is no quantity', () => {
    expect(goQuantity('much')).toBe('much');
  });
});

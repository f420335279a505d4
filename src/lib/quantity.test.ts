import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalQuantity, compareQuantities, parseQuantity, quantityToNumber } from './quantity.js';
import type { Quantity } from './quantity.js';

function quantity(value: unknown): Quantity {
  const result = parseQuantity(value);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

describe('canonicalQuantity', () => {
  it.each([
    { from: '2000m', to: '2' },
    { from: '0.15', to: '150m' },
    { from: '1.5Gi', to: '1536Mi' },
    { from: '8192M', to: '8192M' },
    { from: '1000Ki', to: '1000Ki' },
    { from: '1024Ki', to: '1Mi' },
    { from: '0.5Ki', to: '512' },
    { from: '1.1Ki', to: '1126400m' },
    { from: '1000', to: '1k' },
    { from: '1000000', to: '1M' },
    { from: '1e3', to: '1e3' },
    { from: '12e2', to: '1200' },
    { from: '1E3', to: '1E3' },
    { from: '1E', to: '1E' },
    { from: '100E-3', to: '100E-3' },
    { from: '1000e0', to: '1e3' },
    { from: '1e0', to: '1e0' },
    { from: '1.5e7', to: '1.5e7' },
    { from: '1000000e15', to: '1e21' },
    { from: '0', to: '0' },
    { from: '-0', to: '0' },
    { from: '0Gi', to: '0' },
    { from: '.5', to: '500m' },
    { from: '5.', to: '5.' },
    { from: '3.Gi', to: '3.Gi' },
    { from: '8Gi', to: '8Gi' },
    { from: '0.5Gi', to: '512Mi' },
    { from: '00012.50', to: '12500m' },
    { from: '+5', to: '+5' },
    { from: '-1500m', to: '-1500m' },
    { from: '0.1n', to: '1n' },
    { from: '1500u', to: '1500u' },
    { from: '1024E', to: '1024E' },
    { from: '1000E', to: '1000E' },
    { from: '1e1000000', to: '10e399' },
    { from: '1e-1000000', to: '1e-9' },
    { from: 2, to: '2' },
    { from: 0.5, to: '500m' },
    { from: ' 5 ', to: '5' },
    { from: '9Ei', to: '9223372036854775807' },
  ])('writes $from as $to', ({ from, to }) => {
    expect(canonicalQuantity(from)).toEqual({ ok: true, value: to });
  });

  it.each([
    '',
    'm',
    '.',
    '1 Gi',
    '1KI',
    '1g',
    '--1',
    '1e',
    '1e1.5',
    'abc',
    '1Gi1',
    '0x10',
    null,
    {},
    Number.NaN,
    Number.POSITIVE_INFINITY,
    true,
  ])('refuses %p', (value) => {
    expect(canonicalQuantity(value).ok).toBe(false);
  });

  it('is stable: the canonical text stands for the same value', () => {
    const texts = fc
      .tuple(
        fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
        fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'Ki', 'Mi', 'Gi', 'e2', 'e-3'),
      )
      .map(([digits, suffix]) => `${digits}${suffix}`);
    fc.assert(
      fc.property(texts, (text) => {
        const canonical = canonicalQuantity(text);
        const again = canonicalQuantity(canonical.ok ? canonical.value : '');
        expect(again).toEqual(canonical);
        expect(compareQuantities(quantity(text), quantity(canonical.ok ? canonical.value : ''))).toBe(0);
      }),
    );
  });
});

describe('compareQuantities', () => {
  it.each([
    { left: '1', right: '1000m', sign: 0 },
    { left: '1Gi', right: '1G', sign: 1 },
    { left: '-1', right: '1n', sign: -1 },
  ])('$left against $right is $sign', ({ left, right, sign }) => {
    expect(compareQuantities(quantity(left), quantity(right))).toBe(sign);
  });
});

describe('quantityToNumber', () => {
  it('keeps fractions', () => {
    expect(quantityToNumber(quantity('1500m'))).toBe(1.5);
    expect(quantityToNumber(quantity('1Gi'))).toBe(1073741824);
  });
});

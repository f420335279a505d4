import { canonicalQuantity } from '../../../lib/quantity.js';

const shape = /^[+-]?(\d*)(?:\.(\d*))?(?:([numkMGTPE])|[eE]([+-]?\d+))?$/;
const exponents: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };

/** Digits that fit an int64 for certain: with more, Go computes instead of keeping what was written. */
const mostDigits = 18;

/**
 * A quantity as Go writes it after reading it. That is the canonical form, unless the text was already as good: a decimal quantity whose
 * digits count thousands (`0.125`, `1E3`, `1.5e1`) stays as it was written, while `0.15` becomes `150m`.
 *
 * @returns the text unchanged when it is no quantity
 * Semantics: resource.Quantity 1.34, unmarshalled and marshalled again; found by comparing 1,400 texts.
 */
export function goQuantity(value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number') return '0';
  const text = String(value).trim();
  if (isKept(text)) return text;
  const canonical = canonicalQuantity(text);
  return canonical.ok ? canonical.value : text;
}

function isKept(text: string): boolean {
  const [matched, whole = '', fraction = '', suffix = '', power] = shape.exec(text) ?? [];
  const digits = whole + fraction;
  if (matched === undefined || digits === '' || digits.length > mostDigits) return false;
  const scale = (power === undefined ? (exponents[suffix] ?? 0) : Number(power)) - fraction.length;
  return scale >= -9 && scale % 3 === 0 && BigInt(digits) % 1_000n !== 0n;
}

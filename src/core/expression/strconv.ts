import { quote } from './quote.js';

const maxInt64 = 2n ** 63n - 1n;
const minInt64 = -(2n ** 63n);

/**
 * A decimal integer as Go's ParseInt(text, 10, 64) reads it: digits with an optional sign, nothing else.
 * @param prefixed whether `0x`, `0o` and `0b` are understood too
 * @returns the number, or Go's error text
 */
export function parseInt64(text: string, prefixed = false): bigint | string {
  const shape = prefixed ? /^([+-]?)(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|\d+)$/ : /^([+-]?)(\d+)$/;
  const found = shape.exec(text);
  if (found?.[2] === undefined) return `strconv.ParseInt: parsing ${quote(text)}: invalid syntax`;
  const size = found[2].length > 100 ? maxInt64 + 1n : BigInt(found[2]);
  const value = found[1] === '-' ? -size : size;
  return value > maxInt64 || value < minInt64 ? `strconv.ParseInt: parsing ${quote(text)}: value out of range` : value;
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const hexadecimal = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)$/;

/**
 * A float as Go's ParseFloat reads it: also `inf`, `Infinity`, `NaN` in any case, hexadecimal floats, `1_000`.
 * @returns the number, or Go's error text
 */
export function parseFloat64(text: string): number | string {
  const digits = text.replace(/(?<=\d)_(?=\d)/g, '');
  const word = /^([+-]?)(?:inf|infinity)$/i.exec(text);
  if (word !== null) return word[1] === '-' ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return NaN;
  const value = decimal.test(digits) ? Number(digits) : parseHexFloat(text);
  if (value === undefined) return `strconv.ParseFloat: parsing ${quote(text)}: invalid syntax`;
  return Number.isFinite(value) ? value : `strconv.ParseFloat: parsing ${quote(text)}: value out of range`;
}

function parseHexFloat(text: string): number | undefined {
  const found = hexadecimal.exec(text);
  if (found === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = found;
  if (whole + fraction === '') return undefined;
  const size = Number(`0x${whole}${fraction}`) * 2 ** (Number(exponent) - 4 * fraction.length);
  return sign === '-' ? -size : size;
}

import type { Parsed } from './parsed.js';
import { parsed, refused } from './parsed.js';

/** A Kubernetes resource quantity: `mantissa` times 10 to the `exponent` (or, for `1.5Gi`, 2 to the 30), kept exactly. */
export interface Quantity {
  /** Which family of suffixes it was written with; its canonical form stays in it. */
  readonly format: 'decimal' | 'binary' | 'exponent';
  /** The value in billionths, exact; what is finer was rounded away from zero. */
  readonly nano: bigint;
  /** The text as written, where Kubernetes takes it for canonical without a closer look and writes it back as it is: `3.`, `+5`, `1e0`. */
  readonly kept?: string;
}

const nanoPerOne = 1_000_000_000n;
const largestBinary = (2n ** 63n - 1n) * nanoPerOne;
const decimalExponents: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const binaryExponents: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const decimalSuffixes = new Map(Object.entries(decimalExponents).map(([suffix, exponent]) => [exponent, suffix]));
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

const shape = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+|)$/;
const syntaxError = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/**
 * Reads a quantity: text (`150m`, `0.15`, `1.5Gi`, `1e3`) or a JSON number.
 * Binary values above 2^63-1 are cut to it; what is finer than a billionth is rounded away from zero.
 *
 * Semantics: Kubernetes, resource.ParseQuantity, 1.35.
 */
export function parseQuantity(value: unknown): Parsed<Quantity> {
  if (typeof value === 'number' && Number.isFinite(value)) return parseText(String(value));
  return typeof value === 'string' ? parseText(value.trim()) : refused(syntaxError);
}

function parseText(text: string): Parsed<Quantity> {
  const match = shape.exec(text);
  if (match === null) return refused(syntaxError);
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return refused(syntaxError);
  const written: Written = { whole: whole.replace(/^0+/, '') || '0', fraction, unit: unitOf(suffix) };
  const nano = magnitude(written);
  const quantity = { format: written.unit.format, nano: sign === '-' ? -nano : nano };
  return parsed(isKept(written) ? { ...quantity, kept: text } : quantity);
}

interface Written {
  /** Digits before the point, without leading zeros. */
  readonly whole: string;
  readonly fraction: string;
  readonly unit: ReturnType<typeof unitOf>;
}

function magnitude({ whole, fraction, unit }: Written): bigint {
  // An exponent of a million digits would be computed for minutes.
  const power = Math.max(-400, Math.min(400, unit.exponent10)) - fraction.length + 9;
  const scaled = BigInt(whole + fraction) * 2n ** BigInt(unit.exponent2);
  const nano = power >= 0 ? scaled * 10n ** BigInt(power) : divideUp(scaled, 10n ** BigInt(-power));
  return unit.format === 'binary' && nano > largestBinary ? largestBinary : nano;
}

/** Go's shortcut for numbers that fit 64 bits; what it keeps is part of a pod template's hash. */
function isKept({ whole, fraction, unit }: Written): boolean {
  const digits = whole + fraction;
  if (unit.format === 'binary') {
    const isShort = 15 - whole.length - Math.floor((unit.exponent2 * 3) / 10) - 1 >= 0;
    return fraction === '' && isShort && (BigInt(digits) & 7n) !== 0n;
  }
  const scale = unit.exponent10 - fraction.length;
  return digits.length <= 18 && scale >= -9 && scale % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0');
}

function unitOf(suffix: string): { readonly format: Quantity['format']; readonly exponent10: number; readonly exponent2: number } {
  const binary = binaryExponents[suffix];
  if (binary !== undefined) return { format: 'binary', exponent10: 0, exponent2: binary };
  const decimal = decimalExponents[suffix];
  if (decimal !== undefined) return { format: 'decimal', exponent10: decimal, exponent2: 0 };
  return { format: 'exponent', exponent10: Number(suffix.slice(1)), exponent2: 0 };
}

function divideUp(value: bigint, divisor: bigint): bigint {
  return (value + divisor - 1n) / divisor;
}

/** Negative, 0 or positive as the left is less, equal or more; `1` and `1000m` are equal. */
export function compareQuantities(left: Quantity, right: Quantity): number {
  return left.nano < right.nano ? -1 : left.nano > right.nano ? 1 : 0;
}

/** For display and rough sums only; large values lose digits. */
export function quantityToNumber(quantity: Quantity): number {
  return Number(quantity.nano / nanoPerOne) + Number(quantity.nano % nanoPerOne) / 1e9;
}

/**
 * The one way Kubernetes writes a value: no fraction, the largest suffix of its family that keeps it exact.
 * `2000m`: `2`. `0.15`: `150m`. `1.5Gi`: `1536Mi`. `1000Ki`: `1000Ki`. `0.5Ki`: `512`.
 *
 * Semantics: Kubernetes, Quantity.MarshalJSON, 1.35. Differs: above 999E, where Kubernetes loses the suffix and with it the value, it is kept.
 */
export function renderQuantity(quantity: Quantity): string {
  if (quantity.kept !== undefined) return quantity.kept;
  if (quantity.nano === 0n) return '0';
  const whole = quantity.nano / nanoPerOne;
  const isWhole = quantity.nano % nanoPerOne === 0n;
  const isSmall = whole > -1024n && whole < 1024n;
  if (quantity.format === 'binary' && isWhole && !isSmall) return renderBinary(whole);
  return renderDecimal(quantity.nano, quantity.format === 'exponent');
}

function renderBinary(whole: bigint): string {
  let value = whole;
  let index = 0;
  while (value % 1024n === 0n && index < binarySuffixes.length - 1) {
    value /= 1024n;
    index++;
  }
  return `${value}${binarySuffixes[index]}`;
}

/** E: there is no suffix beyond. */
const largestDecimalExponent = 18;

function renderDecimal(nano: bigint, asExponent: boolean): string {
  let value = nano;
  let exponent = -9;
  while (value % 1000n === 0n && (asExponent || exponent < largestDecimalExponent)) {
    value /= 1000n;
    exponent += 3;
  }
  if (asExponent) return exponent === 0 ? `${value}` : `${value}e${exponent}`;
  return `${value}${decimalSuffixes.get(exponent) ?? ''}`;
}

/** The canonical text of what can be read as a quantity, anything else unchanged (as text). */
export function canonicalQuantity(value: unknown): Parsed<string> {
  const quantity = parseQuantity(value);
  return quantity.ok ? parsed(renderQuantity(quantity.value)) : quantity;
}

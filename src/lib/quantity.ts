import type { Parsed } from './parsed.js';
import { parsed, refused } from './parsed.js';

/** A Kubernetes resource quantity: `mantissa` times 10 to the `exponent` (or, for `1.5Gi`, 2 to the 30), kept exactly. */
export interface Quantity {
  /** Which family of suffixes it was written with; its canonical form stays in it. */
  readonly format: 'decimal' | 'binary' | 'exponent';
  /** The value in billionths, exact; what is finer was rounded away from zero. */
  readonly nano: bigint;
}

const nanoPerOne = 1_000_000_000n;
const largest = (2n ** 63n - 1n) * nanoPerOne;
const decimalExponents: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const binaryExponents: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const decimalSuffixes = new Map(Object.entries(decimalExponents).map(([suffix, exponent]) => [exponent, suffix]));
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

const shape = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+|)$/;
const syntaxError = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/**
 * Reads a quantity: text (`150m`, `0.15`, `1.5Gi`, `1e3`) or a JSON number.
 * Values above 2^63-1 are cut to it; what is finer than a billionth is rounded away from zero.
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
  const digits = BigInt(whole + fraction);
  const unit = unitOf(suffix);
  // An exponent of a million digits would be computed for minutes; beyond these bounds the answer is the largest value or a billionth.
  const power = Math.max(-400, Math.min(400, unit.exponent10)) - fraction.length + 9;
  const scaled = digits * 2n ** BigInt(unit.exponent2);
  const nano = power >= 0 ? scaled * 10n ** BigInt(power) : divideUp(scaled, 10n ** BigInt(-power));
  const capped = nano > largest ? largest : nano;
  return parsed({ format: unit.format, nano: sign === '-' ? -capped : capped });
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
 * Semantics: Kubernetes, Quantity.CanonicalizeBytes, 1.35.
 */
export function renderQuantity(quantity: Quantity): string {
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

function renderDecimal(nano: bigint, asExponent: boolean): string {
  let value = nano;
  let exponent = -9;
  while (value % 1000n === 0n && exponent < 18) {
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

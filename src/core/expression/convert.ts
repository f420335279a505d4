import { fail } from './error.js';
import { compareText } from './format.js';
import type { Budget } from './limits.js';
import { GoArray, goTypeName, GoDuration, GoInt, GoTime, isNumber, toFloat, truncateToInt, type GoValue } from './value.js';

/** What Go says when a dynamic value is not of the type an operator or function needs. */
export function failConversion(value: GoValue, wanted: string): never {
  return fail(`interface conversion: interface {} is ${value === null ? 'nil' : goTypeName(value)}, not ${wanted}`);
}

export function asBool(value: GoValue): boolean {
  return typeof value === 'boolean' ? value : failConversion(value, 'bool');
}

export function asText(value: GoValue): string {
  return typeof value === 'string' ? value : failConversion(value, 'string');
}

/** An index, a bound or a count: floats are cut off, as the language does for dynamic values. */
export function asIndex(value: GoValue): bigint {
  if (value instanceof GoInt) return value.value;
  if (typeof value === 'number') return truncateToInt(value);
  return value instanceof GoDuration ? value.ns : fail(`invalid operation: int(${goTypeName(value)})`);
}

/** Elements to loop over; a text has bytes. @param what the beginning of the complaint */
export function asItems(value: GoValue, name: string, budget: Budget): readonly GoValue[] {
  if (value instanceof GoArray) return value.items;
  return typeof value === 'string' ? bytesOf(value, budget) : fail(`builtin ${name} takes only array (got ${goTypeName(value)})`);
}

export function bytesOf(text: string, budget: Budget): readonly GoValue[] {
  budget.elements(text.length);
  return [...new TextEncoder().encode(text)].map((byte) => new GoInt(BigInt(byte), 'uint8'));
}

/** @throws ExpressionError when one of the values cannot be ordered or they are of different kinds */
export function orderOf(left: GoValue, right: GoValue, operator: string, budget: Budget): number {
  if (isNumber(left) && isNumber(right)) return orderOfNumbers(left, right);
  if (typeof left === 'string' && typeof right === 'string') return orderOfTexts(left, right, budget);
  if (left instanceof GoTime && right instanceof GoTime) return orderOfInts(left.epochNs, right.epochNs);
  if (left instanceof GoDuration && right instanceof GoDuration) return orderOfInts(left.ns, right.ns);
  return failOperation(operator, left, right);
}

function orderOfTexts(left: string, right: string, budget: Budget): number {
  budget.scan(Math.min(left.length, right.length));
  return compareText(left, right);
}

function orderOfNumbers(left: number | GoInt, right: number | GoInt): number {
  if (left instanceof GoInt && right instanceof GoInt) return orderOfInts(left.value, right.value);
  const [a, b] = [toFloat(left), toFloat(right)];
  return a < b ? -1 : a > b ? 1 : a === b ? 0 : NaN;
}

function orderOfInts(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

export function failOperation(operator: string, left: GoValue, right: GoValue): never {
  return fail(`invalid operation: ${goTypeName(left)} ${operator} ${goTypeName(right)}`);
}

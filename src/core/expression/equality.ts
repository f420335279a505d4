import { fail } from './error.js';
import type { Budget } from './limits.js';
import {
  goTypeName,
  GoArray,
  GoDuration,
  GoFunction,
  GoInt,
  GoLocation,
  GoMap,
  GoRecord,
  GoTime,
  isNumber,
  maxDepth,
  toFloat,
  type GoValue,
} from './value.js';

/**
 * The language's `==`: numbers by value whatever their type, slices element by element when one of them is an
 * []interface {}; everything else, also what is inside a map, only when the Go types are the same.
 * @throws ExpressionError when comparing takes more than the budget has
 */
export function areEqual(left: GoValue, right: GoValue, budget: Budget, depth = 0): boolean {
  checkDepth(depth);
  budget.step();
  if (isNumber(left) && isNumber(right)) return areSameNumber(left, right);
  if (left instanceof GoArray && right instanceof GoArray) return areEqualArrays(left, right, budget, depth);
  return areIdentical(left, right, budget, depth);
}

function checkDepth(depth: number): void {
  if (depth > maxDepth) fail(`value is nested deeper than ${maxDepth} levels`);
}

function areSameNumber(left: number | GoInt, right: number | GoInt): boolean {
  if (left instanceof GoInt && right instanceof GoInt) return left.value === right.value && isNamed(left) === isNamed(right);
  return toFloat(left) === toFloat(right);
}

function isNamed(value: GoInt): boolean {
  return value.type.startsWith('time.');
}

function areEqualArrays(left: GoArray, right: GoArray, budget: Budget, depth: number): boolean {
  const loose = left.element === 'interface {}' || right.element === 'interface {}';
  if (left.items.length !== right.items.length || (!loose && left.element !== right.element)) return false;
  return left.items.every((item, index) => areEqual(item, right.items[index] ?? null, budget, depth + 1));
}

function areIdentical(left: GoValue, right: GoValue, budget: Budget, depth: number): boolean {
  checkDepth(depth);
  budget.step();
  if (typeof left === 'string' && typeof right === 'string') return areSameText(left, right, budget);
  if (left === right) return !(left instanceof GoFunction);
  if (left instanceof GoTime && right instanceof GoTime) return left.epochNs === right.epochNs;
  if (goTypeName(left) !== goTypeName(right)) return false;
  if (left instanceof GoInt && right instanceof GoInt) return left.value === right.value;
  if (left instanceof GoDuration && right instanceof GoDuration) return left.ns === right.ns;
  if (left instanceof GoLocation && right instanceof GoLocation) return left.name === right.name;
  if (left instanceof GoArray && right instanceof GoArray) return areIdenticalItems(left, right, budget, depth);
  if (left instanceof GoMap && right instanceof GoMap) return areIdenticalMaps(left, right, budget, depth);
  return left instanceof GoRecord && right instanceof GoRecord && areIdenticalRecords(left, right, budget, depth);
}

function areSameText(left: string, right: string, budget: Budget): boolean {
  if (left.length === right.length) budget.scan(left.length);
  return left === right;
}

function areIdenticalItems(left: GoArray, right: GoArray, budget: Budget, depth: number): boolean {
  if (left.items.length !== right.items.length) return false;
  return left.items.every((item, index) => areIdentical(item, right.items[index] ?? null, budget, depth + 1));
}

function areIdenticalMaps(left: GoMap, right: GoMap, budget: Budget, depth: number): boolean {
  if (left.size !== right.size) return false;
  return [...left.pairs()].every(([key, value]) => right.has(key) && areIdentical(value, right.get(key), budget, depth + 1));
}

function areIdenticalRecords(left: GoRecord, right: GoRecord, budget: Budget, depth: number): boolean {
  return [...left.fields].every(([name, value]) => areIdentical(value, right.fields.get(name) ?? null, budget, depth + 1));
}

import { orderOf } from '../convert.js';
import { fail } from '../error.js';
import type { Budget } from '../limits.js';
import { goTypeName, GoArray, GoDuration, GoInt, isNumber, maxDepth, toFloat, type GoValue } from '../value.js';
import type { BuiltinTable, Runtime } from './builtin.js';

function failArgument(name: string, value: GoValue): never {
  return fail(`invalid argument for ${name} (type ${goTypeName(value)})`);
}

function absolute([value = null]: readonly GoValue[]): GoValue {
  if (typeof value === 'number') return Math.abs(value);
  if (!(value instanceof GoInt)) return failArgument('abs', value);
  return new GoInt(value.value < 0n ? BigInt.asIntN(64, -value.value) : value.value, value.type);
}

function rounding(round: (value: number) => number) {
  return ([value = null]: readonly GoValue[], _runtime: unknown, name: string): GoValue =>
    isNumber(value) ? round(toFloat(value)) : failArgument(name, value);
}

/** Half away from zero, as Go rounds; Math.round takes halves upward and loses a bit just below them. */
function roundAway(value: number): number {
  const whole = Math.trunc(value);
  return Math.abs(value - whole) >= 0.5 ? whole + Math.sign(value) : whole;
}

/** Numbers in arguments and in arrays at any depth. @throws ExpressionError for anything else */
function flatNumbers(args: readonly GoValue[], name: string, budget: Budget, depth = 0): readonly (number | GoInt)[] {
  if (depth > maxDepth) return fail(`value is nested deeper than ${maxDepth} levels`);
  budget.step(args.length + 1);
  return args.flatMap((arg) => {
    if (arg instanceof GoArray) return flatNumbers(arg.items, name, budget, depth + 1);
    return isNumber(arg) ? [arg] : failArgument(name, arg);
  });
}

/** The best of the arguments and, at any depth, of the arrays among them; nil when there is nothing but empty arrays. */
function extreme(isBetter: (order: number) => boolean) {
  const better =
    (budget: Budget) =>
    (winner: GoValue, candidate: GoValue): GoValue =>
      winner === null || (candidate !== null && isBetter(orderOf(candidate, winner, '<', budget))) ? candidate : winner;
  const pick = (args: readonly GoValue[], name: string, budget: Budget, depth: number): GoValue => {
    if (depth > maxDepth) return fail(`value is nested deeper than ${maxDepth} levels`);
    budget.step(args.length + 1);
    return args
      .map((arg) => (arg instanceof GoArray ? pick(arg.items, name, budget, depth + 1) : comparable(arg, name)))
      .reduce(better(budget), null);
  };
  return (args: readonly GoValue[], { resources }: Runtime, name: string): GoValue => {
    const [only = null] = args;
    return args.length === 1 && !(only instanceof GoArray) ? only : pick(args, name, resources.budget, 0);
  };
}

function comparable(value: GoValue, name: string): GoValue {
  return isNumber(value) || value instanceof GoDuration ? value : failArgument(name, value);
}

function mean(args: readonly GoValue[], { resources }: Runtime, name: string): GoValue {
  const values = flatNumbers(args, name, resources.budget).map(toFloat);
  return values.length === 0 ? 0 : values.reduce((total, value) => total + value, 0) / values.length;
}

/** Go sorts NaN before everything else. */
function orderOfFloats(left: number, right: number): number {
  if (Number.isNaN(left)) return Number.isNaN(right) ? 0 : -1;
  return Number.isNaN(right) ? 1 : left - right;
}

function median(args: readonly GoValue[], { resources }: Runtime, name: string): GoValue {
  const values = flatNumbers(args, name, resources.budget).map(toFloat);
  resources.budget.elements(values.length);
  const sorted = values.toSorted(orderOfFloats);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length === 0) return 0;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

export const numbers: BuiltinTable = {
  abs: absolute,
  ceil: rounding(Math.ceil),
  floor: rounding(Math.floor),
  round: rounding(roundAway),
  max: extreme((order) => order > 0),
  min: extreme((order) => order < 0),
  mean,
  median,
};

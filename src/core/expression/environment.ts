import { fail } from './error.js';
import { describeValue } from './format.js';
import { anyType, boolType, floatType, int64Type, type GoType, type Signature } from './go-type.js';
import { parseFloat64, parseInt64 } from './strconv.js';
import { goTypeName, GoFunction, GoInt, isNumber, toFloat, truncateToInt, type GoValue } from './value.js';
import { failConversion } from './convert.js';

function signature(name: string, params: readonly GoType[], result: GoType): readonly [string, Signature] {
  return [name, { name, params, optional: 0, result }];
}

const numberTests = [signature('isNaN', [floatType], boolType), signature('isInf', [floatType], boolType)];

const signatures: ReadonlyMap<string, Signature> = new Map([
  signature('asInt', [anyType], int64Type),
  signature('asFloat', [anyType], floatType),
  ...numberTests,
  signature('isNil', [anyType], boolType),
  signature('default', [anyType, anyType], anyType),
]);

/** Whether a parameter of a function wants a float64, to which an integer literal is converted on the way. */
export function wantsFloat(name: string): boolean {
  return signatures.get(name)?.params[0] === floatType;
}

/** The names of a condition and their types. @param result type of the provider's value, if known */
export function conditionTypes(result: GoType): ReadonlyMap<string, GoType> {
  return new Map([['result', result], ...typesOf([...signatures])]);
}

/** The names of `rangeQuery.start` and `end`: no result, only the number tests. */
export function timeTypes(): ReadonlyMap<string, GoType> {
  return new Map(typesOf(numberTests));
}

function typesOf(entries: readonly (readonly [string, Signature])[]): readonly (readonly [string, GoType])[] {
  return entries.map(([name, value]) => [name, { kind: 'func', signature: value }]);
}

/** The values behind `conditionTypes`. */
export function conditionValues(result: GoValue): ReadonlyMap<string, GoValue> {
  return new Map<string, GoValue>([['result', result], ...[...signatures.keys()].map((name) => [name, new GoFunction(name)] as const)]);
}

export function timeValues(): ReadonlyMap<string, GoValue> {
  return new Map(numberTests.map(([name]) => [name, new GoFunction(name)] as const));
}

/**
 * Calls a function of the environment. isNil and default ignore their first argument and look at the whole `result`,
 * as Argo Rollouts' do.
 * @throws ExpressionError for arguments it cannot take
 */
export function callFunction(name: string, args: readonly GoValue[], result: GoValue): GoValue {
  const expected = signatures.get(name)?.params.length ?? fail(`unknown name ${name}`);
  if (args.length !== expected) fail(`invalid number of arguments: expected ${expected}, got ${args.length}`);
  const [value = null, fallback = null] = args;
  switch (name) {
    case 'asInt':
      return asInt(value);
    case 'asFloat':
      return asFloat(value);
    case 'isNaN':
      return Number.isNaN(float(value));
    case 'isInf':
      return Math.abs(float(value)) === Infinity;
    case 'isNil':
      return result === null;
    default:
      return result ?? fallback;
  }
}

function float(value: GoValue): number {
  return typeof value === 'number' ? value : failConversion(value, 'float64');
}

function asInt(value: GoValue): GoValue {
  if (typeof value === 'number') return new GoInt(truncateToInt(value), 'int64');
  if (value instanceof GoInt) return new GoInt(BigInt.asIntN(64, value.value), 'int64');
  if (typeof value !== 'string') return unsupported('asInt', value);
  const parsed = parseInt64(value);
  return typeof parsed === 'string' ? fail(parsed) : new GoInt(parsed, 'int64');
}

function asFloat(value: GoValue): GoValue {
  if (isNumber(value)) return toFloat(value);
  if (typeof value !== 'string') return unsupported('asFloat', value);
  const parsed = parseFloat64(value);
  return typeof parsed === 'string' ? fail(parsed) : parsed;
}

function unsupported(name: string, value: GoValue): never {
  return fail(`${name}() not supported on ${goTypeName(value)} ${describeValue(value)}`);
}

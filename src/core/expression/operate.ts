import { asIndex, asText, failConversion, failOperation, orderOf } from './convert.js';
import { areEqual } from './equality.js';
import { fail } from './error.js';
import { Budget } from './limits.js';
import { compilePattern, type Pattern } from './pattern.js';
import {
  goInt,
  goTypeName,
  GoArray,
  GoDuration,
  GoEnvironment,
  GoInt,
  GoMap,
  GoRecord,
  GoTime,
  isNumber,
  toFloat,
  type GoValue,
} from './value.js';

/** What one evaluation shares: what it may still use, and the patterns it has compiled. */
export class Resources {
  readonly budget = new Budget();
  private readonly patterns = new Map<string, Pattern>();

  pattern(source: string): Pattern {
    const known = this.patterns.get(source);
    if (known !== undefined) return known;
    const pattern = compilePattern(source);
    this.budget.step(pattern.programSize());
    this.patterns.set(source, pattern);
    return pattern;
  }
}

/** @throws ExpressionError for an operand that turns out to be of the wrong type */
export function applyUnary(operator: string, operand: GoValue): GoValue {
  if (operator === 'not' || operator === '!') return typeof operand === 'boolean' ? !operand : failConversion(operand, 'bool');
  if (operator === '+') return operand;
  if (typeof operand === 'number') return -operand;
  if (operand instanceof GoInt) return new GoInt(wrap(-operand.value, operand.type), operand.type);
  return fail(`invalid operation: - ${goTypeName(operand)}`);
}

function wrap(value: bigint, type: GoInt['type']): bigint {
  if (type === 'uint8') return BigInt.asUintN(8, value);
  return type === 'uint64' ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value);
}

/**
 * A binary operator both sides of which have been evaluated.
 * @throws ExpressionError for operands that turn out not to fit
 */
export function applyBinary(operator: string, left: GoValue, right: GoValue, resources: Resources): GoValue {
  switch (operator) {
    case '==':
      return areEqual(left, right, resources.budget);
    case '!=':
      return !areEqual(left, right, resources.budget);
    case '<':
      return orderOf(left, right, operator, resources.budget) < 0;
    case '<=':
      return orderOf(left, right, operator, resources.budget) <= 0;
    case '>':
      return orderOf(left, right, operator, resources.budget) > 0;
    case '>=':
      return orderOf(left, right, operator, resources.budget) >= 0;
    case 'in':
      return isIn(left, right, resources.budget);
    case '..':
      return range(asIndex(left), asIndex(right), resources.budget);
    case 'matches':
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return left !== null && right !== null && judgeText(operator, left, right, resources);
    default:
      return arithmetic(operator, left, right, resources.budget);
  }
}

function judgeText(operator: string, left: GoValue, right: GoValue, resources: Resources): boolean {
  if (operator === 'matches') return matches(left, asText(right), resources);
  const [text, part] = [asText(left), asText(right)];
  resources.budget.scan(text.length);
  if (operator === 'contains') return text.includes(part);
  return operator === 'startsWith' ? text.startsWith(part) : text.endsWith(part);
}

function matches(left: GoValue, source: string, resources: Resources): boolean {
  const pattern = resources.pattern(source);
  const subject = left instanceof GoArray && left.element === 'uint8' ? byteArray(left) : left;
  if (!(subject instanceof Uint8Array) && typeof subject !== 'string') return failConversion(left, '[]uint8');
  // The engine's worst case is the product of both lengths; it is far below that for ordinary patterns.
  resources.budget.step(Math.ceil((subject.length * pattern.programSize()) / 64));
  return pattern.test(subject);
}

function byteArray(value: GoArray): Uint8Array {
  return Uint8Array.from(value.items, (item) => (item instanceof GoInt ? Number(item.value) : 0));
}

function isIn(left: GoValue, right: GoValue, budget: Budget): boolean {
  if (right === null) return false;
  if (right instanceof GoArray) return right.items.some((item) => areEqual(left, item, budget));
  if (right instanceof GoMap) return left !== null && right.has(keyOf(right, left, budget));
  if (right instanceof GoRecord) return typeof left === 'string' && right.fields.has(left);
  if (right instanceof GoEnvironment)
    return typeof left === 'string' ? right.names.has(left) : fail(`cannot use ${goTypeName(left)} as a name`);
  return fail(`operator "in" not defined on ${goTypeName(right)}`);
}

/** @throws ExpressionError when a map with texts as keys is asked for something else */
export function keyOf(map: GoMap, key: GoValue, budget: Budget): GoValue {
  if (typeof key === 'string') budget.scan(key.length);
  if (typeof key === 'string' || !map.type.startsWith('map[string]')) return key;
  return fail(`cannot use ${goTypeName(key)} to get an element from ${map.type}`);
}

function range(from: bigint, to: bigint, budget: Budget): GoValue {
  const size = to < from ? 0 : Number(to - from) + 1;
  budget.elements(size);
  return new GoArray(
    Array.from({ length: size }, (_, index) => goInt(from + BigInt(index))),
    'int',
  );
}

function arithmetic(operator: string, left: GoValue, right: GoValue, budget: Budget): GoValue {
  if (operator === '+' && typeof left === 'string' && typeof right === 'string') {
    budget.text(left.length + right.length);
    return left + right;
  }
  if (isNumber(left) && isNumber(right)) return numeric(operator, left, right);
  return temporal(operator, left, right) ?? failOperation(operator === '^' ? '**' : operator, left, right);
}

function numeric(operator: string, left: number | GoInt, right: number | GoInt): GoValue {
  if (operator === '/') return toFloat(left) / toFloat(right);
  if (operator === '**' || operator === '^') return power(toFloat(left), toFloat(right));
  if (left instanceof GoInt && right instanceof GoInt) return goInt(integer(operator, left.value, right.value));
  const [a, b] = [toFloat(left), toFloat(right)];
  if (operator === '+') return a + b;
  if (operator === '-') return a - b;
  return operator === '*' ? a * b : failOperation(operator, left, right);
}

/** Go's Pow gives 1 where JavaScript's gives NaN. */
function power(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Infinity)) return 1;
  return base ** exponent;
}

function integer(operator: string, left: bigint, right: bigint): bigint {
  if (operator === '+') return left + right;
  if (operator === '-') return left - right;
  if (operator === '*') return left * right;
  return right === 0n ? fail('runtime error: integer divide by zero') : left % right;
}

function temporal(operator: string, left: GoValue, right: GoValue): GoValue | undefined {
  if (left instanceof GoTime && right instanceof GoTime) return operator === '-' ? new GoDuration(left.epochNs - right.epochNs) : undefined;
  if (left instanceof GoTime && right instanceof GoDuration) return shift(operator, left, right);
  if (left instanceof GoDuration && right instanceof GoTime) return operator === '+' ? shift('+', right, left) : undefined;
  if (left instanceof GoDuration && right instanceof GoDuration) return durations(operator, left.ns, right.ns);
  if (operator !== '*') return undefined;
  if (left instanceof GoDuration && isNumber(right)) return scale(left, right);
  return right instanceof GoDuration && isNumber(left) ? scale(right, left) : undefined;
}

function shift(operator: string, time: GoTime, by: GoDuration): GoTime | undefined {
  if (operator !== '+' && operator !== '-') return undefined;
  return new GoTime(operator === '+' ? time.epochNs + by.ns : time.epochNs - by.ns, time.location);
}

function durations(operator: string, left: bigint, right: bigint): GoDuration | undefined {
  if (operator !== '+' && operator !== '-' && operator !== '*') return undefined;
  return new GoDuration(BigInt.asIntN(64, integer(operator, left, right)));
}

function scale(duration: GoDuration, by: number | GoInt): GoValue {
  if (by instanceof GoInt) return new GoDuration(BigInt.asIntN(64, duration.ns * by.value));
  return Number(duration.ns) * by;
}

import type { Node } from './ast.js';
import { fail } from './error.js';
import { arrayOf, boolType, durationType, floatType, intType, isNumeric, lostType, timeType, typeName, type GoType } from './go-type.js';
import { compilePattern } from './pattern.js';

type Kind = GoType['kind'];

/** @throws ExpressionError for an operand the operator does not take */
export function checkUnary(operator: string, operand: GoType): GoType {
  if (operand.kind === 'unknown') return operator === 'not' || operator === '!' ? boolType : lostType;
  const fits = operator === 'not' || operator === '!' ? operand.kind === 'bool' : isNumeric(operand);
  return fits ? operand : fail(`invalid operation: ${operator} (mismatched type ${typeName(operand)})`);
}

/** @throws ExpressionError for operands the operator does not take together */
export function checkBinary(node: Extract<Node, { kind: 'binary' }>, left: GoType, right: GoType): GoType {
  const type = node.operator === 'in' ? checkIn(left, right) : resultType(node.operator, left, right);
  if (type === undefined) {
    return fail(`invalid operation: ${node.operator} (mismatched types ${typeName(left)} and ${typeName(right)})`);
  }
  if (node.operator === 'matches' && node.right.kind === 'string') compilePattern(node.right.value);
  if (node.operator === '%' && isZero(node.right) && node.left.kind === 'int') fail('integer divide by zero');
  return type;
}

function isZero(node: Node): boolean {
  return node.kind === 'int' && node.value === 0n;
}

function resultType(operator: string, left: GoType, right: GoType): GoType | undefined {
  switch (operator) {
    case '==':
    case '!=':
      return isComparable(left, right) ? boolType : undefined;
    case 'or':
    case '||':
    case 'and':
    case '&&':
      return bothAre(['bool'], left, right) ? boolType : undefined;
    case '<':
    case '>':
    case '<=':
    case '>=':
      return isOrdered(left, right) ? boolType : undefined;
    case '+':
      return sumType(left, right);
    case '-':
      return differenceType(left, right);
    case '*':
      return productType(left, right);
    case '/':
    case '**':
    case '^':
      return bothAre(['int', 'float64'], left, right) ? floatType : undefined;
    case '%':
      return bothAre(['int'], left, right) ? intType : undefined;
    case '..':
      return bothAre(['int'], left, right) ? arrayOf(intType) : undefined;
    case '??':
      return eitherType(left, right);
    default:
      return isTextOperation(operator, left, right) ? boolType : undefined;
  }
}

function bothAre(kinds: readonly Kind[], left: GoType, right: GoType): boolean {
  return [left, right].every((type) => type.kind === 'unknown' || kinds.includes(type.kind));
}

function isTextOperation(operator: string, left: GoType, right: GoType): boolean {
  if (operator === 'matches' && left.kind === 'array' && left.name === '[]uint8') return right.kind === 'string';
  return bothAre(['string'], left, right);
}

/** Whether `==` may compare them at all. What is known to be of different kinds is refused, not false. */
function isComparable(left: GoType, right: GoType): boolean {
  if (left.kind === 'nil' || right.kind === 'nil' || left.kind === 'unknown' || right.kind === 'unknown') return true;
  if (isNumeric(left) && isNumeric(right)) return true;
  if (left.kind === 'named' || left.kind === 'record') return typeName(left) === typeName(right);
  return left.kind === right.kind || (isMap(left) && isMap(right));
}

function isMap(type: GoType): boolean {
  return type.kind === 'map' || type.kind === 'env';
}

function isOrdered(left: GoType, right: GoType): boolean {
  const kinds: readonly Kind[] = ['int', 'float64', 'string', 'time', 'duration'];
  return (
    isDynamicPair(kinds, left, right) || (isNumeric(left) && isNumeric(right)) || (left.kind === right.kind && kinds.includes(left.kind))
  );
}

/** One side is only known at run time and the other is of a kind the operator knows. */
function isDynamicPair(kinds: readonly Kind[], left: GoType, right: GoType): boolean {
  return (left.kind === 'unknown' || right.kind === 'unknown') && bothAre(kinds, left, right);
}

function arithmeticType(left: GoType, right: GoType): GoType | undefined {
  if (!isNumeric(left) || !isNumeric(right)) return undefined;
  return left.kind === 'float64' || right.kind === 'float64' ? floatType : intType;
}

function sumType(left: GoType, right: GoType): GoType | undefined {
  if (isDynamicPair(['int', 'float64', 'string', 'time', 'duration'], left, right)) return lostType;
  if (left.kind === 'string' && right.kind === 'string') return left;
  if (left.kind === 'duration' && right.kind === 'duration') return durationType;
  const shifted = [left.kind, right.kind];
  if (shifted.includes('time') && shifted.includes('duration')) return timeType;
  return arithmeticType(left, right);
}

function differenceType(left: GoType, right: GoType): GoType | undefined {
  if (isDynamicPair(['int', 'float64', 'time', 'duration'], left, right)) return lostType;
  if (left.kind === 'time' && right.kind === 'time') return durationType;
  if (right.kind === 'duration' && (left.kind === 'time' || left.kind === 'duration')) return left;
  return arithmeticType(left, right);
}

function productType(left: GoType, right: GoType): GoType | undefined {
  if (isDynamicPair(['int', 'float64', 'duration'], left, right)) return lostType;
  const scaled = left.kind === 'duration' || right.kind === 'duration';
  return scaled && bothAre(['int', 'float64', 'duration'], left, right) ? durationType : arithmeticType(left, right);
}

function eitherType(left: GoType, right: GoType): GoType {
  if (left.kind === 'nil') return right;
  if (right.kind === 'nil' || left.kind === 'unknown') return left;
  return typeName(left) === typeName(right) ? left : lostType;
}

function checkIn(left: GoType, right: GoType): GoType | undefined {
  switch (right.kind) {
    case 'unknown':
    case 'env':
      return boolType;
    case 'map':
      return checkKey(left, right.name);
    case 'array':
      return isComparable(left, right.element)
        ? boolType
        : fail(`cannot use ${typeName(left)} as type ${typeName(right.element)} in array`);
    case 'string':
      return left.kind === 'unknown' ? boolType : undefined;
    case 'record':
      return left.kind === 'string' || left.kind === 'unknown' ? boolType : undefined;
    default:
      return undefined;
  }
}

function checkKey(left: GoType, map: string): GoType {
  const free = !map.startsWith('map[string]') || left.kind === 'string' || left.kind === 'unknown';
  return free ? boolType : fail(`cannot use ${typeName(left)} as type string in map key`);
}

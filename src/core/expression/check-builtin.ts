import type { Node } from './ast.js';
import type { TypeChecker } from './type-checker.js';
import { checkArguments } from './check-call.js';
import { isIndex } from './check-member.js';
import { fail } from './error.js';
import {
  anyMapType,
  anyType,
  arrayOf,
  boolType,
  durationType,
  floatType,
  intType,
  isNumeric,
  locationType,
  lostType,
  sliceOf,
  stringType,
  timeType,
  typeName,
  type GoType,
  type Signature,
} from './go-type.js';

/** @throws ExpressionError for arguments the function does not take */
export function checkBuiltin(node: Extract<Node, { kind: 'builtin' }>, checker: TypeChecker): GoType {
  const args = node.args.map((arg) => checker.check(arg));
  const overloads = signatures.get(node.name);
  if (overloads !== undefined) return checkOverloads(node.name, overloads, args);
  const rule = rules.get(node.name);
  return rule === undefined ? fail(`unknown name ${node.name}`) : rule(node.name, args);
}

function signature(name: string, params: readonly GoType[], result: GoType): Signature {
  return { name, params, optional: 0, result };
}

/** Tried in this order; when none fits, the last one's complaint is what the user reads. */
function checkOverloads(name: string, overloads: readonly Signature[], args: readonly GoType[]): GoType {
  const fits = overloads.find((candidate) => candidate.params.length === args.length) ?? overloads.at(-1);
  return fits === undefined ? anyType : checkArguments(name, fits, args);
}

const s = stringType;
const strings = sliceOf(stringType);
const anys = arrayOf(anyType);

const signatures: ReadonlyMap<string, readonly Signature[]> = new Map(
  (
    [
      ['trim', [[s], [s, s]], s],
      ['trimPrefix', [[s], [s, s]], s],
      ['trimSuffix', [[s], [s, s]], s],
      ['upper', [[s]], s],
      ['lower', [[s]], s],
      [
        'split',
        [
          [s, s],
          [s, s, intType],
        ],
        strings,
      ],
      [
        'splitAfter',
        [
          [s, s],
          [s, s, intType],
        ],
        strings,
      ],
      [
        'replace',
        [
          [s, s, s, intType],
          [s, s, s],
        ],
        s,
      ],
      ['repeat', [[s, intType]], s],
      ['join', [[strings, s], [strings]], s],
      ['indexOf', [[s, s]], intType],
      ['lastIndexOf', [[s, s]], intType],
      ['hasPrefix', [[s, s]], boolType],
      ['hasSuffix', [[s, s]], boolType],
      ['fromJSON', [[s]], anyType],
      ['toBase64', [[s]], s],
      ['fromBase64', [[s]], s],
      ['duration', [[s]], durationType],
      ['timezone', [[s]], locationType],
      ['bitand', [[intType, intType]], intType],
      ['bitor', [[intType, intType]], intType],
      ['bitxor', [[intType, intType]], intType],
      ['bitnand', [[intType, intType]], intType],
      ['bitshl', [[intType, intType]], intType],
      ['bitshr', [[intType, intType]], intType],
      ['bitushr', [[intType, intType]], intType],
      ['bitnot', [[intType]], intType],
    ] as const
  ).map(([name, overloads, result]) => [name, overloads.map((params) => signature(name, params, result))]),
);

type Rule = (name: string, args: readonly GoType[]) => GoType;

/** @param accepts whether a type that is known fits; one that is not always does */
function one(
  accepts: (type: GoType) => boolean,
  result: (type: GoType) => GoType,
  complaint: (name: string, type: GoType) => string,
): Rule {
  return (name, args) => {
    const arg = exactly(args, 1)[0] ?? anyType;
    return arg.kind === 'unknown' || accepts(arg) ? result(arg) : fail(complaint(name, arg));
  };
}

function exactly(args: readonly GoType[], count: number): readonly GoType[] {
  return args.length === count ? args : fail(`invalid number of arguments (expected ${count}, got ${args.length})`);
}

function atLeastOne(args: readonly GoType[]): readonly GoType[] {
  return args.length > 0 ? args : fail('invalid number of arguments (expected at least 1, got 0)');
}

/** How Go's reflection would call it, for messages. */
function reflected(type: GoType): string {
  if (type.kind === 'nil') return 'nil';
  return type.kind === 'location' ? '*time.Location' : typeName(type);
}

const invalidArgument = (name: string, type: GoType): string => `invalid argument for ${name} (type ${reflected(type)})`;
const isArray = (type: GoType): boolean => type.kind === 'array';
const isMap = (type: GoType): boolean => type.kind === 'map' || type.kind === 'env';
const isNumber = (type: GoType): boolean => isNumeric(type) || type.kind === 'duration' || type.kind === 'named';
const isParsable = (type: GoType): boolean => isNumber(type) || type.kind === 'string';
const always = (result: GoType) => (): GoType => result;

const hasLength = (type: GoType): boolean => type.kind === 'string' || isArray(type) || isMap(type);

function getType(type: GoType, key: GoType): GoType {
  if (type.kind === 'unknown') return lostType;
  if (type.kind === 'array') return isIndex(key) ? type.element : fail(`non-integer slice index ${typeName(key)}`);
  if (type.kind !== 'map') return fail(`type ${reflected(type) === 'nil' ? 'unknown' : reflected(type)} does not support indexing`);
  const fits = !type.name.startsWith('map[string]') || key.kind === 'string' || key.kind === 'unknown';
  return fits ? type.element : fail(`cannot use ${typeName(key)} to get an element from ${type.name}`);
}

function takeType(type: GoType, count: GoType): GoType {
  if (type.kind !== 'unknown' && !isArray(type)) return fail(`cannot take from ${reflectedOrUnknown(type)}`);
  const fits = count.kind === 'int' || count.kind === 'unknown' || count.kind === 'duration';
  if (!fits) return fail(`cannot take ${reflectedOrUnknown(count)} elements`);
  return type.kind === 'array' && type.name === '[]interface {}' ? anys : type.kind === 'array' ? type : anyType;
}

function reflectedOrUnknown(type: GoType): string {
  return type.kind === 'nil' ? 'unknown' : reflected(type);
}

/** An element in the type Go declares for the slice, whatever the type check knows of the literal. */
function declaredElement(type: GoType): GoType {
  return type.kind === 'array' && type.name !== '[]interface {}' ? type.element : anyType;
}

function extremeType(name: string, args: readonly GoType[]): GoType {
  const [first = fail(`not enough arguments to call ${name}`)] = args;
  const odd = args.find((arg) => arg.kind !== 'unknown' && !isArray(arg) && !isNumber(arg));
  if (odd !== undefined) return fail(invalidArgument(name, odd));
  return args.every(isNumber) ? first : anyType;
}

function concatType(name: string, args: readonly GoType[]): GoType {
  const odd = atLeastOne(args).find((arg) => arg.kind !== 'unknown' && !isArray(arg));
  return odd === undefined ? anys : fail(`cannot ${name} ${reflectedOrUnknown(odd)}`);
}

function sortType(name: string, args: readonly GoType[]): GoType {
  if (args.length > 2) fail(`too many arguments to call ${name}`);
  const [array = fail(`not enough arguments to call ${name}`), order] = args;
  if (order !== undefined && order.kind !== 'string' && order.kind !== 'unknown') fail(`too many arguments to call ${name}`);
  const sortable = array.kind === 'unknown' || (array.kind === 'array' && array.name !== '[]uint8');
  return sortable ? anys : fail(`cannot use ${reflected(array)} as argument (type []int) to call ${name}`);
}

const complain =
  (before: string, after = '') =>
  (_name: string, type: GoType): string =>
    `${before} ${reflectedOrUnknown(type)}${after}`;

const rounded = one(isNumber, always(floatType), invalidArgument);
const text = one(() => true, always(stringType), invalidArgument);

const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['len', one(hasLength, always(intType), invalidArgument)],
  ['type', text],
  ['string', text],
  ['toJSON', text],
  ['abs', one(isNumber, (type) => (type.kind === 'unknown' ? anyType : type), invalidArgument)],
  ['ceil', rounded],
  ['floor', rounded],
  ['round', rounded],
  ['int', one(isParsable, always(intType), invalidArgument)],
  ['float', one(isParsable, always(floatType), invalidArgument)],
  ['max', extremeType],
  ['min', extremeType],
  ['mean', extremeType],
  ['median', extremeType],
  ['now', (_name, args) => exactly(args, 0) && timeType],
  ['date', (_name, args) => atLeastOne(args) && timeType],
  ['first', one(isArray, declaredElement, complain('cannot get first element from'))],
  ['last', one(isArray, declaredElement, complain('cannot get last element from'))],
  ['get', (_name, args) => getType(exactly(args, 2)[0] ?? anyType, args[1] ?? anyType)],
  ['take', (_name, args) => takeType(exactly(args, 2)[0] ?? anyType, args[1] ?? anyType)],
  ['keys', one(isMap, always(anys), complain('cannot get keys from'))],
  ['values', one(isMap, always(anys), complain('cannot get values from'))],
  ['toPairs', one(isMap, always(anys), complain('cannot transform', ' to pairs'))],
  ['fromPairs', one(isArray, always(anyMapType), complain('cannot transform', ' from pairs'))],
  ['reverse', one(isArray, always(anys), complain('cannot reverse'))],
  ['uniq', one(isArray, always(anys), complain('cannot uniq'))],
  ['flatten', one(isArray, always(anys), complain('cannot flatten'))],
  ['concat', concatType],
  ['sort', sortType],
]);

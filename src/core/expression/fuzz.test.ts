import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileCondition, dynamic, evaluateCondition, evaluateTime, floatArray, recordArray, type GoValue } from './index.js';
import { tokenize } from './lexer.js';
import { isReserved, loops } from './names.js';

/** Printed with each test, so that a failure can be repeated; fast-check adds the path to the failing case. */
const seed = 20_240_501;

const plain =
  'len type abs ceil floor round int float string trim trimPrefix upper lower split replace repeat join indexOf max min mean median ' +
  'toJSON fromJSON toBase64 fromBase64 now duration date timezone first last get take keys values toPairs fromPairs reverse uniq ' +
  'concat flatten sort bitand bitshl bitnot asInt asFloat isNaN isInf isNil default constructor eval';
const operators = '+ - * / % ** ^ == != < > <= >= and or && || in contains startsWith endsWith matches ?? .. | ; not, not'.split(' ');
const names = ['a', 'b', 'Values', 'constructor', '__proto__', 'toString', 'prototype', 'length', 'Hour', 'x'];
const literals = [
  '1',
  '0',
  '-1',
  '1.5',
  '1e308',
  '"a"',
  "'['",
  '`.*`',
  'b"x"',
  'true',
  'nil',
  '[]',
  '{}',
  '1..3',
  '[1, "a"]',
  '{a: {b: [1]}}',
  '$env',
];

/** Mostly well-formed conditions; what makes them wrong is types, not brackets. */
const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom('result', ...literals),
    fc
      .tuple(tie('condition'), fc.constantFrom(...operators), tie('condition'))
      .map(([left, operator, right]) => `(${left}) ${operator} ${right}`),
    fc.tuple(fc.constantFrom('not ', '!', '-', '+'), tie('condition')).map(([operator, operand]) => `${operator}(${operand})`),
    fc.tuple(tie('condition'), fc.constantFrom('.', '?.'), fc.constantFrom(...names)).map((parts) => parts.join('')),
    fc.tuple(tie('condition'), tie('condition')).map(([object, index]) => `${object}[${index}]`),
    fc.tuple(tie('condition'), fc.integer({ min: -3, max: 3 })).map(([object, from]) => `${object}[${from}:]`),
    fc
      .tuple(fc.constantFrom(...plain.split(' ')), fc.array(tie('condition'), { maxLength: 3 }))
      .map(([name, args]) => `${name}(${args.join(', ')})`),
    fc
      .tuple(
        fc.constantFrom(...loops.keys()),
        tie('condition'),
        fc.constantFrom('#', '.a', '#acc', '#index', ''),
        fc.constantFrom(...operators),
        tie('condition'),
      )
      .map(([name, array, pointer, operator, right]) => `${name}(${array}, {${pointer} ${operator} ${right}})`),
    fc.tuple(tie('condition'), tie('condition'), tie('condition')).map(([test, then, otherwise]) => `(${test} ? ${then} : ${otherwise})`),
    fc.tuple(tie('condition'), tie('condition')).map(([value, body]) => `(let x = ${value}; ${body})`),
  ),
}));

const fragments = [
  ...literals,
  ...operators,
  ...names,
  ...plain.split(' '),
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '#',
  ',',
  ':',
  '?',
  'let',
  'if',
  'else',
  '//',
  '/*',
  '"',
  '\\',
  '\u0000',
  '\ud800',
  '😀',
];
const rubbish = fc.oneof(
  fc.array(fc.constantFrom(...fragments), { maxLength: 12 }).map((parts) => parts.join(' ')),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

const result: fc.Arbitrary<GoValue> = fc.oneof(
  fc.double(),
  fc.boolean(),
  fc.string(),
  fc.constant(null),
  fc.array(fc.double(), { maxLength: 5 }).map(floatArray),
  fc.jsonValue({ maxDepth: 3 }).map(dynamic),
  fc.array(fc.double(), { maxLength: 3 }).map((values) => recordArray('types.MetricDataResult', [{ Id: 'a', Values: floatArray(values) }])),
);

/** A bug of ours would be reported as an internal error; a hang would run into jest's timeout. */
function expectVerdict(source: string, value: GoValue): void {
  const outcome = evaluateCondition(source, value, 1_700_000_000_000);
  if (outcome.ok) {
    expect(typeof outcome.value).toBe('boolean');
    expect(compileCondition(source)).toMatchObject({ kind: 'condition' });
    return;
  }
  expect(outcome.message).not.toBe('');
  expect(outcome.message + (outcome.cause ?? '')).not.toMatch(/internal error|native code|\[object|undefined is not|Function:/);
}

describe(`any condition, seed ${seed}`, () => {
  it('gets a verdict or a message', () => {
    fc.assert(fc.property(condition, result, expectVerdict), { seed, numRuns: 4_000 });
  });

  it('gets a message when it is rubbish', () => {
    fc.assert(fc.property(rubbish, result, expectVerdict), { seed, numRuns: 3_000 });
  });

  it('is no time, or one in milliseconds', () => {
    fc.assert(
      fc.property(fc.oneof(condition, rubbish), (source) => {
        const outcome = evaluateTime(source, 0);
        expect(outcome.ok ? Number.isInteger(outcome.epochMs) : outcome.message !== '').toBe(true);
      }),
      { seed, numRuns: 1_000 },
    );
  });

  it('leaves the prototypes of JavaScript alone', () => {
    fc.assert(fc.property(condition, fc.jsonValue({ maxDepth: 2 }).map(dynamic), expectVerdict), { seed: seed + 1, numRuns: 300 });
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(Object.keys(Array.prototype)).toEqual([]);
  });
});

describe('names of functions', () => {
  it('are single identifiers', () => {
    const reserved = [...plain.split(' '), ...loops.keys()].filter(isReserved);
    expect(reserved.every((name) => tokenize(name).length === 2)).toBe(true);
  });
});

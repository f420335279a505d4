import { describe, expect, it } from '@jest/globals';
import { evaluateCondition, floatArray } from './index.js';
import type { GoValue } from './value.js';

/** Kept out of the tables, whose rows jest prints. */
const results = {
  one: 1,
  letter: 'a',
  manyNumbers: floatArray(Array.from({ length: 100_000 }, (_, index) => index)),
  longText: 'a'.repeat(1_000_000),
} satisfies Record<string, GoValue>;

/** A value that contains itself twice, 60 levels deep: small in memory, endless to walk. */
function doubled(first: string, join: (name: string) => string, use: string): string {
  const steps = Array.from({ length: 60 }, (_, index) => `let x${index + 1} = ${join(`x${index}`)};`);
  return `let x0 = ${first}; ${steps.join(' ')} ${use}`;
}

const pair = (name: string): string => `[${name}, ${name}]`;
const steps = 'step budget exceeded';
const memory = 'memory budget exceeded';

type Case = readonly [what: string, source: string, result: keyof typeof results, message: string];

const cases: readonly Case[] = [
  ['loops inside loops', 'all(1..1000, all(1..1000, # > 0))', 'one', steps],
  ['a loop over much', 'all(result, -1 not in result)', 'manyNumbers', steps],
  ['a range without end', 'len(1..9007199254740993) > 0', 'one', memory],
  ['ranges in a loop', 'all(1..100000, len(1..100) > 0)', 'one', memory],
  ['comparing what contains itself often', doubled('[1]', pair, 'x60 == [x59, x59]'), 'one', steps],
  ['printing it', doubled('[1]', pair, 'string(x60) == ""'), 'one', steps],
  ['printing it into a message', doubled('[1]', pair, 'asInt(x60) == 1'), 'one', steps],
  ['encoding it', doubled('[1]', pair, 'toJSON(x60) == ""'), 'one', steps],
  ['flattening it', doubled('[1]', pair, 'len(flatten(x60)) > 0'), 'one', steps],
  ['the maximum of it', doubled('[1]', pair, 'max(x60) > 0'), 'one', steps],
  ['a text that doubles', doubled('"ab"', (name) => `${name} + ${name}`, 'x60 == ""'), 'one', memory],
  ['a text repeated', 'repeat("abcdefgh", 1000000) == ""', 'one', memory],
  ['a replacement that explodes', 'replace(result, "a", result) == ""', 'longText', memory],
  ['comparing long texts often', 'all(1..100000, result < result + "b")', 'longText', memory],
  ['searching long texts often', 'all(1..100000, result not contains "b")', 'longText', steps],
  ['a costly pattern', 'result matches "(.*)(.*)(.*)(.*)[bcd]{900}"', 'longText', steps],
  ['a pattern of many repetitions', `result matches "${'a{900}'.repeat(5)}"`, 'letter', 'pattern repeats parts of it more than 2000 times'],
  ['a long pattern', `result matches "${'a'.repeat(1001)}"`, 'letter', 'pattern is longer than 1000 characters'],
  ['time zones in a loop', 'all(1..100000, timezone("Europe/Zurich").String() != "")', 'one', steps],
  ['a document too deep', `fromJSON(repeat("[", 500) + repeat("]", 500)) == nil`, 'one', 'result is nested deeper than 200 levels'],
  ['many nodes', `${'1;'.repeat(10_000)} true`, 'one', 'compilation failed: expression exceeds maximum allowed nodes'],
  ['brackets', `${'('.repeat(201)}true${')'.repeat(201)}`, 'one', 'expression is nested deeper than 200 levels'],
  ['signs', `${'-'.repeat(10_000)}1 > 0`, 'one', 'expression is nested deeper than 200 levels'],
  ['a chain', `${'false or '.repeat(600)}true`, 'one', 'expression has more than 500 operators in a row'],
  ['a long source', `"${'x'.repeat(100_000)}" == ""`, 'one', 'expression is longer than 100000 characters'],
];

describe('limits of an evaluation', () => {
  it.each(cases)('ends %s', (_what, source, result, message) => {
    expect(evaluateCondition(source, results[result], 0)).toEqual({ ok: false, message });
  });

  it.each([
    ['a chain of 499 conditions', `${'result == 2 or '.repeat(498)}result == 1`, 'one'],
    ['199 brackets', `${'('.repeat(199)}true${')'.repeat(199)}`, 'one'],
    ['100,000 samples', 'all(result, # >= 0) and sum(result) > 0', 'manyNumbers'],
    ['a megabyte of text', 'result matches "^a+$" and len(result) == 1000000', 'longText'],
  ] as const)('allows %s', (_what, source, result) => {
    expect(evaluateCondition(source, results[result], 0)).toEqual({ ok: true, value: true });
  });
});

import { RE2JS } from 're2js';
import { fail } from './error.js';

/** Longest pattern, in UTF-16 units; compiling takes time and memory in proportion to it. */
const maxPatternLength = 1_000;

/** Sum of the counts in `{n,m}`: each multiplies what it repeats. */
const maxRepetitions = 2_000;

export type Pattern = RE2JS;

/**
 * Compiles the right side of `matches`: RE2 syntax, so that no pattern takes more than linear time.
 * @throws ExpressionError for a malformed pattern, with Go's text, and for one that would be slow to compile
 */
export function compilePattern(source: string): Pattern {
  if (source.length > maxPatternLength) return fail(`pattern is longer than ${maxPatternLength} characters`);
  if (repetitionsIn(source) > maxRepetitions) return fail(`pattern repeats parts of it more than ${maxRepetitions} times`);
  try {
    return RE2JS.compile(source);
  } catch (error) {
    return fail(error instanceof Error ? error.message : 'error parsing regexp');
  }
}

function repetitionsIn(source: string): number {
  return [...source.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].reduce(
    (sum, [, least, most]) => sum + Math.max(Number(least), Number(most ?? 0)),
    0,
  );
}

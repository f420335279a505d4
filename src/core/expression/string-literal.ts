import { fail } from './error.js';

export interface StringLiteral {
  /** Code points, or bytes 0..255. */
  readonly value: readonly number[];
  /** Index after the closing quote. */
  readonly end: number;
}

const simpleEscapes: ReadonlyMap<string, number> = new Map([
  ['a', 7],
  ['b', 8],
  ['f', 12],
  ['n', 10],
  ['r', 13],
  ['t', 9],
  ['v', 11],
  ['\\', 92],
]);

/**
 * Reads the literal whose opening quote is at `at`. Backquotes make a raw string, in which a doubled one stands for itself.
 * @throws ExpressionError for an unknown escape or a missing closing quote
 */
export function readString(source: string, at: number, kind: 'text' | 'bytes'): StringLiteral {
  return source.charAt(at) === '`' ? readRaw(source, at + 1) : readQuoted(source, at, kind);
}

function readRaw(source: string, start: number): StringLiteral {
  let at = start;
  for (;;) {
    const end = source.indexOf('`', at);
    if (end < 0) return fail('literal not terminated');
    if (source.charAt(end + 1) !== '`') return { value: codesOf(source.slice(start, end).replaceAll('``', '`')), end: end + 1 };
    at = end + 2;
  }
}

function codesOf(text: string): readonly number[] {
  return [...text].map((char) => char.codePointAt(0) ?? 0);
}

function readQuoted(source: string, start: number, kind: 'text' | 'bytes'): StringLiteral {
  const quote = source.charAt(start);
  const value: number[] = [];
  let at = start + 1;
  for (;;) {
    const code = source.codePointAt(at);
    if (code === undefined || code === 10) return fail('literal not terminated');
    const char = String.fromCodePoint(code);
    if (char === quote) return { value, end: at + 1 };
    const step =
      char === '\\' ? readEscape(source, at + 1, quote, kind) : { codes: kind === 'bytes' ? utf8(char) : [code], length: char.length };
    value.push(...step.codes);
    at += step.length;
  }
}

function utf8(char: string): readonly number[] {
  return [...new TextEncoder().encode(char)];
}

interface Step {
  readonly codes: readonly number[];
  /** UTF-16 units of source taken, the backslash included. */
  readonly length: number;
}

function readEscape(source: string, at: number, quote: string, kind: 'text' | 'bytes'): Step {
  const char = source.charAt(at);
  if (char === quote) return { codes: [char.charCodeAt(0)], length: 2 };
  const simple = simpleEscapes.get(char);
  return simple === undefined ? readNumericEscape(source, at, kind) : { codes: [simple], length: 2 };
}

const numericEscape = /([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|u\{([0-9a-fA-F]{1,6})\}/y;

function readNumericEscape(source: string, at: number, kind: 'text' | 'bytes'): Step {
  numericEscape.lastIndex = at;
  const found = numericEscape.exec(source);
  if (found === null) return fail('invalid char escape');
  const [whole, octal, byte, short, long, braced] = found;
  const code = octal === undefined ? parseInt(byte ?? short ?? long ?? braced ?? '', 16) : parseInt(octal, 8);
  const isByte = octal !== undefined || byte !== undefined;
  if (isByte ? code > 0xff : kind === 'bytes' || code > 0x10ffff) return fail('unable to unescape string');
  return { codes: [isSurrogate(code) ? 0xfffd : code], length: whole.length + 1 };
}

function isSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdfff;
}

import { fail } from './error.js';
import { quote } from './quote.js';
import { readString } from './string-literal.js';

export type TokenKind = 'Identifier' | 'Number' | 'String' | 'Bytes' | 'Operator' | 'Bracket' | 'EOF';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** The value of a Bytes token, each 0..255. */
  readonly bytes?: readonly number[];
}

/** Longest source of a condition, in UTF-16 units. Objects in etcd end at 1.5 MiB; no condition needs more than this. */
const maxSourceLength = 100_000;

const wordOperators = new Set(['not', 'in', 'matches', 'contains', 'startsWith', 'endsWith', 'and', 'or', 'let', 'if', 'else']);
const doubleOperators = new Set(['||', '&&', '==', '!=', '<=', '>=', '**', '..', '?.', '??', '::']);
const singleOperators = new Set([...',;#%+-^/|&=!<>*.?:']);

/**
 * Cuts a condition into tokens; the last is EOF.
 * @throws ExpressionError for characters, numbers, strings and comments that are none
 */
export function tokenize(source: string): readonly Token[] {
  if (source.length > maxSourceLength) fail(`expression is longer than ${maxSourceLength} characters`);
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at = skipBlanks(source, at);
    if (at >= source.length) return [...tokens, { kind: 'EOF', text: '' }];
    const [token, next] = readToken(source, at);
    tokens.push(token);
    at = next;
  }
}

function skipBlanks(source: string, from: number): number {
  let at = from;
  for (;;) {
    if (/^\s$/.test(source.charAt(at)) && source.charAt(at) !== '\ufeff') at += 1;
    else if (source.startsWith('//', at)) at = endOfLine(source, at);
    else if (source.startsWith('/*', at)) at = endOfComment(source, at);
    else return at;
  }
}

function endOfLine(source: string, at: number): number {
  const end = source.indexOf('\n', at);
  return end < 0 ? source.length : end;
}

function endOfComment(source: string, at: number): number {
  const end = source.indexOf('*/', at + 2);
  return end < 0 ? fail('unclosed comment') : end + 2;
}

/** The token at `at`, and where the next one may begin. */
type Read = readonly [Token, number];

function readToken(source: string, at: number): Read {
  const char = source.charAt(at);
  if (/[0-9]/.test(char) || /^\.[0-9]/.test(source.slice(at, at + 2))) return readNumber(source, at);
  if (char === '"' || char === "'" || char === '`') return readText(source, at);
  if (/^[bB]["']/.test(source.slice(at, at + 2))) return readBytes(source, at + 1);
  if (/[()[\]{}]/.test(char)) return [{ kind: 'Bracket', text: char }, at + 1];
  return readOperator(source, at) ?? readIdentifier(source, at);
}

function readOperator(source: string, at: number): Read | undefined {
  const two = source.slice(at, at + 2);
  if (doubleOperators.has(two)) return [{ kind: 'Operator', text: two }, at + 2];
  const one = two.charAt(0);
  return singleOperators.has(one) ? [{ kind: 'Operator', text: one }, at + 1] : undefined;
}

function readIdentifier(source: string, at: number): Read {
  const name = match(/[\p{L}_$][\p{L}\p{Nd}_$]*/uy, source, at);
  if (name === '') return fail(`unrecognized character: ${describeCharacter(source, at)}`);
  return [{ kind: wordOperators.has(name) ? 'Operator' : 'Identifier', text: name }, at + name.length];
}

function describeCharacter(source: string, at: number): string {
  const code = source.codePointAt(at) ?? 0;
  const char = String.fromCodePoint(code);
  const printable = !/[\p{Z}\p{C}]/u.test(char);
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}${printable ? ` '${char}'` : ''}`;
}

/** Digits in the base the prefix names, a fraction unless a range (`1..3`) follows, and an exponent; `_` may separate. */
const numberShape = /(?:0[xX][0-9a-fA-F_]*|0[oO][0-7_]*|0[bB][01_]*|[0-9_]*)(?:\.(?!\.)[0-9_]*)?(?:[eE][+-]?[0-9_]*)?/y;

function readNumber(source: string, at: number): Read {
  const text = match(numberShape, source, at);
  const next = match(/[\p{L}\p{Nd}]/uy, source, at + text.length);
  if (next !== '') fail(`bad number syntax: ${quote(text + next)}`);
  return [{ kind: 'Number', text }, at + text.length];
}

function readText(source: string, at: number): Read {
  const { value, end } = readString(source, at, 'text');
  return [{ kind: 'String', text: textOf(value) }, end];
}

function textOf(codes: readonly number[]): string {
  return codes.map((code) => String.fromCodePoint(code)).join('');
}

function readBytes(source: string, at: number): Read {
  const { value, end } = readString(source, at, 'bytes');
  return [{ kind: 'Bytes', text: textOf(value), bytes: value }, end];
}

function match(sticky: RegExp, source: string, at: number): string {
  sticky.lastIndex = at;
  return sticky.exec(source)?.[0] ?? '';
}

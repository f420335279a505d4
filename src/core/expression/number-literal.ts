import type { Node } from './ast.js';
import { fail } from './error.js';
import { parseInt64 } from './strconv.js';

/**
 * The value of a number token; `_` may separate digits.
 * @throws ExpressionError when it does not fit an int64 or a float64
 */
export function numberNode(text: string): Node {
  const digits = text.replaceAll('_', '');
  if (/^0[xX]/.test(digits)) return intNode(digits, 'hex');
  if (/[.eE]/.test(digits)) return floatNode(digits);
  if (/^0[bB]/.test(digits)) return intNode(digits, 'binary');
  if (/^0[oO]/.test(digits)) return intNode(digits, 'octal');
  return intNode(digits, 'integer');
}

function intNode(digits: string, kind: string): Node {
  const parsed = parseInt64(digits, kind !== 'integer');
  if (typeof parsed === 'string') return fail(`invalid ${kind} literal: ${parsed}`);
  return { kind: 'int', value: parsed };
}

function floatNode(digits: string): Node {
  const valid = /^(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(digits);
  const value = Number(digits);
  if (valid && Number.isFinite(value)) return { kind: 'float', value };
  return fail(`invalid float literal: strconv.ParseFloat: parsing "${digits}": ${valid ? 'value out of range' : 'invalid syntax'}`);
}

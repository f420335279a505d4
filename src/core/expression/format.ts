import { fail } from './error.js';
import { Budget, calendarSteps } from './limits.js';
import { formatDuration } from './go-duration.js';
import { formatTime } from './time-layout.js';
import { intText, timeText } from './time-methods.js';
import { GoArray, GoDuration, GoInt, GoLocation, GoMap, GoRecord, GoTime, maxDepth, type GoValue } from './value.js';

/**
 * A float64 in the shortest decimal that reads back as itself, never with an exponent: `0.95`, `NaN`, `+Inf`, `-Inf`.
 * How Prometheus' and Datadog's values appear in `measurement.value`.
 */
export function formatFloat(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  const text = Object.is(value, -0) ? '-0' : value.toString();
  const found = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (found === null) return text;
  const [, sign = '', lead = '', fraction = '', exponent = '0'] = found;
  return sign + shiftPoint(lead + fraction, Number(exponent) + 1);
}

/** @param point number of digits before the decimal point; 0 or less and more than there are digits are padded */
function shiftPoint(digits: string, point: number): string {
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  return point >= digits.length ? digits.padEnd(point, '0') : `${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** A float64 as Go's `%v` prints it: `0.001`, `100000`, `1e-09`, `1e+08` (an exponent below 0.0001 and from 1e6 on). */
export function formatGeneralFloat(value: number): string {
  if (!Number.isFinite(value) || value === 0) return formatFloat(value);
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return formatFloat(value);
  return `${mantissa}e${power < 0 ? '-' : '+'}${Math.abs(power).toString().padStart(2, '0')}`;
}

/** Printing one part costs about as much as evaluating this many nodes. */
const partSteps = 8;

/**
 * Any value as Go's `%v` prints it: `[1.5 2 x <nil> true]`, `map[a:1 b:2]`. InfluxDB's values appear like this.
 * @param budget charged for every part; a value that a condition made may contain itself many times over
 */
export function formatGeneral(value: GoValue, budget?: Budget, depth = 0): string {
  if (depth > maxDepth) return fail(`value is nested deeper than ${maxDepth} levels`);
  budget?.step(partSteps);
  budget?.elements(1);
  const inner = (item: GoValue): string => formatGeneral(item, budget, depth + 1);
  if (value === null) return '<nil>';
  if (typeof value === 'string') return charged(value, budget);
  if (value instanceof GoArray) return `[${value.items.map(inner).join(' ')}]`;
  if (value instanceof GoMap)
    return `map[${sortedPairs(value)
      .map(([key, item]) => `${key}:${inner(item)}`)
      .join(' ')}]`;
  if (value instanceof GoRecord) return `{${[...value.fields.values()].map(inner).join(' ')}}`;
  if (value instanceof GoTime) budget?.step(calendarSteps);
  return formatScalar(value);
}

function charged(text: string, budget: Budget | undefined): string {
  budget?.text(text.length);
  return text;
}

function formatScalar(value: Exclude<GoValue, null | string | GoArray | GoMap | GoRecord>): string {
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return formatGeneralFloat(value);
  if (value instanceof GoInt) return intText(value);
  if (value instanceof GoTime) return timeText(value);
  if (value instanceof GoDuration) return formatDuration(value);
  return value instanceof GoLocation ? value.name : 'func';
}

/** Longest printed value in a message, in UTF-16 units. Statuses are stored; a document need not be in there. */
const longestInMessage = 100;

/** A value for a message: its beginning when it is long. */
export function describeValue(value: GoValue): string {
  const text = formatGeneral(value, new Budget());
  return text.length > longestInMessage ? `${text.slice(0, longestInMessage)}...` : text;
}

/** Go sorts keys when it prints a map: numbers by size, texts by bytes. */
function sortedPairs(map: GoMap): readonly (readonly [string, GoValue])[] {
  const pairs = [...map.pairs()].map(([key, value]): readonly [GoValue, string, GoValue] => [key, formatGeneral(key), value]);
  pairs.sort(([left, leftText], [right, rightText]) => compareKeys(left, right) || compareText(leftText, rightText));
  return pairs.map(([, text, value]) => [text, value]);
}

function compareKeys(left: GoValue, right: GoValue): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return left instanceof GoInt && right instanceof GoInt ? Number(left.value - right.value) : 0;
}

/** By UTF-8 bytes, which is by code points and not by JavaScript's UTF-16 units. */
export function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const [a, b] = [left.charCodeAt(index), right.charCodeAt(index)];
    if (a === b) continue;
    return isSurrogate(a) === isSurrogate(b) ? a - b : isSurrogate(a) ? 1 : -1;
  }
  return left.length - right.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

/**
 * A provider's result as it appears in `measurement.value` where section 3.3 of Argo Rollouts' rules asks for the shortest
 * decimal or compact JSON: floats without exponent, `[a,b]`, `[]`; otherwise JSON with sorted keys and `< > &` escaped.
 * A plain string keeps its quotes (the web provider's JSON); a raw body needs no formatting.
 * @throws ExpressionError for NaN and infinities inside a document, which no decoded JSON holds
 */
export function formatValue(result: GoValue): string {
  if (typeof result === 'number') return formatFloat(result);
  if (result instanceof GoArray && result.element === 'float64') {
    return `[${result.items.map((item) => (typeof item === 'number' ? formatFloat(item) : '')).join(',')}]`;
  }
  return toJson(result);
}

/** How JSON is laid out, and who pays for it. */
interface JsonStyle {
  /** '' for compact */
  readonly indent: string;
  readonly budget?: Budget;
}

/**
 * JSON as Go's encoder writes it.
 * @throws ExpressionError for NaN, infinities, functions and maps whose keys are no texts
 */
export function toJson(value: GoValue, style: JsonStyle = { indent: '' }, depth = 0): string {
  if (depth > maxDepth) return fail(`value is nested deeper than ${maxDepth} levels`);
  style.budget?.step(partSteps);
  style.budget?.elements(1);
  if (value === null) return 'null';
  if (typeof value === 'number') return jsonNumber(value);
  if (typeof value === 'string') return jsonText(charged(value, style.budget));
  if (value instanceof GoArray) return jsonArray(value, style, depth);
  if (value instanceof GoMap) return jsonObject(jsonPairs(value), style, depth);
  if (value instanceof GoRecord) return jsonObject([...value.fields], style, depth);
  if (value instanceof GoTime) style.budget?.step(calendarSteps);
  return jsonScalar(value);
}

function jsonScalar(value: Exclude<GoValue, null | number | string | GoArray | GoMap | GoRecord>): string {
  if (typeof value === 'boolean') return String(value);
  if (value instanceof GoInt) return `${value.value}`;
  if (value instanceof GoDuration) return `${value.ns}`;
  if (value instanceof GoTime) return `"${formatTime(value, '2006-01-02T15:04:05.999999999Z07:00')}"`;
  return fail('json: unsupported type');
}

function jsonArray(value: GoArray, style: JsonStyle, depth: number): string {
  if (value.element === 'uint8') return `"${base64(value.items.map((item) => (item instanceof GoInt ? Number(item.value) : 0)))}"`;
  return block(
    '[',
    value.items.map((item) => toJson(item, style, depth + 1)),
    ']',
    style.indent,
    depth,
  );
}

function jsonObject(pairs: readonly (readonly [string, GoValue])[], style: JsonStyle, depth: number): string {
  const colon = style.indent === '' ? ':' : ': ';
  const members = pairs.map(([key, item]) => jsonText(key) + colon + toJson(item, style, depth + 1));
  return block('{', members, '}', style.indent, depth);
}

function block(open: string, parts: readonly string[], close: string, indent: string, depth: number): string {
  if (parts.length === 0 || indent === '') return open + parts.join(',') + close;
  const margin = `\n${indent.repeat(depth + 1)}`;
  return `${open}${margin}${parts.join(`,${margin}`)}\n${indent.repeat(depth)}${close}`;
}

function jsonPairs(map: GoMap): readonly (readonly [string, GoValue])[] {
  const pairs = [...map.pairs()].map(([key, value]): readonly [string, GoValue] => [jsonKey(key, map), value]);
  return pairs.sort(([left], [right]) => compareText(left, right));
}

function jsonKey(key: GoValue, map: GoMap): string {
  return typeof key === 'string' && map.type.startsWith('map[string]') ? key : fail(`json: unsupported type: ${map.type}`);
}

/** Go's encoder turns to exponents below 1e-6 and from 1e21 on. */
function jsonNumber(value: number): string {
  if (!Number.isFinite(value)) return fail(`json: unsupported value: ${formatFloat(value)}`);
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-6 && size < 1e21)) return formatFloat(value);
  return value.toExponential();
}

function jsonText(text: string): string {
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Standard base64 with padding. @param bytes each 0..255 */
export function base64(bytes: readonly number[]): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [first = 0, second, third] = bytes.slice(at, at + 3);
    const word = (first << 16) | ((second ?? 0) << 8) | (third ?? 0);
    text += alphabet.charAt(word >> 18) + alphabet.charAt((word >> 12) & 63);
    text += second === undefined ? '=' : alphabet.charAt((word >> 6) & 63);
    text += third === undefined ? '=' : alphabet.charAt(word & 63);
  }
  return text;
}

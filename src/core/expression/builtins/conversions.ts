import { asText } from '../convert.js';
import { fail } from '../error.js';
import { base64, formatGeneral, toJson } from '../format.js';
import { quote } from '../quote.js';
import { parseFloat64, parseInt64 } from '../strconv.js';
import {
  dynamic,
  goInt,
  goTypeName,
  GoArray,
  GoDuration,
  GoFunction,
  GoInt,
  GoLocation,
  GoMap,
  GoTime,
  isNumber,
  toFloat,
  truncateToInt,
  type GoValue,
} from '../value.js';
import type { BuiltinTable, Runtime } from './builtin.js';

function length([value = null]: readonly GoValue[]): GoValue {
  if (typeof value === 'string') return goInt(codePoints(value));
  if (value instanceof GoArray) return goInt(value.items.length);
  return value instanceof GoMap ? goInt(value.size) : fail(`invalid argument for len (type ${goTypeName(value)})`);
}

function codePoints(text: string): number {
  const pairs = text.match(/[\ud800-\udbff][\udc00-\udfff]/g);
  return text.length - (pairs?.length ?? 0);
}

function type([value = null]: readonly GoValue[]): GoValue {
  if (value === null) return 'nil';
  if (typeof value === 'number') return 'float';
  if (value instanceof GoInt) return value.type.startsWith('time.') ? value.type : value.type.startsWith('u') ? 'uint' : 'int';
  if (value instanceof GoArray) return 'array';
  if (value instanceof GoMap) return 'map';
  if (value instanceof GoTime || value instanceof GoDuration) return goTypeName(value);
  if (value instanceof GoLocation) return 'time.Location';
  return value instanceof GoFunction ? 'func' : goTypeName(value);
}

function toInt([value = null]: readonly GoValue[]): GoValue {
  if (value instanceof GoInt) return goInt(value.value);
  if (value instanceof GoDuration) return goInt(value.ns);
  if (typeof value === 'number') return goInt(truncateToInt(value));
  const parsed = typeof value === 'string' ? parseInt64(value) : goTypeName(value);
  return typeof parsed === 'bigint' ? goInt(parsed) : fail(`invalid operation: int(${typeof value === 'string' ? value : parsed})`);
}

function toFloat64([value = null]: readonly GoValue[]): GoValue {
  if (isNumber(value)) return toFloat(value);
  const parsed = typeof value === 'string' ? parseFloat64(value) : goTypeName(value);
  return typeof parsed === 'number' ? parsed : fail(`invalid operation: float(${typeof value === 'string' ? value : parsed})`);
}

function toText([value = null]: readonly GoValue[], { resources }: Runtime): GoValue {
  return formatGeneral(value, resources.budget);
}

function encodeJson([value = null]: readonly GoValue[], { resources }: Runtime): GoValue {
  return toJson(value, { indent: '  ', budget: resources.budget });
}

function decodeJson([value = null]: readonly GoValue[], { resources }: Runtime): GoValue {
  const text = asText(value);
  // A document has at most one value for each of its characters.
  resources.budget.elements(text.length);
  try {
    return dynamic(JSON.parse(text));
  } catch (error) {
    return failJson(text, error);
  }
}

/** JavaScript words its complaint differently from Go, and differently in each version: only the place is taken from it. */
function failJson(text: string, error: unknown): never {
  if (!(error instanceof SyntaxError)) throw error;
  const at = Number(/position (\d+)/.exec(error.message)?.[1] ?? text.length);
  if (at >= text.length || /Unterminated/.test(error.message)) return fail('unexpected end of JSON input');
  return fail(`invalid character ${quote(text.charAt(at))} in JSON at position ${at}`);
}

function encodeBase64([value = null]: readonly GoValue[], { resources }: Runtime): GoValue {
  const bytes = [...new TextEncoder().encode(asText(value))];
  resources.budget.elements(bytes.length);
  return base64(bytes);
}

function decodeBase64([value = null]: readonly GoValue[], { resources }: Runtime): GoValue {
  const text = asText(value).replace(/[\r\n]/g, '');
  resources.budget.elements(text.length);
  const wrong = text.search(/[^A-Za-z0-9+/]/);
  const body = text.replace(/={1,2}$/, '');
  const complete = text.length % 4 === 0 && body.length % 4 !== 1 && /^[A-Za-z0-9+/]*$/.test(body);
  if (!complete)
    return fail(`illegal base64 data at input byte ${wrong >= 0 && wrong < body.length ? wrong : text.length - (text.length % 4)}`);
  return new TextDecoder().decode(decodeGroups(body));
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function decodeGroups(body: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((body.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const char of body) {
    held = ((held << 6) | alphabet.indexOf(char)) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at] = (held >> bits) & 0xff;
    at += 1;
  }
  return bytes;
}

export const conversions: BuiltinTable = {
  len: length,
  type,
  int: toInt,
  float: toFloat64,
  string: toText,
  toJSON: encodeJson,
  fromJSON: decodeJson,
  toBase64: encodeBase64,
  fromBase64: decodeBase64,
};

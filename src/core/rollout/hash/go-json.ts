import { isPlainObject } from '../../../lib/json.js';
import { parseTime, renderWholeSeconds } from '../../../lib/time.js';
import { goQuantity } from './go-quantity.js';

/** Struct name to its fields in Go's order: JSON name, kind, and `o` when an empty value is left out. */
export type GoTypes = Readonly<Record<string, readonly (readonly [name: string, kind: string, options: string])[]>>;

export interface Encoding {
  readonly types: GoTypes;
  /** How a quantity is written; the default is Go's way. */
  readonly quantity?: (value: unknown) => string;
}

/**
 * Serialises raw JSON as Go's encoding/json would serialise the typed object made from it: fields in struct order, unknown ones dropped,
 * empty optionals left out, struct-valued ones kept as `{}`, map keys sorted, quantities canonical, `<`, `>` and `&` escaped.
 *
 * @param typeName a struct of the generated table, such as `PodTemplateSpec`
 * Semantics: Go's encoding/json over k8s.io/api (rollout-core 2.3). A value of the wrong type counts as absent; Go would refuse the object.
 */
export function goJson(value: unknown, typeName: string, encoding: Encoding): string {
  return struct(isPlainObject(value) ? value : {}, typeName, encoding);
}

/** As goJson, for a list of structs. */
export function goJsonList(values: readonly unknown[], typeName: string, encoding: Encoding): string {
  return `[${values.map((value) => goJson(value, typeName, encoding)).join(',')}]`;
}

function struct(value: Readonly<Record<string, unknown>>, typeName: string, encoding: Encoding): string {
  const parts: string[] = [];
  for (const [name, kind, options] of encoding.types[typeName] ?? []) {
    const text = field(own(value, name), kind, options, encoding);
    if (text !== undefined) parts.push(`${quote(name)}:${text}`);
  }
  return `{${parts.join(',')}}`;
}

function own(value: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

function field(value: unknown, kind: string, options: string, encoding: Encoding): string | undefined {
  if (kind.startsWith('*')) {
    if (value === undefined || value === null) return options.includes('o') ? undefined : 'null';
    return render(value, kind.slice(1), encoding);
  }
  if (options.includes('o') && isEmpty(value, kind)) return undefined;
  return render(value, kind, encoding);
}

/** What Go's omitempty and omitzero leave out; structs are never empty for omitempty. */
function isEmpty(value: unknown, kind: string): boolean {
  if (kind === 'time') return typeof value !== 'string';
  if (kind.startsWith('list ') || kind === 'bytes') return !Array.isArray(value) && typeof value !== 'string' ? true : value.length === 0;
  if (kind.startsWith('map ')) return !isPlainObject(value) || Object.keys(value).length === 0;
  if (kind === 'string') return typeof value !== 'string' || value === '';
  if (kind === 'bool') return value !== true;
  if (kind === 'int') return typeof value !== 'number' || value === 0;
  return false;
}

function render(value: unknown, kind: string, encoding: Encoding): string {
  const [family = '', rest = ''] = split(kind);
  switch (family) {
    case 'struct':
      return struct(isPlainObject(value) ? value : {}, rest, encoding);
    case 'list':
      return Array.isArray(value) ? `[${value.map((v: unknown) => render(v, rest, encoding)).join(',')}]` : 'null';
    case 'map':
      return isPlainObject(value) ? map(value, rest, encoding) : 'null';
    case 'quantity':
      return quote((encoding.quantity ?? goQuantity)(value));
    case 'intOrString':
      return typeof value === 'string' ? quote(value) : integer(value);
    case 'string':
    case 'bytes':
      return typeof value === 'string' ? quote(value) : '""';
    case 'time':
      return time(value);
    case 'bool':
      return value === true ? 'true' : 'false';
    case 'int':
      return integer(value);
    default:
      return value === undefined ? 'null' : escapeHtml(JSON.stringify(value));
  }
}

function split(kind: string): readonly [string, string] {
  const at = kind.indexOf(' ');
  return at < 0 ? [kind, ''] : [kind.slice(0, at), kind.slice(at + 1)];
}

function map(value: Readonly<Record<string, unknown>>, kind: string, encoding: Encoding): string {
  const entries = Object.keys(value)
    .sort(byBytes)
    .map((key) => `${quote(key)}:${render(value[key], kind, encoding)}`);
  return `{${entries.join(',')}}`;
}

/** Go sorts map keys by their UTF-8 bytes, which is the order of code points; JavaScript compares UTF-16 units. */
function byBytes(left: string, right: string): number {
  const [a, b] = [[...left], [...right]];
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = (a[i]?.codePointAt(0) ?? 0) - (b[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function integer(value: unknown): string {
  return typeof value === 'number' && Number.isFinite(value) ? String(Math.trunc(value)) : '0';
}

/** metav1.Time: in UTC, to the second. */
function time(value: unknown): string {
  const at = typeof value === 'string' ? parseTime(value) : undefined;
  return at === undefined ? 'null' : quote(renderWholeSeconds(at));
}

/** A string as Go's encoder writes it. */
function quote(text: string): string {
  return escapeHtml(JSON.stringify(text));
}

function escapeHtml(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

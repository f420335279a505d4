import type { Draft } from '../json.js';
import { at, isRecord, listAt, recordAt } from '../json.js';

/**
 * Fields as server-side apply names them: `f:` a member, `k:` an item of a list with keys, `v:` an item of a set. A path is its segments, joined;
 * a set of paths is what FieldsV1 spells as a tree.
 */
export type FieldSet = ReadonlySet<string>;

const separator = '\u0000';

export function joinPath(path: string, segment: string): string {
  return path === '' ? segment : `${path}${separator}${segment}`;
}

export function segmentsOf(path: string): readonly string[] {
  return path.split(separator);
}

export function isBelow(path: string, ancestor: string): boolean {
  return path.startsWith(`${ancestor}${separator}`);
}

/** The schema of one member of a record; an empty one where nothing is known. */
export function memberSchema(schema: Draft, key: string): Draft {
  const own = recordAt(schema, 'properties')[key];
  if (isRecord(own)) return own;
  return isRecord(schema['additionalProperties']) ? schema['additionalProperties'] : {};
}

/** Records are merged member by member, unless the schema says that they are of one piece. */
export function isGranular(schema: Draft): boolean {
  return schema['x-kubernetes-map-type'] !== 'atomic';
}

/** How the items of a list are told apart; undefined: the list is of one piece. */
export function itemSegment(schema: Draft): ((item: unknown) => string) | undefined {
  if (schema['x-kubernetes-list-type'] === 'set') return (item) => `v:${JSON.stringify(item)}`;
  if (schema['x-kubernetes-list-type'] !== 'map') return undefined;
  const items = recordAt(schema, 'items');
  const keys = listAt(schema, 'x-kubernetes-list-map-keys')
    .filter((key) => typeof key === 'string')
    .sort();
  return (item) =>
    `k:${JSON.stringify(Object.fromEntries(keys.map((key) => [key, at(item, key) ?? memberSchema(items, key)['default'] ?? null])))}`;
}

/** Members of Go structs that are always there, so that nobody ever added them. */
const alwaysThere = new Set(['f:metadata', 'f:spec', 'f:status', 'f:template', 'f:strategy']);

/**
 * Every field of a value.
 * @param withContainers also the records and keyed items that hold them (what a change adds), not only leaves (what an applied configuration owns)
 */
export function fieldsOf(
  value: unknown,
  schema: Draft,
  options: { readonly withContainers: boolean; readonly isBuiltin: boolean },
  path = '',
  found = new Set<string>(),
): Set<string> {
  if (isRecord(value) && isGranular(schema) && (Object.keys(value).length > 0 || path === '')) {
    if (path !== '' && options.withContainers && !(options.isBuiltin && alwaysThere.has(segmentsOf(path).at(-1) ?? ''))) found.add(path);
    for (const [key, member] of Object.entries(value))
      fieldsOf(member, memberSchema(schema, key), options, joinPath(path, `f:${key}`), found);
    return found;
  }
  const segment = Array.isArray(value) && value.length > 0 ? itemSegment(schema) : undefined;
  if (!Array.isArray(value) || segment === undefined) return found.add(path);
  if (options.withContainers) found.add(path);
  for (const item of value) {
    const below = joinPath(path, segment(item));
    found.add(below);
    if (isRecord(item))
      for (const [key, member] of Object.entries(item))
        fieldsOf(member, memberSchema(recordAt(schema, 'items'), key), options, joinPath(below, `f:${key}`), found);
  }
  return found;
}

/** `.spec.containers[name="main"].image`: how conflicts name a field. */
export function showPath(path: string): string {
  return segmentsOf(path).map(showSegment).join('');
}

function showSegment(segment: string): string {
  const rest = segment.slice(2);
  if (segment.startsWith('f:')) return `.${rest}`;
  if (segment.startsWith('v:')) return `[=${rest}]`;
  const keys: unknown = JSON.parse(rest);
  return isRecord(keys)
    ? `[${Object.entries(keys)
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .join(',')}]`
    : `[${rest}]`;
}

import { ControllerError } from './errors.js';
import { isPlainObject } from './json.js';
import type { FieldMerge, MergeSchema } from './merge-keys.js';

type JsonMap = Readonly<Record<string, unknown>>;

const directive = '$patch';
const retainKeys = '$retainKeys';
const deletePrefix = '$deleteFromPrimitiveList/';
const orderPrefix = '$setElementOrder/';

/**
 * Applies a strategic merge patch: like a merge patch, but lists with a merge key are merged entry by entry, and directives
 * (`$patch: replace | delete | merge`, `$retainKeys`, `$setElementOrder/x`, `$deleteFromPrimitiveList/x`) say otherwise. Nothing is mutated.
 *
 * @throws ControllerError `invalid` for an unknown directive, or an entry without its merge key
 * Semantics: Kubernetes, strategicpatch.StrategicMergePatch, 1.35. Differs: directives and nulls never end up in the result (there they do,
 * inside new list entries), and a `$patch: replace` of an absent map creates it (there the whole map is lost).
 */
export function applyStrategicMerge(original: unknown, patch: unknown, schema: MergeSchema): unknown {
  if (!isPlainObject(patch)) throw new ControllerError('invalid', 'a strategic merge patch must be an object');
  return mergeMap(isPlainObject(original) ? original : {}, patch, schema);
}

const noRules: MergeSchema = { fields: {} };

function mergeMap(original: JsonMap, patch: JsonMap, schema: MergeSchema): JsonMap {
  const command = patch[directive];
  if (command === 'delete') return {};
  if (command === 'replace') return mergeMap({}, { ...patch, [directive]: 'merge' }, schema);
  if (command !== undefined && command !== 'merge') throw unknownDirective(command);
  const result = new Map(Object.entries(original));
  dropAllBut(result, patch[retainKeys]);
  for (const [key, value] of Object.entries(patch)) {
    if (isDirective(key)) continue;
    if (value === null) result.delete(key);
    else result.set(key, mergeField(result.get(key), value, fieldRules(schema, key)));
  }
  applyListDirectives(result, original, patch, schema);
  return Object.fromEntries(result);
}

function fieldRules(schema: MergeSchema, key: string): FieldMerge {
  return (Object.hasOwn(schema.fields, key) ? schema.fields[key] : undefined) ?? {};
}

function isDirective(key: string): boolean {
  return key === directive || key === retainKeys || key.startsWith(deletePrefix) || key.startsWith(orderPrefix);
}

function unknownDirective(command: unknown): ControllerError {
  return new ControllerError('invalid', `unknown patch type: ${JSON.stringify(command)}`);
}

function dropAllBut(result: Map<string, unknown>, kept: unknown): void {
  if (!Array.isArray(kept)) return;
  for (const key of result.keys()) {
    if (!kept.includes(key)) result.delete(key);
  }
}

function mergeField(original: unknown, value: unknown, rules: FieldMerge): unknown {
  if (Array.isArray(value)) return mergeList(original, value, rules);
  if (!isPlainObject(value)) return value;
  const before = isPlainObject(original) && !rules.replace ? original : {};
  return mergeMap(before, value, rules.schema?.() ?? noRules);
}

function mergeList(original: unknown, patch: readonly unknown[], rules: FieldMerge): readonly unknown[] {
  const { mergeKey } = rules;
  if (mergeKey !== undefined) return mergeByKey(Array.isArray(original) ? original : [], patch, mergeKey, rules);
  if (!rules.set || !Array.isArray(original)) return patch;
  const added = patch.filter((entry, index) => patch.indexOf(entry) === index);
  return interleave(
    added,
    original.filter((entry) => !patch.includes(entry)),
    original,
  );
}

function mergeByKey(original: readonly unknown[], patch: readonly unknown[], key: string, rules: FieldMerge): readonly unknown[] {
  const entries = patch.map(entryOf);
  const wanted = entries.filter((entry) => entry[directive] !== 'delete' && entry[directive] !== 'replace');
  const isReplaced = entries.some((entry) => entry[directive] === 'replace');
  const idOf = (entry: unknown): unknown => keyOf(entry, key);
  for (const entry of entries) requireKey(entry, key);
  // Entries that share a merge key (a port for TCP and UDP) can only come together, in a new list.
  if (isReplaced || original.length === 0) return wanted.map((entry) => mergeMap({}, entry, rules.schema?.() ?? noRules));
  const gone = entries.filter((entry) => entry[directive] === 'delete').map(idOf);
  const kept = original.filter((entry) => !gone.includes(idOf(entry)));
  const merged = wanted.reduce<readonly unknown[]>((list, entry) => mergeEntry(list, entry, key, rules), kept);
  return inOrder(merged, wanted.map(idOf), original, idOf);
}

function requireKey(entry: JsonMap, key: string): void {
  if (entry[key] !== undefined || entry[directive] === 'replace') return;
  throw new ControllerError('invalid', `map: ${JSON.stringify(entry)} does not contain declared merge key: ${key}`);
}

function entryOf(entry: unknown): JsonMap {
  if (isPlainObject(entry)) return entry;
  throw new ControllerError('invalid', `expected an object in a list with a merge key, got ${JSON.stringify(entry)}`);
}

function keyOf(entry: unknown, key: string): unknown {
  return isPlainObject(entry) ? entry[key] : undefined;
}

function mergeEntry(list: readonly unknown[], entry: JsonMap, key: string, rules: FieldMerge): unknown[] {
  const index = list.findIndex((other) => keyOf(other, key) === entry[key]);
  const before = list[index];
  const merged = mergeMap(isPlainObject(before) ? before : {}, entry, rules.schema?.() ?? noRules);
  return index < 0 ? [...list, merged] : list.map((other, position) => (position === index ? merged : other));
}

function applyListDirectives(result: Map<string, unknown>, original: JsonMap, patch: JsonMap, schema: MergeSchema): void {
  for (const [key, value] of Object.entries(patch)) {
    if (!Array.isArray(value)) continue;
    if (key.startsWith(deletePrefix)) removePrimitives(result, key.slice(deletePrefix.length), value);
  }
  for (const [key, value] of Object.entries(patch)) {
    if (Array.isArray(value) && key.startsWith(orderPrefix)) sortField(result, original, key.slice(orderPrefix.length), value, schema);
  }
}

function removePrimitives(result: Map<string, unknown>, field: string, gone: readonly unknown[]): void {
  const list = result.get(field);
  if (!Array.isArray(list)) return;
  result.set(
    field,
    list.filter((entry) => !gone.includes(entry)),
  );
}

function sortField(result: Map<string, unknown>, original: JsonMap, field: string, order: readonly unknown[], schema: MergeSchema): void {
  const list = result.get(field);
  if (!Array.isArray(list)) return;
  const { mergeKey } = fieldRules(schema, field);
  const idOf = (entry: unknown): unknown => (mergeKey === undefined ? entry : keyOf(entry, mergeKey));
  const before = original[field];
  result.set(field, inOrder(list, order.map(idOf), Array.isArray(before) ? before : [], idOf));
}

/** What `wanted` names comes in that order; the rest, which the patch's author may not have known of, finds its place between. */
function inOrder(
  list: readonly unknown[],
  wanted: readonly unknown[],
  original: readonly unknown[],
  idOf: (entry: unknown) => unknown,
): readonly unknown[] {
  const named = [...new Set(wanted)].flatMap((id) => list.filter((entry) => idOf(entry) === id));
  const rest = list.filter((entry) => !wanted.includes(idOf(entry)));
  return interleave(named, rest, original, idOf);
}

/** Puts each of `rest`, in order, before the first later entry of `named` that came after it in the original list. */
function interleave(
  named: readonly unknown[],
  rest: readonly unknown[],
  original: readonly unknown[],
  idOf: (entry: unknown) => unknown = (entry) => entry,
): readonly unknown[] {
  const ids = original.map(idOf);
  const result = [...named];
  let from = 0;
  for (const entry of rest) {
    const position = ids.indexOf(idOf(entry));
    while (from < result.length && !(ids.indexOf(idOf(result[from])) > position)) from++;
    result.splice(from, 0, entry);
    from++;
  }
  return result;
}

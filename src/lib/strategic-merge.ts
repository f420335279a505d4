import { ControllerError } from './errors.js';
import { isEqual } from './equal.js';
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
 * Semantics: Kubernetes, strategicpatch.StrategicMergePatch, 1.35.
 */
export function applyStrategicMerge(original: unknown, patch: unknown, schema: MergeSchema): unknown {
  if (!isPlainObject(patch)) throw new ControllerError('invalid', 'a strategic merge patch must be an object');
  return mergeMap(isPlainObject(original) ? original : {}, patch, schema, false);
}

const noRules: MergeSchema = { fields: {} };

function mergeMap(original: JsonMap, patch: JsonMap, schema: MergeSchema, honoursRetainKeys: boolean): JsonMap {
  const command = patch[directive];
  if (command === 'delete') return {};
  if (command === 'replace') return withoutDirectives(patch);
  if (command !== undefined && command !== 'merge') throw unknownDirective(command);
  const result = new Map(Object.entries(original));
  if (honoursRetainKeys) dropAllBut(result, patch[retainKeys]);
  for (const [key, value] of Object.entries(patch)) {
    if (isDirective(key)) continue;
    if (value === null) result.delete(key);
    else result.set(key, mergeField(result.get(key), value, fieldRules(schema, key)));
  }
  applyListDirectives(result, patch, schema);
  return Object.fromEntries(result);
}

function fieldRules(schema: MergeSchema, key: string): FieldMerge {
  return (Object.hasOwn(schema.fields, key) ? schema.fields[key] : undefined) ?? {};
}

function isDirective(key: string): boolean {
  return key === directive || key === retainKeys || key.startsWith(deletePrefix) || key.startsWith(orderPrefix);
}

function unknownDirective(command: unknown): ControllerError {
  return new ControllerError('invalid', `unknown patch directive ${JSON.stringify(command)}`);
}

function dropAllBut(result: Map<string, unknown>, kept: unknown): void {
  if (!Array.isArray(kept)) return;
  for (const key of result.keys()) {
    if (!kept.includes(key)) result.delete(key);
  }
}

function mergeField(original: unknown, value: unknown, rules: FieldMerge): unknown {
  if (Array.isArray(value)) return mergeList(Array.isArray(original) ? original : [], value, rules);
  if (!isPlainObject(value)) return value;
  if (rules.replace) return withoutDirectives(value);
  return mergeMap(isPlainObject(original) ? original : {}, value, rules.schema?.() ?? noRules, rules.retainKeys === true);
}

/** What is new has nothing to merge with, but its own directives and nulls must not be stored. */
function withoutDirectives(value: unknown): JsonMap {
  if (!isPlainObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, entry]) => !isDirective(key) && entry !== null)
      .map(([key, entry]) => [key, isPlainObject(entry) ? withoutDirectives(entry) : entry]),
  );
}

function mergeList(original: readonly unknown[], patch: readonly unknown[], rules: FieldMerge): readonly unknown[] {
  if (rules.mergeKey !== undefined) return mergeByKey(original, patch, rules.mergeKey, rules);
  if (rules.set) return [...original, ...patch.filter((entry) => !original.some((other) => isEqual(other, entry)))];
  return patch;
}

function mergeByKey(original: readonly unknown[], patch: readonly unknown[], key: string, rules: FieldMerge): readonly unknown[] {
  const entries = patch.map((entry) => entryOf(entry));
  const additions = entries.filter((entry) => entry[directive] !== 'delete' && !isBareReplace(entry));
  if (entries.some((entry) => entry[directive] === 'replace')) return additions.map(withoutDirectives);
  let result = [...original];
  for (const entry of entries) {
    const id = entry[key];
    if (id === undefined) throw new ControllerError('invalid', `map: ${JSON.stringify(entry)} does not contain declared merge key: ${key}`);
    if (entry[directive] === 'delete') result = result.filter((other) => keyOf(other, key) !== id);
    else result = mergeEntry(result, entry, key, rules);
  }
  return result;
}

function entryOf(entry: unknown): JsonMap {
  if (isPlainObject(entry)) return entry;
  throw new ControllerError('invalid', `expected an object in a list with a merge key, got ${JSON.stringify(entry)}`);
}

function isBareReplace(entry: JsonMap): boolean {
  return entry[directive] === 'replace' && Object.keys(entry).length === 1;
}

function keyOf(entry: unknown, key: string): unknown {
  return isPlainObject(entry) ? entry[key] : undefined;
}

function mergeEntry(list: readonly unknown[], entry: JsonMap, key: string, rules: FieldMerge): unknown[] {
  const index = list.findIndex((other) => keyOf(other, key) === entry[key]);
  const before = index < 0 ? {} : entryOf(list[index]);
  const merged = mergeMap(before, entry, rules.schema?.() ?? noRules, rules.retainKeys === true);
  return index < 0 ? [...list, merged] : list.map((other, position) => (position === index ? merged : other));
}

function applyListDirectives(result: Map<string, unknown>, patch: JsonMap, schema: MergeSchema): void {
  for (const [key, value] of Object.entries(patch)) {
    if (!Array.isArray(value)) continue;
    if (key.startsWith(deletePrefix)) removePrimitives(result, key.slice(deletePrefix.length), value);
    if (key.startsWith(orderPrefix)) sortField(result, key.slice(orderPrefix.length), value, schema);
  }
}

function removePrimitives(result: Map<string, unknown>, field: string, gone: readonly unknown[]): void {
  const list = result.get(field);
  if (Array.isArray(list))
    result.set(
      field,
      list.filter((entry) => !gone.includes(entry)),
    );
}

function sortField(result: Map<string, unknown>, field: string, order: readonly unknown[], schema: MergeSchema): void {
  const list = result.get(field);
  if (!Array.isArray(list)) return;
  const { mergeKey } = fieldRules(schema, field);
  const idOf = (entry: unknown): unknown => (mergeKey === undefined ? entry : keyOf(entry, mergeKey));
  const wanted = order.map(idOf);
  result.set(field, inOrder(list, wanted, idOf));
}

/**
 * Entries the order names come in that order; each of the others (which the patch's author did not know) stays behind the entry it followed,
 * or first when it followed none.
 */
function inOrder(list: readonly unknown[], wanted: readonly unknown[], idOf: (entry: unknown) => unknown): readonly unknown[] {
  const named = wanted.flatMap((id) => list.filter((entry) => idOf(entry) === id));
  const result = [...named];
  list.forEach((entry, position) => {
    if (wanted.includes(idOf(entry))) return;
    const before = position === 0 ? -1 : result.indexOf(list[position - 1]);
    result.splice(before + 1, 0, entry);
  });
  return result;
}

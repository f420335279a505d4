import { isEqual } from './equal.js';
import { fieldOf, isPlainObject } from './json.js';

/**
 * Applies a JSON merge patch: objects merge, null deletes, anything else (lists too) replaces.
 * Nothing is mutated; what the patch does not name is shared with `target`.
 *
 * Semantics: RFC 7386. Differs: a key `__proto__` is plain data, as everywhere in JSON.
 */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isPlainObject(patch)) return patch;
  const entries = new Map(Object.entries(isPlainObject(target) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) entries.delete(key);
    else entries.set(key, applyMergePatch(entries.get(key), value));
  }
  return Object.fromEntries(entries);
}

/**
 * The smallest merge patch that turns `before` into `after`, or undefined when they are equal.
 * A key whose value is undefined counts as absent. A null inside `after` cannot be expressed by a merge patch and deletes the key.
 */
export function createMergePatch(before: unknown, after: unknown): Record<string, unknown> | undefined {
  const from = isPlainObject(before) ? before : {};
  const to = isPlainObject(after) ? after : {};
  const removed = Object.keys(from).filter((key) => from[key] !== undefined && fieldOf(to, key) === undefined);
  const entries: [string, unknown][] = removed.map((key) => [key, null]);
  for (const [key, value] of Object.entries(to)) {
    const old = fieldOf(from, key);
    if (value === undefined || isEqual(old, value)) continue;
    if (!isPlainObject(old) || !isPlainObject(value)) entries.push([key, value]);
    else pushIfDefined(entries, key, createMergePatch(old, value));
  }
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function pushIfDefined(entries: [string, unknown][], key: string, value: unknown): void {
  if (value !== undefined) entries.push([key, value]);
}

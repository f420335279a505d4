import type { JsonObject } from '../../api/kube.js';
import { isPlainObject } from '../../lib/json.js';

/** Reads pod templates, which travel as raw JSON. */
export function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  // A plain object inside a JSON document is one.
  return isPlainObject(value) ? value : {};
}

export function listAt(object: JsonObject, key: string): readonly JsonObject[] {
  const value = object[key];
  // The same.
  return Array.isArray(value) ? (value.filter(isPlainObject) as readonly JsonObject[]) : [];
}

export function stringMapAt(object: JsonObject, key: string): Readonly<Record<string, string>> {
  const entries = Object.entries(objectAt(object, key)).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return Object.fromEntries(entries);
}

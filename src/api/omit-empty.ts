import type { EpochMs } from '../lib/scheduler.js';
import { renderTime } from '../lib/time.js';
import type { Json, JsonObject } from './kube.js';

export type Fields = readonly (readonly [key: string, value: Json | undefined])[];

/** An object of the fields that are there. */
export function fromFields(fields: Fields): JsonObject {
  // A loop, as every pass renders a status: twice as fast as a filter and Object.fromEntries.
  const object: Record<string, Json> = {};
  for (const [key, value] of fields) if (value !== undefined) object[key] = value;
  return object;
}

/** As Go's omitempty: absent, false, 0, '' and empty lists are left out; objects stay, empty ones too. */
export function omitEmpty(fields: Fields): JsonObject {
  const object: Record<string, Json> = {};
  for (const [key, value] of fields) if (value !== undefined && !isEmpty(value)) object[key] = value;
  return object;
}

function isEmpty(value: Json): boolean {
  return value === false || value === 0 || value === '' || (Array.isArray(value) && value.length === 0);
}

export function omitEmptyMap(map: Readonly<Record<string, string>>): JsonObject | undefined {
  return Object.keys(map).length === 0 ? undefined : map;
}

export function time(at: EpochMs | undefined): string | undefined {
  return at === undefined ? undefined : renderTime(at);
}

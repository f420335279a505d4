import type { Draft } from '../json.js';
import { copyJson, isRecord, recordAt } from '../json.js';
import type { FieldSet } from './paths.js';
import { isBelow, isGranular, itemSegment, joinPath, memberSchema } from './paths.js';

/** Lays an applied configuration over the live object. Live items of keyed lists keep their places, new ones come after. */
export function mergeConfiguration(live: unknown, config: unknown, schema: Draft): unknown {
  if (isRecord(live) && isRecord(config) && isGranular(schema)) {
    const merged: Draft = { ...live };
    for (const [key, value] of Object.entries(config)) merged[key] = mergeConfiguration(live[key], value, memberSchema(schema, key));
    return merged;
  }
  const segment = itemSegment(schema);
  if (Array.isArray(live) && Array.isArray(config) && segment) return mergeItems(live, config, recordAt(schema, 'items'), segment);
  return copyJson(config);
}

function mergeItems(
  live: readonly unknown[],
  config: readonly unknown[],
  items: Draft,
  segment: (item: unknown) => string,
): readonly unknown[] {
  const wanted = new Map(config.map((item) => [segment(item), item]));
  const kept = live.map((item) => {
    const change = wanted.get(segment(item));
    wanted.delete(segment(item));
    return change === undefined ? item : mergeConfiguration(item, change, items);
  });
  return [...kept, ...[...wanted.values()].map(copyJson)];
}

/** Takes out what its applier no longer names, unless somebody else owns it or something in it. */
export function withoutFields(value: unknown, schema: Draft, gone: FieldSet, owned: FieldSet, path = ''): unknown {
  if (isRecord(value) && isGranular(schema)) {
    const left = Object.entries(value).flatMap(([key, member]) =>
      keptMember(key, member, memberSchema(schema, key), gone, owned, joinPath(path, `f:${key}`)),
    );
    return Object.fromEntries(left);
  }
  const segment = itemSegment(schema);
  if (!Array.isArray(value) || !segment) return value;
  const items = recordAt(schema, 'items');
  return value
    .filter((item) => !isGone(joinPath(path, segment(item)), gone, owned))
    .map((item) => withoutFields(item, items, gone, owned, joinPath(path, segment(item))));
}

function keptMember(
  key: string,
  member: unknown,
  schema: Draft,
  gone: FieldSet,
  owned: FieldSet,
  path: string,
): readonly [string, unknown][] {
  if (isGone(path, gone, owned)) return [];
  const left = withoutFields(member, schema, gone, owned, path);
  // A record or list that only held what went goes with it.
  const wasEmptied = sizeOf(member) > 0 && sizeOf(left) === 0 && !owned.has(path);
  return wasEmptied ? [] : [[key, left]];
}

function sizeOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  return isRecord(value) ? Object.keys(value).length : 1;
}

function isGone(path: string, gone: FieldSet, owned: FieldSet): boolean {
  return gone.has(path) && !owned.has(path) && ![...owned].some((other) => isBelow(other, path));
}

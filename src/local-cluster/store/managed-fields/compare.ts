import { isEqual } from '../../../lib/equal.js';
import type { Draft } from '../json.js';
import { isRecord, recordAt } from '../json.js';
import { fieldsOf, isGranular, itemSegment, joinPath, memberSchema } from './paths.js';

/** Which fields differ between two versions of an object. */
export interface Differences {
  readonly added: Set<string>;
  readonly modified: Set<string>;
  readonly removed: Set<string>;
}

export function compare(before: unknown, after: unknown, schema: Draft, isBuiltin: boolean): Differences {
  const differences: Differences = { added: new Set(), modified: new Set(), removed: new Set() };
  compareAt(before, after, schema, { path: '', isBuiltin, differences });
  return differences;
}

interface Here {
  readonly path: string;
  readonly isBuiltin: boolean;
  readonly differences: Differences;
}

function compareAt(before: unknown, after: unknown, schema: Draft, here: Here): void {
  const { path, isBuiltin, differences } = here;
  const options = { withContainers: true, isBuiltin };
  if (before === after) return;
  if (before === undefined) fieldsOf(after, schema, options, path, differences.added);
  else if (after === undefined) fieldsOf(before, schema, options, path, differences.removed);
  else if (isRecord(before) && isRecord(after) && isGranular(schema)) compareRecords(before, after, schema, here);
  else if (Array.isArray(before) && Array.isArray(after) && itemSegment(schema)) compareLists(before, after, schema, here);
  else if (!isEqual(before, after)) differences.modified.add(path);
}

function compareRecords(before: Draft, after: Draft, schema: Draft, here: Here): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    compareAt(before[key], after[key], memberSchema(schema, key), { ...here, path: joinPath(here.path, `f:${key}`) });
  }
}

function compareLists(before: readonly unknown[], after: readonly unknown[], schema: Draft, here: Here): void {
  const segment = itemSegment(schema) ?? JSON.stringify;
  const items = recordAt(schema, 'items');
  const old = new Map(before.map((item) => [segment(item), item]));
  const now = new Map(after.map((item) => [segment(item), item]));
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const path = joinPath(here.path, key);
    if (!old.has(key)) here.differences.added.add(path);
    if (!now.has(key)) here.differences.removed.add(path);
    const [left, right] = [old.get(key), now.get(key)];
    if (isRecord(left) || isRecord(right))
      compareRecords(isRecord(left) ? left : {}, isRecord(right) ? right : {}, items, { ...here, path });
  }
}

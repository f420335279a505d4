import { isEqual } from '../../lib/equal.js';
import type { Draft } from '../store/json.js';
import { copyRecord, recordAt } from '../store/json.js';

export const templateHashLabel = 'pod-template-hash';

/** Kubernetes' alphabet of generated names. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** A short name for a template: equal templates, equal names. Not the one a real controller finds; nobody compares them. */
export function hashOfTemplate(template: unknown, collisions: number): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(`${sortedJson(template)}${collisions}`, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return String(hash)
    .split('')
    .map((digit) => alphabet[Number(digit)])
    .join('');
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

/** The template without the label that only tells ReplicaSets apart. */
function bareTemplate(template: unknown): Draft {
  const copy = copyRecord(template);
  const labels = recordAt(copy, 'metadata', 'labels');
  delete labels[templateHashLabel];
  return copy;
}

export function isSameTemplate(left: unknown, right: unknown): boolean {
  return isEqual(bareTemplate(left), bareTemplate(right));
}

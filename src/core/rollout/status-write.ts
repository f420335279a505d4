import { renderRolloutStatus } from '../../api/render-rollout-status.js';
import type { JsonObject } from '../../api/kube.js';
import type { Condition, Rollout, RolloutStatus } from '../../api/rollout-types.js';
import { isEqual } from '../../lib/equal.js';
import { createMergePatch } from '../../lib/merge-patch.js';
import type { EpochMs } from '../../lib/scheduler.js';
import type { ObservedRollout } from './types.js';

/** Counters alone are written at most this often. */
const counterIntervalMs = 1_000;

/** What to do about a status: nothing (both undefined), write it now, or look again later. */
export interface StatusWrite {
  /** Merge patch for the status, without the precondition. */
  readonly patch?: Readonly<Record<string, unknown>>;
  readonly postponedUntil?: EpochMs;
}

/**
 * The smallest write that makes the stored status say `next`. A status that differs in counters alone waits until a second has passed
 * since the last write, so that pods becoming ready one by one do not cost a write each.
 */
export function planStatusWrite(seen: ObservedRollout, next: RolloutStatus): StatusWrite {
  // Most passes find nothing new; rendering would tell the same at ten times the price.
  if (isEqual(seen.rollout.status, next)) return {};
  const stored = seen.rollout.raw.status;
  const patch = createMergePatch(renderStored(seen.rollout), renderRolloutStatus(next, stored));
  if (patch === undefined) return {};
  const due = (seen.statusWrittenAt ?? -Infinity) + counterIntervalMs;
  if (seen.now < due && isCountersOnly(seen.rollout.status, next, patch)) return { postponedUntil: due };
  return { patch };
}

/** What is stored, as we would write it: the same for every pass over the same version of the object. */
const renderings = new WeakMap<object, JsonObject>();

function renderStored({ raw, status }: Rollout): JsonObject {
  // Without a status nothing is stored, not even the empty sections that are always there: the first write brings them.
  const known = renderings.get(raw) ?? (raw.status === undefined ? {} : renderRolloutStatus(status, raw.status));
  renderings.set(raw, known);
  return known;
}

const counters: ReadonlySet<string> = new Set([
  ...['replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas', 'HPAReplicas', 'message', 'conditions', 'sluice'],
]);
const counterConditions: ReadonlySet<string> = new Set(['Available', 'Progressing', 'Ready', 'Reconciling']);

function isCountersOnly(before: RolloutStatus, next: RolloutStatus, patch: Readonly<Record<string, unknown>>): boolean {
  if (Object.keys(patch).some((field) => !counters.has(field)) || before.phase !== next.phase) return false;
  if (before.phase !== 'Progressing' && before.message !== next.message) return false;
  return (
    hasSameFacts(before.conditions, next.conditions) && hasSameFacts(next.conditions, before.conditions) && !hasNewOurs(patch['sluice'])
  );
}

/** Conditions that follow the counters may differ, but no progress deadline or abort may come or go. */
function hasSameFacts(left: readonly Condition[], right: readonly Condition[]): boolean {
  return left.every((condition) => {
    const other = right.find(({ type }) => type === condition.type);
    if (other === undefined || !counterConditions.has(condition.type)) return isEqual(other, condition);
    return condition.type !== 'Progressing' || (condition.status !== 'False') === (other.status !== 'False');
  });
}

function hasNewOurs(ours: unknown): boolean {
  return typeof ours === 'object' && ours !== null && Object.keys(ours).some((field) => field !== 'progress' && field !== 'awaiting');
}

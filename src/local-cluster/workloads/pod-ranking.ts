import type { KubeObject } from '../../api/kube.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { parseTime } from '../../lib/time.js';
import { numberAt, recordsAt, textAt } from '../store/json.js';
import { isActive, readySince } from './kit.js';

/**
 * Sorts pods so that those to be deleted first come first.
 *
 * Order: not bound, Pending, not ready, lower deletion cost, more siblings on the node, ready for less time, more restarts, younger. Times are
 * compared by order of magnitude, so that pods of about the same age go in the (random) order of their uids.
 *
 * @param related pods of the same owner family, which count as siblings on a node
 * Semantics: Kubernetes, ActivePodsWithRanks with logarithmic scale-down, 1.35.
 */
export function rankForDeletion(pods: readonly KubeObject[], related: readonly KubeObject[], now: EpochMs): readonly KubeObject[] {
  const steps = comparisons(countByNode(related), now);
  return [...pods].sort((left, right) => {
    for (const step of steps) {
      const order = step(left, right);
      if (order !== 0) return order;
    }
    return 0;
  });
}

type Comparison = (left: KubeObject, right: KubeObject) => number;

const phaseRank: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** Negative: the left one goes first. The first comparison that tells them apart decides. */
function comparisons(siblings: ReadonlyMap<string, number>, now: EpochMs): readonly Comparison[] {
  const by =
    (fact: (pod: KubeObject) => number): Comparison =>
    (left, right) =>
      fact(left) - fact(right);
  return [
    by((pod) => (nodeOf(pod) === '' ? 0 : 1)),
    by((pod) => phaseRank[textAt(pod, 'status', 'phase') ?? ''] ?? 0),
    by((pod) => (readySince(pod) === undefined ? 0 : 1)),
    by(deletionCost),
    by((pod) => -(siblings.get(nodeOf(pod)) ?? 0)),
    (left, right) => compareAges(left, right, readySince(left), readySince(right), now),
    by((pod) => -mostRestarts(pod)),
    (left, right) => compareAges(left, right, createdAt(left), createdAt(right), now),
  ];
}

function nodeOf(pod: KubeObject): string {
  return textAt(pod, 'spec', 'nodeName') ?? '';
}

function createdAt(pod: KubeObject): EpochMs | undefined {
  return parseTime(pod.metadata.creationTimestamp);
}

/** The younger by order of magnitude first; of the same magnitude, though not of the same age, the smaller uid. */
function compareAges(left: KubeObject, right: KubeObject, leftAt: EpochMs | undefined, rightAt: EpochMs | undefined, now: EpochMs): number {
  if (leftAt === undefined || rightAt === undefined || leftAt === rightAt) return 0;
  const difference = magnitude(now - leftAt) - magnitude(now - rightAt);
  return difference !== 0 ? difference : left.metadata.uid < right.metadata.uid ? -1 : 1;
}

function deletionCost(pod: KubeObject): number {
  const text = pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? '0';
  return /^-?\d+$/.test(text) ? Number(text) : 0;
}

function countByNode(pods: readonly KubeObject[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const pod of pods.filter(isActive)) {
    const node = nodeOf(pod);
    counts.set(node, (counts.get(node) ?? 0) + 1);
  }
  return counts;
}

/** Powers of two of nanoseconds, as upstream counts; -1 for what has not begun. */
function magnitude(ageMs: number): number {
  return ageMs <= 0 ? -1 : Math.floor(Math.log2(ageMs * 1e6));
}

function mostRestarts(pod: KubeObject): number {
  return Math.max(0, ...recordsAt(pod, 'status', 'containerStatuses').map((status) => numberAt(status, 'restartCount') ?? 0));
}

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
  const siblings = countByNode(related);
  const ranked = pods.map((pod) => ({ pod, facts: factsOf(pod, siblings, now) }));
  return ranked.sort((a, b) => compare(a.facts, b.facts)).map(({ pod }) => pod);
}

type Facts = readonly (number | string)[];

function compare(left: Facts, right: Facts): number {
  for (const [index, value] of left.entries()) {
    const other = right[index] ?? value;
    if (value < other) return -1;
    if (value > other) return 1;
  }
  return 0;
}

const phaseRank: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** Smaller goes first. */
function factsOf(pod: KubeObject, siblings: ReadonlyMap<string, number>, now: EpochMs): Facts {
  const node = textAt(pod, 'spec', 'nodeName') ?? '';
  const ready = readySince(pod);
  const created = parseTime(pod.metadata.creationTimestamp) ?? now;
  return [
    node === '' ? 0 : 1,
    phaseRank[textAt(pod, 'status', 'phase') ?? ''] ?? 0,
    ready === undefined ? 0 : 1,
    deletionCost(pod),
    -(siblings.get(node) ?? 0),
    ready === undefined ? 0 : magnitude(now - ready),
    -mostRestarts(pod),
    magnitude(now - created),
    pod.metadata.uid,
  ];
}

function deletionCost(pod: KubeObject): number {
  const text = pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? '0';
  return /^-?\d+$/.test(text) ? Number(text) : 0;
}

function countByNode(pods: readonly KubeObject[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const pod of pods.filter(isActive)) {
    const node = textAt(pod, 'spec', 'nodeName') ?? '';
    counts.set(node, (counts.get(node) ?? 0) + 1);
  }
  return counts;
}

/** Powers of two of seconds: what upstream calls the logarithmic rank. */
function magnitude(ageMs: number): number {
  const seconds = Math.floor(ageMs / 1000);
  return seconds <= 0 ? -1 : Math.floor(Math.log2(seconds));
}

function mostRestarts(pod: KubeObject): number {
  return Math.max(0, ...recordsAt(pod, 'status', 'containerStatuses').map((status) => numberAt(status, 'restartCount') ?? 0));
}

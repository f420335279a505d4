import { keys, type JsonObject, type KubeObject } from '../../api/kube.js';
import type { PodMetadata } from '../../api/rollout-types.js';
import type { ReplicaSet } from '../../api/workload-types.js';
import { fieldOf, isPlainObject } from '../../lib/json.js';
import type { RolloutContext } from './context.js';
import { templateOf } from './identity.js';
import { isPodOf, isTerminating } from './pods.js';
import { renderEphemeral } from './replica-set.js';
import { updateOf } from './scaling.js';
import type { RolloutAction } from './types.js';

/** Marks a ReplicaSet whose template was changed and whose pods may still have to follow: whoever dies in between is told. */
export const pendingPodsKey = 'sluice.dev/pod-metadata-pending';

export interface PodMetadataPlan {
  readonly actions: readonly RolloutAction[];
  readonly needsPods: boolean;
}

type Map = Readonly<Record<string, string>>;
type Changes = Readonly<Record<string, string | null>>;

/**
 * Labels and annotations that pods bear according to their ReplicaSet's role (canaryMetadata, stableMetadata, previewMetadata,
 * activeMetadata): first the ReplicaSet's template, then its pods.
 *
 * Semantics: rollout-core 6.4. Differs: a key of the current template that was covered comes back when the role changes.
 */
export function planPodMetadata(context: RolloutContext): PodMetadataPlan {
  const plans = context.owned.map((rs) => planReplicaSet(context, rs, wantedFor(context, rs)));
  return { actions: plans.flatMap(({ actions }) => actions), needsPods: plans.some(({ needsPods }) => needsPods) };
}

function wantedFor({ spec, canary, stable, status }: RolloutContext, rs: ReplicaSet): PodMetadata {
  const { strategy } = spec;
  const [beside, settled] =
    strategy.kind === 'canary' ? [strategy.canaryMetadata, strategy.stableMetadata] : [strategy.previewMetadata, strategy.activeMetadata];
  const isSettled = status.stableRS === '' || stable === canary;
  if (rs === canary) return (isSettled ? settled : beside) ?? {};
  return rs === stable ? (settled ?? {}) : {};
}

function planReplicaSet(context: RolloutContext, rs: ReplicaSet, wanted: PodMetadata): PodMetadataPlan {
  const before = recordedOn(rs);
  const podMetadata = changesTo(rs.template, before, wanted, rs === context.canary ? templateOf(context.seen) : undefined);
  if (!isSame(before, wanted) || podMetadata !== undefined) {
    const isEmpty = sizeOf(wanted) === 0;
    const annotations = {
      [keys.ephemeralMetadata]: isEmpty ? null : renderEphemeral(wanted),
      ...(rs.replicas > 0 || rs.actual > 0 ? { [pendingPodsKey]: renderEphemeral(join(pendingOn(rs), before)) } : {}),
    };
    return { actions: updateOf(rs, { annotations, ...(podMetadata === undefined ? {} : { podMetadata }) }), needsPods: false };
  }
  return rs.metadata.annotations?.[pendingPodsKey] === undefined ? { actions: [], needsPods: false } : planPods(context, rs, wanted);
}

function planPods({ seen }: RolloutContext, rs: ReplicaSet, wanted: PodMetadata): PodMetadataPlan {
  if (seen.live.pods === undefined) return { actions: [], needsPods: true };
  const before = pendingOn(rs);
  const pods = seen.live.pods.filter((pod) => isPodOf(pod, rs.metadata.uid) && !isTerminating(pod));
  const updates = pods.flatMap((pod) => updatePod(pod, before, wanted));
  return { actions: [...updates, ...updateOf(rs, { annotations: { [pendingPodsKey]: null } })], needsPods: false };
}

function updatePod(pod: KubeObject, before: PodMetadata, wanted: PodMetadata): readonly RolloutAction[] {
  const labels = mapChanges(pod.metadata.labels ?? {}, before.labels ?? {}, wanted.labels ?? {}, {});
  const annotations = mapChanges(pod.metadata.annotations ?? {}, before.annotations ?? {}, wanted.annotations ?? {}, {});
  if (Object.keys(labels).length + Object.keys(annotations).length === 0) return [];
  return [{ kind: 'updatePodMetadata', pod, labels, annotations, safe: false, gates: false }];
}

function changesTo(
  template: JsonObject,
  before: PodMetadata,
  wanted: PodMetadata,
  original: JsonObject | undefined,
): { readonly labels: Changes; readonly annotations: Changes } | undefined {
  const labels = mapChanges(mapAt(template, 'labels'), before.labels ?? {}, wanted.labels ?? {}, mapAt(original, 'labels'));
  const annotations = mapChanges(
    mapAt(template, 'annotations'),
    before.annotations ?? {},
    wanted.annotations ?? {},
    mapAt(original, 'annotations'),
  );
  return Object.keys(labels).length + Object.keys(annotations).length === 0 ? undefined : { labels, annotations };
}

/** What must change so that `present` has all of `wanted`, and none of what was injected `before` and is wanted no more. */
function mapChanges(present: Map, before: Map, wanted: Map, original: Map): Changes {
  const added = Object.entries(wanted).filter(([key, value]) => present[key] !== value);
  const dropped = Object.keys(before).filter((key) => wanted[key] === undefined && present[key] !== original[key]);
  return Object.fromEntries([...added, ...dropped.map((key) => [key, original[key] ?? null] as const)]);
}

function mapAt(template: JsonObject | undefined, field: 'labels' | 'annotations'): Map {
  return strings(fieldOf(fieldOf(template, 'metadata'), field));
}

function strings(value: unknown): Map {
  if (!isPlainObject(value)) return {};
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** What was injected into a ReplicaSet's template, by its own record. */
function recordedOn(rs: ReplicaSet): PodMetadata {
  return parseMetadata(rs.metadata.annotations?.[keys.ephemeralMetadata]);
}

/** What its pods may still bear of earlier roles. */
function pendingOn(rs: ReplicaSet): PodMetadata {
  return parseMetadata(rs.metadata.annotations?.[pendingPodsKey]);
}

function join(left: PodMetadata, right: PodMetadata): PodMetadata {
  return { labels: { ...left.labels, ...right.labels }, annotations: { ...left.annotations, ...right.annotations } };
}

function parseMetadata(text: string | undefined): PodMetadata {
  if (text === undefined) return {};
  try {
    const parsed: unknown = JSON.parse(text);
    return { labels: strings(fieldOf(parsed, 'labels')), annotations: strings(fieldOf(parsed, 'annotations')) };
  } catch {
    // A record that somebody has spoilt tells nothing.
    return {};
  }
}

function isSame(left: PodMetadata, right: PodMetadata): boolean {
  return renderEphemeral(left) === renderEphemeral(right);
}

function sizeOf({ labels, annotations }: PodMetadata): number {
  return Object.keys(labels ?? {}).length + Object.keys(annotations ?? {}).length;
}

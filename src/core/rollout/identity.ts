import type { JsonObject } from '../../api/kube.js';
import { keys } from '../../api/kube.js';
import type { ReplicaSet } from '../../api/workload-types.js';
import { podTemplateHash, stepsHash, templatesEqual } from './hash/index.js';
import type { ObservedRollout } from './types.js';

/*
 * Hashing and comparing templates is the dear part of a pass and depends on nothing but objects that never change, so the results are
 * remembered by the objects' identity for as long as these live. A memory of pure results: it decides nothing by itself.
 */
const templateHashes = new WeakMap<object, Map<number | undefined, string>>();
const stepHashes = new WeakMap<object, string>();
const comparisons = new WeakMap<object, WeakMap<object, boolean>>();
const noSteps = {};

/** The pod template in force: the Rollout's own, or that of the workload it refers to. */
export function templateOf(seen: ObservedRollout): JsonObject | undefined {
  return seen.rollout.spec.workloadRef === undefined ? seen.rollout.spec.template : seen.workload?.template;
}

/** Hash of the template in force; '' without one. */
export function templateHashOf(seen: ObservedRollout): string {
  const template = templateOf(seen);
  if (template === undefined) return '';
  const { collisionCount } = seen.rollout.status;
  const known = templateHashes.get(template) ?? new Map<number | undefined, string>();
  templateHashes.set(template, known);
  const hash = known.get(collisionCount) ?? podTemplateHash(template, collisionCount);
  known.set(collisionCount, hash);
  return hash;
}

/** Hash of the canary steps; '' for blue-green. */
export function stepsHashOf(seen: ObservedRollout): string {
  const { strategy } = seen.rollout.spec;
  if (strategy.kind !== 'canary') return '';
  const key = strategy.rawSteps ?? noSteps;
  const known = stepHashes.get(key) ?? stepsHash(strategy.rawSteps);
  stepHashes.set(key, known);
  return known;
}

/**
 * The ReplicaSet of the template in force: by hash label, else by equality of templates after defaulting, so that a controller or API
 * server that hashes or defaults otherwise makes no new revision.
 *
 * @param owned oldest first
 * Semantics: rollout-core 2.4. Differs: no tier for the hash of Argo Rollouts before 1.0, whose ReplicaSets equality finds.
 */
export function findCurrent(seen: ObservedRollout, owned: readonly ReplicaSet[]): ReplicaSet | undefined {
  const hash = templateHashOf(seen);
  const labelled = owned.find((rs) => rs.hash === hash && hash !== '');
  if (labelled !== undefined) return labelled;
  const template = seen.live.defaultedTemplate ?? templateOf(seen);
  return template === undefined ? undefined : owned.find((rs) => isSameTemplate(template, rs));
}

function isSameTemplate(template: JsonObject, rs: ReplicaSet): boolean {
  const known = comparisons.get(template) ?? new WeakMap<object, boolean>();
  comparisons.set(template, known);
  const remembered = known.get(rs.raw);
  if (remembered !== undefined) return remembered;
  const equal = templatesEqual(template, rs.template, { ephemeralMetadata: rs.metadata.annotations?.[keys.ephemeralMetadata] });
  known.set(rs.raw, equal);
  return equal;
}

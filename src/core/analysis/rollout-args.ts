import type { Argument, ArgumentInput } from '../../api/analysis-types.js';
import type { Json, JsonObject, KubeObject } from '../../api/kube.js';
import { formatGeneralFloat } from '../expression/index.js';
import type { Parsed } from '../../lib/parsed.js';
import { parsed, refused } from '../../lib/parsed.js';

export interface ArgumentSources {
  /** The Rollout, whole. */
  readonly rollout: KubeObject;
  /** Value of the hash label of the new ReplicaSet. */
  readonly latestHash: string;
  readonly stableHash: string;
}

/**
 * Values of the arguments a Rollout supplies to an analysis or experiment.
 *
 * @returns refused with the path that leads nowhere, for each argument (upstream notices only the last)
 * Semantics: Argo Rollouts, analysis 2.7: an argument with neither value nor source is the empty text.
 */
export function resolveRolloutArguments(args: readonly ArgumentInput[], sources: ArgumentSources): Parsed<readonly Argument[]> {
  const resolved: Argument[] = [];
  for (const arg of args) {
    const value = resolveOne(arg, sources);
    if (!value.ok) return value;
    resolved.push(value.value);
  }
  return parsed(resolved);
}

function resolveOne(arg: ArgumentInput, sources: ArgumentSources): Parsed<Argument> {
  const { name } = arg;
  if (arg.fieldPath !== undefined) {
    const value = fieldOf(sources.rollout, arg.fieldPath);
    return value.ok ? parsed({ name, value: value.value }) : value;
  }
  if (arg.podTemplateHashValue !== undefined) {
    return parsed({ name, value: arg.podTemplateHashValue === 'Latest' ? sources.latestHash : sources.stableHash });
  }
  if (arg.secretKeyRef !== undefined) return parsed({ name, secretKeyRef: arg.secretKeyRef });
  return parsed({ name, value: arg.value ?? '' });
}

/**
 * Text at a field path of a Rollout. Paths under `metadata` follow the downward API (a missing label is ''), others walk the object and
 * must end in a primitive value.
 */
export function fieldOf(rollout: KubeObject, path: string): Parsed<string> {
  return path.startsWith('metadata') ? metadataField(rollout, path) : walk(rollout, path);
}

function metadataField({ metadata }: KubeObject, path: string): Parsed<string> {
  const keyed = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (keyed !== null) {
    const map = keyed[1] === 'labels' ? metadata.labels : metadata.annotations;
    return parsed(map?.[keyed[2] ?? ''] ?? '');
  }
  switch (path) {
    case 'metadata.name':
      return parsed(metadata.name);
    case 'metadata.namespace':
      return parsed(metadata.namespace ?? '');
    case 'metadata.uid':
      return parsed(metadata.uid);
    case 'metadata.labels':
      return parsed(renderMap(metadata.labels ?? {}));
    case 'metadata.annotations':
      return parsed(renderMap(metadata.annotations ?? {}));
    default:
      return refused(`unsupported fieldPath: ${path}`);
  }
}

/** One `key="value"` a line, sorted, as the downward API shows maps. */
function renderMap(map: Readonly<Record<string, string>>): string {
  return Object.keys(map)
    .sort()
    .map((key) => `${key}=${JSON.stringify(map[key])}`)
    .join('\n');
}

function walk(rollout: KubeObject, path: string): Parsed<string> {
  // A KubeObject is JSON as the API server sent it.
  let at: Json | undefined = rollout as unknown as JsonObject;
  for (const part of path.split(/[.[\]]/).filter((text) => text !== '')) {
    if (isList(at)) {
      const index = Number(part);
      if (!Number.isInteger(index)) return refused(`invalid path ${path} in rollout`);
      if (index < 0 || index >= at.length) return refused(`index ${part} out of range`);
      at = at[index];
    } else if (isObject(at)) {
      at = Object.hasOwn(at, part) ? at[part] : undefined;
    } else return refused(`invalid path ${path} in rollout`);
    if (at === undefined) return refused(`invalid path ${path} in rollout`);
  }
  if (at === null || typeof at === 'object') return refused(`path ${path} in rollout must terminate in a primitive value`);
  return parsed(typeof at === 'number' ? formatGeneralFloat(at) : String(at));
}

function isList(json: Json | undefined): json is readonly Json[] {
  return Array.isArray(json);
}

function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

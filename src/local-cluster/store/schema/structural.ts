import type { Draft } from '../json.js';
import { copyJson, isRecord, listAt, recordAt } from '../json.js';

/* Structural schemas of CustomResourceDefinitions: what is pruned and what is filled in. Semantics: Kubernetes, apiextensions v1, 1.35. */

/** Fields the schema does not know, as paths such as `spec.steps[0].setWieght`; `object` loses them unless `keep`. */
export function pruneUnknown(object: Draft, schema: Draft, options: { readonly keep?: boolean } = {}): readonly string[] {
  const unknown: string[] = [];
  pruneRecord(object, schema, { path: '', isRoot: true, keep: options.keep === true, unknown });
  return unknown;
}

interface Pruning {
  readonly path: string;
  readonly isRoot: boolean;
  readonly keep: boolean;
  readonly unknown: string[];
}

const typeMeta = ['apiVersion', 'kind', 'metadata'];

function prune(value: unknown, schema: Draft, state: Pruning): void {
  if (Array.isArray(value)) {
    value.forEach((item, index) => prune(item, recordAt(schema, 'items'), { ...state, path: `${state.path}[${index}]` }));
  } else if (isRecord(value)) pruneRecord(value, schema, state);
}

function pruneRecord(value: Draft, schema: Draft, state: Pruning): void {
  const properties = recordAt(schema, 'properties');
  const others = schema['additionalProperties'];
  const keepsUnknown = schema['x-kubernetes-preserve-unknown-fields'] === true || others === true;
  const isEmbedded = state.isRoot || schema['x-kubernetes-embedded-resource'] === true;
  for (const [key, member] of Object.entries(value)) {
    const path = state.path === '' ? key : `${state.path}.${key}`;
    const below: Pruning = { ...state, path, isRoot: false };
    if (isEmbedded && typeMeta.includes(key)) continue;
    if (isRecord(properties[key])) prune(member, properties[key], below);
    else if (isRecord(others)) prune(member, others, below);
    else if (!keepsUnknown) {
      state.unknown.push(path);
      if (!state.keep) delete value[key];
    }
  }
}

/** Fills in defaults, outermost first; a null where the schema forbids null counts as absent when there is a default. */
export function applyDefaults(value: unknown, schema: Draft): void {
  if (Array.isArray(value)) {
    const items = recordAt(schema, 'items');
    for (const item of value) applyDefaults(item, items);
    return;
  }
  if (!isRecord(value)) return;
  for (const [key, property] of Object.entries(recordAt(schema, 'properties'))) {
    if (!isRecord(property)) continue;
    if (property['default'] !== undefined && isMissing(value[key], property)) value[key] = copyJson(property['default']);
    if (value[key] !== undefined) applyDefaults(value[key], property);
  }
  applyToOthers(value, schema);
}

function isMissing(value: unknown, property: Draft): boolean {
  return value === undefined || (value === null && property['nullable'] !== true);
}

function applyToOthers(value: Draft, schema: Draft): void {
  const others = schema['additionalProperties'];
  if (!isRecord(others)) return;
  const known = recordAt(schema, 'properties');
  for (const [key, member] of Object.entries(value)) if (!Object.hasOwn(known, key)) applyDefaults(member, others);
}

/** Items that occur twice in a list the schema declares a set, or a map with keys: paths of the later ones, with the value that is double. */
export function duplicatesIn(value: unknown, schema: Draft, path = ''): readonly { readonly path: string; readonly value: unknown }[] {
  if (Array.isArray(value)) return duplicatesInList(value, schema, path);
  if (!isRecord(value)) return [];
  const properties = recordAt(schema, 'properties');
  const others = schema['additionalProperties'];
  return Object.entries(value).flatMap(([key, member]) => {
    const below = properties[key] ?? others;
    return isRecord(below) ? duplicatesIn(member, below, path === '' ? key : `${path}.${key}`) : [];
  });
}

function duplicatesInList(
  value: readonly unknown[],
  schema: Draft,
  path: string,
): readonly { readonly path: string; readonly value: unknown }[] {
  const identify = identityOf(schema);
  const seen = new Set<string>();
  const items = recordAt(schema, 'items');
  return value.flatMap((item, index) => {
    const here = `${path}[${index}]`;
    const identity = identify?.(item);
    const text = JSON.stringify(identity);
    const isDouble = identity !== undefined && seen.has(text);
    if (identity !== undefined) seen.add(text);
    return [...(isDouble ? [{ path: here, value: identity }] : []), ...duplicatesIn(item, items, here)];
  });
}

function identityOf(schema: Draft): ((item: unknown) => unknown) | undefined {
  if (schema['x-kubernetes-list-type'] === 'set') return (item) => item;
  if (schema['x-kubernetes-list-type'] !== 'map') return undefined;
  const keys = listAt(schema, 'x-kubernetes-list-map-keys').filter((key) => typeof key === 'string');
  return (item) => (isRecord(item) ? Object.fromEntries(keys.map((key) => [key, item[key]])) : undefined);
}

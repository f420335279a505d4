import type { Resource } from '../../../api/kube.js';
import type { Draft } from '../json.js';
import { isRecord } from '../json.js';
import published from './builtin-schemas.generated.json' with { type: 'json' };

let resolved: ReadonlyMap<string, Draft> | undefined;

/**
 * The structural schema of a built-in kind: fields, types, list keys; no texts, no defaults. References are resolved, so it contains itself in places.
 * @returns undefined for kinds that are not built in
 */
export function builtinSchemaOf(resource: Pick<Resource, 'group' | 'version' | 'kind'>): Draft | undefined {
  const kinds: Readonly<Record<string, string>> = published.kinds;
  const name = kinds[`${resource.group}/${resource.version}/${resource.kind}`];
  if (name === undefined) return undefined;
  resolved ??= resolveAll(published.definitions);
  return resolved.get(name);
}

/** `io.k8s.api.apps.v1.DeploymentSpec` of a definition that came from one. */
export const goName = Symbol('goName');

function resolveAll(definitions: Readonly<Record<string, unknown>>): ReadonlyMap<string, Draft> {
  const made = new Map<string, Draft>();
  for (const name of Object.keys(definitions)) made.set(name, { [goName]: name });
  for (const [name, definition] of Object.entries(definitions)) {
    if (isRecord(definition)) Object.assign(made.get(name) ?? {}, resolveMembers(definition, made));
  }
  return made;
}

function resolve(schema: unknown, definitions: ReadonlyMap<string, Draft>): unknown {
  if (!isRecord(schema)) return schema;
  const reference = schema['$ref'];
  if (typeof reference === 'string') return definitions.get(reference);
  return resolveMembers(schema, definitions);
}

function resolveMembers(schema: Draft, definitions: ReadonlyMap<string, Draft>): Draft {
  const made: Draft = { ...schema };
  for (const key of ['items', 'additionalProperties']) if (schema[key] !== undefined) made[key] = resolve(schema[key], definitions);
  if (isRecord(schema['properties'])) {
    made['properties'] = Object.fromEntries(Object.entries(schema['properties']).map(([key, child]) => [key, resolve(child, definitions)]));
  }
  return made;
}

/** The definitions as they are published, references unresolved and by name alone. */
export function builtinDefinitions(): Readonly<Record<string, unknown>> {
  return published.definitions;
}

/** @returns undefined for kinds that are not built in */
export function builtinDefinitionName(resource: Pick<Resource, 'group' | 'version' | 'kind'>): string | undefined {
  const kinds: Readonly<Record<string, string>> = published.kinds;
  return kinds[`${resource.group}/${resource.version}/${resource.kind}`];
}

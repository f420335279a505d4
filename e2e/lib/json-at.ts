import type { Json, KubeObject } from '../../src/api/kube.js';

/** The value at a path of property names and indices, or undefined; null counts as absent, as it does in Kubernetes objects. */
export function jsonAt(value: unknown, ...path: readonly (string | number)[]): Json | undefined {
  let here: unknown = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    // An object of unknown shape is read by name, an array by index: both are records to us.
    here = (here as Readonly<Record<string | number, unknown>>)[step];
  }
  // Objects come from JSON; null is taken for absent.
  return here === null ? undefined : (here as Json | undefined);
}

export function textAt(value: unknown, ...path: readonly (string | number)[]): string | undefined {
  const found = jsonAt(value, ...path);
  return found === undefined || typeof found === 'object' ? undefined : shownJson(found);
}

export function numberAt(value: unknown, ...path: readonly (string | number)[]): number | undefined {
  const found = jsonAt(value, ...path);
  return typeof found === 'number' ? found : undefined;
}

export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly Json[] {
  const found = jsonAt(value, ...path);
  return Array.isArray(found) ? (found as readonly Json[]) : [];
}

export function recordAt(value: unknown, ...path: readonly (string | number)[]): Readonly<Record<string, Json>> {
  const found = jsonAt(value, ...path);
  // Neither a list nor a scalar, so it is a JSON object.
  return typeof found === 'object' && !Array.isArray(found) ? (found as Readonly<Record<string, Json>>) : {};
}

/** JSON with sorted property names: the same text for the same content. */
export function stableJson(value: Json): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** Text as it is, anything else as JSON. */
export function shownJson(value: Json | undefined): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** `Kind/name`, as timelines name objects. */
export function nameOf(object: KubeObject): string {
  return `${object.kind}/${object.metadata.name}`;
}

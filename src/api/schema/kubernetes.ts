import { definitions } from './kubernetes.generated.js';
import type { KubernetesSchema } from './kubernetes-schema.js';
import type { Schema } from './schema.js';
import { map, object } from './schema.js';

/** Fields that are not named here survive in all of it: a newer cluster's pods have more of them. No defaults: the template is what users wrote. */
export function podTemplate(description: string): Schema {
  return { ...inline({ ref: 'PodTemplateSpec' }), description };
}

export function jobSpec(description: string): Schema {
  return { ...inline({ ref: 'JobSpec' }), description };
}

/** Written out in place of their definitions: their own form in a CRD is another. */
const special: Readonly<Record<string, Schema>> = {
  IntOrString: { 'x-kubernetes-int-or-string': true },
  // A number with a fraction (cpu: 0.15) is a quantity too, and a structural schema has no other way to say "number or text".
  Quantity: { 'x-kubernetes-preserve-unknown-fields': true },
  Time: { type: 'string', format: 'date-time' },
  ObjectMeta: object('Metadata of the pods.', { labels: map('Labels.'), annotations: map('Annotations.') }, { open: true }),
};

/** Any object will do for these: pod templates cannot have ephemeral containers, and Kubernetes has dropped the volumes. It keeps the CRDs small. */
const abridged: ReadonlySet<string> = new Set([
  'EphemeralContainer',
  ...['CephFS', 'Flocker', 'GitRepo', 'Glusterfs', 'PhotonPersistentDisk', 'Quobyte', 'RBD', 'ScaleIO', 'StorageOS'].map(
    (name) => `${name}VolumeSource`,
  ),
]);

function inline(source: KubernetesSchema): Schema {
  if (source.ref !== undefined) return withDescription(resolve(source.ref), source.description);
  if (source.properties !== undefined) return inlineObject(source, source.properties);
  if (source.items !== undefined)
    return { ...described(source), type: 'array', items: withoutDescription(inline(source.items)), ...listKeys(source) };
  if (source.additionalProperties !== undefined) {
    return { ...described(source), type: 'object', additionalProperties: inline(source.additionalProperties) };
  }
  return inlineScalar(source);
}

function resolve(name: string): Schema {
  const definition = abridged.has(name) ? undefined : definitions[name];
  return (
    special[name] ?? (definition === undefined ? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } : inline(definition))
  );
}

function withDescription(schema: Schema, description: string | undefined): Schema {
  return description === undefined ? schema : { ...schema, description };
}

/** What the list's description says already, or as good as. */
function withoutDescription({ description: _description, ...schema }: Schema): Schema {
  return schema;
}

function described({ description }: KubernetesSchema): Schema {
  return description === undefined ? {} : { description };
}

function inlineObject(source: KubernetesSchema, properties: Readonly<Record<string, KubernetesSchema>>): Schema {
  return {
    ...described(source),
    type: 'object',
    properties: Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, inline(property)])),
    ...(source.required && { required: source.required }),
    ...(source['x-kubernetes-map-type'] === 'atomic' && { 'x-kubernetes-map-type': 'atomic' }),
    'x-kubernetes-preserve-unknown-fields': true,
  };
}

function inlineScalar(source: KubernetesSchema): Schema {
  switch (source.type) {
    case 'string':
    case 'integer':
    case 'number':
    case 'boolean':
      return { ...described(source), type: source.type, ...(source.format !== undefined && { format: source.format }) };
    default:
      return { ...described(source), type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  }
}

/**
 * A keyed list refuses entries with the same keys. Kubernetes does so only for these; of a variable or a port that is there twice it merely
 * warns, and a Rollout that was accepted elsewhere must be accepted here. Keys with a default (the protocol of a port) would need it here too.
 */
const refusesDuplicates: readonly string[] = ['name', 'mountPath', 'devicePath', 'topologyKey,whenUnsatisfiable'];
const entriesThatMayRepeat: readonly string[] = ['EnvVar', 'LocalObjectReference', 'HostAlias'];

function listKeys(source: KubernetesSchema): Schema {
  const keys = source['x-kubernetes-list-map-keys'];
  const entry = source.items?.ref ?? '';
  if (source['x-kubernetes-list-type'] !== 'map' || keys === undefined) return {};
  if (!refusesDuplicates.includes(keys.join(',')) || entriesThatMayRepeat.includes(entry) || abridged.has(entry)) return {};
  const required = definitions[entry]?.required ?? [];
  return keys.every((key) => required.includes(key)) ? { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys } : {};
}

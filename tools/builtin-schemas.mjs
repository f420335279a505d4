/**
 * Makes src/local-cluster/store/schema/builtin-schemas.generated.json: structure, types and list keys (no texts) of the built-in kinds a local
 * cluster serves, from the OpenAPI v3 documents Kubernetes publishes in its own module.
 *
 * `node tools/builtin-schemas.mjs FOLDER`, FOLDER being api/openapi-spec/v3 of the module k8s.io/kubernetes at the version of e2e/control-plane.
 * Not run by `make check`: that folder comes by Go's module tools, which a contributor need not have.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const target = path.resolve(import.meta.dirname, '../src/local-cluster/store/schema/builtin-schemas.generated.json');

/** @type {Readonly<Record<string, readonly string[]>>} */
const kindsByDocument = {
  api__v1: ['Namespace', 'Node', 'Pod', 'PodTemplate', 'Service', 'Endpoints', 'ConfigMap', 'Secret', 'ServiceAccount', 'Event'],
  apis__apps__v1: ['ReplicaSet', 'Deployment'],
  apis__batch__v1: ['Job'],
  apis__policy__v1: ['PodDisruptionBudget'],
  apis__autoscaling__v2: ['HorizontalPodAutoscaler'],
  'apis__networking.k8s.io__v1': ['Ingress'],
  'apis__coordination.k8s.io__v1': ['Lease'],
  'apis__discovery.k8s.io__v1': ['EndpointSlice'],
  'apis__rbac.authorization.k8s.io__v1': ['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'],
  'apis__apiextensions.k8s.io__v1': ['CustomResourceDefinition'],
};

const kept = ['type', 'format', 'required', 'x-kubernetes-list-type', 'x-kubernetes-list-map-keys', 'x-kubernetes-map-type'];
const prefix = '#/components/schemas/';

/** @typedef {Record<string, any>} Schema */

/** @type {(schema: Schema) => Schema} */
function compact(schema) {
  const reference = schema['$ref'] ?? schema['allOf']?.[0]?.['$ref'];
  if (typeof reference === 'string') return { ...listKeys(schema), $ref: reference.slice(prefix.length) };
  /** @type {Schema} */
  const made = {};
  for (const key of kept) if (schema[key] !== undefined) made[key] = schema[key];
  // The one default that matters for structure: a port without a protocol is told apart from others as a TCP port.
  if (typeof schema['default'] === 'string' && schema['default'] !== '') made['default'] = schema['default'];
  if (schema['items']) made['items'] = compact(schema['items']);
  if (typeof schema['additionalProperties'] === 'object') made['additionalProperties'] = compact(schema['additionalProperties']);
  if (schema['properties']) made['properties'] = mapValues(schema['properties'], compact);
  // Raw extensions, fields of managers, any JSON: what Go keeps as it comes.
  if (!schema['properties'] && !schema['additionalProperties'] && (made['type'] === 'object' || made['type'] === undefined))
    keepAsIs(schema, made);
  return made;
}

/** @type {(schema: Schema, made: Schema) => void} */
function keepAsIs(schema, made) {
  const types = (schema['oneOf'] ?? []).map((/** @type {Schema} */ each) => each['type']);
  if (types.includes('string')) {
    delete made['type'];
    made['x-kubernetes-int-or-string'] = true;
  } else made['x-kubernetes-preserve-unknown-fields'] = true;
}

/** @type {(schema: Schema) => Schema} */
function listKeys(schema) {
  return Object.fromEntries(
    Object.entries(schema).filter(([key]) => key.startsWith('x-kubernetes-list') || key === 'x-kubernetes-map-type'),
  );
}

/** @type {(record: Schema, change: (value: any) => any) => Schema} */
function mapValues(record, change) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

/** @type {(value: unknown) => readonly string[]} */
function referencesIn(value) {
  return [...JSON.stringify(value).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? '');
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('which folder? api/openapi-spec/v3 of k8s.io/kubernetes');
/** @type {Schema} */
const all = {};
/** @type {Record<string, string>} */
const kinds = {};
for (const [document, names] of Object.entries(kindsByDocument)) {
  const { components } = JSON.parse(readFileSync(path.join(folder, `${document}_openapi.json`), 'utf8'));
  for (const [name, schema] of Object.entries(components.schemas)) {
    all[name] ??= compact(schema);
    for (const { group, version, kind } of schema['x-kubernetes-group-version-kind'] ?? []) {
      if (names.includes(kind) && schema.properties?.metadata) kinds[`${group}/${version}/${kind}`] = name;
    }
  }
}
/** @type {Schema} */
const definitions = {};
const todo = Object.values(kinds);
for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
  if (definitions[name]) continue;
  definitions[name] = all[name];
  todo.push(...referencesIn(all[name]));
}
const sorted = Object.fromEntries(Object.entries(definitions).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(target, `${JSON.stringify({ kinds, definitions: sorted })}\n`);

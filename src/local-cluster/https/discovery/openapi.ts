import { createHash } from 'node:crypto';
import { builtinDefinitions, builtinDefinitionName } from '../../store/schema/builtin-schemas.js';
import type { Draft } from '../../store/json.js';
import { isRecord } from '../../store/json.js';
import type { Kind } from '../../store/kinds/kind.js';
import type { GroupVersion } from '../route.js';

/* OpenAPI v3 documents: enough for kubectl's validation hand-over (a PATCH with fieldValidation), explain and diff. Pure. */

const metaName = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const prefix = '#/components/schemas/';

/** The document of one group and version, or undefined when nothing is served there. */
export function openApiDocument(kinds: readonly Kind[], { group, version }: GroupVersion): object | undefined {
  const members = kinds.filter(({ resource }) => resource.group === group && resource.version === version);
  if (members.length === 0) return undefined;
  const schemas = new Map<string, unknown>();
  for (const kind of members) addSchemas(kind, schemas);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.35.4' },
    paths: Object.fromEntries(members.flatMap(pathsOf)),
    components: { schemas: Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1))) },
  };
}

/** Changes whenever the document does. */
export function openApiHash(document: object): string {
  return createHash('sha256').update(JSON.stringify(document)).digest('hex').slice(0, 32).toUpperCase();
}

export function openApiIndex(kinds: readonly Kind[]): object {
  const groupVersions = new Map(
    kinds.map(({ resource: { group, version } }) => [group === '' ? `api/${version}` : `apis/${group}/${version}`, { group, version }]),
  );
  const paths = [...groupVersions].map(([path, at]): [string, object] => [
    path,
    { serverRelativeURL: `/openapi/v3/${path}?hash=${openApiHash(openApiDocument(kinds, at) ?? {})}` },
  ]);
  return { paths: Object.fromEntries<object>(paths) };
}

/** The name a kind's schema goes by. */
function schemaName(kind: Kind): string {
  const { group, version, kind: name } = kind.resource;
  return builtinDefinitionName(kind.resource) ?? [...group.split('.').reverse(), version, name].join('.');
}

function addSchemas(kind: Kind, schemas: Map<string, unknown>): void {
  const { group, version, kind: name } = kind.resource;
  const marks = { 'x-kubernetes-group-version-kind': [{ group, version, kind: name }] };
  const own = schemaName(kind);
  if (kind.custom === undefined) addBuiltin(own, schemas);
  else {
    addBuiltin(metaName, schemas);
    schemas.set(own, customSchema(kind));
  }
  schemas.set(own, { ...recordOf(schemas.get(own)), ...marks });
}

function recordOf(value: unknown): Draft {
  return isRecord(value) ? value : {};
}

function addBuiltin(name: string, schemas: Map<string, unknown>): void {
  if (schemas.has(name)) return;
  const definition = builtinDefinitions()[name];
  schemas.set(name, withReferences(definition));
  for (const reference of referencesIn(definition)) addBuiltin(reference, schemas);
}

function referencesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => (key === '$ref' && typeof member === 'string' ? [member] : referencesIn(member)));
}

function withReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withReferences);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      key === '$ref' && typeof member === 'string' ? `${prefix}${member}` : withReferences(member),
    ]),
  );
}

function customSchema(kind: Kind): Draft {
  const schema = kind.schema ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const properties = isRecord(schema['properties']) ? schema['properties'] : {};
  const meta = {
    apiVersion: { type: 'string', description: 'The group and version of this object.' },
    kind: { type: 'string', description: 'What this object is.' },
    metadata: { description: "Standard object's metadata.", allOf: [{ $ref: `${prefix}${metaName}` }] },
  };
  return { ...schema, properties: { ...properties, ...meta } };
}

const writeParameters = [
  { name: 'dryRun', in: 'query', schema: { type: 'string', uniqueItems: true } },
  { name: 'fieldManager', in: 'query', schema: { type: 'string', uniqueItems: true } },
  { name: 'fieldValidation', in: 'query', schema: { type: 'string', uniqueItems: true } },
];

function pathsOf(kind: Kind): readonly (readonly [string, object])[] {
  const { group, version, kind: name, resource, namespaced } = kind.resource;
  const base = `${group === '' ? `/api/${version}` : `/apis/${group}/${version}`}${namespaced ? '/namespaces/{namespace}' : ''}/${resource}`;
  const body = { content: { 'application/json': { schema: { $ref: `${prefix}${schemaName(kind)}` } } } };
  const operation = (action: string, parameters: readonly object[] = []): object => ({
    ...{ 'x-kubernetes-action': action, 'x-kubernetes-group-version-kind': { group, version, kind: name }, parameters },
    responses: { '200': { description: 'OK', ...body } },
  });
  return [
    [base, { get: operation('list'), post: { ...operation('post', writeParameters), requestBody: body } }],
    [
      `${base}/{name}`,
      {
        get: operation('get'),
        put: { ...operation('put', writeParameters), requestBody: body },
        patch: operation('patch', [...writeParameters, { name: 'force', in: 'query', schema: { type: 'boolean', uniqueItems: true } }]),
        delete: operation('delete'),
      },
    ],
  ];
}

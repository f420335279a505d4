import type { Draft } from '../json.js';
import { isRecord, listAt, recordAt } from '../json.js';
import { goName } from './builtin-schemas.js';

/*
 * What happens to an object of a built-in kind on its way through a real API server: it is read into Go structs and written again.
 * Semantics: encoding/json as Kubernetes uses it, 1.35.
 */

/** The first value of a wrong type, in the words of Go's decoder; undefined when all fit. */
export function firstTypeError(value: unknown, schema: Draft, path = '', owner = ''): string | undefined {
  const broken = schema['format'] === 'byte' && typeof value === 'string' ? firstNotBase64(value) : undefined;
  if (broken !== undefined) return `illegal base64 data at input byte ${broken}`;
  const mismatch = mismatchOf(value, schema);
  if (mismatch !== undefined)
    return `json: cannot unmarshal ${mismatch} into Go ${owner === '' ? 'value' : `struct field ${owner}.${path}`} of type ${goTypeOf(schema)}`;
  if (Array.isArray(value))
    return firstOf(
      value.map((item) => [item, recordAt(schema, 'items'), path] as const),
      owner,
    );
  if (!isRecord(value)) return undefined;
  const properties = recordAt(schema, 'properties');
  const name = structName(schema) ?? owner;
  const below = (key: string): string => (path === '' ? key : `${path}.${key}`);
  return firstOf(
    Object.entries(value).flatMap(([key, member]) =>
      isRecord(properties[key]) ? [[member, properties[key], below(key)] as const] : mapMember(member, schema, path),
    ),
    name,
  );
}

function mapMember(member: unknown, schema: Draft, path: string): readonly (readonly [unknown, Draft, string])[] {
  return isRecord(schema['additionalProperties']) ? [[member, schema['additionalProperties'], path]] : [];
}

function firstOf(parts: readonly (readonly [unknown, Draft, string])[], owner: string): string | undefined {
  for (const [value, schema, path] of parts) {
    const found = firstTypeError(value, schema, path, owner);
    if (found !== undefined) return found;
  }
  return undefined;
}

function mismatchOf(value: unknown, schema: Draft): string | undefined {
  if (
    value === null ||
    value === undefined ||
    schema['x-kubernetes-int-or-string'] === true ||
    schema['x-kubernetes-preserve-unknown-fields'] === true
  )
    return undefined;
  switch (schema['type']) {
    case 'string':
      return typeof value === 'string' ? undefined : jsonType(value);
    case 'boolean':
      return typeof value === 'boolean' ? undefined : jsonType(value);
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value)
        ? undefined
        : typeof value === 'number'
          ? `number ${value}`
          : jsonType(value);
    case 'number':
      return typeof value === 'number' ? undefined : jsonType(value);
    case 'array':
      return Array.isArray(value) ? undefined : jsonType(value);
    case 'object':
      return isRecord(value) ? undefined : jsonType(value);
    default:
      return undefined;
  }
}

/** Where base64 ends to be base64; undefined when it does not. */
function firstNotBase64(text: string): number | undefined {
  const compact = text.replace(/[\r\n]/g, '');
  const wrong = compact.search(/[^A-Za-z0-9+/=]|=(?=[^=])/);
  if (wrong >= 0) return wrong;
  return compact.length % 4 === 0 ? undefined : compact.length - (compact.length % 4);
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value;
}

function structName(schema: Draft): string | undefined {
  const name: unknown = Object.getOwnPropertyDescriptor(schema, goName)?.value;
  return typeof name === 'string' ? name.slice(name.lastIndexOf('.') + 1) : undefined;
}

function goTypeOf(schema: Draft): string {
  const name: unknown = Object.getOwnPropertyDescriptor(schema, goName)?.value;
  if (typeof name === 'string') return name.split('.').slice(-2).join('.');
  switch (schema['type']) {
    case 'integer':
      return schema['format'] === 'int64' ? 'int64' : 'int32';
    case 'boolean':
      return 'bool';
    case 'array':
      return `[]${goTypeOf(recordAt(schema, 'items'))}`;
    case 'object':
      return `map[string]${goTypeOf(recordAt(schema, 'additionalProperties'))}`;
    default:
      return 'string';
  }
}

/** Written even when empty, though no rule of the schema says so. */
const alwaysWritten = new Set(['lastProbeTime', 'lastTransitionTime', 'lastUpdateTime']);

/** Plain (not pointer) optional fields: Go cannot tell their zero from their absence and leaves both out. */
const zeroIsAbsent = new Set([
  ...['minReadySeconds', 'paused', 'hostNetwork', 'hostPID', 'hostIPC', 'publishNotReadyAddresses', 'unschedulable', 'manualSelector'],
  ...['stdin', 'stdinOnce', 'tty', 'readOnly', 'subPath', 'subPathExpr', 'workingDir', 'nodeName', 'hostname', 'subdomain', 'generateName'],
  ...[
    'initialDelaySeconds',
    'hostPort',
    'hostIP',
    'priorityClassName',
    'nodePort',
    'externalName',
    'loadBalancerIP',
    'healthCheckNodePort',
  ],
  ...[
    'readyReplicas',
    'availableReplicas',
    'fullyLabeledReplicas',
    'updatedReplicas',
    'unavailableReplicas',
    'active',
    'succeeded',
    'failed',
  ],
]);

/** Leaves out what Go leaves out: nulls, empty maps and lists of optional fields, zeroes of fields that are no pointers. */
export function dropWhatGoDrops(value: unknown, schema: Draft): void {
  if (Array.isArray(value)) {
    const items = recordAt(schema, 'items');
    for (const item of value) dropWhatGoDrops(item, items);
  } else if (isRecord(value) && schema['x-kubernetes-preserve-unknown-fields'] !== true) dropMembers(value, schema);
}

function dropMembers(value: Draft, schema: Draft): void {
  const properties = recordAt(schema, 'properties');
  const required = listAt(schema, 'required');
  for (const [key, member] of Object.entries(value)) {
    const property = properties[key];
    if (isRecord(property)) {
      if (isLeftOut(key, member, property, required.includes(key))) delete value[key];
      else dropWhatGoDrops(member, property);
    } else if (isRecord(schema['additionalProperties'])) dropWhatGoDrops(member, schema['additionalProperties']);
  }
}

function isLeftOut(key: string, member: unknown, property: Draft, isRequired: boolean): boolean {
  if (alwaysWritten.has(key)) return false;
  if (member === null) return true;
  if (isRequired) return false;
  if (Array.isArray(member)) return member.length === 0;
  if (isRecord(member)) return property['additionalProperties'] !== undefined && Object.keys(member).length === 0;
  return (member === 0 || member === '' || member === false) && zeroIsAbsent.has(key);
}

import { resources } from '../../api/kube.js';
import type { Draft } from './json.js';
import { isRecord, recordAt } from './json.js';
import type { Kind } from './kinds/kind.js';
import type { WriteRequest } from './request.js';
import { builtinSchemaOf } from './schema/builtin-schemas.js';
import { dropWhatGoDrops, firstTypeError } from './schema/go-decoding.js';
import { applyDefaults, pruneUnknown } from './schema/structural.js';
import { badRequest, invalidPatch } from './status-error.js';

/**
 * What a real API server does to what it is sent before it looks at the meaning: unknown fields go (or are refused), types must fit, defaults come.
 * Looks only at what the endpoint can change: at the status through `status`, at all but the status through the main one of a kind that has both.
 * @throws StatusError 400
 */
export function decode(request: WriteRequest, draft: Draft): void {
  const { kind, subresource } = request;
  decodeMetadata(kind, draft);
  if (kind.schema === undefined || kind.custom?.preserveUnknown === true) return;
  const { status, ...rest } = draft;
  if (subresource === 'status') decodePart(request, status === undefined ? {} : { status }, statusOnly(kind.schema));
  else if (kind.hasStatus) {
    decodePart(request, rest, kind.schema);
    for (const key of Object.keys(draft)) if (key !== 'status' && !Object.hasOwn(rest, key)) delete draft[key];
  } else decodePart(request, draft, kind.schema);
  if (subresource !== 'status') kind.strategy.defaults?.(draft);
}

/** A schema that takes any content takes any status. */
function statusOnly(schema: Draft): Draft {
  const anything = { 'x-kubernetes-preserve-unknown-fields': schema['x-kubernetes-preserve-unknown-fields'] === true };
  return { type: 'object', properties: { status: { ...anything, ...recordAt(schema, 'properties', 'status') } } };
}

/** Custom resources get their defaults from their schema, built-in ones from their strategy. */
function decodePart(request: WriteRequest, part: Draft, schema: Draft): void {
  const { kind } = request;
  const isBuiltin = kind.custom === undefined;
  if (isBuiltin) requireTypes(request, part, schema);
  const unknown = pruneUnknown(part, schema).map((path) => `unknown field "${path}"`);
  if (isBuiltin) dropWhatGoDrops(part, schema);
  else applyDefaults(part, schema);
  if (unknown.length === 0 || request.fieldValidation === 'Ignore') return;
  if (request.fieldValidation === 'Warn') unknown.forEach(request.warn);
  else throw badRequest(`${cannotBeHandled(kind)}: strict decoding error: ${unknown.join(', ')}`);
}

/** Metadata is the same for every kind, custom ones included. */
function decodeMetadata(kind: Kind, { metadata }: Draft): void {
  if (!isRecord(metadata)) return;
  const schema = recordAt(builtinSchemaOf(resources.pods), 'properties', 'metadata');
  const error = firstTypeError(metadata, schema, 'metadata', 'ObjectMeta');
  if (error !== undefined) throw badRequest(`${cannotBeHandled(kind)}: ${error}`);
  pruneUnknown({ object: metadata }, { properties: { object: schema } });
  dropWhatGoDrops(metadata, schema);
}

function requireTypes({ kind, patches }: WriteRequest, draft: Draft, schema: Draft): void {
  const error = firstTypeError(draft, schema);
  if (error === undefined) return;
  throw patches === true ? invalidPatch(draft, error) : badRequest(`${cannotBeHandled(kind)}: ${error}`);
}

function cannotBeHandled({ resource }: Kind): string {
  return `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}`;
}

import type { KubeObject } from '../../../api/kube.js';
import { apiVersionOf } from '../../../api/kube.js';
import { isEqual } from '../../../lib/equal.js';
import type { EpochMs } from '../../../lib/scheduler.js';
import { renderWholeSeconds } from '../../../lib/time.js';
import type { Draft } from '../json.js';
import { copyRecord, isRecord, recordAt, recordsAt, textAt } from '../json.js';
import type { Kind } from '../kinds/kind.js';
import { builtinSchemaOf } from '../schema/builtin-schemas.js';
import { applyConflict, badRequest } from '../status-error.js';
import type { Cause } from '../status-error.js';
import { compare } from './compare.js';
import { parseFields, renderFields } from './fields-v1.js';
import { mergeConfiguration, withoutFields } from './merge.js';
import type { FieldSet } from './paths.js';
import { fieldsOf, isBelow, showPath } from './paths.js';

/* Who owns which field: metadata.managedFields. Semantics: Kubernetes, server-side apply, 1.35. */

interface Manager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string;
  readonly fields: FieldSet;
}

/** One write, as far as ownership goes. */
export interface Writing {
  readonly kind: Kind;
  readonly fieldManager: string;
  readonly subresource: string | undefined;
  readonly now: EpochMs;
}

const ignored = ['apiVersion', 'kind'];
const ignoredMetadata = [
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'selfLink',
  'managedFields',
].concat([...['deletionTimestamp', 'deletionGracePeriodSeconds', 'generateName']]);

/** The part of an object whose fields are owned by somebody. */
function ownable(object: object | undefined): Draft {
  const owned: Draft = {};
  for (const [key, value] of Object.entries<unknown>({ ...object })) {
    if (ignored.includes(key)) continue;
    if (key !== 'metadata') owned[key] = value;
    else if (isRecord(value)) {
      const metadata = Object.fromEntries(Object.entries(value).filter(([name]) => !ignoredMetadata.includes(name)));
      if (Object.keys(metadata).length > 0) owned[key] = metadata;
    }
  }
  return owned;
}

/** Metadata has the same structure in every kind. */
function schemaOf(kind: Kind): Draft {
  const metadata = recordAt(builtinSchemaOf({ group: '', version: 'v1', kind: 'Pod' }), 'properties', 'metadata');
  const schema = kind.schema ?? {};
  return { ...schema, properties: { ...recordAt(schema, 'properties'), metadata } };
}

function managersOf(object: KubeObject | undefined): readonly Manager[] {
  return recordsAt(object, 'metadata', 'managedFields').map((entry) => ({
    manager: textAt(entry, 'manager') ?? '',
    operation: entry['operation'] === 'Apply' ? 'Apply' : 'Update',
    apiVersion: textAt(entry, 'apiVersion') ?? '',
    subresource: textAt(entry, 'subresource') ?? '',
    time: textAt(entry, 'time') ?? '',
    fields: parseFields(entry['fieldsV1']),
  }));
}

function renderManagers(managers: readonly Manager[]): readonly Draft[] {
  const order = (each: Manager): string => [each.operation, each.time, each.manager, each.apiVersion, each.subresource].join('\u0000');
  return managers
    .filter(({ fields }) => fields.size > 0)
    .sort((a, b) => (order(a) < order(b) ? -1 : 1))
    .map(({ manager, operation, apiVersion, subresource, time, fields }) => ({
      ...{ manager, operation, apiVersion, time, fieldsType: 'FieldsV1', fieldsV1: renderFields(fields) },
      ...(subresource === '' ? {} : { subresource }),
    }));
}

function isSameWriter(left: Manager, right: Omit<Manager, 'fields' | 'time'>): boolean {
  const isSame = left.manager === right.manager && left.operation === right.operation && left.subresource === right.subresource;
  return isSame && (left.operation === 'Apply' || left.apiVersion === right.apiVersion);
}

function writerOf({ kind, fieldManager, subresource, now }: Writing, operation: Manager['operation']): Omit<Manager, 'fields'> {
  return {
    manager: fieldManager,
    operation,
    apiVersion: apiVersionOf(kind.resource),
    subresource: subresource ?? '',
    time: renderWholeSeconds(now),
  };
}

/**
 * managedFields after an ordinary write: the writer owns what it changed, nobody owns what is gone, and others lose what it changed.
 * @returns undefined when nothing that can be owned has changed
 */
export function managedAfterUpdate(writing: Writing, before: KubeObject | undefined, after: Draft): readonly Draft[] | undefined {
  const isBuiltin = writing.kind.custom === undefined;
  const { added, modified, removed } = compare(ownable(before), ownable(after), schemaOf(writing.kind), isBuiltin);
  if (added.size + modified.size + removed.size === 0) return undefined;
  const taken = new Set([...added, ...modified]);
  const writer = writerOf(writing, 'Update');
  const managers = managersOf(before);
  const own = managers.find((each) => isSameWriter(each, writer));
  const others = managers.filter((each) => each !== own).map((each) => ({ ...each, fields: without(each.fields, [modified, removed]) }));
  const fields = new Set([...without(own?.fields ?? new Set(), [removed]), ...taken]);
  return renderManagers([
    ...others,
    { ...writer, ...(own && isEqual([...own.fields].sort(), [...fields].sort()) ? { time: own.time } : {}), fields },
  ]);
}

function without(fields: FieldSet, gone: readonly FieldSet[]): FieldSet {
  return new Set([...fields].filter((field) => !gone.some((each) => each.has(field))));
}

/** What an applied configuration comes to. */
export interface Applied {
  readonly merged: Draft;
  readonly managedFields: readonly Draft[];
}

/**
 * Server-side apply onto `live` (undefined: there is none yet).
 * @throws StatusError 400 for a configuration with managedFields of its own; 409 naming each field another manager owns with another value, unless `force`
 */
export function applyConfiguration(writing: Writing, live: KubeObject | undefined, config: Draft, force: boolean): Applied {
  if (recordAt(config, 'metadata')['managedFields'] !== undefined) throw badRequest('metadata.managedFields must be nil');
  const schema = schemaOf(writing.kind);
  const isBuiltin = writing.kind.custom === undefined;
  const wanted = atEndpoint(writing, config);
  const claimed = fieldsOf(ownable(wanted), schema, { withContainers: false, isBuiltin });
  claimed.delete('');
  const writer = writerOf(writing, 'Apply');
  const managers = managersOf(live);
  const own = managers.find((each) => isSameWriter(each, writer));
  const others = managers.filter((each) => each !== own);
  const laid = copyRecord(mergeConfiguration(live ?? {}, wanted, schema));
  const gone = without(own?.fields ?? new Set(), [claimed]);
  const owned = new Set([...claimed, ...others.flatMap(({ fields }) => [...fields])]);
  const merged = copyRecord(withoutFields(laid, schema, gone, owned));
  const { added, modified, removed } = compare(ownable(live), ownable(merged), schema, isBuiltin);
  const changed = new Set([...added, ...modified]);
  if (!force) requireNoConflict(others, changed);
  const left = others.map((each) => ({
    ...each,
    fields: without(each.fields, [removed, force ? overlapping(each.fields, changed) : new Set()]),
  }));
  const isUnchanged = own !== undefined && isEqual([...own.fields].sort(), [...claimed].sort()) && changed.size + removed.size === 0;
  return { merged, managedFields: renderManagers([...left, { ...writer, ...(isUnchanged ? { time: own.time } : {}), fields: claimed }]) };
}

/** An endpoint takes only what can be changed through it. */
function atEndpoint({ kind, subresource }: Writing, config: Draft): Draft {
  const { status, ...rest } = config;
  if (subresource === 'status')
    return { apiVersion: config['apiVersion'], kind: config['kind'], metadata: namesOnly(config), ...(isRecord(status) ? { status } : {}) };
  return kind.hasStatus ? rest : config;
}

function namesOnly(config: Draft): Draft {
  return Object.fromEntries(
    Object.entries(recordAt(config, 'metadata')).filter(([key]) => ['name', 'namespace', 'uid', 'resourceVersion'].includes(key)),
  );
}

/** Fields of a manager that a change touches: themselves, or something of one piece above or below. */
function overlapping(fields: FieldSet, changed: FieldSet): FieldSet {
  return new Set(
    [...fields].filter((field) => changed.has(field) || [...changed].some((each) => isBelow(field, each) && !fields.has(each))),
  );
}

function requireNoConflict(others: readonly Manager[], changed: FieldSet): void {
  const causes = others.flatMap((other) =>
    [...overlapping(other.fields, changed)]
      .sort()
      .map((field): Cause => ({ reason: 'FieldManagerConflict', message: `conflict with ${showManager(other)}`, field: showPath(field) })),
  );
  if (causes.length > 0) throw applyConflict(causes);
}

function showManager({ manager, operation, apiVersion, subresource, time }: Manager): string {
  const name = `${JSON.stringify(manager)}${subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`}`;
  return operation === 'Update' ? `${name} using ${apiVersion}${time === '' ? '' : ` at ${time}`}` : name;
}

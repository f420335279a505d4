import type { DeleteOptions, Selection, WriteOptions } from '../../cluster/cluster.js';
import type { Resource } from '../../api/kube.js';
import type { IncludeObject } from './table/table.js';
import { at, listAt, numberAt, recordAt, textAt } from '../store/json.js';
import { badRequest } from '../store/status-error.js';

/* What the query of a request (and the body of a delete) says, as options of the port. Pure. */

export function selectionOf(resource: Resource, namespace: string | undefined, query: URLSearchParams): Selection {
  const labelSelector = query.get('labelSelector') ?? '';
  const fieldSelector = query.get('fieldSelector') ?? '';
  return {
    resource,
    ...(namespace === undefined ? {} : { namespace }),
    ...(labelSelector === '' ? {} : { labelSelector }),
    ...(fieldSelector === '' ? {} : { fieldSelector }),
  };
}

export function isTrue(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value === 'true' || value === '1' || (value === '' && query.has(name));
}

export function numberIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

function isDryRun(values: readonly unknown[]): boolean {
  if (values.length === 0) return false;
  if (values.some((value) => value !== 'All'))
    throw badRequest(`dryRun: Unsupported value: ${JSON.stringify(values)}: supported values: "All"`);
  return true;
}

/**
 * @param userAgent names who writes when the client does not, as in a real server
 */
export function writeOptionsOf(query: URLSearchParams, userAgent: string | undefined): WriteOptions {
  return {
    dryRun: isDryRun(query.getAll('dryRun')),
    fieldManager: query.get('fieldManager') || (userAgent ?? 'unknown').split('/')[0] || 'unknown',
    fieldValidation: fieldValidationOf(query.get('fieldValidation')),
  };
}

function fieldValidationOf(text: string | null): NonNullable<WriteOptions['fieldValidation']> {
  switch (text) {
    case null:
    case '':
    case 'Warn':
      return 'Warn';
    case 'Strict':
    case 'Ignore':
      return text;
    default:
      throw badRequest(`fieldValidation: Unsupported value: ${JSON.stringify(text)}: supported values: "Ignore", "Strict", "Warn"`);
  }
}

export function deleteOptionsOf(query: URLSearchParams, body: unknown): DeleteOptions {
  const preconditions = recordAt(body, 'preconditions');
  const uid = textAt(preconditions, 'uid');
  const resourceVersion = textAt(preconditions, 'resourceVersion');
  const gracePeriodSeconds = numberAt(body, 'gracePeriodSeconds') ?? numberIn(query, 'gracePeriodSeconds');
  const policy = propagationPolicyOf(
    textAt(body, 'propagationPolicy') ?? query.get('propagationPolicy') ?? undefined,
    at(body, 'orphanDependents'),
  );
  return {
    dryRun: isDryRun([...listAt(body, 'dryRun'), ...query.getAll('dryRun')]),
    ...(uid === undefined && resourceVersion === undefined
      ? {}
      : { preconditions: { ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) } }),
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(policy === undefined ? {} : { propagationPolicy: policy }),
  };
}

function propagationPolicyOf(text: string | undefined, orphans: unknown): DeleteOptions['propagationPolicy'] {
  switch (text) {
    case 'Background':
    case 'Foreground':
    case 'Orphan':
      return text;
    case undefined:
    case '':
      return orphans === true ? 'Orphan' : undefined;
    default:
      throw badRequest(
        `propagationPolicy: Unsupported value: ${JSON.stringify(text)}: supported values: "Background", "Foreground", "Orphan"`,
      );
  }
}

/** How much of each object a Table carries. */
export function includeOf(query: URLSearchParams): IncludeObject {
  const text = query.get('includeObject');
  return text === 'Object' || text === 'None' ? text : 'Metadata';
}

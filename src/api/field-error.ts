import type { FieldError } from './workload-types.js';

/** Values end up in conditions and events, which etcd has to hold. */
const longestValue = 1_000;

/** A value as Kubernetes prints it in field errors: text quoted, objects as JSON. Cut after 1,000 characters. */
export function printValue(value: unknown): string {
  const text = typeof value === 'number' || value === undefined ? String(value) : JSON.stringify(value);
  return text.length > longestValue ? `${text.slice(0, longestValue)}...` : text;
}

export function invalid(path: string, value: unknown, detail: string): FieldError {
  return { path, kind: 'invalid', value: printValue(value), detail };
}

export function required(path: string, detail = ''): FieldError {
  return { path, kind: 'required', detail };
}

export function forbidden(path: string, detail: string): FieldError {
  return { path, kind: 'forbidden', detail };
}

export function notFound(path: string, value: unknown): FieldError {
  return { path, kind: 'notFound', value: printValue(value), detail: '' };
}

export function unsupported(path: string, value: unknown, supported: readonly string[]): FieldError {
  const detail = supported.length === 0 ? '' : `supported values: ${supported.map((name) => JSON.stringify(name)).join(', ')}`;
  return { path, kind: 'unsupported', value: printValue(value), detail };
}

export function duplicate(path: string, value: unknown): FieldError {
  return { path, kind: 'duplicate', value: printValue(value), detail: '' };
}

const titles: Readonly<Record<FieldError['kind'], string>> = {
  invalid: 'Invalid value',
  required: 'Required value',
  internal: 'Internal error',
  notFound: 'Not found',
  duplicate: 'Duplicate value',
  tooLong: 'Too long',
  unsupported: 'Unsupported value',
  forbidden: 'Forbidden',
};

/**
 * `path: Invalid value: v: detail`, `path: Required value: detail`, `path: Internal error: detail`; parts that are empty are left out.
 * An error without a path is its detail alone: upstream passes on raw errors for the workload reference.
 * Semantics: Kubernetes, field.Error.Error, 1.35.
 */
export function formatFieldError(error: FieldError): string {
  if (error.path === '') return error.detail;
  const hasValue = error.kind !== 'required' && error.kind !== 'internal' && error.kind !== 'forbidden';
  const value = hasValue ? error.value : undefined;
  return [error.path, titles[error.kind], value, error.detail].filter((part) => part !== undefined && part !== '').join(': ');
}

/** The message of the InvalidSpec condition (rollout-core 7.1). */
export function invalidSpecMessage(name: string, error: FieldError): string {
  return `The Rollout "${name}" is invalid: ${formatFieldError(error)}`;
}

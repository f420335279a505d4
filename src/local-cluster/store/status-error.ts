import type { Resource } from '../../api/kube.js';
import type { ErrorCode } from '../../lib/errors.js';
import { ControllerError } from '../../lib/errors.js';

/** One field's complaint inside an Invalid answer. `reason` is one of the API's FieldValue... words. */
export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

/** The API's Status object, as an HTTP body carries it. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Readonly<Record<string, never>>;
  readonly status: 'Failure';
  readonly message: string;
  readonly reason: string;
  readonly details?: {
    readonly name?: string;
    readonly group?: string;
    readonly kind?: string;
    readonly uid?: string;
    readonly causes?: readonly Cause[];
    readonly retryAfterSeconds?: number;
  };
  readonly code: number;
}

/** A refusal of the store: a ControllerError that still knows the Status a real API server would send. */
export class StatusError extends ControllerError {
  constructor(
    code: ErrorCode,
    readonly status: Status,
  ) {
    const seconds = status.details?.retryAfterSeconds;
    const path = status.details?.causes?.[0]?.field;
    super(code, status.message, {
      status: status.code,
      reason: status.reason,
      ...(path === undefined ? {} : { path }),
      ...(seconds === undefined ? {} : { retryAfterMs: seconds * 1000 }),
    });
  }
}

/** What an answer calls the object it is about. */
export interface Subject {
  readonly resource: Pick<Resource, 'group' | 'resource' | 'kind'>;
  readonly name: string;
}

function failure(code: ErrorCode, httpCode: number, reason: string, message: string, details?: Status['details']): StatusError {
  return new StatusError(code, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details === undefined ? {} : { details }),
    code: httpCode,
  });
}

function qualified(resource: Subject['resource']): string {
  return resource.group === '' ? resource.resource : `${resource.resource}.${resource.group}`;
}

function details({ resource, name }: Subject): NonNullable<Status['details']> {
  return { name, ...(resource.group === '' ? {} : { group: resource.group }), kind: resource.resource };
}

export function notFound(subject: Subject): StatusError {
  return failure('not-found', 404, 'NotFound', `${qualified(subject.resource)} "${subject.name}" not found`, details(subject));
}

/** A kind or path the server does not serve. */
export function notServed(): StatusError {
  return failure('not-found', 404, 'NotFound', 'the server could not find the requested resource', {});
}

export function alreadyExists(subject: Subject): StatusError {
  const message = `${qualified(subject.resource)} "${subject.name}" already exists`;
  return failure('already-exists', 409, 'AlreadyExists', message, details(subject));
}

export function conflict(subject: Subject, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(subject.resource)} "${subject.name}": ${why}`;
  return failure('conflict', 409, 'Conflict', message, details(subject));
}

export const modifiedMeanwhile = 'the object has been modified; please apply your changes to the latest version and try again';

/** Fields that other managers own, one cause each; `causes` must not be empty. */
export function applyConflict(causes: readonly Cause[]): StatusError {
  const [first] = causes;
  const text =
    causes.length === 1
      ? `Apply failed with 1 conflict: ${first?.message ?? ''}: ${first?.field ?? ''}`
      : `Apply failed with ${causes.length} conflicts: ${byManager(causes)}`;
  return failure('conflict', 409, 'Conflict', text, { causes });
}

function byManager(causes: readonly Cause[]): string {
  const managers = [...new Set(causes.map(({ message }) => message))];
  return managers
    .map((manager) => {
      const fields = causes.filter(({ message }) => message === manager).map(({ field }) => `- ${field}`);
      return `${manager.replace(/^conflict/, 'conflicts')}:\n${fields.join('\n')}`;
    })
    .join('\n');
}

/** As `invalid`, but where a real server names the resource instead of the kind. */
export function invalidOfResource(subject: Subject, causes: readonly Cause[]): StatusError {
  const { group, resource } = subject.resource;
  return invalid({ ...subject, resource: { group, resource, kind: resource } }, causes);
}

/** 422. `causes` must not be empty. */
export function invalid(subject: Subject, causes: readonly Cause[]): StatusError {
  const kind = subject.resource.group === '' ? subject.resource.kind : `${subject.resource.kind}.${subject.resource.group}`;
  const texts = causes.map((cause) => (cause.field === '' ? cause.message : `${cause.field}: ${cause.message}`));
  const text = texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
  return failure('invalid', 422, 'Invalid', `${kind} "${subject.name}" is invalid: ${text}`, {
    ...details(subject),
    kind: subject.resource.kind,
    causes,
  });
}

export function badRequest(message: string): StatusError {
  return failure('invalid', 400, 'BadRequest', message);
}

export function tooLarge(limitBytes: number): StatusError {
  return failure('invalid', 413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limitBytes}`);
}

export function unsupportedMediaType(message: string): StatusError {
  return failure('unsupported', 415, 'UnsupportedMediaType', message);
}

export function methodNotAllowed(message = 'the server does not allow this method on the requested resource'): StatusError {
  return failure('unsupported', 405, 'MethodNotAllowed', message, {});
}

export function forbidden(subject: Subject, why: string): StatusError {
  return failure('forbidden', 403, 'Forbidden', `${qualified(subject.resource)} "${subject.name}" is forbidden: ${why}`, details(subject));
}

/** What a real server answers when it did not expect the error itself. */
export function unexpected(message: string): StatusError {
  return failure('unavailable', 500, '', message);
}

/** A JSON patch that cannot be applied; `why` is told as a cause only. */
export function unprocessable(why: string): StatusError {
  const causes = [{ reason: 'UnexpectedServerResponse', message: why, field: '' }];
  return failure('invalid', 422, 'Invalid', 'the server rejected our request due to an error in our request', { causes });
}

/** A patch that makes something no decoder takes. */
export function invalidPatch(patched: unknown, why: string): StatusError {
  const found = cause.invalid('patch', sortedJson(patched), why);
  return failure('invalid', 422, 'Invalid', ` "" is invalid: patch: ${found.message}`, { causes: [found] });
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

export function unauthorized(): StatusError {
  return failure('unauthorized', 401, 'Unauthorized', 'Unauthorized');
}

export function expired(message: string): StatusError {
  return failure('expired', 410, 'Expired', message);
}

export function tooManyRequests(message: string, extra: Status['details'] = {}): StatusError {
  return failure('too-many-requests', 429, 'TooManyRequests', message, extra);
}

export function internalError(message: string): StatusError {
  return failure('unavailable', 500, 'InternalError', `Internal error occurred: ${message}`, {});
}

/** Reads the Status out of anything thrown: the store's own, one made of an injected ControllerError, or a 500. */
export function statusOf(error: unknown): Status {
  if (error instanceof StatusError) return error.status;
  if (!(error instanceof ControllerError)) return internalError(error instanceof Error ? error.message : String(error)).status;
  const [code, reason] = httpOf[error.code] ?? [500, 'InternalError'];
  return failure(error.code, code, reason, error.message).status;
}

const httpOf: Partial<Record<ErrorCode, readonly [number, string]>> = {
  'not-found': [404, 'NotFound'],
  'already-exists': [409, 'AlreadyExists'],
  conflict: [409, 'Conflict'],
  expired: [410, 'Expired'],
  invalid: [422, 'Invalid'],
  forbidden: [403, 'Forbidden'],
  unauthorized: [401, 'Unauthorized'],
  'too-many-requests': [429, 'TooManyRequests'],
  unavailable: [503, 'ServiceUnavailable'],
  timeout: [504, 'Timeout'],
  unsupported: [405, 'MethodNotAllowed'],
};

/** Field complaints in the API's words. */
export const cause = {
  required: (field: string, detail = ''): Cause => ({
    reason: 'FieldValueRequired',
    message: detail === '' ? 'Required value' : `Required value: ${detail}`,
    field,
  }),
  invalid: (field: string, value: unknown, detail: string): Cause => ({
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${shown(value)}: ${detail}`,
    field,
  }),
  typeInvalid: (field: string, value: unknown, detail: string): Cause => ({
    reason: 'FieldValueTypeInvalid',
    message: `Invalid value: ${shown(value)}: ${detail}`,
    field,
  }),
  duplicate: (field: string, value: unknown): Cause => ({
    reason: 'FieldValueDuplicate',
    message: `Duplicate value: ${shown(value)}`,
    field,
  }),
  forbidden: (field: string, detail: string): Cause => ({ reason: 'FieldValueForbidden', message: `Forbidden: ${detail}`, field }),
  unsupported: (field: string, value: unknown, supported: readonly string[]): Cause => ({
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${shown(value)}: supported values: ${supported.map((item) => JSON.stringify(item)).join(', ')}`,
    field,
  }),
} as const;

function shown(value: unknown): string {
  return value === undefined ? 'null' : JSON.stringify(value);
}

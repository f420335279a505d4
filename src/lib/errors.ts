/**
 * Why something failed. Closed: whoever handles an error decides by `code`, never by its text.
 *
 * | code | thrown when | retry helps |
 * |---|---|---|
 * | invalid-spec | a user's object is wrong; `fields.path` names the field | no, until it is edited |
 * | not-found | the API server answers 404 for an object or a kind | when it is created |
 * | already-exists | create meets an object of that name | no |
 * | conflict | a resourceVersion or uid precondition failed | yes, after observing again |
 * | expired | a watch's resourceVersion or a list's continue token is too old (410) | yes, by listing again |
 * | invalid | the API server refuses an object's content (400, 415, 422) | no |
 * | forbidden | no permission (403); `fields` name verb and resource | when RBAC is mended |
 * | unauthorized | no or stale credentials (401) | after new credentials |
 * | too-many-requests | 429; `fields.retryAfterMs` when the server says so; an eviction refused by a disruption budget | yes, later |
 * | unavailable | connection refused or reset, 5xx, an answer that is no JSON | yes |
 * | timeout | our own deadline for one call passed | yes |
 * | aborted | the caller's signal fired | no |
 * | not-leader | a write was attempted without a valid lease | no, another replica acts |
 * | provider-unavailable | a metric provider could not be reached or answered nonsense | yes |
 * | unsupported | the peer cannot do what was asked (405, an unknown kind of patch) | no |
 * | internal | a bug of ours | no |
 */
export type ErrorCode =
  | 'invalid-spec'
  | 'not-found'
  | 'already-exists'
  | 'conflict'
  | 'expired'
  | 'invalid'
  | 'forbidden'
  | 'unauthorized'
  | 'too-many-requests'
  | 'unavailable'
  | 'timeout'
  | 'aborted'
  | 'not-leader'
  | 'provider-unavailable'
  | 'unsupported'
  | 'internal';

/** What the thrower knows: names and numbers for the log and the user, never secrets. */
export type ErrorFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** The one error class of the project. The low level adds what it knows and keeps the cause; the worker alone logs. */
export class ControllerError extends Error {
  override readonly name = 'ControllerError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly fields: ErrorFields = {},
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }
}

export function hasCode(error: unknown, ...codes: readonly ErrorCode[]): error is ControllerError {
  return error instanceof ControllerError && codes.includes(error.code);
}

/** Text of anything thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Makes the compiler find every place where a new kind of a closed union is missing. */
export function assertNever(value: never, what: string): never {
  throw new ControllerError('internal', `unexpected ${what}: ${JSON.stringify(value)}`);
}

import { ControllerError, type ErrorCode, type ErrorFields } from '../lib/errors.js';
import { fieldOf, isPlainObject, objectsOf } from '../lib/json.js';

/**
 * The error of an answer that is none of success.
 *
 * @param status HTTP code; 0 when the answer's body alone tells (an ERROR event of a watch)
 * @param body   parsed JSON, ideally a Status, or text
 */
export function errorOfAnswer(status: number, body: unknown, fields: ErrorFields, retryAfter?: string): ControllerError {
  const reason = textOf(body, 'reason');
  const own = fieldOf(body, 'code');
  const code = status !== 0 ? status : typeof own === 'number' ? own : 500;
  const retryAfterMs = retryAfterMsOf(body, retryAfter);
  return new ControllerError(codeOf(code, reason), messageOf(code, body), {
    ...fields,
    status: code,
    ...(reason !== undefined && { reason }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...causesOf(body),
  });
}

function codeOf(status: number, reason: string | undefined): ErrorCode {
  if (reason === 'Expired' || reason === 'Gone') return 'expired';
  switch (status) {
    case 400:
    case 413:
    case 422:
      return 'invalid';
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 404:
      return 'not-found';
    case 405:
    case 406:
    case 415:
      return 'unsupported';
    case 409:
      return reason === 'AlreadyExists' ? 'already-exists' : 'conflict';
    case 410:
      return 'expired';
    case 429:
      return 'too-many-requests';
    default:
      return status >= 400 && status < 500 ? 'invalid' : 'unavailable';
  }
}

function messageOf(status: number, body: unknown): string {
  const message = textOf(body, 'message');
  if (message !== undefined && message !== '') return message;
  if (typeof body === 'string' && body.trim() !== '') return `the server answered ${status}: ${excerpt(body)}`;
  return `the server answered ${status}`;
}

function retryAfterMsOf(body: unknown, header: string | undefined): number | undefined {
  const seconds = header ?? fieldOf(fieldOf(body, 'details'), 'retryAfterSeconds');
  const value = typeof seconds === 'string' && /^\d+$/.test(seconds) ? Number(seconds) : seconds;
  return typeof value === 'number' && value > 0 ? value * 1_000 : undefined;
}

/** The first field the server complains about: callers name it to the user. */
function causesOf(body: unknown): ErrorFields {
  const [cause] = objectsOf(fieldOf(fieldOf(body, 'details'), 'causes'));
  const path = cause && textOf(cause, 'field');
  return path === undefined ? {} : { path };
}

function textOf(value: unknown, key: string): string | undefined {
  const text = isPlainObject(value) ? fieldOf(value, key) : undefined;
  return typeof text === 'string' ? text : undefined;
}

/** The beginning of a text on one line, 120 characters at most. */
export function excerpt(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 120 ? `${line.slice(0, 120)}...` : line;
}

import { ControllerError } from '../../lib/errors.js';

/** One request for numbers. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For everything from the connect to the last byte, redirects and retries included. */
  readonly timeoutMs: number;
  /** Skips the check of TLS certificates. */
  readonly insecure?: boolean;
  /** Sending it twice does no harm: it may be repeated when the connection drops. Default true. */
  readonly repeatable?: boolean;
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Sends requests to metrics backends. Any status is an answer; a rejection is a ControllerError `provider-unavailable` (unreachable, TLS,
 * timeout, too large, refused by the operator's settings) or `aborted`, its message naming host and cause.
 */
export interface HttpClient {
  send(request: HttpRequest): Promise<HttpResponse>;
}

/** `host:port` of a URL, the port always there; undefined when it is no http(s) URL. */
export function hostOf(url: string): string | undefined {
  const parsed = parseUrl(url);
  return parsed === undefined ? undefined : `${parsed.hostname}:${portOf(parsed)}`;
}

export function parseUrl(url: string): URL | undefined {
  try {
    const parsed = new URL(url);
    return parsed.protocol === 'http:' || parsed.protocol === 'https:' ? parsed : undefined;
  } catch {
    return undefined;
  }
}

export function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}

/** What a 429 or 503 says about trying again, milliseconds; at most 5 minutes. @param now to read dates by */
function retryAfterMs(response: HttpResponse, now: number): number | undefined {
  const value = response.headers['retry-after'];
  if (value === undefined) return undefined;
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isFinite(waitMs) ? Math.min(Math.max(0, waitMs), 300_000) : undefined;
}

/** An answer with a status that is none. */
export function statusError(message: string, response: HttpResponse, now: number): ControllerError {
  const wait = retryAfterMs(response, now);
  return new ControllerError('provider-unavailable', message, {
    status: response.status,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  });
}

/** The beginning of a body, fit for a message: one line, at most 200 characters. */
export function excerpt(body: string): string {
  const line = body.replace(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 200)}...` : line;
}

/** Reads a body that ought to be JSON. @throws ControllerError saying what it is instead */
export function parseJson(response: HttpResponse, from: string): unknown {
  if (response.body.trim() === '') throw new ControllerError('provider-unavailable', `empty answer from ${from}`);
  try {
    return JSON.parse(response.body);
  } catch (cause) {
    const what = /^\s*</.test(response.body) ? 'HTML or XML' : 'no JSON';
    throw new ControllerError('provider-unavailable', `the answer from ${from} is ${what}: ${excerpt(response.body)}`, {}, { cause });
  }
}

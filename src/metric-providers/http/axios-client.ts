import type { AxiosInstance } from 'axios';
import axios, { AxiosError } from 'axios';
import pRetry from 'p-retry';
import { ControllerError, errorMessage, hasCode } from '../../lib/errors.js';
import type { Scheduler } from '../../lib/scheduler.js';
import { deadline } from '../../lib/scheduler.js';
import type { AddressPolicy } from './address-policy.js';
import type { Agents, Resolve } from './agents.js';
import { guardedAgents, refusal, resolveBySystem } from './agents.js';
import type { HttpClient, HttpRequest, HttpResponse } from './client.js';
import { hostOf, parseUrl, portOf } from './client.js';

export interface AxiosClientOptions {
  readonly scheduler: Scheduler;
  readonly policy: AddressPolicy;
  /** Largest body, bytes after decompression; default 4 MiB. */
  readonly maxBytes?: number;
  readonly userAgent?: string;
  readonly resolve?: Resolve;
}

const defaultMaxBytes = 4 * 1024 * 1024;
const maxRedirects = 5;
/** What may follow a redirect to another host: nothing that could be a credential. */
const harmlessHeaders: ReadonlySet<string> = new Set(['accept', 'content-type', 'user-agent']);
/** The peer closed a connection we thought alive, or in the middle. */
const droppedConnection: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);

/** The HTTP client of production. Call `close` when done. */
export function axiosClient(options: AxiosClientOptions): HttpClient & { close(): void } {
  const agents = guardedAgents(options.policy, options.resolve ?? resolveBySystem);
  const instance = axios.create({
    proxy: false,
    maxRedirects: 0,
    responseType: 'text',
    transformResponse: (body: unknown) => body,
    validateStatus: () => true,
    maxContentLength: options.maxBytes ?? defaultMaxBytes,
    maxBodyLength: options.maxBytes ?? defaultMaxBytes,
    httpAgent: agents.http,
    headers: { 'user-agent': options.userAgent ?? 'sluice' },
  });
  return {
    send: (request) => sendWithin(request, { ...options, instance, agents }),
    close: () => agents.close(),
  };
}

interface Wire extends AxiosClientOptions {
  readonly instance: AxiosInstance;
  readonly agents: Agents;
}

async function sendWithin(request: HttpRequest, wire: Wire): Promise<HttpResponse> {
  const host = hostOf(request.url);
  if (host === undefined) throw new ControllerError('invalid-spec', `${request.url} is no http or https URL`);
  await wire.scheduler.yield(`metrics ${host}`);
  const seconds = request.timeoutMs / 1_000;
  const late = new ControllerError('provider-unavailable', `no answer from ${host} within ${seconds} s`, { host, timeout: true });
  const limit = deadline(wire.scheduler, request.timeoutMs, late, request.signal);
  try {
    return await follow({ ...request, signal: limit.signal }, wire);
  } catch (cause) {
    throw translate(cause, request, limit.signal, host, wire);
  } finally {
    limit.done();
  }
}

/** Follows redirects as browsers and Go do, but takes no header to another host that could be a secret. */
async function follow(request: HttpRequest, wire: Wire, redirects = 0): Promise<HttpResponse> {
  const response = await sendRepeating(request, wire);
  const location = response.headers['location'];
  if (location === undefined || ![301, 302, 303, 307, 308].includes(response.status)) return response;
  if (redirects === maxRedirects)
    throw new ControllerError('provider-unavailable', `more than ${maxRedirects} redirects from ${hostOf(request.url)}`);
  return follow(redirected(request, response.status, location), wire, redirects + 1);
}

function redirected(request: HttpRequest, status: number, location: string): HttpRequest {
  const from = new URL(request.url);
  const url = parseUrl(resolveLocation(location, from));
  if (url === undefined)
    throw new ControllerError('provider-unavailable', `${from.host} redirects to ${location}, which is no http or https URL`);
  const sameHost = url.origin === from.origin;
  const headers = Object.entries(request.headers ?? {}).filter(([name]) => sameHost || harmlessHeaders.has(name.toLowerCase()));
  const { body, ...rest } = request;
  const keepsBody = status === 307 || status === 308;
  return {
    ...rest,
    url: url.href,
    headers: Object.fromEntries(headers),
    ...(keepsBody ? {} : { method: 'GET' as const }),
    ...(keepsBody && body !== undefined ? { body } : {}),
  };
}

function resolveLocation(location: string, from: URL): string {
  try {
    return new URL(location, from).href;
  } catch {
    return '';
  }
}

async function sendRepeating(request: HttpRequest, wire: Wire): Promise<HttpResponse> {
  const url = new URL(request.url);
  const reason = wire.policy.refuseHost(url.hostname, portOf(url));
  if (reason !== undefined) throw refusal(url.host, reason);
  return pRetry(() => sendOnce(request, wire), {
    retries: request.repeatable === false ? 0 : 2,
    minTimeout: 50,
    signal: request.signal,
    shouldRetry: ({ error }) => droppedConnection.has(codeOf(error)),
  });
}

async function sendOnce(request: HttpRequest, wire: Wire): Promise<HttpResponse> {
  const response = await wire.instance.request<string>({
    method: request.method,
    url: request.url,
    headers: { ...request.headers },
    ...(request.body === undefined ? {} : { data: request.body }),
    signal: request.signal,
    httpsAgent: request.insecure === true ? wire.agents.insecureHttps : wire.agents.https,
  });
  // AxiosHeaders types its values as any; each is text, a list of texts, or absent.
  const headers = Object.entries<unknown>(response.headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  return { status: response.status, headers: Object.fromEntries(headers), body: response.data };
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** Texts for what people meet most. */
const causes: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was closed in the middle',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name cannot be resolved now',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ETIMEDOUT: 'no connection in time',
};

function translate(cause: unknown, request: HttpRequest, limit: AbortSignal, host: string, wire: Wire): ControllerError {
  if (request.signal.aborted) return new ControllerError('aborted', 'the measurement was given up', { host }, { cause });
  if (limit.aborted && limit.reason instanceof ControllerError) return limit.reason;
  const own = [cause, causeOf(cause)].find((error) => hasCode(error, 'provider-unavailable', 'invalid-spec'));
  if (own instanceof ControllerError) return own;
  const text = errorMessage(cause);
  if (text.includes('maxContentLength')) {
    const mib = (wire.maxBytes ?? defaultMaxBytes) / 1024 / 1024;
    return new ControllerError('provider-unavailable', `the answer from ${host} is larger than ${mib} MiB`, { host }, { cause });
  }
  const code = codeOf(cause);
  const why = causes[code] ?? text;
  return new ControllerError(
    'provider-unavailable',
    `cannot reach ${host}: ${why}${why === text || code === '' ? '' : ` (${code})`}`,
    { host },
    { cause },
  );
}

function causeOf(error: unknown): unknown {
  return error instanceof AxiosError || error instanceof Error ? error.cause : undefined;
}

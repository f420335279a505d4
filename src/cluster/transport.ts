import http from 'node:http';
import https from 'node:https';
import pRetry from 'p-retry';
import { ControllerError, errorMessage, type ErrorFields } from '../lib/errors.js';
import { fieldOf } from '../lib/json.js';
import { deadline, sleep, type Scheduler } from '../lib/scheduler.js';
import { unlimited, type RateLimit } from './rate-limit.js';
import { errorOfAnswer, excerpt } from './status.js';

/** What TLS needs; the identity of the object stands for its content, so hand out the same one until something changes. */
export interface TlsMaterial {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  /** false: any certificate will do. */
  readonly rejectUnauthorized?: boolean;
}

export interface Credentials {
  /** Authorization, Impersonate-User and the like. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly tls: TlsMaterial;
}

export type AgentOptions = https.AgentOptions;

export interface TransportOptions {
  /** http or https, with or without a path prefix. */
  readonly server: string;
  /** Asked before each call, so it should answer from memory. `refresh`: the server refused the last ones. */
  readonly credentials: (refresh: boolean) => Promise<Credentials>;
  readonly scheduler: Scheduler;
  readonly userAgent: string;
  readonly rateLimit?: RateLimit;
  /** One attempt from its start to the last byte, or to the headers of a stream; ms, default 30,000. */
  readonly timeoutMs?: number;
  /** Connections for calls, default 32; streams have their own. */
  readonly maxSockets?: number;
  /** Largest body of an answer, bytes, default 512 MiB less 32 MiB: what V8 takes as one string. */
  readonly maxBytes?: number;
  /** A proxy's agent instead of our own. */
  readonly makeAgent?: (options: AgentOptions) => Promise<http.Agent>;
  readonly onAnswer?: (answer: { readonly call: ErrorFields; readonly status: number; readonly durationMs: number }) => void;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Escaped, from the root of the API. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default application/json. */
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  /** A second arrival does no harm: a dropped connection is tried again. */
  readonly idempotent: boolean;
  /** false: what the server refuses for now (429) is the caller's to know at once. */
  readonly waitWhenRefused?: boolean;
  /** Names the call in errors and metrics: verb, resource, namespace, name. */
  readonly call: ErrorFields;
}

export interface Transport {
  /** @returns the parsed JSON of a 2xx answer */
  call(request: ApiRequest): Promise<unknown>;
  /** @returns the bytes of a 2xx answer as they come; breaking off the iteration closes the connection, a fired signal ends it without an error */
  open(request: ApiRequest): Promise<AsyncIterable<Buffer>>;
  /** Closes idle connections and breaks off the rest. */
  close(): void;
}

const defaultTimeoutMs = 30_000;
const defaultMaxBytes = 480 * 1024 * 1024;
const dropRetries = 2;
const refusalRetries = 3;
/** A server that wants us to stay away longer than this is left to the queue's back-off. */
const longestWaitMs = 5_000;

/** Keep-alive JSON over HTTP/1.1. @throws ControllerError as the port says (cluster.ts) */
export function transport(options: TransportOptions): Transport {
  const server = new URL(options.server);
  const agents = agentPool(options, server.protocol === 'https:');
  return {
    call: (request) => withRetries(options, request, (signal) => exchange(options, server, agents, request, signal)),
    open: (request) => withRetries(options, request, (signal) => openStream(options, server, agents, request, signal)),
    close: () => agents.close(),
  };
}

/** A failure that is worth another try, after a pause. */
class WorthRetrying extends Error {
  constructor(
    readonly error: ControllerError,
    readonly reason: 'dropped' | 'refused' | 'unauthorized',
    readonly pauseMs: number,
  ) {
    super(error.message);
  }
}

/** p-retry counts; the pauses are the scheduler's. */
async function withRetries<T>(options: TransportOptions, request: ApiRequest, attempt: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const seen = { dropped: 0, refused: 0, unauthorized: 0 };
  const most = { dropped: dropRetries, refused: request.waitWhenRefused === false ? 0 : refusalRetries, unauthorized: 1 };
  try {
    return await pRetry(() => limited(options, request, attempt), {
      retries: dropRetries + refusalRetries + 1,
      minTimeout: 0,
      maxTimeout: 0,
      shouldRetry: async ({ error }) => {
        if (!(error instanceof WorthRetrying)) return false;
        seen[error.reason] += 1;
        if (seen[error.reason] > most[error.reason]) return false;
        if (error.reason === 'unauthorized') await options.credentials(true);
        if (error.pauseMs > 0) await pause(options.scheduler, error, request);
        return true;
      },
    });
  } catch (error) {
    throw error instanceof WorthRetrying ? error.error : error;
  }
}

async function pause(scheduler: Scheduler, failure: WorthRetrying, request: ApiRequest): Promise<void> {
  try {
    await sleep(scheduler, failure.pauseMs, request.signal);
  } catch (cause) {
    throw new ControllerError('aborted', 'aborted', request.call, { cause });
  }
}

async function limited<T>(options: TransportOptions, request: ApiRequest, attempt: (signal: AbortSignal) => Promise<T>): Promise<T> {
  await (options.rateLimit ?? unlimited).take(request.signal);
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const timeout = new ControllerError('timeout', 'the server did not answer in time', { ...request.call, timeoutMs });
  const limit = deadline(options.scheduler, timeoutMs, timeout, request.signal);
  try {
    return await attempt(limit.signal);
  } catch (error) {
    if (limit.signal.reason === timeout) throw timeout;
    if (limit.signal.aborted) throw new ControllerError('aborted', 'aborted', request.call, { cause: request.signal?.reason });
    throw error;
  } finally {
    limit.done();
  }
}

async function exchange(
  options: TransportOptions,
  server: URL,
  agents: AgentPool,
  request: ApiRequest,
  signal: AbortSignal,
): Promise<unknown> {
  const startedAt = options.scheduler.now();
  const response = await send(options, server, agents, 'calls', request, signal);
  const text = (await collect(response, options.maxBytes ?? defaultMaxBytes, request, signal)).toString('utf8');
  note(options, request, response, startedAt);
  if (!isSuccess(response)) throw refusal(options, response, text, request);
  return parseJson(text, response, request);
}

async function openStream(
  options: TransportOptions,
  server: URL,
  agents: AgentPool,
  request: ApiRequest,
  signal: AbortSignal,
): Promise<AsyncIterable<Buffer>> {
  const startedAt = options.scheduler.now();
  const response = await send(options, server, agents, 'streams', request, signal);
  note(options, request, response, startedAt);
  if (!isSuccess(response))
    throw refusal(options, response, (await collect(response, 1024 * 1024, request, signal)).toString('utf8'), request);
  return streamOf(response, request);
}

async function* streamOf(response: http.IncomingMessage, request: ApiRequest): AsyncGenerator<Buffer> {
  const onAbort = (): void => void response.destroy();
  request.signal?.addEventListener('abort', onAbort, { once: true });
  if (request.signal?.aborted) onAbort();
  try {
    // Without setEncoding, an IncomingMessage yields Buffers.
    for await (const chunk of response as AsyncIterable<Buffer>) yield chunk;
  } catch (cause) {
    if (!request.signal?.aborted) throw dropped(cause, request);
  } finally {
    request.signal?.removeEventListener('abort', onAbort);
    response.destroy();
  }
}

function note(options: TransportOptions, request: ApiRequest, response: http.IncomingMessage, startedAt: number): void {
  const status = response.statusCode ?? 0;
  options.onAnswer?.({ call: request.call, status, durationMs: options.scheduler.now() - startedAt });
}

async function send(
  options: TransportOptions,
  server: URL,
  agents: AgentPool,
  lane: Lane,
  request: ApiRequest,
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  const credentials = await options.credentials(false);
  const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
  const requestOptions: http.RequestOptions = {
    method: request.method,
    hostname: server.hostname.replace(/^\[|\]$/g, ''),
    port: server.port === '' ? undefined : server.port,
    path: `${server.pathname.replace(/\/$/, '')}${request.path}${renderQuery(request.query)}`,
    agent: await agents.get(lane, credentials.tls),
    headers: {
      // Logs are plain text; everything else has JSON as its first choice.
      accept: 'application/json, */*',
      'user-agent': options.userAgent,
      ...copyHeaders(credentials.headers),
      ...(body && { 'content-type': request.contentType ?? 'application/json', 'content-length': body.length }),
    },
  };
  return new Promise((resolve, reject) => {
    const sent = (server.protocol === 'https:' ? https : http).request(requestOptions);
    const isConnected = watchConnection(sent);
    const onAbort = (): void => void sent.destroy(new Error('aborted'));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    sent.once('response', (response) => {
      response.once('close', () => signal.removeEventListener('abort', onAbort));
      resolve(response);
    });
    sent.once('error', (cause) => {
      signal.removeEventListener('abort', onAbort);
      reject(unanswered(cause, request, !isConnected()));
    });
    sent.end(body);
  });
}

/** @returns whether the request may have reached the server: false until its connection stands, TLS included */
function watchConnection(sent: http.ClientRequest): () => boolean {
  let isConnected = false;
  const connected = (): void => {
    isConnected = true;
  };
  sent.once('socket', (socket) => {
    if (sent.reusedSocket) connected();
    else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', connected);
  });
  return () => isConnected;
}

function unanswered(cause: NodeJS.ErrnoException, request: ApiRequest, neverSent: boolean): Error {
  const error = dropped(cause, request);
  const wasDropped = cause.code === 'ECONNRESET' || cause.code === 'EPIPE';
  return wasDropped && (request.idempotent || neverSent) ? new WorthRetrying(error, 'dropped', 0) : error;
}

function dropped(cause: unknown, request: ApiRequest): ControllerError {
  const reason = fieldOf(cause, 'code');
  return new ControllerError(
    'unavailable',
    `no answer from the server: ${errorMessage(cause)}`,
    { ...request.call, ...(typeof reason === 'string' && { reason }) },
    { cause },
  );
}

async function collect(response: http.IncomingMessage, maxBytes: number, request: ApiRequest, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    // Without setEncoding, an IncomingMessage yields Buffers.
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new ControllerError('unavailable', 'the answer is too large', { ...request.call, limitBytes: maxBytes });
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof ControllerError || signal.aborted) throw cause;
    throw request.idempotent ? new WorthRetrying(dropped(cause, request), 'dropped', 0) : dropped(cause, request);
  }
  return Buffer.concat(chunks);
}

function isSuccess(response: http.IncomingMessage): boolean {
  const status = response.statusCode ?? 0;
  return status >= 200 && status < 300;
}

function refusal(options: TransportOptions, response: http.IncomingMessage, text: string, request: ApiRequest): Error {
  const error = errorOfAnswer(response.statusCode ?? 0, parsedOrText(text), request.call, response.headers['retry-after']);
  if (error.code === 'unauthorized') return new WorthRetrying(error, 'unauthorized', 0);
  const retryAfterMs = error.fields['retryAfterMs'];
  const canWait =
    typeof retryAfterMs === 'number' &&
    retryAfterMs <= longestWaitMs &&
    (error.code === 'too-many-requests' || error.code === 'unavailable');
  // Jitter: whoever was refused in the same moment must not come back in the same one.
  return canWait ? new WorthRetrying(error, 'refused', retryAfterMs * (1 + options.scheduler.random() / 4)) : error;
}

function parsedOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function parseJson(text: string, response: http.IncomingMessage, request: ApiRequest): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const contentType = response.headers['content-type'];
    throw new ControllerError(
      'unavailable',
      'the answer is no JSON: is this a Kubernetes API server?',
      { ...request.call, contentType, beginning: excerpt(text) },
      { cause },
    );
  }
}

function renderQuery(query: ApiRequest['query'] = {}): string {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    value === undefined ? [] : `${encodeURIComponent(key)}=${encodeURIComponent(value)}`,
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

function copyHeaders(headers: Credentials['headers']): http.OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]));
}

type Lane = 'calls' | 'streams';

interface AgentPool {
  get(lane: Lane, tls: TlsMaterial): Promise<http.Agent>;
  close(): void;
}

/** Agents of the credentials in use; new TLS material gets new ones, and the old connections end with their last call. */
function agentPool(options: TransportOptions, isTls: boolean): AgentPool {
  let current: ({ readonly tls: TlsMaterial } & Readonly<Record<Lane, Promise<http.Agent>>>) | undefined;
  const make = options.makeAgent ?? (async (agent: AgentOptions) => (isTls ? new https.Agent(agent) : new http.Agent(agent)));
  const retire = async (agent: Promise<http.Agent>, end: (agent: http.Agent) => void): Promise<void> => {
    const made = await agent.catch(() => undefined);
    if (made) end(made);
  };
  return {
    get: (lane, tls) => {
      if (current?.tls !== tls) {
        if (current) void retire(current.calls, closeIdle);
        const calls = make({ ...tls, keepAlive: true, maxSockets: options.maxSockets ?? 32 });
        const streams = make({ ...tls, keepAlive: false });
        // Whoever uses the agent gets the error; the lane nobody uses must not crash the process.
        for (const agent of [calls, streams]) agent.catch(() => undefined);
        current = { tls, calls, streams };
      }
      return current[lane];
    },
    close: () => {
      if (!current) return;
      void retire(current.calls, (agent) => agent.destroy());
      void retire(current.streams, (agent) => agent.destroy());
    },
  };
}

function closeIdle(agent: http.Agent): void {
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Agent, createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Scheduler } from '../../lib/scheduler.js';
import type { AnswerCount } from './answer-counts.js';
import { AnswerCounts } from './answer-counts.js';
import type { RealAddress } from './pod-servers.js';

/** A pod that may get requests. */
export interface Endpoint {
  readonly podIp: string;
  readonly port: number;
}

interface Backend {
  readonly agent: Agent;
  inFlight: number;
  isLeaving: boolean;
}

export interface ServiceProxyOptions {
  readonly scheduler: Scheduler;
  readonly host: string;
  readonly realAddress: (podIp: string, port: number) => RealAddress | undefined;
}

/**
 * What kube-proxy does for one port of a Service, for HTTP: a port on loopback whose requests go to ready pods, at random. A request goes to
 * one pod and is never tried again elsewhere, so that what is lost is seen.
 */
export class ServiceProxy {
  readonly #counts = new AnswerCounts();
  readonly #server: Server;
  readonly #backends = new Map<string, Backend>();
  #endpoints: readonly Endpoint[] = [];

  private constructor(private readonly options: ServiceProxyOptions) {
    this.#server = createServer((request, response) => this.#forward(request, response));
    this.#server.keepAliveTimeout = 60_000;
  }

  /** Resolves once it listens. */
  static async start(options: ServiceProxyOptions): Promise<ServiceProxy> {
    const made = new ServiceProxy(options);
    await new Promise<void>((resolve, reject) => {
      made.#server.once('error', reject);
      made.#server.listen(0, options.host, resolve);
    });
    return made;
  }

  get url(): string {
    // listen on a TCP port makes it an AddressInfo.
    return `http://${this.options.host}:${(this.#server.address() as AddressInfo).port}`;
  }

  get endpoints(): readonly Endpoint[] {
    return this.#endpoints;
  }

  /** By version and code; code 0 is a request that got no answer of a pod. */
  answers(): readonly AnswerCount[] {
    return this.#counts.list();
  }

  /** From now on only these get requests; those under way elsewhere are finished. */
  setEndpoints(endpoints: readonly Endpoint[]): void {
    this.#endpoints = endpoints;
    const wanted = new Set(endpoints.map(keyOf));
    for (const [key, backend] of this.#backends) if (!wanted.has(key)) this.#retire(key, backend);
  }

  async stop(): Promise<void> {
    for (const { agent } of this.#backends.values()) agent.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  /** Connections kept open for later must not outlive the pod's place among the ready ones. */
  #retire(key: string, backend: Backend): void {
    backend.isLeaving = true;
    this.#backends.delete(key);
    if (backend.inFlight === 0) backend.agent.destroy();
  }

  #forward(request: IncomingMessage, response: ServerResponse): void {
    const { scheduler, realAddress } = this.options;
    const startedAt = scheduler.now();
    const endpoint = this.#endpoints[Math.floor(scheduler.random() * this.#endpoints.length)];
    const address = endpoint && realAddress(endpoint.podIp, endpoint.port);
    if (!endpoint || !address) {
      request.resume();
      this.#counts.add('', 0, 0);
      response.writeHead(503, { 'content-type': 'text/plain' }).end('no pod is ready\n');
      return;
    }
    const backend = this.#backendOf(endpoint);
    backend.inFlight++;
    relay(request, response, { address, agent: backend.agent }, (version, code) => {
      this.#counts.add(version, code, scheduler.now() - startedAt);
      backend.inFlight--;
      if (backend.isLeaving && backend.inFlight === 0) backend.agent.destroy();
    });
  }

  #backendOf(endpoint: Endpoint): Backend {
    const known = this.#backends.get(keyOf(endpoint));
    if (known) return known;
    const made: Backend = { agent: new Agent({ keepAlive: true, maxSockets: 256 }), inFlight: 0, isLeaving: false };
    this.#backends.set(keyOf(endpoint), made);
    return made;
  }
}

function keyOf({ podIp, port }: Endpoint): string {
  return `${podIp}:${port}`;
}

interface Onward {
  readonly address: RealAddress;
  readonly agent: Agent;
}

/** @param done called once: the version and code of the answer, or '' and 0 when there was none */
function relay(
  request: IncomingMessage,
  response: ServerResponse,
  { address, agent }: Onward,
  done: (version: string, code: number) => void,
): void {
  const { method = 'GET', url = '/', headers } = request;
  const once = onlyOnce(done);
  const onward = send({ ...address, agent, method, path: url, headers: { ...headers, connection: 'keep-alive' } }, (answer) => {
    const version = answer.headers['x-version'];
    const { connection: _connection, ...kept } = answer.headers;
    response.writeHead(answer.statusCode ?? 502, kept);
    answer.pipe(response);
    answer.once('end', () => once(typeof version === 'string' ? version : '', answer.statusCode ?? 0));
    answer.once('error', () => {
      once('', 0);
      response.destroy();
    });
  });
  onward.once('error', (error) => {
    once('', 0);
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { 'content-type': 'text/plain' }).end(`${error.message}\n`);
  });
  response.once('close', () => onward.destroy());
  request.pipe(onward);
}

function onlyOnce(done: (version: string, code: number) => void): (version: string, code: number) => void {
  let isDone = false;
  return (version, code) => {
    if (isDone) return;
    isDone = true;
    done(version, code);
  };
}

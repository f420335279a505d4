import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KubeObject } from '../../api/kube.js';
import { keys } from '../../api/kube.js';
import type { Scheduler } from '../../lib/scheduler.js';
import { sleep } from '../../lib/scheduler.js';
import { AnswerCounts } from './answer-counts.js';
import { behaviourOf } from './behaviour.js';
import { renderMetrics } from './metrics.js';

export interface PodServerOptions {
  readonly scheduler: Scheduler;
  /** Default 127.0.0.1. */
  readonly host: string;
  /** Told of each answer, for the pod's log. */
  readonly onAnswer?: (pod: KubeObject, line: string) => void;
}

/** The HTTP server of one pod, on a port of its own; `/metrics` is for Prometheus and does not count. */
export class PodServer {
  readonly counts = new AnswerCounts();
  readonly #server: Server;
  #pod: KubeObject;

  private constructor(
    pod: KubeObject,
    private readonly options: PodServerOptions,
  ) {
    this.#pod = pod;
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.keepAliveTimeout = 60_000;
  }

  /** Resolves once it listens. */
  static async start(pod: KubeObject, options: PodServerOptions): Promise<PodServer> {
    const made = new PodServer(pod, options);
    await new Promise<void>((resolve, reject) => {
      made.#server.once('error', reject);
      made.#server.listen(0, options.host, resolve);
    });
    return made;
  }

  get port(): number {
    // listen on a TCP port makes it an AddressInfo.
    return (this.#server.address() as AddressInfo).port;
  }

  /** What the pod is now: its annotations say how it answers. */
  update(pod: KubeObject): void {
    this.#pod = pod;
  }

  /** No new connections; requests in flight are still answered. Resolves when the last one has been. */
  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeIdleConnections();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    if (request.url === '/metrics') {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
      response.end(renderMetrics(this.#pod, this.counts.list()));
      return;
    }
    const { scheduler, onAnswer } = this.options;
    const { version, errorRate, errorCode, latencyMs } = behaviourOf(this.#pod) ?? {
      version: '',
      errorRate: 0,
      errorCode: 500,
      latencyMs: 0,
    };
    const startedAt = scheduler.now();
    if (latencyMs > 0) await sleep(scheduler, latencyMs);
    const code = scheduler.random() < errorRate ? errorCode : 200;
    this.counts.add(version, code, scheduler.now() - startedAt);
    onAnswer?.(this.#pod, `${request.method ?? ''} ${request.url ?? ''} ${code}`);
    // A pod that is on its way out asks its clients to come back elsewhere.
    const closing = this.#pod.metadata.deletionTimestamp === undefined ? {} : { connection: 'close' };
    response.writeHead(code, { 'content-type': 'text/plain', ...identityOf(this.#pod, version), ...closing });
    response.end(code === 200 ? `${version}\n` : `${version}: failed on purpose\n`);
  }
}

/** Who answers: version, pod, and the hash of its template, by which tools tell versions apart. */
function identityOf({ metadata }: KubeObject, version: string): Readonly<Record<string, string>> {
  const hash = metadata.labels?.[keys.podTemplateHash] ?? metadata.labels?.['pod-template-hash'];
  return { 'x-version': version, 'x-pod': metadata.name, ...(hash === undefined ? {} : { 'x-pod-template-hash': hash }) };
}

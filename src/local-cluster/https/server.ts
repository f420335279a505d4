import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import type { Scheduler } from '../../lib/scheduler.js';
import type { LocalStore } from '../store/index.js';
import { notServed, unauthorized } from '../store/status-error.js';
import { textAt } from '../store/json.js';
import { mediaType, parseObject, readBody } from './bodies.js';
import { createCertificate } from './certificate.js';
import { aggregatedDiscovery, groupList, groupOf, resourceList } from './discovery/discovery.js';
import { openApiDocument, openApiHash, openApiIndex } from './discovery/openapi.js';
import { renderKubeconfig } from './kubeconfig.js';
import { wantedDiscovery } from './negotiation.js';
import { createReply } from './reply.js';
import type { Reply } from './reply.js';
import { handleResource } from './resource-handler.js';
import { parseRoute } from './route.js';

export interface HttpsOptions {
  readonly store: LocalStore;
  readonly scheduler: Scheduler;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: a free one. */
  readonly port?: number;
  /** Token to caller, besides the administrator's. Tokens `system:serviceaccount:NS:NAME` are accepted for service accounts that exist. */
  readonly tokens?: Readonly<Record<string, string>>;
  /** Default: made up. */
  readonly adminToken?: string;
}

export interface HttpsFace {
  /** https://127.0.0.1:PORT */
  readonly url: string;
  readonly port: number;
  readonly token: string;
  readonly certificateAuthority: string;
  readonly kubeconfig: string;
  close(): Promise<void>;
}

/** What kubectl, our plugin and client-node talk to: the store over HTTPS, on loopback, with bearer tokens. */
export async function startHttpsFace(options: HttpsOptions): Promise<HttpsFace> {
  const { scheduler } = options;
  const host = options.host ?? '127.0.0.1';
  const token = options.adminToken ?? randomBytes(24).toString('hex');
  const { cert, key } = await createCertificate(scheduler.now(), [host]);
  const face = new Face(options, { ...options.tokens, [token]: 'admin' });
  const server = createServer({ cert, key }, (request, response) => void face.answer(request, response));
  // Watches are quiet for long, and kubectl keeps connections for the next command.
  Object.assign(server, { keepAliveTimeout: 90_000, requestTimeout: 0, headersTimeout: 60_000 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  // listen on a TCP port makes it an AddressInfo.
  const { port } = server.address() as AddressInfo;
  const url = `https://${host}:${port}`;
  return {
    ...{ url, port, token, certificateAuthority: cert },
    kubeconfig: renderKubeconfig({ server: url, certificateAuthority: cert, token }),
    close: async () => {
      face.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

const versionInfo = {
  ...{
    major: '1',
    minor: '35',
    gitVersion: 'v1.35.4+sluice-local',
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '2026-01-01T00:00:00Z',
  },
  ...{ goVersion: 'none', compiler: 'none', platform: 'local/any' },
};

class Face {
  readonly #closing = new AbortController();

  constructor(
    private readonly options: HttpsOptions,
    private readonly tokens: Readonly<Record<string, string>>,
  ) {}

  close(): void {
    this.#closing.abort();
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = createReply(response);
    const gone = new AbortController();
    const abort = (): void => gone.abort();
    response.once('close', abort);
    this.#closing.signal.addEventListener('abort', abort, { once: true });
    try {
      await this.#route(request, reply, gone.signal);
    } catch (error) {
      reply.fail(error);
    } finally {
      this.#closing.signal.removeEventListener('abort', abort);
    }
  }

  async #route(request: IncomingMessage, reply: Reply, signal: AbortSignal): Promise<void> {
    const url = new URL(request.url ?? '/', 'https://localhost');
    const route = parseRoute(url.pathname);
    if (route.kind === 'health') return reply.text(200, 'ok');
    if (route.kind === 'version') return reply.json(200, versionInfo);
    const caller = this.#callerOf(request);
    if (route.kind !== 'resource') return this.#document(request, reply, route, url.searchParams);
    const body = await readBody(request);
    const { headers, method = 'GET' } = request;
    if (route.at.group === 'authorization.k8s.io' && route.resource === 'selfsubjectaccessreviews' && method === 'POST') {
      return accessReview(reply, body, headers['content-type']);
    }
    const { store, scheduler } = this.options;
    return handleResource({
      ...{
        method,
        route,
        query: url.searchParams,
        accept: headers.accept,
        contentType: headers['content-type'],
        userAgent: headers['user-agent'],
      },
      ...{ body, signal, caller, reply, store, scheduler },
    });
  }

  /** @throws StatusError 401 */
  #callerOf({ headers }: IncomingMessage): string {
    const token = /^Bearer\s+(.+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
    const known = Object.hasOwn(this.tokens, token) ? this.tokens[token] : undefined;
    if (known !== undefined) return known;
    if (this.#isServiceAccount(token)) return token;
    throw unauthorized();
  }

  #isServiceAccount(token: string): boolean {
    const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(token) ?? [];
    const resource = { group: '', version: 'v1', resource: 'serviceaccounts', kind: 'ServiceAccount', namespaced: true };
    return namespace !== undefined && name !== undefined && this.options.store.peek(resource, namespace, name) !== undefined;
  }

  #document(
    request: IncomingMessage,
    reply: Reply,
    route: Exclude<ReturnType<typeof parseRoute>, { kind: 'resource' }>,
    query: URLSearchParams,
  ): void {
    const kinds = this.options.store.kinds();
    const discovery = wantedDiscovery(request.headers.accept);
    switch (route.kind) {
      case 'coreVersions':
      case 'groups': {
        const isCore = route.kind === 'coreVersions';
        if (discovery !== undefined) return sendDiscovery(reply, aggregatedDiscovery(kinds, isCore, discovery), discovery);
        return reply.json(200, isCore ? { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] } : groupList(kinds));
      }
      case 'group':
        return found(reply, groupOf(kinds, route.group));
      case 'groupVersion':
        return found(reply, resourceList(kinds, route.at.group, route.at.version));
      case 'openApiIndex':
        return reply.json(200, openApiIndex(kinds));
      case 'openApi':
        return this.#openApi(reply, openApiDocument(kinds, route.at), query);
      default:
        throw notServed();
    }
  }

  /** A document that is asked for by its hash never changes: clients keep it on disk. */
  #openApi(reply: Reply, document: object | undefined, query: URLSearchParams): void {
    if (document === undefined) throw notServed();
    const hash = openApiHash(document);
    const aYearOn = new Date(this.options.scheduler.now() + 365 * 86_400_000).toUTCString();
    reply.json(200, document, {
      ETag: `"${hash}"`,
      ...(query.get('hash') === hash ? { 'Cache-Control': 'public, immutable', Expires: aYearOn } : {}),
    });
  }
}

function sendDiscovery(reply: Reply, document: object, version: 'v2' | 'v2beta1'): void {
  reply.json(200, document, { 'Content-Type': `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList` });
}

function found(reply: Reply, document: object | undefined): void {
  if (document === undefined) throw notServed();
  reply.json(200, document);
}

/** Whoever has a token may do everything here. */
function accessReview(reply: Reply, body: Buffer, contentType: string | undefined): void {
  const review = parseObject(body, mediaType(contentType));
  reply.json(201, {
    kind: 'SelfSubjectAccessReview',
    apiVersion: textAt(review, 'apiVersion') ?? 'authorization.k8s.io/v1',
    metadata: { creationTimestamp: null },
    spec: typeof review === 'object' && review !== null && 'spec' in review ? review.spec : {},
    status: { allowed: true },
  });
}

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { generate } from 'selfsigned';

/** A request a server got. */
export interface Received {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is; anything else as JSON. */
  readonly body?: unknown;
}

/** 'hang': never answers. 'drop': closes the connection without an answer. */
export type Answer = Reply | 'hang' | 'drop';

/** An answer, or what depends on the request. */
export type AnswerTo = Answer | ((request: Received) => Answer);

export interface BackendServer {
  readonly origin: string;
  readonly port: number;
  /** In order of arrival. */
  readonly received: readonly Received[];
  /** Answers from now on: each of a list once, the last one always. */
  answer(...answers: readonly AnswerTo[]): void;
  close(): Promise<void>;
}

/** A real HTTP server on 127.0.0.1 and a free port. With `tls`: HTTPS with a certificate nobody trusts. */
export async function backendServer(options: { readonly tls?: boolean } = {}): Promise<BackendServer> {
  const received: Received[] = [];
  let answerTo: (request: Received) => Answer = () => ({ status: 404, body: 'nothing here' });
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    void readBody(request).then((body) => {
      const got = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
      received.push(got);
      reply(answerTo(got), response);
    });
  };
  const server = options.tls === true ? await tlsServer(handle) : createServer(handle);
  const sockets = trackSockets(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on a TCP port has such an address.
  const { port } = server.address() as AddressInfo;
  return {
    origin: `${options.tls === true ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    received,
    answer: (...answers) => {
      const left = [...answers];
      answerTo = (request) => {
        const next = (left.length > 1 ? left.shift() : left[0]) ?? { status: 404 };
        return typeof next === 'function' ? next(request) : next;
      };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function tlsServer(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'loopback.test' }], { keyType: 'ec' });
  return createTlsServer({ key, cert }, handle);
}

function trackSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  return sockets;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk as Buffer)); // a request without encoding yields Buffers
  return Buffer.concat(chunks).toString('utf8');
}

function reply(answer: Answer, response: ServerResponse): void {
  if (answer === 'hang') return;
  if (answer === 'drop') {
    response.socket?.destroy();
    return;
  }
  const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? '');
  const type = typeof answer.body === 'string' ? 'text/plain' : 'application/json';
  response.writeHead(answer.status ?? 200, { 'content-type': type, ...answer.headers });
  response.end(text);
}

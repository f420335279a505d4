import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { ControllerError, errorMessage } from '../lib/errors.js';

export interface EndpointAnswer {
  readonly status: number;
  readonly text: string;
  /** Default text/plain. */
  readonly contentType?: string;
}

export type Endpoints = Readonly<Record<string, () => EndpointAnswer | Promise<EndpointAnswer>>>;

export interface EndpointServer {
  readonly port: number;
  /** Ends open connections as well. */
  close(): Promise<void>;
}

/**
 * Serves fixed paths by GET and HEAD: health, readiness, metrics.
 *
 * @param port 0: any that is free
 * @throws ControllerError `unavailable` when the port cannot be had
 */
export async function serveEndpoints(endpoints: Endpoints, port: number): Promise<EndpointServer> {
  const server = http.createServer((request, response) => void answer(endpoints, request, response));
  // Scrapers come a few times a minute; a client that trickles its request must not hold a socket for five.
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new ControllerError('unavailable', `port ${port} cannot be had: ${errorMessage(cause)}`, { port }, { cause })),
    );
    server.listen(port, () => resolve());
  });
  // A server that listens on TCP has such an address.
  const address = server.address() as AddressInfo;
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(endpoints: Endpoints, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const { status, text, contentType = 'text/plain; charset=utf-8' } = await find(endpoints, request);
  const body = Buffer.from(text);
  response.writeHead(status, { 'content-type': contentType, 'content-length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function find(endpoints: Endpoints, request: http.IncomingMessage): Promise<EndpointAnswer> {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  const endpoint = Object.hasOwn(endpoints, path) ? endpoints[path] : undefined;
  if (!endpoint) return { status: 404, text: 'not found\n' };
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, text: 'method not allowed\n' };
  try {
    return await endpoint();
  } catch (error) {
    return { status: 500, text: `${errorMessage(error)}\n` };
  }
}

import type { LookupAddress, LookupOptions } from 'node:dns';
import { lookup } from 'node:dns';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { ControllerError } from '../../lib/errors.js';
import type { AddressPolicy } from './address-policy.js';

/** Resolves names; replaced in tests, where no name server may be asked. */
export type Resolve = (
  host: string,
  options: LookupOptions,
  done: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

export const resolveBySystem: Resolve = (host, options, done) => {
  lookup(host, { ...options, all: true }, (error, addresses) => done(error, addresses));
};

export interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
  readonly insecureHttps: HttpsAgent;
  /** Closes idle connections. */
  close(): void;
}

/** Keep-alive agents that connect to nothing the policy refuses, whatever a name resolves to at that moment. */
export function guardedAgents(policy: AddressPolicy, resolve: Resolve): Agents {
  const options = { keepAlive: true, maxFreeSockets: 16, timeout: 60_000 };
  const http = guard(new HttpAgent(options), policy, resolve);
  const https = guard(new HttpsAgent(options), policy, resolve);
  const insecureHttps = guard(new HttpsAgent({ ...options, rejectUnauthorized: false }), policy, resolve);
  return { http, https, insecureHttps, close: () => [http, https, insecureHttps].forEach((agent) => agent.destroy()) };
}

interface ConnectOptions {
  readonly port?: number | string | null;
  readonly lookup?: LookupFunction;
}

/** createConnection is the one place that knows host and port of the connect; types of Node 20 leave it out. */
interface Connecting {
  createConnection(options: ConnectOptions, done?: unknown): unknown;
}

function guard<T extends HttpAgent>(agent: T, policy: AddressPolicy, resolve: Resolve): T {
  // Node documents agent.createConnection as the hook for custom sockets.
  const connecting = agent as unknown as Connecting;
  const connect = connecting.createConnection.bind(agent);
  connecting.createConnection = (options, done) =>
    connect({ ...options, lookup: guardedLookup(policy, resolve, Number(options.port)) }, done);
  return agent;
}

function guardedLookup(policy: AddressPolicy, resolve: Resolve, port: number): LookupFunction {
  return (host, options, done) => {
    resolve(host, options, (error, addresses) => {
      const refused = addresses?.map(({ address }) => policy.refuseAddress(host, address, port)).find((reason) => reason !== undefined);
      const [first] = addresses ?? [];
      if (error !== null) done(error, '', 0);
      else if (refused !== undefined) done(refusal(host, refused), '', 0);
      else if (options.all === true) done(null, [...addresses]);
      else done(null, first?.address ?? '', first?.family ?? 0);
    });
  };
}

/** Says which setting would let the request pass. */
export function refusal(host: string, reason: string): ControllerError {
  return new ControllerError(
    'provider-unavailable',
    `requests to ${host} are refused: it is ${reason}; an operator can allow it with --analysis-allow-host`,
    {
      refused: true,
    },
  );
}

import type { Scheduler } from '../../lib/scheduler.js';
import type { Cluster } from '../cluster.js';
import { httpCluster } from '../http-cluster.js';
import { tokenBucket, type RateLimitOptions } from '../rate-limit.js';
import { transport, type TransportOptions } from '../transport.js';
import { credentialsOf } from './credentials.js';
import { proxyAgent, proxyFor } from './proxy.js';
import { loadSettings, type ConnectionFlags, type Env } from './settings.js';

export type { ConnectionFlags, Env } from './settings.js';
export { contextNames } from './settings.js';

export interface ConnectOptions {
  readonly flags: ConnectionFlags;
  /** KUBECONFIG, HOME, KUBERNETES_SERVICE_HOST, proxies; handed on to credential plugins. */
  readonly env: Env;
  readonly scheduler: Scheduler;
  /** `sluice/0.1.0` and the like. */
  readonly userAgent: string;
  /** For writes that name none, default upstream's `rollouts-controller`. */
  readonly fieldManager?: string;
  /** Absent: no limit. */
  readonly rateLimit?: RateLimitOptions;
  /** `--request-timeout`; ms, default 30,000. */
  readonly timeoutMs?: number;
  /** Connections for calls, default 32. A short command does better with few: each costs a handshake. */
  readonly maxSockets?: number;
  /** A person sits at the terminal: credential plugins may ask. */
  readonly interactive?: boolean;
  readonly onAnswer?: TransportOptions['onAnswer'];
}

export interface Connection {
  readonly cluster: Cluster;
  /** The same server as the same user on connections of its own, past the rate limit: for leases, which must not wait behind work. */
  readonly urgent: Cluster;
  /** `--namespace`, else the context's, else the pod's, else `default`. */
  readonly namespace: string;
  readonly server: string;
  readonly context: string | undefined;
  /** Breaks off what is in flight. */
  close(): void;
}

/**
 * Connects as a kubeconfig, a pod's service account and kubectl's flags say. Nothing is sent before the first call.
 *
 * @throws ControllerError `invalid-spec` when the configuration names what does not exist or cannot be read
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const settings = await loadSettings(options.flags, options.env);
  const { scheduler, env, interactive = false, fieldManager = 'rollouts-controller' } = options;
  const proxyUrl = proxyFor(settings.server, settings.proxyUrl, env);
  const common: TransportOptions = {
    ...{ server: settings.server, scheduler, userAgent: options.userAgent },
    credentials: credentialsOf(settings, { scheduler, env, interactive }),
    ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
    ...(options.maxSockets !== undefined && { maxSockets: options.maxSockets }),
    ...(options.onAnswer && { onAnswer: options.onAnswer }),
    ...(proxyUrl !== undefined && { makeAgent: (agent) => proxyAgent(settings.server, proxyUrl, agent) }),
  };
  const ordinary = transport({ ...common, ...(options.rateLimit && { rateLimit: tokenBucket(scheduler, options.rateLimit) }) });
  const urgent = transport({ ...common, maxSockets: 4 });
  return {
    cluster: httpCluster(ordinary, { fieldManager }),
    urgent: httpCluster(urgent, { fieldManager }),
    namespace: settings.namespace,
    server: settings.server,
    context: settings.context,
    close: () => {
      ordinary.close();
      urgent.close();
    },
  };
}

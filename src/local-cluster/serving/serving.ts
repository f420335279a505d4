import type { KubeObject } from '../../api/kube.js';
import { resources } from '../../api/kube.js';
import type { Cluster } from '../../cluster/cluster.js';
import type { Scheduler } from '../../lib/scheduler.js';
import { at, recordsAt, textAt } from '../store/json.js';
import type { Kit, Running } from '../workloads/kit.js';
import { keyOf, runStandIn, splitKey } from '../workloads/kit.js';
import type { AnswerCount } from './answer-counts.js';
import { PodServers } from './pod-servers.js';
import type { Endpoint } from './service-proxy.js';
import { ServiceProxy } from './service-proxy.js';

export interface ServingOptions {
  readonly cluster: Cluster;
  /** Real time only: requests come from outside. */
  readonly scheduler: Scheduler;
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly onError?: (name: string, key: string, error: unknown) => void;
  /** A line of a pod's log. */
  readonly onAnswer?: (pod: KubeObject, line: string) => void;
}

/** Where requests went, from the view of whoever sent them to the Service. */
export interface ServiceAnswers {
  readonly namespace: string;
  readonly service: string;
  /** Port of the Service. */
  readonly port: number;
  readonly answers: readonly AnswerCount[];
}

/** Pods that really answer, and Services that really balance. */
export interface Serving extends Running {
  readonly pods: PodServers;
  /** http://127.0.0.1:PORT of a Service; undefined until it is proxied. Without `port`: its first. */
  serviceUrl(namespace: string, name: string, port?: number): string | undefined;
  /** Resolves with the URL once the Service is proxied. */
  whenProxied(namespace: string, name: string, port?: number): Promise<string>;
  /** Pods the Service sends requests to now. */
  endpointsOf(namespace: string, name: string): readonly Endpoint[];
  answers(): readonly ServiceAnswers[];
}

/**
 * Makes pods with a container port and a `local.sluice.io/serve-...` annotation answer HTTP on loopback, and gives every port of every Service
 * a proxy. Hand `serving.pods.onRunning` to the kubelet.
 */
export function startServing(options: ServingOptions): Serving {
  const host = options.host ?? '127.0.0.1';
  const { scheduler, onAnswer } = options;
  const pods = new PodServers({ scheduler, host, ...(onAnswer && { onAnswer }) });
  let proxies: Proxies | undefined;
  const running = runStandIn('service-proxy', { ...options, concurrency: 1 }, (kit) => {
    const made = new Proxies(kit, host, pods);
    proxies = made;
    return (key) => made.reconcile(key);
  });
  return {
    pods,
    serviceUrl: (namespace, name, port) => proxies?.of(namespace, name, port)?.url,
    whenProxied: (namespace, name, port) => proxies?.whenProxied(namespace, name, port) ?? Promise.reject(new TypeError('not started')),
    endpointsOf: (namespace, name) => proxies?.of(namespace, name)?.endpoints ?? [],
    answers: () => proxies?.answers() ?? [],
    stop: async () => {
      await running.stop();
      await proxies?.stop();
      await pods.stop();
    },
  };
}

interface Proxied {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  readonly proxy: ServiceProxy;
}

class Proxies {
  readonly #proxies = new Map<string, Proxied>();
  readonly #waiting = new Set<() => void>();

  constructor(
    private readonly kit: Kit,
    private readonly host: string,
    private readonly pods: PodServers,
  ) {
    const services = kit.informers.informer({ resource: resources.services });
    const slices = kit.informers.informer({ resource: resources.endpointSlices }, { service: (slice) => [serviceOf(slice)] });
    services.onChange(({ before, after }) => {
      for (const service of [before, after]) if (service) kit.queue.add(keyOf(service));
    });
    slices.onChange(({ before, after }) => {
      for (const slice of [before, after]) if (slice) kit.queue.add(serviceOf(slice));
    });
  }

  async reconcile(key: string): Promise<void> {
    const { namespace, name } = splitKey(key);
    const service = this.kit.informers.informer({ resource: resources.services }).get(namespace, name);
    const ports = service === undefined ? [] : recordsAt(service, 'spec', 'ports');
    for (const port of ports) {
      const number = typeof port['port'] === 'number' ? port['port'] : 0;
      const proxied = this.#proxies.get(`${key}:${number}`) ?? (await this.#open(namespace, name, number));
      proxied.proxy.setEndpoints(this.#readyEndpoints(key, textAt(port, 'name') ?? ''));
    }
    await this.#close(
      key,
      ports.map((port) => `${key}:${String(port['port'])}`),
    );
    for (const wake of this.#waiting) wake();
  }

  of(namespace: string, name: string, port?: number): ServiceProxy | undefined {
    const found = [...this.#proxies.values()].find(
      (each) => each.namespace === namespace && each.service === name && (port === undefined || each.port === port),
    );
    return found?.proxy;
  }

  whenProxied(namespace: string, name: string, port?: number): Promise<string> {
    return new Promise((resolve) => {
      const look = (): void => {
        const url = this.of(namespace, name, port)?.url;
        if (url === undefined) return;
        this.#waiting.delete(look);
        resolve(url);
      };
      this.#waiting.add(look);
      look();
    });
  }

  answers(): readonly ServiceAnswers[] {
    return [...this.#proxies.values()].map(({ namespace, service, port, proxy }) => ({
      namespace,
      service,
      port,
      answers: proxy.answers(),
    }));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#proxies.values()].map(({ proxy }) => proxy.stop()));
    this.#proxies.clear();
  }

  async #open(namespace: string, service: string, port: number): Promise<Proxied> {
    const proxy = await ServiceProxy.start({
      scheduler: this.kit.scheduler,
      host: this.host,
      realAddress: (podIp, podPort) => this.pods.realAddress(podIp, podPort),
    });
    const made = { namespace, service, port, proxy };
    this.#proxies.set(`${namespace}/${service}:${port}`, made);
    return made;
  }

  async #close(key: string, wanted: readonly string[]): Promise<void> {
    for (const [name, { proxy }] of this.#proxies) {
      if (!name.startsWith(`${key}:`) || wanted.includes(name)) continue;
      this.#proxies.delete(name);
      await proxy.stop();
    }
  }

  #readyEndpoints(key: string, portName: string): readonly Endpoint[] {
    const slices = this.kit.informers.informer({ resource: resources.endpointSlices }).byIndex('service', key);
    return slices.flatMap((slice) => {
      const port = recordsAt(slice, 'ports').find((each) => (textAt(each, 'name') ?? '') === portName)?.['port'];
      if (typeof port !== 'number') return [];
      const ready = recordsAt(slice, 'endpoints').filter((endpoint) => at(endpoint, 'conditions', 'ready') === true);
      return ready.flatMap((endpoint) =>
        Array.isArray(endpoint['addresses']) && typeof endpoint['addresses'][0] === 'string'
          ? [{ podIp: endpoint['addresses'][0], port }]
          : [],
      );
    });
  }
}

function serviceOf(slice: KubeObject): string {
  return `${slice.metadata.namespace ?? ''}/${slice.metadata.labels?.['kubernetes.io/service-name'] ?? ''}`;
}

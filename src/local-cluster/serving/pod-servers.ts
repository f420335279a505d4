import type { KubeObject } from '../../api/kube.js';
import type { AnswerCount } from './answer-counts.js';
import { behaviourOf, portsOf } from './behaviour.js';
import type { PodServerOptions } from './pod-server.js';
import { PodServer } from './pod-server.js';

/** Where a pod really listens. */
export interface RealAddress {
  readonly host: string;
  readonly port: number;
}

/** A pod that can be scraped. */
export interface ServingPod {
  readonly pod: KubeObject;
  readonly address: RealAddress;
  readonly counts: readonly AnswerCount[];
}

interface Entry {
  readonly podIp: string;
  readonly ports: readonly number[];
  pod: KubeObject;
  readonly server: PodServer;
}

/** The servers of all serving pods; pod addresses (10.244.x.y) map to free ports on loopback. */
export class PodServers {
  readonly #entries = new Map<string, Entry>();
  readonly #starting = new Map<string, Promise<PodServer>>();

  constructor(private readonly options: PodServerOptions) {}

  /** For KubeletOptions.onRunning: resolves when the pod answers, or, without an address, no longer does. */
  async onRunning(pod: KubeObject, podIp: string | undefined): Promise<void> {
    if (podIp === undefined || behaviourOf(pod) === undefined) return this.#stopOne(pod.metadata.uid);
    const known = this.#entries.get(pod.metadata.uid);
    if (known === undefined) return this.#startOne(pod, podIp);
    known.pod = pod;
    known.server.update(pod);
  }

  /** All ports of a pod lead to its one server. */
  realAddress(podIp: string, port: number): RealAddress | undefined {
    const entry = [...this.#entries.values()].find((each) => each.podIp === podIp && each.ports.includes(port));
    return entry && this.#addressOf(entry);
  }

  /** Every pod that answers now. */
  serving(): readonly ServingPod[] {
    return [...this.#entries.values()].map((entry) => ({
      pod: entry.pod,
      address: this.#addressOf(entry),
      counts: entry.server.counts.list(),
    }));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map((uid) => this.#stopOne(uid)));
  }

  #addressOf({ server }: Entry): RealAddress {
    return { host: this.options.host, port: server.port };
  }

  async #startOne(pod: KubeObject, podIp: string): Promise<void> {
    const { uid } = pod.metadata;
    // Two looks at a pod while its server is still being started must not start two.
    const starting = this.#starting.get(uid) ?? PodServer.start(pod, this.options);
    this.#starting.set(uid, starting);
    const server = await starting;
    this.#starting.delete(uid);
    if (!this.#entries.has(uid)) this.#entries.set(uid, { podIp, ports: portsOf(pod), pod, server });
  }

  async #stopOne(uid: string): Promise<void> {
    const entry = this.#entries.get(uid);
    this.#entries.delete(uid);
    await entry?.server.stop();
  }
}

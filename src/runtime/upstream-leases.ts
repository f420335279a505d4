import { objectKey, resources, type KubeObject } from '../api/kube.js';
import type { Cluster } from '../cluster/cluster.js';
import { hasCode } from '../lib/errors.js';
import type { Scheduler } from '../lib/scheduler.js';
import { LeaseObserver, leaseRecord, type LeaseName } from './lease.js';

/** Ends the identity of every controller of ours, so that it can be told from upstream's `<hostname>_<uuid>` on a lease of the same name. */
const ourSuffix = '_sluice';

export function ourIdentity(hostname: string, scheduler: Scheduler): string {
  return `${hostname}_${randomUuid(scheduler)}${ourSuffix}`;
}

export function isOurIdentity(holder: string): boolean {
  return holder.endsWith(ourSuffix);
}

function randomUuid(scheduler: Scheduler): string {
  const digit = (): string => Math.floor(scheduler.random() * 16).toString(16);
  return 'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replace(/x/g, digit);
}

export interface UpstreamLease extends LeaseName {
  readonly holder: string;
  /** false: seen, but for too short a time to know whether its holder is alive. */
  readonly beating: boolean;
}

export interface UpstreamLeasesOptions {
  readonly cluster: Pick<Cluster, 'list'>;
  readonly scheduler: Scheduler;
  /** Our own lease: what happens to it the election sees itself. */
  readonly own: LeaseName;
  /** `namespace/name` of leases whose holders are known to look after other objects. */
  readonly besides: readonly string[];
  readonly namespaced: boolean;
  readonly leaseDurationMs: number;
  /** Called once when leases can be seen in our own namespace only. */
  readonly onNarrowView: () => void;
}

/** Leases of our name, in any namespace, that controllers other than ours hold and that are not known to have expired. */
export class UpstreamLeases {
  readonly #observers = new Map<string, LeaseObserver>();
  #isNarrow: boolean;

  constructor(private readonly options: UpstreamLeasesOptions) {
    this.#isNarrow = options.namespaced;
  }

  async look(signal: AbortSignal): Promise<readonly UpstreamLease[]> {
    const held = (await this.#list(signal)).filter((lease) => this.#isForeign(lease));
    this.#forgetAllBut(held.map(({ metadata }) => objectKey(metadata)));
    return held.flatMap((lease) => this.#judge(lease));
  }

  stop(): void {
    this.#forgetAllBut([]);
  }

  async #list(signal: AbortSignal): Promise<readonly KubeObject[]> {
    const { cluster, own } = this.options;
    const selection = { resource: resources.leases, fieldSelector: `metadata.name=${own.name}` };
    try {
      return (await cluster.list(this.#isNarrow ? { ...selection, namespace: own.namespace } : selection, { signal })).items;
    } catch (error) {
      if (this.#isNarrow || !hasCode(error, 'forbidden')) throw error;
      this.#isNarrow = true;
      this.options.onNarrowView();
      return this.#list(signal);
    }
  }

  #isForeign(lease: KubeObject): boolean {
    const { own, besides } = this.options;
    const { holder } = leaseRecord(lease);
    const isOwn = lease.metadata.namespace === own.namespace && lease.metadata.name === own.name;
    return holder !== '' && !isOurIdentity(holder) && !isOwn && !besides.includes(objectKey(lease.metadata));
  }

  #judge(lease: KubeObject): readonly UpstreamLease[] {
    const key = objectKey(lease.metadata);
    const record = leaseRecord(lease);
    const observer = this.#observers.get(key) ?? new LeaseObserver(this.options.scheduler, this.options.leaseDurationMs);
    this.#observers.set(key, observer);
    observer.observe(record);
    const { namespace = '', name } = lease.metadata;
    return observer.expired ? [] : [{ namespace, name, holder: record.holder, beating: observer.beating }];
  }

  #forgetAllBut(keys: readonly string[]): void {
    for (const [key, observer] of [...this.#observers]) {
      if (keys.includes(key)) continue;
      observer.stop();
      this.#observers.delete(key);
    }
  }
}

import { resources, type KubeObject, type NewObject } from '../api/kube.js';
import type { ObjectRef } from '../cluster/cluster.js';
import type { EpochMs, Scheduler } from '../lib/scheduler.js';
import { renderMicroTime } from '../lib/time.js';

export interface LeaseName {
  readonly namespace: string;
  readonly name: string;
}

/** What we read of a coordination.k8s.io/v1 Lease. */
export interface LeaseRecord {
  /** '' when nobody holds it. */
  readonly holder: string;
  readonly durationMs: number | undefined;
  /** Changes with every renewal; compared with itself only, never with a clock. */
  readonly beat: string;
  readonly transitions: number;
}

export function leaseRef({ namespace, name }: LeaseName): ObjectRef {
  return { resource: resources.leases, namespace, name };
}

export function leaseRecord(lease: KubeObject): LeaseRecord {
  const spec = lease.spec ?? {};
  const seconds = spec['leaseDurationSeconds'];
  const transitions = spec['leaseTransitions'];
  return {
    holder: typeof spec['holderIdentity'] === 'string' ? spec['holderIdentity'] : '',
    durationMs: typeof seconds === 'number' && seconds > 0 ? seconds * 1_000 : undefined,
    beat: JSON.stringify([spec['holderIdentity'], spec['acquireTime'], spec['renewTime']]),
    transitions: typeof transitions === 'number' ? transitions : 0,
  };
}

/** A Lease taken, renewed or (holder '') given back at `at`; what others keep on it (labels, annotations, fields we do not know) stays. */
export function renderLease(
  name: LeaseName,
  before: KubeObject | undefined,
  claim: { readonly holder: string; readonly durationMs: number; readonly at: EpochMs },
): NewObject {
  const record = before && leaseRecord(before);
  const isRenewal = record?.holder === claim.holder;
  const time = renderMicroTime(claim.at);
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: before?.metadata ?? { namespace: name.namespace, name: name.name },
    spec: {
      ...before?.spec,
      holderIdentity: claim.holder,
      leaseDurationSeconds: Math.max(1, Math.ceil(claim.durationMs / 1_000)),
      ...(claim.holder !== '' && !isRenewal && { acquireTime: time, leaseTransitions: record === undefined ? 0 : record.transitions + 1 }),
      renewTime: time,
    },
  };
}

/**
 * Judges whether a lease is alive by watching it be renewed: the times in it come from a clock that may be wrong, and ours may be set in between,
 * so expiry runs on a timer that starts anew with every beat seen.
 */
export class LeaseObserver {
  #beat: string | undefined;
  #cancel = (): void => undefined;
  #expired = false;
  #beats = 0;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly defaultDurationMs: number,
  ) {}

  /** Not renewed for as long as it is valid, since we first looked. */
  get expired(): boolean {
    return this.#expired;
  }

  /** Renewed before our eyes. */
  get beating(): boolean {
    return !this.#expired && this.#beats > 1;
  }

  observe({ beat, durationMs }: LeaseRecord): void {
    if (beat === this.#beat) return;
    this.#beat = beat;
    this.#beats += 1;
    this.#expired = false;
    this.#cancel();
    this.#cancel = this.scheduler.after(durationMs ?? this.defaultDurationMs, () => {
      this.#expired = true;
    });
  }

  stop(): void {
    this.#cancel();
  }
}

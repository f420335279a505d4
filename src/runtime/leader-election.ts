import { resources, type KubeObject } from '../api/kube.js';
import type { Cluster } from '../cluster/cluster.js';
import { ControllerError, hasCode } from '../lib/errors.js';
import { deadline, sleep, type EpochMs, type Scheduler } from '../lib/scheduler.js';
import { linkSignals, sharedAbort } from '../lib/signals.js';
import type { WritePermit } from './guard.js';
import { LeaseObserver, leaseRecord, leaseRef, renderLease, type LeaseName } from './lease.js';
import { isOurIdentity, ourIdentity, UpstreamLeases, type UpstreamLease } from './upstream-leases.js';

export type ElectionEvent =
  /** Somebody else holds our lease; told once per holder. */
  | { readonly kind: 'waiting'; readonly holder: string; readonly isUpstream: boolean }
  /** A controller of upstream's holds its own lease elsewhere; told once, and once more when it was seen alive. */
  | { readonly kind: 'blocked'; readonly lease: UpstreamLease }
  | { readonly kind: 'acquired'; readonly identity: string }
  | { readonly kind: 'lost'; readonly reason: 'deadline' | 'taken' | 'upstream' }
  | { readonly kind: 'released' }
  /** Only leases of our own namespace can be seen: RBAC lets us list no others. */
  | { readonly kind: 'narrow-view' }
  /** A call failed; it is tried again. */
  | { readonly kind: 'failed'; readonly error: unknown };

export interface ElectionOptions {
  /** Not the guarded one, and not behind the rate limit of the workers: a busy controller must be able to renew. */
  readonly cluster: Cluster;
  readonly scheduler: Scheduler;
  readonly lease: LeaseName;
  readonly hostname: string;
  /** How long others wait after the last renewal they saw, ms, default 15,000. */
  readonly leaseDurationMs?: number;
  /** How long after the start of our last successful renewal we may write, ms, default 10,000; below leaseDurationMs, so that what is in flight arrives in time. */
  readonly renewDeadlineMs?: number;
  /** Between tries and renewals, ms, default 2,000. */
  readonly retryPeriodMs?: number;
  /** `namespace/name` of upstream leases that do not keep us from leading. */
  readonly besides?: readonly string[];
  /** Look for upstream's leases in our own namespace only. */
  readonly namespaced?: boolean;
  readonly onEvent: (event: ElectionEvent) => void;
}

export interface Leadership {
  /** Holds while the lease does. */
  readonly permit: WritePermit;
  /** The work is to end: we are shutting down, or the lease is lost. */
  readonly signal: AbortSignal;
}

const upstreamLookMs = 15_000;

/**
 * Waits for the lease, does the work while holding it, gives it back when the work has ended. A lost lease ends the work and starts over.
 *
 * Two leaders at a time need more than one failure: we stop writing 10 s after the start of our last good renewal, by the wall clock and by
 * a timer, whichever says so first (clocks get set, event loops stall); others wait 15 s from the last renewal they saw themselves.
 *
 * Semantics: client-go's leaderelection with LeaseLock, interoperable with it. Differs: releases at shutdown; campaigns again after a loss
 * instead of exiting; does not lead while an Argo Rollouts controller is alive on its own lease of the same name in another namespace.
 *
 * @returns once `signal` has fired and the work has ended, or once the work has ended by itself
 */
export async function lead(options: ElectionOptions, work: (leadership: Leadership) => Promise<void>, signal: AbortSignal): Promise<void> {
  const election = new Election(options, signal);
  try {
    while (await election.acquire()) {
      const isOver = await election.hold(work);
      if (isOver) return;
    }
  } finally {
    election.stop();
  }
}

class Election {
  readonly #identity: string;
  readonly #leaseDurationMs: number;
  readonly #renewDeadlineMs: number;
  readonly #retryPeriodMs: number;
  readonly #observer: LeaseObserver;
  readonly #upstream: UpstreamLeases;
  readonly #told = new Set<string>();
  #lease: KubeObject | undefined;
  #renewedAt: EpochMs = 0;

  constructor(
    private readonly options: ElectionOptions,
    private readonly signal: AbortSignal,
  ) {
    this.#leaseDurationMs = options.leaseDurationMs ?? 15_000;
    this.#renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
    this.#retryPeriodMs = options.retryPeriodMs ?? 2_000;
    this.#identity = ourIdentity(options.hostname, options.scheduler);
    this.#observer = new LeaseObserver(options.scheduler, this.#leaseDurationMs);
    this.#upstream = new UpstreamLeases({
      ...{ cluster: options.cluster, scheduler: options.scheduler, own: options.lease, leaseDurationMs: this.#leaseDurationMs },
      besides: options.besides ?? [],
      namespaced: options.namespaced ?? false,
      onNarrowView: () => options.onEvent({ kind: 'narrow-view' }),
    });
  }

  stop(): void {
    this.#observer.stop();
    this.#upstream.stop();
  }

  /** @returns whether the lease is ours; false: the signal fired first */
  async acquire(): Promise<boolean> {
    while (!this.signal.aborted) {
      try {
        if (!(await this.#isBlocked()) && (await this.#tryTake())) {
          this.#told.clear();
          this.options.onEvent({ kind: 'acquired', identity: this.#identity });
          return true;
        }
      } catch (error) {
        this.#report(error);
      }
      await this.#pause(this.#retryPeriodMs * (1 + this.options.scheduler.random() / 5), this.signal);
    }
    return false;
  }

  /** @returns whether there is nothing more to do: the work ended without a loss */
  async hold(work: (leadership: Leadership) => Promise<void>): Promise<boolean> {
    const term = new Term(this.options.scheduler, this.#renewDeadlineMs, this.#renewedAt, (reason) =>
      this.options.onEvent({ kind: 'lost', reason }),
    );
    const workSignal = linkSignals(this.signal, term.lost.signal);
    const over = linkSignals(term.lost.signal);
    const keeping = Promise.all([this.#keepRenewing(term, over.signal), this.#keepLookingOut(term, over.signal)]);
    try {
      await work({ permit: { mayWrite: () => term.isValid(), signal: term.lost.signal }, signal: workSignal.signal });
    } finally {
      over.abort();
      await keeping;
      workSignal.done();
      over.done();
      term.end();
      if (term.lostBy === undefined || term.lostBy === 'upstream') await this.#release();
    }
    return term.lostBy === undefined;
  }

  async #isBlocked(): Promise<boolean> {
    const leases = await this.#call((signal) => this.#upstream.look(signal));
    for (const lease of leases) {
      this.#tellOnce(`${lease.namespace}/${lease.name} ${lease.holder} ${lease.beating}`, { kind: 'blocked', lease });
    }
    return leases.length > 0;
  }

  async #tryTake(): Promise<boolean> {
    const lease = await this.#read();
    if (lease) {
      const record = leaseRecord(lease);
      this.#observer.observe(record);
      if (record.holder !== '' && record.holder !== this.#identity && !this.#observer.expired) {
        this.#tellOnce(record.holder, { kind: 'waiting', holder: record.holder, isUpstream: !isOurIdentity(record.holder) });
        return false;
      }
    }
    return this.#write(lease);
  }

  async #read(): Promise<KubeObject | undefined> {
    try {
      return await this.#call((signal) => this.options.cluster.get(leaseRef(this.options.lease), { signal }));
    } catch (error) {
      if (hasCode(error, 'not-found')) return undefined;
      throw error;
    }
  }

  /** @returns false when somebody else was faster */
  async #write(before: KubeObject | undefined): Promise<boolean> {
    const startedAt = this.options.scheduler.now();
    const { cluster, lease: name } = this.options;
    const lease = renderLease(name, before, { holder: this.#identity, durationMs: this.#leaseDurationMs, at: startedAt });
    try {
      this.#lease = await this.#call((signal) =>
        before ? cluster.replace(leaseRef(name), lease, { signal }) : cluster.create(resources.leases, lease, { signal }),
      );
      this.#renewedAt = startedAt;
      return true;
    } catch (error) {
      if (hasCode(error, 'conflict', 'already-exists')) return false;
      throw error;
    }
  }

  async #keepRenewing(term: Term, over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await this.#pause(this.#retryPeriodMs, over);
      if (over.aborted) return;
      const confirm = term.startRenewal();
      try {
        const isOurs = await this.#renew();
        confirm(isOurs);
        if (!isOurs) term.lose('taken');
      } catch (error) {
        confirm(false);
        this.#report(error);
      }
    }
  }

  /** @returns false when the lease is somebody else's now */
  async #renew(): Promise<boolean> {
    if (await this.#write(this.#lease)) return true;
    // Somebody touched it; what matters is who holds it.
    const lease = await this.#read();
    return (lease === undefined || leaseRecord(lease).holder === this.#identity) && (await this.#write(lease));
  }

  async #keepLookingOut(term: Term, over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await this.#pause(upstreamLookMs, over);
      if (over.aborted) return;
      try {
        const beating = (await this.#call((signal) => this.#upstream.look(signal))).find((lease) => lease.beating);
        if (!beating) continue;
        this.options.onEvent({ kind: 'blocked', lease: beating });
        term.lose('upstream');
      } catch (error) {
        this.#report(error);
      }
    }
  }

  async #release(): Promise<void> {
    const { cluster, lease: name, scheduler } = this.options;
    if (!this.#lease) return;
    const free = renderLease(name, this.#lease, { holder: '', durationMs: 1_000, at: scheduler.now() });
    try {
      await this.#call((signal) => cluster.replace(leaseRef(name), free, { signal }));
      this.options.onEvent({ kind: 'released' });
    } catch (error) {
      this.#report(error);
    }
    this.#lease = undefined;
  }

  /** One call may take half the renewal deadline, so that a hung connection leaves time for a second try. */
  async #call<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const tooLate = new ControllerError('timeout', 'lease call took too long', { timeoutMs: this.#renewDeadlineMs / 2 });
    const limit = deadline(this.options.scheduler, this.#renewDeadlineMs / 2, tooLate);
    try {
      return await call(limit.signal);
    } catch (error) {
      throw limit.signal.aborted ? tooLate : error;
    } finally {
      limit.done();
    }
  }

  async #pause(delayMs: number, signal: AbortSignal): Promise<void> {
    await sleep(this.options.scheduler, delayMs, signal).catch(() => undefined);
  }

  #tellOnce(key: string, event: ElectionEvent): void {
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.options.onEvent(event);
  }

  #report(error: unknown): void {
    if (!hasCode(error, 'aborted')) this.options.onEvent({ kind: 'failed', error });
  }
}

type LossReason = Extract<ElectionEvent, { kind: 'lost' }>['reason'];

/** The time during which we hold the lease without a gap. */
class Term {
  readonly lost = sharedAbort();
  lostBy: LossReason | undefined;
  #validUntil: EpochMs;
  #cancel: () => void;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly renewDeadlineMs: number,
    renewedAt: EpochMs,
    private readonly onLost: (reason: LossReason) => void,
  ) {
    this.#validUntil = renewedAt + renewDeadlineMs;
    this.#cancel = scheduler.after(this.#validUntil - scheduler.now(), () => this.lose('deadline'));
  }

  /** By the wall clock here, by a timer besides: a clock set back does not prolong it, a stalled event loop does not either. */
  isValid(): boolean {
    if (this.lostBy === undefined && this.scheduler.now() >= this.#validUntil) this.lose('deadline');
    return this.lostBy === undefined;
  }

  /** @returns to be told whether the renewal that starts now succeeded; the new deadline counts from its start */
  startRenewal(): (succeeded: boolean) => void {
    const startedAt = this.scheduler.now();
    const cancel = this.scheduler.after(this.renewDeadlineMs, () => this.lose('deadline'));
    return (succeeded) => {
      if (!succeeded || this.lostBy !== undefined) {
        cancel();
        return;
      }
      this.#cancel();
      this.#cancel = cancel;
      this.#validUntil = startedAt + this.renewDeadlineMs;
    };
  }

  lose(reason: LossReason): void {
    if (this.lostBy !== undefined) return;
    this.lostBy = reason;
    this.end();
    this.onLost(reason);
    this.lost.abort(new ControllerError('not-leader', 'the lease is lost', { reason }));
  }

  end(): void {
    this.#cancel();
  }
}

import { describe, expect, it } from '@jest/globals';
import { resources, type KubeObject } from '../api/kube.js';
import type { Cluster } from '../cluster/cluster.js';
import { ControllerError } from '../lib/errors.js';
import { renderMicroTime } from '../lib/time.js';
import { seededRandom, virtualScheduler, type VirtualScheduler } from '../lib/virtual-scheduler.js';
import { fakeCluster, type FakeCluster } from '../testing/fake-cluster.js';
import { lead, type ElectionEvent, type ElectionOptions, type Leadership } from './leader-election.js';

const lease = { namespace: 'argo-rollouts', name: 'argo-rollouts-controller-lock' };

interface World {
  readonly scheduler: VirtualScheduler;
  readonly server: FakeCluster;
}

function aWorld(): World {
  const scheduler = virtualScheduler();
  const server = fakeCluster(scheduler);
  return { scheduler, server };
}

interface Candidate {
  readonly events: ElectionEvent[];
  readonly kinds: () => string[];
  readonly leadership: () => Leadership | undefined;
  readonly isWorking: () => boolean;
  readonly mayWrite: () => boolean;
  readonly stop: () => void;
  readonly ended: Promise<void>;
  hasEnded: boolean;
}

/** A candidate whose work lasts until it is told to end, and `drainMs` longer. */
function aCandidate(world: World, options: Partial<ElectionOptions> = {}, drainMs = 0): Candidate {
  const events: ElectionEvent[] = [];
  const stopping = new AbortController();
  let current: Leadership | undefined;
  let working = false;
  const work = async (leadership: Leadership): Promise<void> => {
    current = leadership;
    working = true;
    await new Promise<void>((resolve) => leadership.signal.addEventListener('abort', () => resolve()));
    await new Promise<void>((resolve) => world.scheduler.after(drainMs, resolve));
    working = false;
  };
  const ended = lead(
    { cluster: world.server, scheduler: world.scheduler, lease, hostname: 'pod-1', onEvent: (event) => events.push(event), ...options },
    work,
    stopping.signal,
  );
  const candidate: Candidate = {
    events,
    kinds: () => events.map(({ kind }) => kind),
    leadership: () => current,
    isWorking: () => working,
    mayWrite: () => working && current?.permit.mayWrite('any') === true,
    stop: () => stopping.abort(),
    ended: ended.then(() => {
      candidate.hasEnded = true;
    }),
    hasEnded: false,
  };
  return candidate;
}

const down = (): ControllerError => new ControllerError('unavailable', 'connection refused');

function upstreamLease(world: World, namespace: string, holder = 'argo-rollouts-6f9_8a7b'): () => void {
  const beat = (): void => {
    const spec = { holderIdentity: holder, leaseDurationSeconds: 15, renewTime: renderMicroTime(world.scheduler.now()) };
    world.server.put(resources.leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { ...lease, namespace }, spec });
  };
  beat();
  return beat;
}

/** Renews an upstream lease every 2 s, as a live controller does. @returns how to kill it */
function liveUpstream(world: World, namespace: string): () => void {
  const beat = upstreamLease(world, namespace);
  let cancel = (): void => undefined;
  const go = (): void => {
    cancel = world.scheduler.after(2_000, () => {
      beat();
      go();
    });
  };
  go();
  return () => cancel();
}

describe('lead', () => {
  it('takes a free lease as upstream would write it, renews it, and gives it back at the end', async () => {
    const world = aWorld();
    const candidate = aCandidate(world);
    await world.scheduler.runFor(100);
    expect(candidate.isWorking()).toBe(true);
    const taken = await find(world);
    expect(taken.spec).toMatchObject({ leaseDurationSeconds: 15, leaseTransitions: 0 });
    expect(taken.spec?.['holderIdentity']).toMatch(/^pod-1_[0-9a-f-]{36}_sluice$/);
    expect(taken.spec?.['renewTime']).toMatch(/^2026-01-01T00:00:00\.\d{6}Z$/);
    await world.scheduler.runFor(10_000);
    expect((await find(world)).spec?.['renewTime']).toMatch(/^2026-01-01T00:00:1\d/);
    expect((await find(world)).spec?.['acquireTime']).toBe(taken.spec?.['acquireTime']);
    candidate.stop();
    await world.scheduler.runFor(0);
    await candidate.ended;
    expect((await find(world)).spec).toMatchObject({ holderIdentity: '', leaseTransitions: 0 });
    expect(candidate.kinds()).toEqual(['acquired', 'released']);
    await world.scheduler.runFor(20_000);
    expect(world.scheduler.pending()).toBe(0);
  });

  it('drains while it still renews, and releases only then', async () => {
    const world = aWorld();
    const candidate = aCandidate(world, {}, 30_000);
    await world.scheduler.runFor(1_000);
    candidate.stop();
    await world.scheduler.runFor(25_000);
    expect(candidate.mayWrite()).toBe(true);
    expect(candidate.kinds()).toEqual(['acquired']);
    await world.scheduler.runFor(10_000);
    expect(candidate.hasEnded).toBe(true);
    expect(candidate.kinds()).toEqual(['acquired', 'released']);
  });

  it('lets exactly one of three lead, and hands over at once on a clean stop', async () => {
    const world = aWorld();
    const candidates = [aCandidate(world), aCandidate(world), aCandidate(world)];
    await world.scheduler.runFor(60_000);
    const leaders = candidates.filter((candidate) => candidate.isWorking());
    expect(leaders).toHaveLength(1);
    leaders[0]?.stop();
    await world.scheduler.runFor(3_000);
    expect(candidates.filter((candidate) => candidate.isWorking())).toHaveLength(1);
    expect(leaders[0]?.isWorking()).toBe(false);
    expect((await find(world)).spec?.['leaseTransitions']).toBe(1);
  });

  it('takes over from a dead holder after its lease duration, counted from what it saw itself', async () => {
    const world = aWorld();
    // The dead one's clock was an hour ahead: its last renewal lies in our future.
    world.scheduler.jump(3_600_000);
    upstreamLease(world, lease.namespace, 'pod-0_dead_sluice');
    world.scheduler.jump(-3_600_000);
    const candidate = aCandidate(world);
    await world.scheduler.runFor(14_000);
    expect(candidate.isWorking()).toBe(false);
    await world.scheduler.runFor(5_000);
    expect(candidate.isWorking()).toBe(true);
    expect(candidate.events[0]).toMatchObject({ kind: 'waiting', holder: 'pod-0_dead_sluice', isUpstream: false });
  });

  it('does not take a lease from a live holder whose clock is an hour behind', async () => {
    const world = aWorld();
    world.scheduler.jump(-3_600_000);
    const kill = liveUpstream(world, lease.namespace);
    world.scheduler.jump(3_600_000);
    const candidate = aCandidate(world);
    await world.scheduler.runFor(120_000);
    expect(candidate.isWorking()).toBe(false);
    expect(candidate.events).toEqual([{ kind: 'waiting', holder: 'argo-rollouts-6f9_8a7b', isUpstream: true }]);
    kill();
    await world.scheduler.runFor(20_000);
    expect(candidate.isWorking()).toBe(true);
  });

  it('keeps labels and unknown fields of the lease', async () => {
    const world = aWorld();
    world.server.put(resources.leases, {
      ...{ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { ...lease, labels: { team: 'a' } } },
      spec: { holderIdentity: '', preferredHolder: 'x' },
    });
    const candidate = aCandidate(world);
    await world.scheduler.runFor(5_000);
    expect(candidate.isWorking()).toBe(true);
    expect(await find(world)).toMatchObject({ metadata: { labels: { team: 'a' } }, spec: { preferredHolder: 'x' } });
  });
});

describe('a leader', () => {
  it('stops writing 10 s after its last renewal when the server is gone, before anybody else may start', async () => {
    const world = aWorld();
    const candidate = aCandidate(world);
    await world.scheduler.runFor(1_000);
    world.server.fail('replace', down(), 1_000);
    const since = world.scheduler.now();
    await world.scheduler.runUntil(() => !candidate.mayWrite(), 60_000);
    expect(world.scheduler.now() - since).toBeLessThanOrEqual(10_000);
    expect(candidate.leadership()?.permit.signal.aborted).toBe(true);
    expect(candidate.kinds()).toContain('lost');
  });

  it('survives an outage shorter than that', async () => {
    const world = aWorld();
    const candidate = aCandidate(world);
    await world.scheduler.runFor(1_000);
    world.server.fail('replace', down(), 3);
    await world.scheduler.runFor(30_000);
    expect(candidate.mayWrite()).toBe(true);
    expect(candidate.kinds()).not.toContain('lost');
  });

  it('leads again after a longer outage, in the same process', async () => {
    const world = aWorld();
    const candidate = aCandidate(world);
    await world.scheduler.runFor(1_000);
    world.server.fail('replace', down(), 20);
    await world.scheduler.runFor(120_000);
    expect(candidate.mayWrite()).toBe(true);
    expect(candidate.kinds().filter((kind) => kind === 'acquired' || kind === 'lost')).toEqual(['acquired', 'lost', 'acquired']);
  });

  it('gets a second try when a renewal hangs', async () => {
    const world = aWorld();
    let hung = 0;
    const cluster: Cluster = {
      ...world.server,
      replace: (ref, object, options) => {
        if (hung > 0) return world.server.replace(ref, object, options);
        hung += 1;
        return new Promise((_, reject) =>
          options?.signal?.addEventListener('abort', () => reject(new ControllerError('aborted', 'aborted'))),
        );
      },
    };
    const candidate = aCandidate(world, { cluster });
    await world.scheduler.runFor(30_000);
    expect(hung).toBe(1);
    expect(candidate.mayWrite()).toBe(true);
    expect(candidate.events[1]).toMatchObject({ kind: 'failed', error: { code: 'timeout' } });
    expect(candidate.events).toHaveLength(2);
  });

  it('may not write after the event loop stalled past its deadline, though no timer has run yet', async () => {
    const world = aWorld();
    const candidate = aCandidate(world);
    await world.scheduler.runFor(1_000);
    world.scheduler.jump(11_000);
    expect(candidate.mayWrite()).toBe(false);
  });

  it('does not believe in its lease for longer because the clock was set back', async () => {
    const world = aWorld();
    const candidate = aCandidate(world);
    await world.scheduler.runFor(1_000);
    world.server.fail('replace', down(), 1_000);
    // Timers run on; only the wall clock is an hour behind.
    const clock = world.scheduler.now() + 11_000;
    let behind = 0;
    const skewed = aCandidate(
      aWorldWith(world, () => world.scheduler.now() - behind),
      { lease: { ...lease, name: 'other' } },
    );
    await world.scheduler.runFor(100);
    behind = 3_600_000;
    await world.scheduler.runUntil(() => world.scheduler.now() > clock, 60_000);
    expect(skewed.events.map(({ kind }) => kind)).toContain('lost');
    expect(skewed.mayWrite()).toBe(false);
    expect(candidate.mayWrite()).toBe(false);
  });

  it('steps down when somebody took the lease from it', async () => {
    const world = aWorld();
    const candidate = aCandidate(world);
    await world.scheduler.runFor(1_000);
    const before = await find(world);
    world.server.put(resources.leases, { ...before, spec: { ...before.spec, holderIdentity: 'thief' } });
    await world.scheduler.runFor(2_100);
    expect(candidate.isWorking()).toBe(false);
    expect(candidate.events).toContainEqual({ kind: 'lost', reason: 'taken' });
    expect((await find(world)).spec?.['holderIdentity']).toBe('thief');
  });

  it('renews on when somebody only annotated the lease', async () => {
    const world = aWorld();
    const candidate = aCandidate(world);
    await world.scheduler.runFor(1_000);
    const before = await find(world);
    world.server.put(resources.leases, { ...before, metadata: { ...before.metadata, labels: { a: 'b' } } });
    await world.scheduler.runFor(30_000);
    expect(candidate.mayWrite()).toBe(true);
    expect(candidate.kinds()).toEqual(['acquired']);
  });
});

describe('three candidates whose connections fail at random', () => {
  it.each([1, 2, 3, 4, 5])('never have two that may write (seed %d)', async (seed) => {
    const world = aWorld();
    const random = seededRandom(seed);
    const partitioned = [false, false, false];
    const candidates = partitioned.map((_, index) =>
      aCandidate(world, { cluster: flaky(world.server, () => partitioned[index] === true) }, 500),
    );
    let changes = 0;
    let last = -1;
    for (let tick = 0; tick < 3_000; tick += 1) {
      if (tick % 50 === 0) partitioned.forEach((_, index) => (partitioned[index] = random() < 0.4));
      await world.scheduler.runFor(200);
      const writers = candidates.flatMap((candidate, index) => (candidate.mayWrite() ? [index] : []));
      expect(writers.length).toBeLessThanOrEqual(1);
      if (writers[0] !== undefined && writers[0] !== last) changes += 1;
      last = writers[0] ?? last;
    }
    expect(changes).toBeGreaterThan(3);
  });
});

/** A connection that answers nothing while it is cut: a write may or may not have arrived. */
function flaky(server: FakeCluster, isCut: () => boolean): Cluster {
  const through = async <T>(call: () => Promise<T>): Promise<T> => {
    if (isCut()) throw down();
    const answer = await call();
    if (isCut()) throw down();
    return answer;
  };
  return {
    ...server,
    get: (ref, options) => through(() => server.get(ref, options)),
    list: (selection, options) => through(() => server.list(selection, options)),
    create: (resource, object, options) => through(() => server.create(resource, object, options)),
    replace: (ref, object, options) => through(() => server.replace(ref, object, options)),
  };
}

describe('beside an upstream controller', () => {
  it('does not lead while one renews its own lease in another namespace, and says so', async () => {
    const world = aWorld();
    const kill = liveUpstream(world, 'rollouts-team-b');
    const candidate = aCandidate(world);
    await world.scheduler.runFor(60_000);
    expect(candidate.isWorking()).toBe(false);
    expect(candidate.events).toEqual([
      { kind: 'blocked', lease: { ...lease, namespace: 'rollouts-team-b', holder: 'argo-rollouts-6f9_8a7b', beating: false } },
      { kind: 'blocked', lease: { ...lease, namespace: 'rollouts-team-b', holder: 'argo-rollouts-6f9_8a7b', beating: true } },
    ]);
    kill();
    await world.scheduler.runFor(20_000);
    expect(candidate.isWorking()).toBe(true);
  });

  it('waits for one lease duration, no longer, when all that is left is an old lease', async () => {
    const world = aWorld();
    upstreamLease(world, 'rollouts-team-b');
    const candidate = aCandidate(world);
    await world.scheduler.runFor(14_000);
    expect(candidate.isWorking()).toBe(false);
    await world.scheduler.runFor(4_000);
    expect(candidate.isWorking()).toBe(true);
  });

  it('leads when it was told that this one looks after other objects', async () => {
    const world = aWorld();
    liveUpstream(world, 'rollouts-team-b');
    const candidate = aCandidate(world, { besides: ['rollouts-team-b/argo-rollouts-controller-lock'] });
    await world.scheduler.runFor(1_000);
    expect(candidate.isWorking()).toBe(true);
  });

  it('is not kept from leading by one of our own in another namespace', async () => {
    const world = aWorld();
    upstreamLease(world, 'elsewhere', 'pod-7_0000_sluice');
    const candidate = aCandidate(world);
    await world.scheduler.runFor(1_000);
    expect(candidate.isWorking()).toBe(true);
  });

  it('steps down, and gives the lease back, when one comes alive later', async () => {
    const world = aWorld();
    const candidate = aCandidate(world);
    await world.scheduler.runFor(1_000);
    const kill = liveUpstream(world, 'rollouts-team-b');
    await world.scheduler.runFor(40_000);
    expect(candidate.isWorking()).toBe(false);
    expect(candidate.kinds()).toEqual(expect.arrayContaining(['lost', 'released']));
    kill();
    await world.scheduler.runFor(30_000);
    expect(candidate.isWorking()).toBe(true);
  });

  it('looks in its own namespace only when it may list no others, and says so once', async () => {
    const world = aWorld();
    liveUpstream(world, 'rollouts-team-b');
    const cluster: Cluster = {
      ...world.server,
      list: async (selection, options) => {
        if (selection.namespace === undefined) throw new ControllerError('forbidden', 'no');
        return world.server.list(selection, options);
      },
    };
    const candidate = aCandidate(world, { cluster });
    await world.scheduler.runFor(60_000);
    expect(candidate.isWorking()).toBe(true);
    expect(candidate.kinds()).toEqual(['narrow-view', 'acquired']);
  });

  it('does not lead as long as it cannot find out', async () => {
    const world = aWorld();
    world.server.fail('list', down(), 10);
    const candidate = aCandidate(world);
    await world.scheduler.runFor(15_000);
    expect(candidate.isWorking()).toBe(false);
    await world.scheduler.runFor(20_000);
    expect(candidate.isWorking()).toBe(true);
  });
});

async function find(world: World): Promise<KubeObject> {
  const listing = world.server.list({ resource: resources.leases, namespace: lease.namespace });
  await world.scheduler.settle();
  const found = (await listing).items.find(({ metadata }) => metadata.name === lease.name);
  if (!found) throw new Error('no lease');
  return found;
}

/** The same world, seen by a process whose wall clock shows something else. */
function aWorldWith(world: World, now: () => number): World {
  return { ...world, scheduler: { ...world.scheduler, now } };
}

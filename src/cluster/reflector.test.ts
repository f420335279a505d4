import { describe, expect, it } from '@jest/globals';
import { resources, type KubeObject, type NewObject } from '../api/kube.js';
import { ControllerError } from '../lib/errors.js';
import { virtualScheduler, type VirtualScheduler } from '../lib/virtual-scheduler.js';
import { fakeCluster, type FakeCluster } from '../testing/fake-cluster.js';
import { runReflector, type ReflectorOptions } from './reflector.js';

const selection = { resource: resources.rollouts };
const unavailable = (): ControllerError => new ControllerError('unavailable', 'connection reset');

function aRollout(name: string, labels: Record<string, string> = {}): NewObject {
  return { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: { namespace: 'a', name, labels } };
}

interface Bench {
  readonly scheduler: VirtualScheduler;
  readonly cluster: FakeCluster;
  readonly copy: Map<string, KubeObject>;
  readonly told: string[];
  readonly errors: { readonly error: unknown; readonly failures: number }[];
  readonly start: (options?: Partial<ReflectorOptions>) => Promise<void>;
  readonly stop: () => Promise<void>;
}

function aBench(): Bench {
  const scheduler = virtualScheduler();
  const cluster = fakeCluster(scheduler);
  const copy = new Map<string, KubeObject>();
  const told: string[] = [];
  const errors: Bench['errors'] = [];
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const sink: ReflectorOptions['sink'] = {
    replace: (objects) => {
      copy.clear();
      for (const object of objects) copy.set(object.metadata.name, object);
      told.push(`replace ${objects.length}`);
    },
    change: (type, object) => {
      if (type === 'DELETED') copy.delete(object.metadata.name);
      else copy.set(object.metadata.name, object);
      told.push(`${type} ${object.metadata.name}`);
    },
    progress: () => told.push('progress'),
  };
  return {
    scheduler,
    cluster,
    copy,
    told,
    errors,
    start: async (options = {}) => {
      running = runReflector({
        ...{ cluster, selection, scheduler, sink, signal: stopping.signal },
        onError: (error, failures) => errors.push({ error, failures }),
        ...options,
      });
      await scheduler.settle();
    },
    stop: async () => {
      stopping.abort();
      await scheduler.settle();
      await running;
    },
  };
}

const countCalls = (bench: Bench, verb: string): number => bench.cluster.calls.filter((call) => call.startsWith(verb)).length;

describe('runReflector', () => {
  it('tells everything there is, page by page, then each change', async () => {
    const bench = aBench();
    for (let index = 0; index < 7; index += 1) bench.cluster.put(resources.rollouts, aRollout(`web-${index}`));
    await bench.start({ pageSize: 3 });
    expect(countCalls(bench, 'list')).toBe(3);
    bench.cluster.put(resources.rollouts, aRollout('late'));
    bench.cluster.remove(resources.rollouts, 'a', 'web-0');
    await bench.scheduler.settle();
    expect(bench.told).toEqual(['replace 7', 'ADDED late', 'DELETED web-0']);
    await bench.stop();
  });

  it('trims each object before it is told', async () => {
    const bench = aBench();
    bench.cluster.put(resources.rollouts, aRollout('web', { keep: 'no' }));
    await bench.start({ trim: (object) => ({ ...object, metadata: { ...object.metadata, labels: {} } }) });
    expect(bench.copy.get('web')?.metadata.labels).toEqual({});
    await bench.stop();
  });

  it('resumes a broken stream where it was, without a list and without a gap', async () => {
    const bench = aBench();
    await bench.start();
    bench.cluster.put(resources.rollouts, aRollout('one'));
    await bench.scheduler.settle();
    bench.cluster.cutStreams(unavailable());
    await bench.scheduler.settle();
    bench.cluster.put(resources.rollouts, aRollout('two'));
    await bench.scheduler.runFor(1_000);
    expect(bench.told).toEqual(['replace 0', 'ADDED one', 'ADDED two']);
    expect(countCalls(bench, 'list')).toBe(1);
    await bench.stop();
  });

  it('resumes at the last bookmark, so that a quiet kind needs no new list after compaction', async () => {
    const bench = aBench();
    await bench.start();
    bench.cluster.put(resources.services, { apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'a', name: 'busy' } });
    bench.cluster.bookmark();
    await bench.scheduler.settle();
    bench.cluster.compact();
    bench.cluster.cutStreams(unavailable());
    await bench.scheduler.runFor(1_000);
    expect(countCalls(bench, 'list')).toBe(1);
    expect(bench.cluster.openStreams).toBe(1);
    await bench.stop();
  });

  it('lists again when its version is too old', async () => {
    const bench = aBench();
    bench.cluster.put(resources.rollouts, aRollout('gone'));
    await bench.start();
    bench.cluster.hold();
    bench.cluster.remove(resources.rollouts, 'a', 'gone');
    bench.cluster.put(resources.rollouts, aRollout('new'));
    bench.cluster.compact();
    bench.cluster.cutStreams(unavailable());
    await bench.scheduler.runFor(2_000);
    expect(bench.told).toEqual(['replace 1', 'replace 1']);
    expect([...bench.copy.keys()]).toEqual(['new']);
    await bench.stop();
  });

  it('reconnects at once after the server ended a long stream', async () => {
    const bench = aBench();
    await bench.start();
    await bench.scheduler.runFor(60_000);
    bench.cluster.cutStreams();
    await bench.scheduler.settle();
    expect(bench.cluster.openStreams).toBe(1);
    expect(bench.errors).toEqual([]);
    await bench.stop();
  });

  it('drops a connection that stays silent for 90 s, and not one that carries bookmarks', async () => {
    const bench = aBench();
    await bench.start();
    for (let count = 0; count < 5; count += 1) {
      await bench.scheduler.runFor(count % 2 === 0 ? 89_000 : 75_000);
      bench.cluster.bookmark();
      await bench.scheduler.settle();
    }
    expect(countCalls(bench, 'watch')).toBe(1);
    await bench.scheduler.runFor(105_000);
    expect(countCalls(bench, 'watch')).toBe(2);
    await bench.stop();
  });

  it.each([
    { when: 'every list fails', verb: 'list' as const, error: unavailable() },
    { when: 'every watch is refused as too old', verb: 'watch' as const, error: new ControllerError('expired', 'too old') },
    { when: 'listing is forbidden', verb: 'list' as const, error: new ControllerError('forbidden', 'no') },
  ])('asks ever more rarely while $when, and recovers', async ({ verb, error }) => {
    const bench = aBench();
    bench.cluster.fail(verb, error, 25);
    await bench.start();
    await bench.scheduler.runFor(60_000);
    expect(bench.errors.length).toBeGreaterThan(6);
    expect(bench.errors.length).toBeLessThan(12);
    await bench.scheduler.runFor(900_000);
    expect(bench.errors.map(({ failures }) => failures)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    expect(bench.cluster.openStreams).toBe(1);
    await bench.stop();
  });

  it('does not spin against a server that ends each stream at once', async () => {
    const bench = aBench();
    await bench.start();
    for (let count = 0; count < 2_000 && bench.scheduler.pending() > 0; count += 1) {
      bench.cluster.cutStreams();
      await bench.scheduler.runFor(50);
    }
    expect(countCalls(bench, 'watch')).toBeLessThan(20);
    await bench.stop();
  });

  it('starts the list over, in one piece, when its pages outlive their snapshot', async () => {
    const bench = aBench();
    for (let index = 0; index < 4; index += 1) bench.cluster.put(resources.rollouts, aRollout(`web-${index}`));
    let pages = 0;
    const slow: ReflectorOptions['cluster'] = {
      watch: (...args) => bench.cluster.watch(...args),
      list: async (wanted, options) => {
        pages += 1;
        if (options?.continue !== undefined) throw new ControllerError('expired', 'continue token is too old');
        return bench.cluster.list(wanted, options);
      },
    };
    await bench.start({ cluster: slow, pageSize: 2 });
    await bench.scheduler.runFor(1_000);
    expect(pages).toBe(3);
    expect(bench.copy.size).toBe(4);
    await bench.stop();
  });

  it('ends quietly, its stream too, when it is told to', async () => {
    const bench = aBench();
    await bench.start();
    await bench.stop();
    expect(bench.cluster.openStreams).toBe(0);
    expect(bench.scheduler.pending()).toBe(0);
    expect(bench.errors).toEqual([]);
  });
});

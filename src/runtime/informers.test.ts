import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { resources, type KubeObject, type NewObject } from '../api/kube.js';
import type { Cluster, Selection } from '../cluster/cluster.js';
import { ControllerError } from '../lib/errors.js';
import { virtualScheduler, type VirtualScheduler } from '../lib/virtual-scheduler.js';
import { fakeCluster, type FakeCluster } from '../testing/fake-cluster.js';
import { informers, type RunningInformers } from './informers.js';
import type { Change, Informer } from './types.js';

const { replicaSets } = resources;

function aReplicaSet(name: string, replicas = 1, labels: Record<string, string> = { app: 'web' }): NewObject {
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { namespace: 'a', name, labels }, spec: { replicas } };
}

interface Bench {
  readonly scheduler: VirtualScheduler;
  readonly server: FakeCluster;
  readonly shared: RunningInformers;
  readonly informer: Informer;
  readonly changes: string[];
  readonly errors: unknown[];
}

async function aBench(selection: Selection = { resource: replicaSets }, seed: readonly NewObject[] = []): Promise<Bench> {
  const scheduler = virtualScheduler();
  const server = fakeCluster(scheduler);
  for (const object of seed) server.put(replicaSets, object);
  const errors: unknown[] = [];
  const shared = informers({ cluster: server, scheduler, onError: (error) => errors.push(error) });
  const informer = shared.informer(selection, { byApp: (object) => [object.metadata.labels?.['app'] ?? ''] });
  const changes: string[] = [];
  informer.onChange((change) => changes.push(describeChange(change)));
  await scheduler.settle();
  return { scheduler, server, shared, informer, changes, errors };
}

function describeChange({ before, after }: Change): string {
  const name = (after ?? before)?.metadata.name ?? '';
  return `${name}: ${describeObject(before)} -> ${describeObject(after)}`;
}

function describeObject(object: KubeObject | undefined): string {
  return object === undefined ? 'none' : JSON.stringify(object.spec?.['replicas']);
}

const ref = (name: string): { resource: typeof replicaSets; namespace: string; name: string } => ({
  resource: replicaSets,
  namespace: 'a',
  name,
});

async function run<T>(bench: Bench, call: Promise<T>): Promise<T> {
  // A rejection is handled where the call is awaited, after the world has moved on.
  call.catch(() => undefined);
  await bench.scheduler.settle();
  return call;
}

const scaleTo = (bench: Bench, name: string, replicas: number): Promise<KubeObject> =>
  run(bench, bench.shared.cluster.patch(ref(name), { kind: 'merge', body: { spec: { replicas } } }));
const seen = (bench: Bench, name: string): string => describeObject(bench.informer.get('a', name));

describe('informer', () => {
  it('shows what there is, frozen and without managedFields, and follows it', async () => {
    const managed: NewObject = { ...aReplicaSet('web-1'), metadata: { ...aReplicaSet('web-1').metadata, ...{ managedFields: [{}] } } };
    const bench = await aBench(undefined, [managed]);
    const object = bench.informer.get('a', 'web-1');
    expect(bench.informer.synced).toBe(true);
    expect(object?.metadata).not.toHaveProperty('managedFields');
    expect(Object.isFrozen(object?.spec)).toBe(true);
    bench.server.put(replicaSets, aReplicaSet('web-1', 3));
    bench.server.remove(replicaSets, 'a', 'web-1');
    await bench.scheduler.settle();
    expect(bench.changes).toEqual(['web-1: none -> 1', 'web-1: 1 -> 3', 'web-1: 3 -> none']);
  });

  it('finds by index, in the order of names, also with an indexer that came later', async () => {
    const bench = await aBench(undefined, [aReplicaSet('b'), aReplicaSet('a'), aReplicaSet('c', 1, { app: 'other' })]);
    expect(bench.informer.byIndex('byApp', 'web').map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
    const same = bench.shared.informer({ resource: replicaSets }, { byName: ({ metadata }) => [metadata.name] });
    expect(same).toBe(bench.informer);
    expect(same.byIndex('byName', 'c')).toHaveLength(1);
    bench.server.put(replicaSets, aReplicaSet('a', 1, { app: 'other' }));
    await bench.scheduler.settle();
    expect(bench.informer.byIndex('byApp', 'web').map(({ metadata }) => metadata.name)).toEqual(['b']);
    expect(bench.informer.byIndex('byApp', 'nobody')).toEqual([]);
  });

  it('lists one namespace or all', async () => {
    const elsewhere = { ...aReplicaSet('x'), metadata: { namespace: 'b', name: 'x' } };
    const bench = await aBench(undefined, [aReplicaSet('a'), elsewhere]);
    expect(bench.informer.list()).toHaveLength(2);
    expect(bench.informer.list('b').map(({ metadata }) => metadata.name)).toEqual(['x']);
  });

  it('tells nothing when a new list brings what is known', async () => {
    const bench = await aBench(undefined, [aReplicaSet('a'), aReplicaSet('gone')]);
    bench.changes.length = 0;
    const before = bench.informer.get('a', 'a');
    bench.server.hold();
    bench.server.remove(replicaSets, 'a', 'gone');
    bench.server.compact();
    bench.server.cutStreams(new ControllerError('unavailable', 'reset'));
    await bench.scheduler.runFor(5_000);
    expect(bench.changes).toEqual(['gone: 1 -> none']);
    expect(bench.informer.get('a', 'a')).toBe(before);
  });

  it('goes on when a handler throws', async () => {
    const bench = await aBench();
    bench.informer.onChange(() => {
      throw new Error('bug');
    });
    bench.server.put(replicaSets, aReplicaSet('a'));
    bench.server.put(replicaSets, aReplicaSet('b'));
    await bench.scheduler.settle();
    expect(bench.changes).toHaveLength(2);
    expect(bench.errors).toHaveLength(2);
  });

  it('says when it is synced, and gives up waiting when told to', async () => {
    const scheduler = virtualScheduler();
    const server = fakeCluster(scheduler);
    server.fail('list', new ControllerError('forbidden', 'no'), 100);
    const shared = informers({ cluster: server, scheduler, onError: () => undefined });
    const informer = shared.informer({ resource: replicaSets });
    const stop = new AbortController();
    const waiting = informer.whenSynced(stop.signal);
    await scheduler.runFor(1_000);
    expect(informer.synced).toBe(false);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
    await shared.stop();
    expect(scheduler.pending()).toBe(0);
  });
});

describe('own writes', () => {
  it('are seen at once, told once, and not told again when the server repeats them', async () => {
    const bench = await aBench(undefined, [aReplicaSet('web')]);
    bench.server.hold();
    bench.changes.length = 0;
    await scaleTo(bench, 'web', 5);
    expect(seen(bench, 'web')).toBe('5');
    bench.server.release();
    await bench.scheduler.settle();
    expect(bench.changes).toEqual(['web: 1 -> 5']);
  });

  it('are not covered by older news that arrive late', async () => {
    const bench = await aBench(undefined, [aReplicaSet('web')]);
    bench.server.hold();
    bench.server.put(replicaSets, aReplicaSet('web', 2));
    await scaleTo(bench, 'web', 5);
    bench.changes.length = 0;
    bench.server.release();
    await bench.scheduler.settle();
    expect(bench.changes).toEqual([]);
    expect(seen(bench, 'web')).toBe('5');
  });

  it('give way to newer news', async () => {
    const bench = await aBench(undefined, [aReplicaSet('web')]);
    bench.server.hold();
    await scaleTo(bench, 'web', 5);
    bench.server.put(replicaSets, aReplicaSet('web', 7));
    bench.server.release();
    await bench.scheduler.settle();
    expect(seen(bench, 'web')).toBe('7');
  });

  it('show a created object before the server tells it', async () => {
    const bench = await aBench();
    bench.server.hold();
    await run(bench, bench.shared.cluster.create(replicaSets, aReplicaSet('new')));
    expect(bench.informer.byIndex('byApp', 'web')).toHaveLength(1);
  });

  it('hide a deleted object before the server tells it, and not its successor of the same name', async () => {
    const bench = await aBench(undefined, [aReplicaSet('web')]);
    bench.server.hold();
    await run(bench, bench.shared.cluster.delete(ref('web')));
    expect(seen(bench, 'web')).toBe('none');
    await run(bench, bench.shared.cluster.create(replicaSets, aReplicaSet('web', 9)));
    expect(seen(bench, 'web')).toBe('9');
    bench.changes.length = 0;
    bench.server.release();
    await bench.scheduler.settle();
    expect(bench.changes).toEqual([]);
    expect(seen(bench, 'web')).toBe('9');
  });

  it('keep a deleted object hidden when news from before its deletion arrive late', async () => {
    const bench = await aBench(undefined, [aReplicaSet('web')]);
    bench.server.hold();
    bench.server.put(replicaSets, aReplicaSet('web', 2));
    await run(bench, bench.shared.cluster.delete(ref('web')));
    bench.changes.length = 0;
    bench.server.release();
    await bench.scheduler.settle();
    expect(bench.changes).toEqual([]);
  });

  it('show the newest of two that were answered in the wrong order', async () => {
    const bench = await aBench(undefined, [aReplicaSet('web')]);
    const stored = await scaleTo(bench, 'web', 2);
    const later = (version: string, replicas: number): KubeObject => ({
      ...stored,
      metadata: { ...stored.metadata, resourceVersion: version },
      spec: { replicas },
    });
    const answers = [later('9000', 9), later('8000', 8)];
    const cluster: Cluster = { ...bench.server, patch: async () => answers.shift() ?? stored };
    const shared = informers({ cluster, scheduler: bench.scheduler, onError: () => undefined });
    const informer = shared.informer({ resource: replicaSets });
    await bench.scheduler.settle();
    await run(bench, shared.cluster.patch(ref('web'), { kind: 'merge', body: {} }));
    await run(bench, shared.cluster.patch(ref('web'), { kind: 'merge', body: {} }));
    expect(describeObject(informer.get('a', 'web'))).toBe('9');
  });

  it('hide an object that a delete finds gone already', async () => {
    const bench = await aBench(undefined, [aReplicaSet('web')]);
    bench.server.hold();
    bench.server.remove(replicaSets, 'a', 'web');
    await expect(run(bench, bench.shared.cluster.delete(ref('web')))).rejects.toMatchObject({ code: 'not-found' });
    expect(seen(bench, 'web')).toBe('none');
  });

  it('do not bring back an object that somebody else deleted before our answer came', async () => {
    const bench = await aBench(undefined, [aReplicaSet('web')]);
    const answer = await run(bench, bench.server.patch(ref('web'), { kind: 'merge', body: { spec: { replicas: 5 } } }));
    bench.server.remove(replicaSets, 'a', 'web');
    await bench.scheduler.settle();
    // The answer to the patch comes last.
    const late: Cluster = { ...bench.server, patch: async () => answer };
    const shared = informers({ cluster: late, scheduler: bench.scheduler, onError: () => undefined });
    const informer = shared.informer({ resource: replicaSets });
    await bench.scheduler.settle();
    await run(bench, shared.cluster.patch(ref('web'), { kind: 'merge', body: {} }));
    expect(informer.get('a', 'web')).toBeUndefined();
  });

  it('leave and enter a selection by their labels', async () => {
    const bench = await aBench({ resource: replicaSets, labelSelector: 'app=web' }, [aReplicaSet('web')]);
    bench.server.hold();
    await run(bench, bench.shared.cluster.patch(ref('web'), { kind: 'merge', body: { metadata: { labels: { app: 'other' } } } }));
    expect(seen(bench, 'web')).toBe('none');
    await run(
      bench,
      bench.shared.cluster.patch(ref('web'), { kind: 'merge', body: { metadata: { labels: { app: 'web' } }, spec: { replicas: 2 } } }),
    );
    expect(seen(bench, 'web')).toBe('2');
    await run(bench, bench.shared.cluster.create(replicaSets, aReplicaSet('foreign', 1, { app: 'other' })));
    expect(seen(bench, 'foreign')).toBe('none');
    bench.server.release();
    await bench.scheduler.settle();
    expect(seen(bench, 'web')).toBe('2');
  });

  it('are laid over every informer of the kind that selects them', async () => {
    const bench = await aBench(undefined, [aReplicaSet('web')]);
    const narrow = bench.shared.informer({ resource: replicaSets, namespace: 'a', labelSelector: 'app in (web)' });
    const elsewhere = bench.shared.informer({ resource: replicaSets, namespace: 'b' });
    await bench.scheduler.settle();
    bench.server.hold();
    await scaleTo(bench, 'web', 4);
    expect(describeObject(narrow.get('a', 'web'))).toBe('4');
    expect(elsewhere.list()).toEqual([]);
  });

  it('do not show in a dry run', async () => {
    const bench = await aBench(undefined, [aReplicaSet('web')]);
    await run(bench, bench.shared.cluster.patch(ref('web'), { kind: 'merge', body: { spec: { replicas: 5 } } }, { dryRun: true }));
    expect(seen(bench, 'web')).toBe('1');
  });

  it('through the scale subresource show the object itself', async () => {
    const bench = await aBench(undefined, [aReplicaSet('web')]);
    bench.server.hold();
    await run(bench, bench.shared.cluster.patch(ref('web'), { kind: 'merge', body: { spec: { replicas: 6 } } }, { subresource: 'scale' }));
    expect(seen(bench, 'web')).toBe('6');
    expect(bench.server.calls.at(-1)).toBe('get replicasets a/web');
  });

  it('are looked up live when nobody has told them for 5 s', async () => {
    const bench = await aBench(undefined, [aReplicaSet('web')]);
    bench.server.hold();
    await scaleTo(bench, 'web', 5);
    bench.server.put(replicaSets, aReplicaSet('web', 8));
    await bench.scheduler.runFor(4_999);
    expect(seen(bench, 'web')).toBe('5');
    await bench.scheduler.runFor(1);
    await bench.scheduler.settle();
    expect(seen(bench, 'web')).toBe('8');
    bench.server.remove(replicaSets, 'a', 'web');
    await bench.scheduler.runFor(10_000);
    expect(seen(bench, 'web')).toBe('none');
  });

  it('are looked up ever more rarely, and no more once they are told', async () => {
    const bench = await aBench(undefined, [aReplicaSet('web')]);
    bench.server.hold();
    await scaleTo(bench, 'web', 5);
    const gets = (): number => bench.server.calls.filter((call) => call.startsWith('get')).length;
    await bench.scheduler.runFor(75_000);
    expect(gets()).toBe(4);
    bench.server.release();
    await bench.scheduler.runFor(600_000);
    expect(gets()).toBe(4);
  });

  it('are confirmed by a bookmark as well', async () => {
    const bench = await aBench({ resource: replicaSets, labelSelector: 'app=web' }, [aReplicaSet('web')]);
    await run(bench, bench.shared.cluster.create(replicaSets, aReplicaSet('other', 1, { app: 'other' })));
    await scaleTo(bench, 'web', 5);
    bench.server.bookmark();
    await bench.scheduler.runFor(60_000);
    expect(bench.server.calls.filter((call) => call.startsWith('get'))).toEqual([]);
  });
});

type Step = {
  readonly kind: 'own' | 'foreign' | 'ownDelete' | 'foreignDelete' | 'hold' | 'release' | 'cut' | 'wait';
  readonly name: string;
  readonly replicas: number;
};

const steps = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom('own', 'own', 'foreign', 'ownDelete', 'foreignDelete', 'hold', 'release', 'cut', 'wait'),
    name: fc.constantFrom('x', 'y'),
    replicas: fc.integer({ min: 0, max: 9 }),
  }),
  { maxLength: 40 },
);

describe('informer under any order of writes, lags and lost streams', () => {
  it('never shows a world older than our own last write, and ends equal to the server', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const bench = await aBench();
        const lastOwn = new Map<string, number>();
        const deleted = new Set<string>();
        for (const step of sequence) {
          const uid = step.kind === 'ownDelete' ? bench.informer.get('a', step.name)?.metadata.uid : undefined;
          if (await play(bench, step, lastOwn)) deleted.add(uid ?? '');
          expect(bench.informer.list().filter(({ metadata }) => deleted.has(metadata.uid))).toEqual([]);
          for (const [name, version] of lastOwn) {
            const shown = bench.informer.get('a', name);
            if (shown) expect(Number(shown.metadata.resourceVersion)).toBeGreaterThanOrEqual(version);
          }
        }
        bench.server.release();
        await bench.scheduler.runFor(120_000);
        const listed = await run(bench, bench.server.list({ resource: replicaSets }));
        const versions = (objects: readonly KubeObject[]): string[] =>
          objects.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).sort();
        expect(versions(bench.informer.list())).toEqual(versions(listed.items));
        expect(bench.errors.filter((error) => !(error instanceof ControllerError))).toEqual([]);
        await bench.shared.stop();
      }),
      { numRuns: 150 },
    );
  });
});

/** @returns whether an object was deleted by us */
async function play(bench: Bench, { kind, name, replicas }: Step, lastOwn: Map<string, number>): Promise<boolean> {
  const tolerant = async (call: Promise<KubeObject | undefined>): Promise<KubeObject | undefined> =>
    run(bench, call).catch(() => undefined);
  if (kind === 'hold') bench.server.hold();
  else if (kind === 'release') bench.server.release();
  else if (kind === 'cut') bench.server.cutStreams(new ControllerError('unavailable', 'reset'));
  else if (kind === 'wait') await bench.scheduler.runFor(replicas * 1_000);
  else if (kind === 'foreign') bench.server.put(replicaSets, aReplicaSet(name, replicas));
  else if (kind === 'foreignDelete') bench.server.remove(replicaSets, 'a', name);
  else if (kind === 'ownDelete') {
    const isGone = await run(bench, bench.shared.cluster.delete(ref(name))).then(
      () => true,
      () => false,
    );
    lastOwn.delete(name);
    return isGone;
  } else {
    const body = { spec: { replicas } };
    const written =
      (await tolerant(bench.shared.cluster.patch(ref(name), { kind: 'merge', body }))) ??
      (await tolerant(bench.shared.cluster.create(replicaSets, aReplicaSet(name, replicas))));
    if (written) lastOwn.set(name, Number(written.metadata.resourceVersion));
  }
  await bench.scheduler.settle();
  return false;
}

describe('serves', () => {
  it('asks once a minute, and again after a failure', async () => {
    const bench = await aBench();
    let asked = 0;
    let broken = true;
    const cluster: Cluster = {
      ...bench.server,
      serves: async () => {
        asked += 1;
        if (broken) throw new ControllerError('unavailable', 'down');
        return false;
      },
    };
    const shared = informers({ cluster, scheduler: bench.scheduler, onError: () => undefined });
    await expect(shared.serves(replicaSets)).rejects.toMatchObject({ code: 'unavailable' });
    broken = false;
    expect(await Promise.all([shared.serves(replicaSets), shared.serves(replicaSets)])).toEqual([false, false]);
    expect(asked).toBe(2);
    await bench.scheduler.runFor(60_000);
    await shared.serves(replicaSets);
    expect(asked).toBe(3);
  });
});

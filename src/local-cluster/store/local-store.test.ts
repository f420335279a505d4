import { describe, expect, it } from '@jest/globals';
import type { KubeObject, NewObject } from '../../api/kube.js';
import { resources } from '../../api/kube.js';
import type { Cluster, WatchEvent, WatchOptions } from '../../cluster/cluster.js';
import { hasCode } from '../../lib/errors.js';
import type { VirtualScheduler, VirtualSchedulerOptions } from '../../lib/virtual-scheduler.js';
import { virtualScheduler } from '../../lib/virtual-scheduler.js';
import type { LocalStore, StoreOptions } from './local-store.js';
import { createStore } from './local-store.js';
import { moreResources } from './kinds/builtin-kinds.js';

interface Bench {
  readonly store: LocalStore;
  readonly scheduler: VirtualScheduler;
  /** Runs the virtual scheduler until the promise is settled. */
  readonly run: <T>(promise: Promise<T>) => Promise<T>;
}

function bench(options: Partial<StoreOptions> = {}, virtual: VirtualSchedulerOptions = {}): Bench {
  const scheduler = virtualScheduler(virtual);
  const store = createStore({ scheduler, ...options });
  const run = async <T>(promise: Promise<T>): Promise<T> => {
    let settled = false;
    promise.then(
      () => (settled = true),
      () => (settled = true),
    );
    await scheduler.runUntil(() => settled, 60_000);
    return promise;
  };
  return { store, scheduler, run };
}

function configMap(name: string, more: object = {}): NewObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, ...more };
}

function ref(name: string, resource: (typeof resources)[keyof typeof resources] = resources.configMaps) {
  return { resource, namespace: 'default', name };
}

function replicaSet(name: string, more: { readonly replicas?: number; readonly image?: string } = {}): NewObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, namespace: 'default', labels: { app: name } },
    spec: {
      ...(more.replicas === undefined ? {} : { replicas: more.replicas }),
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image: more.image ?? 'nginx:1.19' }] } },
    },
  };
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'accepted',
    (error: unknown) =>
      hasCode(error, 'internal') ? 'internal' : `${String((error as { code?: string }).code)}: ${(error as Error).message}`,
  );
}

function collect(cluster: Cluster, options: Partial<WatchOptions> & { labelSelector?: string; fieldSelector?: string } = {}) {
  const controller = new AbortController();
  const seen: string[] = [];
  const failures: unknown[] = [];
  const { labelSelector, fieldSelector, ...rest } = options;
  const selection = {
    resource: resources.configMaps,
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  };
  const done = (async () => {
    for await (const event of cluster.watch(selection, { signal: controller.signal, ...rest })) seen.push(describeEvent(event));
    seen.push('end');
  })().catch((error: unknown) => failures.push(error));
  return { seen, failures, stop: () => controller.abort(), done };
}

function describeEvent(event: WatchEvent): string {
  return event.type === 'BOOKMARK'
    ? `BOOKMARK${event.initialEventsEnd === true ? ' end of the initial events' : ''}`
    : `${event.type} ${event.object.metadata.name}`;
}

describe('create', () => {
  it('fills in uid, version, times and generation', async () => {
    const { store, run } = bench();
    const made = await run(store.create(resources.replicaSets, replicaSet('app')));
    expect(made.metadata).toMatchObject({ name: 'app', namespace: 'default', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' });
    expect(made.metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number(made.metadata.resourceVersion)).toBeGreaterThan(0);
  });

  it('defaults a template as a real API server does, also in a dry run that stores nothing', async () => {
    const { store, run } = bench();
    const made = await run(store.create(resources.replicaSets, replicaSet('app'), { dryRun: true }));
    expect(made.spec).toMatchObject({
      replicas: 1,
      template: {
        spec: {
          restartPolicy: 'Always',
          terminationGracePeriodSeconds: 30,
          dnsPolicy: 'ClusterFirst',
          schedulerName: 'default-scheduler',
          securityContext: {},
          containers: [
            {
              imagePullPolicy: 'IfNotPresent',
              terminationMessagePath: '/dev/termination-log',
              terminationMessagePolicy: 'File',
              resources: {},
            },
          ],
        },
      },
    });
    expect(store.peekAll(resources.replicaSets)).toEqual([]);
  });

  it('appends five characters to generateName', async () => {
    const { store, run } = bench();
    const made = await run(
      store.create(resources.configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'run-', namespace: 'default' } }),
    );
    expect(made.metadata.name).toMatch(/^run-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it.each([
    { when: 'the name is taken', object: configMap('there'), says: 'already-exists: configmaps "there" already exists' },
    {
      when: 'the namespace is missing',
      object: { ...configMap('x'), metadata: { name: 'x', namespace: 'nope' } },
      says: 'not-found: namespaces "nope" not found',
    },
    {
      when: 'a label cannot be one',
      object: { ...configMap('x'), metadata: { name: 'x', namespace: 'default', labels: { a: '-b' } } },
      says: 'invalid: ConfigMap "x" is invalid: metadata.labels: Invalid value: "-b"',
    },
    {
      when: 'the name cannot be one',
      object: configMap('Upper'),
      says: 'invalid: ConfigMap "Upper" is invalid: metadata.name: Invalid value: "Upper"',
    },
    {
      when: 'it carries a version',
      object: { ...configMap('x'), metadata: { name: 'x', namespace: 'default', resourceVersion: '5' } },
      says: 'unavailable: resourceVersion should not be set',
    },
    {
      when: 'it is of another kind',
      object: { ...configMap('x'), kind: 'Secret' },
      says: 'invalid: Secret in version "v1" cannot be handled as a ConfigMap',
    },
  ])('refuses when $when', async ({ object, says }) => {
    const { store, run } = bench();
    await run(store.create(resources.configMaps, configMap('there')));
    expect(await run(refusal(store.create(resources.configMaps, object)))).toContain(says);
  });

  it('keeps its own copy: the caller may go on using the object', async () => {
    const { store, run } = bench();
    const data = { a: '1' };
    const made = await run(store.create(resources.configMaps, configMap('a', { data })));
    data.a = '2';
    expect(made['data']).toEqual({ a: '1' });
    expect(Object.isFrozen(made['data'])).toBe(true);
  });
});

describe('updates', () => {
  it('counts a generation when the spec changes, not for labels or status', async () => {
    const { store, run } = bench();
    await run(store.create(resources.replicaSets, replicaSet('app')));
    const target = ref('app', resources.replicaSets);
    const scaled = await run(store.patch(target, { kind: 'merge', body: { spec: { replicas: 3 } } }));
    const labelled = await run(store.patch(target, { kind: 'merge', body: { metadata: { labels: { x: 'y' } } } }));
    const reported = await run(store.patch(target, { kind: 'merge', body: { status: { replicas: 3 } } }, { subresource: 'status' }));
    expect([scaled, labelled, reported].map((object) => object.metadata.generation)).toEqual([2, 2, 2]);
    expect(reported.status).toEqual({ replicas: 3 });
  });

  it('ignores the status at the main endpoint and everything else at the other', async () => {
    const { store, run } = bench();
    await run(store.create(resources.replicaSets, replicaSet('app')));
    const target = ref('app', resources.replicaSets);
    await run(store.patch(target, { kind: 'merge', body: { status: { replicas: 7 } } }));
    const after = await run(store.patch(target, { kind: 'merge', body: { spec: { replicas: 9 } } }, { subresource: 'status' }));
    expect(after.status).toEqual({ replicas: 0 });
    expect(after.spec?.['replicas']).toBe(1);
  });

  it('neither counts a version nor tells watchers when a patch changes nothing', async () => {
    const { store, scheduler, run } = bench();
    const made = await run(store.create(resources.configMaps, configMap('a', { data: { k: 'v' } })));
    const watch = collect(store, { resourceVersion: made.metadata.resourceVersion });
    await scheduler.settle();
    const same = await run(store.patch(ref('a'), { kind: 'merge', body: { data: { k: 'v' } } }));
    expect(same).toBe(made);
    expect(watch.seen).toEqual([]);
    expect(store.audit.writes('admin').at(-1)).toMatchObject({ verb: 'patch', changed: false });
  });

  it.each([
    { when: 'resourceVersion', metadata: { resourceVersion: '1' }, says: 'conflict: Operation cannot be fulfilled on configmaps "a"' },
    {
      when: 'uid',
      metadata: { uid: 'someone-else' },
      says: 'invalid: ConfigMap "a" is invalid: metadata.uid: Invalid value: "someone-else": field is immutable',
    },
  ])('refuses a patch with a stale $when', async ({ metadata, says }) => {
    const { store, run } = bench();
    await run(store.create(resources.configMaps, configMap('a')));
    expect(await run(refusal(store.patch(ref('a'), { kind: 'merge', body: { metadata, data: { a: 'b' } } })))).toContain(says);
  });

  it('answers a conflict to a PUT with another uid', async () => {
    const { store, run } = bench();
    await run(store.create(resources.configMaps, configMap('a')));
    const object = { ...configMap('a'), metadata: { name: 'a', namespace: 'default', uid: 'someone-else' } };
    expect(await run(refusal(store.replace(ref('a'), object)))).toContain(
      'conflict: Operation cannot be fulfilled on configmaps "a": StorageError',
    );
  });

  it('forbids to change a selector', async () => {
    const { store, run } = bench();
    await run(store.create(resources.replicaSets, replicaSet('app')));
    const body = { spec: { selector: { matchLabels: { app: 'app', more: 'x' } }, template: { metadata: { labels: { more: 'x' } } } } };
    expect(await run(refusal(store.patch(ref('app', resources.replicaSets), { kind: 'merge', body })))).toContain('field is immutable');
  });

  it('merges lists by key in a strategic patch', async () => {
    const { store, run } = bench();
    await run(store.create(resources.replicaSets, replicaSet('app')));
    const body = { spec: { template: { spec: { containers: [{ name: 'main', image: 'nginx:1.20' }] } } } };
    const after = await run(store.patch(ref('app', resources.replicaSets), { kind: 'strategic', body }));
    expect(after.spec).toMatchObject({
      template: { spec: { containers: [{ name: 'main', image: 'nginx:1.20', imagePullPolicy: 'IfNotPresent' }] } },
    });
  });

  it('scales through the scale subresource', async () => {
    const { store, run } = bench();
    await run(store.create(resources.replicaSets, replicaSet('app', { replicas: 2 })));
    const target = ref('app', resources.replicaSets);
    const scale = await run(store.patch(target, { kind: 'merge', body: { spec: { replicas: 5 } } }, { subresource: 'scale' }));
    expect(scale).toMatchObject({ kind: 'Scale', spec: { replicas: 5 }, status: { replicas: 0, selector: 'app=app' } });
    expect((await run(store.get(target))).spec?.['replicas']).toBe(5);
  });
});

describe('watch', () => {
  it('tells of existing objects first, then of changes, each with a higher version', async () => {
    const { store, scheduler, run } = bench();
    await run(store.create(resources.configMaps, configMap('a')));
    const watch = collect(store);
    await scheduler.settle();
    await run(store.create(resources.configMaps, configMap('b')));
    await run(store.patch(ref('a'), { kind: 'merge', body: { data: { k: 'v' } } }));
    await run(store.delete(ref('b')));
    await scheduler.settle();
    expect(watch.seen).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED b']);
  });

  it('turns what begins to match into ADDED and what ceases to into DELETED', async () => {
    const { store, scheduler, run } = bench();
    await run(store.create(resources.configMaps, configMap('a')));
    const watch = collect(store, { labelSelector: 'color=red' });
    await scheduler.settle();
    for (const color of ['red', 'blue', 'red'])
      await run(store.patch(ref('a'), { kind: 'merge', body: { metadata: { labels: { color } } } }));
    await scheduler.settle();
    expect(watch.seen).toEqual(['ADDED a', 'DELETED a', 'ADDED a']);
  });

  it('goes on after the version given', async () => {
    const { store, scheduler, run } = bench();
    const made = await run(store.create(resources.configMaps, configMap('a')));
    await run(store.create(resources.configMaps, configMap('b')));
    const watch = collect(store, { resourceVersion: made.metadata.resourceVersion });
    await scheduler.settle();
    expect(watch.seen).toEqual(['ADDED b']);
  });

  it('streams a list and marks its end', async () => {
    const { store, scheduler, run } = bench();
    await run(store.create(resources.configMaps, configMap('a')));
    const watch = collect(store, { sendInitialEvents: true, allowBookmarks: true });
    await scheduler.settle();
    expect(watch.seen).toEqual(['ADDED a', 'BOOKMARK end of the initial events']);
  });

  it('is expired after a compaction', async () => {
    const { store, scheduler, run } = bench();
    const made = await run(store.create(resources.configMaps, configMap('a')));
    await run(store.create(resources.configMaps, configMap('b')));
    store.compact();
    const watch = collect(store, { resourceVersion: made.metadata.resourceVersion });
    await scheduler.settle();
    expect(watch.failures.map((error) => hasCode(error, 'expired'))).toEqual([true]);
  });

  it('forgets the oldest changes when its history is full', async () => {
    const { store, scheduler, run } = bench({ historyCapacity: 4 });
    const made = await run(store.create(resources.configMaps, configMap('a')));
    for (let i = 0; i < 8; i++) await run(store.patch(ref('a'), { kind: 'merge', body: { data: { n: String(i) } } }));
    const watch = collect(store, { resourceVersion: made.metadata.resourceVersion });
    await scheduler.settle();
    expect(watch.failures).toHaveLength(1);
  });

  it('ends when its time is over, with a last bookmark', async () => {
    const { store, scheduler } = bench();
    const watch = collect(store, { resourceVersion: '1', timeoutSeconds: 90, allowBookmarks: true });
    await scheduler.runFor(100_000);
    expect(watch.seen.slice(-3)).toEqual(['BOOKMARK', 'BOOKMARK', 'end']);
  });

  it('ends without an error when its signal fires', async () => {
    const { store, scheduler } = bench();
    const watch = collect(store);
    await scheduler.settle();
    watch.stop();
    await scheduler.settle();
    await watch.done;
    expect([watch.seen, watch.failures]).toEqual([['end'], []]);
  });

  it('breaks with expired when its reader is too slow', async () => {
    const { store, scheduler, run } = bench({ watchPatience: 3 });
    const stream = store.watch(
      { resource: resources.configMaps },
      { resourceVersion: store.resourceVersion, signal: new AbortController().signal },
    );
    const iterator = stream[Symbol.asyncIterator]();
    const first = iterator.next();
    await run(store.create(resources.configMaps, configMap('a')));
    await scheduler.settle();
    await first;
    for (let i = 0; i < 6; i++) await run(store.patch(ref('a'), { kind: 'merge', body: { data: { n: String(i) } } }));
    expect(await run(refusal(iterator.next()))).toContain('expired');
  });
});

describe('list', () => {
  it('pages in order of namespace and name', async () => {
    const { store, run } = bench();
    for (const name of ['c', 'a', 'b']) await run(store.create(resources.configMaps, configMap(name)));
    const names: string[] = [];
    let token: string | undefined;
    do {
      const answer = await run(
        store.list({ resource: resources.configMaps }, { limit: 2, ...(token === undefined ? {} : { continue: token }) }),
      );
      names.push(...answer.items.map((item) => item.metadata.name));
      token = answer.continue;
    } while (token !== undefined);
    expect(names).toEqual(['a', 'b', 'c']);
  });

  it('refuses a continue token whose version is forgotten', async () => {
    const { store, run } = bench();
    for (const name of ['c', 'a', 'b']) await run(store.create(resources.configMaps, configMap(name)));
    const { continue: token = '' } = await run(store.list({ resource: resources.configMaps }, { limit: 2 }));
    await run(store.create(resources.configMaps, configMap('d')));
    store.compact();
    expect(await run(refusal(store.list({ resource: resources.configMaps }, { limit: 2, continue: token })))).toContain('expired');
  });

  it.each([
    { labelSelector: 'app in (a,b),!gone', names: ['a', 'b'] },
    { labelSelector: 'app notin (a)', names: ['b', 'c'] },
    { fieldSelector: 'metadata.name!=a', names: ['b', 'c'] },
    { fieldSelector: 'metadata.name=a', names: ['a'] },
  ])('selects by $labelSelector$fieldSelector', async ({ names, ...selectors }) => {
    const { store, run } = bench();
    for (const name of ['a', 'b'])
      await run(
        store.create(resources.configMaps, { ...configMap(name), metadata: { name, namespace: 'default', labels: { app: name } } }),
      );
    await run(store.create(resources.configMaps, configMap('c')));
    const found = await run(store.list({ resource: resources.configMaps, namespace: 'default', ...selectors }));
    expect(found.items.map((item) => item.metadata.name)).toEqual(names);
  });

  it('refuses a field it cannot select by', async () => {
    const { store, run } = bench();
    expect(await run(refusal(store.list({ resource: resources.configMaps, fieldSelector: 'data.a=b' })))).toContain(
      '"data.a" is not a known field selector',
    );
  });
});

describe('deletion', () => {
  it('waits for finalizers and removes the object with the last one', async () => {
    const { store, run } = bench();
    await run(
      store.create(resources.configMaps, {
        ...configMap('a'),
        metadata: { name: 'a', namespace: 'default', finalizers: ['sluice.io/test'] },
      }),
    );
    const held = await run(store.delete(ref('a')));
    expect(held?.metadata.deletionTimestamp).toBe('2026-01-01T00:00:00Z');
    await run(store.patch(ref('a'), { kind: 'merge', body: { metadata: { finalizers: null } } }));
    expect(store.peek(resources.configMaps, 'default', 'a')).toBeUndefined();
  });

  it('gives a running pod its grace period and removes one that never ran at once', async () => {
    const { store, run } = bench();
    const pod = (name: string): NewObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: { containers: [{ name: 'a', image: 'b' }] },
    });
    await run(store.create(resources.pods, pod('idle')));
    await run(store.create(resources.pods, pod('busy')));
    await run(store.bind(ref('busy', resources.pods), 'node-1'));
    await run(store.delete(ref('idle', resources.pods)));
    const held = await run(store.delete(ref('busy', resources.pods)));
    expect(store.peek(resources.pods, 'default', 'idle')).toBeUndefined();
    expect(held?.metadata).toMatchObject({ deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 });
    await run(store.delete(ref('busy', resources.pods), { gracePeriodSeconds: 0 }));
    expect(store.peek(resources.pods, 'default', 'busy')).toBeUndefined();
  });

  it('respects a uid precondition', async () => {
    const { store, run } = bench();
    await run(store.create(resources.configMaps, configMap('a')));
    expect(await run(refusal(store.delete(ref('a'), { preconditions: { uid: 'other' } })))).toContain('conflict');
  });

  function owned(name: string, owner: KubeObject, blocks = true): NewObject {
    const { uid } = owner.metadata;
    const reference = {
      apiVersion: owner.apiVersion,
      kind: owner.kind,
      name: owner.metadata.name,
      uid,
      controller: true,
      blockOwnerDeletion: blocks,
    };
    return { ...configMap(name), metadata: { name, namespace: 'default', ownerReferences: [reference] } };
  }

  it.each([
    { policy: 'Background', left: [] },
    { policy: 'Foreground', left: [] },
    { policy: 'Orphan', left: ['b', 'c'] },
  ] as const)('with policy $policy leaves dependents $left', async ({ policy, left }) => {
    const { store, scheduler, run } = bench();
    const a = await run(store.create(resources.configMaps, configMap('a')));
    const b = await run(store.create(resources.configMaps, owned('b', a)));
    await run(store.create(resources.configMaps, owned('c', b)));
    await run(store.delete(ref('a'), { propagationPolicy: policy }));
    await scheduler.settle();
    expect(store.peekAll(resources.configMaps).map((object) => object.metadata.name)).toEqual(left);
  });

  it('keeps a dependent that has another owner', async () => {
    const { store, scheduler, run } = bench();
    const a = await run(store.create(resources.configMaps, configMap('a')));
    const b = await run(store.create(resources.configMaps, configMap('b')));
    const references = [a, b].map((owner) => ({ apiVersion: 'v1', kind: 'ConfigMap', name: owner.metadata.name, uid: owner.metadata.uid }));
    await run(
      store.create(resources.configMaps, { ...configMap('c'), metadata: { name: 'c', namespace: 'default', ownerReferences: references } }),
    );
    await run(store.delete(ref('a')));
    await scheduler.settle();
    expect(store.peek(resources.configMaps, 'default', 'c')?.metadata.ownerReferences?.map((owner) => owner.name)).toEqual(['b']);
  });

  it('collects what is created with an owner that does not exist', async () => {
    const { store, scheduler, run } = bench();
    const a = await run(store.create(resources.configMaps, configMap('a')));
    await run(store.delete(ref('a')));
    await run(store.create(resources.configMaps, owned('late', a)));
    await scheduler.settle();
    expect(store.peekAll(resources.configMaps)).toEqual([]);
  });

  it('empties a namespace before it goes', async () => {
    const { store, scheduler, run } = bench();
    await run(store.create(resources.configMaps, configMap('a')));
    const deleted = store.delete({ resource: resources.namespaces, name: 'default' });
    const created = refusal(store.create(resources.configMaps, configMap('b')));
    expect((await run(deleted))?.status).toEqual({ phase: 'Terminating' });
    expect(await run(created)).toContain('forbidden');
    await scheduler.settle();
    expect(store.peekAll(resources.configMaps)).toEqual([]);
    expect(store.peek(resources.namespaces, undefined, 'default')).toBeUndefined();
  });
});

describe('custom resources', () => {
  const widgets = { group: 'example.io', version: 'v1', resource: 'widgets', kind: 'Widget', namespaced: true };
  const schema = {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        required: ['size'],
        properties: {
          size: { type: 'integer', minimum: 1 },
          color: { type: 'string', enum: ['red', 'blue'], default: 'red' },
          share: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
          free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
      status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
  };
  const crd = (status: boolean): NewObject => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.io' },
    spec: {
      ...{ group: 'example.io', scope: 'Namespaced', names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] } },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schema },
          ...(status ? { subresources: { status: {} } } : {}),
        },
      ],
    },
  });
  const widget = (spec: object, more: object = {}): NewObject => ({
    apiVersion: 'example.io/v1',
    kind: 'Widget',
    metadata: { name: 'w', namespace: 'default' },
    spec,
    ...more,
  });
  const target = { resource: widgets, namespace: 'default', name: 'w' };

  it('are served from their definition on, pruned and defaulted by its schema', async () => {
    const { store, run } = bench();
    expect(await run(store.serves(widgets))).toBe(false);
    expect(await run(refusal(store.create(widgets, widget({ size: 1 }))))).toContain(
      'not-found: the server could not find the requested resource',
    );
    await run(store.create(resources.customResourceDefinitions, crd(true)));
    expect(await run(store.serves(widgets))).toBe(true);
    const made = await run(
      store.create(widgets, widget({ size: 2, share: '10%', unknown: 1, free: { any: 'thing' } }, { status: { a: 1 } })),
    );
    expect(made.spec).toEqual({ size: 2, color: 'red', share: '10%', free: { any: 'thing' } });
    expect(made.status).toBeUndefined();
  });

  it.each([
    { spec: { size: 'big' }, says: 'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"' },
    { spec: { size: 0 }, says: 'spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1' },
    { spec: {}, says: 'spec.size: Required value' },
    { spec: { size: 1, color: 'green' }, says: 'spec.color: Unsupported value: "green": supported values: "red", "blue"' },
    { spec: { size: 1, share: 1.5 }, says: 'spec.share' },
  ])('refuse $spec', async ({ spec, says }) => {
    const { store, run } = bench();
    await run(store.create(resources.customResourceDefinitions, crd(true)));
    expect(await run(refusal(store.create(widgets, widget(spec))))).toContain(says);
  });

  it('refuse unknown fields under strict validation', async () => {
    const { store, run } = bench();
    await run(store.create(resources.customResourceDefinitions, crd(true)));
    const answer = refusal(store.create(widgets, widget({ size: 1, sise: 2 }), { fieldValidation: 'Strict' }));
    expect(await run(answer)).toContain('strict decoding error: unknown field "spec.sise"');
  });

  it.each([
    { status: true, generation: 1 },
    { status: false, generation: 2 },
  ])('count a status change as a new generation only without a status subresource ($status)', async ({ status, generation }) => {
    const { store, run } = bench();
    await run(store.create(resources.customResourceDefinitions, crd(status)));
    await run(store.create(widgets, widget({ size: 1 })));
    const after = await run(
      store.patch(target, { kind: 'merge', body: { status: { phase: 'Running' } } }, status ? { subresource: 'status' } : {}),
    );
    expect([after.metadata.generation, after.status]).toEqual([generation, { phase: 'Running' }]);
  });

  describe('with rules', () => {
    const ruled = (...rules: readonly object[]): NewObject => {
      const definition = crd(true);
      const spec = structuredClone(definition['spec']) as { versions: { schema: { openAPIV3Schema: typeof schema } }[] }; // made above
      for (const version of spec.versions)
        Object.assign(version.schema.openAPIV3Schema.properties.spec, { 'x-kubernetes-validations': rules });
      return { ...definition, spec };
    };

    it.each([
      { rule: { rule: 'self.size < 5', message: 'too big' }, spec: { size: 9 }, says: 'spec: Invalid value: too big' },
      {
        rule: { rule: "self.color != 'blue' || self.size > 1", fieldPath: '.color' },
        spec: { size: 1, color: 'blue' },
        says: 'spec.color: Invalid value: failed rule',
      },
      {
        rule: { rule: 'self.size < 5', messageExpression: "'size ' + string(self.size)" },
        spec: { size: 7 },
        says: 'spec: Invalid value: size 7',
      },
      {
        rule: { rule: 'has(self.share)', reason: 'FieldValueRequired', message: 'needs a share' },
        spec: { size: 1 },
        says: 'spec: Required value: needs a share',
      },
      {
        rule: { rule: 'self.size < 5' },
        spec: { size: 'x' },
        says: 'some validation rules were not checked because the object was invalid',
      },
    ])('refuse $spec for $rule', async ({ rule, spec, says }) => {
      const { store, run } = bench();
      await run(store.create(resources.customResourceDefinitions, ruled(rule)));
      expect(await run(refusal(store.create(widgets, widget(spec))))).toContain(says);
    });

    it('about a change are asked only when something changes', async () => {
      const { store, run } = bench();
      await run(
        store.create(resources.customResourceDefinitions, ruled({ rule: 'self.size == oldSelf.size', message: 'size is settled' })),
      );
      await run(store.create(widgets, widget({ size: 1 })));
      await run(store.patch(target, { kind: 'merge', body: { status: { a: 1 } } }, { subresource: 'status' }));
      expect(await run(refusal(store.patch(target, { kind: 'merge', body: { spec: { size: 2 } } })))).toContain(
        'spec: Invalid value: size is settled',
      );
    });

    it('that cannot be read are refused with their definition', async () => {
      const { store, run } = bench();
      const answer = refusal(store.create(resources.customResourceDefinitions, ruled({ rule: 'self.size <' })));
      expect(await run(answer)).toContain('spec.versions[0].schema.openAPIV3Schema.properties.spec.x-kubernetes-validations[0].rule');
    });
  });

  it('take no strategic patch', async () => {
    const { store, run } = bench();
    await run(store.create(resources.customResourceDefinitions, crd(true)));
    await run(store.create(widgets, widget({ size: 1 })));
    expect(await run(refusal(store.patch(target, { kind: 'strategic', body: {} })))).toContain('unsupported');
  });

  it('go with their definition', async () => {
    const { store, run } = bench();
    await run(store.create(resources.customResourceDefinitions, crd(true)));
    await run(store.create(widgets, widget({ size: 1 })));
    await run(store.delete({ resource: resources.customResourceDefinitions, name: 'widgets.example.io' }));
    expect(await run(store.serves(widgets))).toBe(false);
  });
});

describe('eviction', () => {
  async function pods(bed: Bench): Promise<void> {
    const { store, run } = bed;
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'default', labels: { app: 'a' } },
      spec: { containers: [{ name: 'a', image: 'b' }] },
    };
    await run(store.create(resources.pods, pod));
    await run(store.bind(ref('p', resources.pods), 'node-1'));
    await run(
      store.patch(
        ref('p', resources.pods),
        { kind: 'merge', body: { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } } },
        { subresource: 'status' },
      ),
    );
    const budget = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'b', namespace: 'default' },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'a' } } },
    };
    await run(store.create(moreResources.podDisruptionBudgets, budget));
  }
  const budgetRef = { resource: moreResources.podDisruptionBudgets, namespace: 'default', name: 'b' };

  it('is refused while the budget has no disruption left', async () => {
    const bed = bench();
    await pods(bed);
    await bed.run(
      bed.store.patch(
        budgetRef,
        { kind: 'merge', body: { status: { observedGeneration: 1, disruptionsAllowed: 0 } } },
        { subresource: 'status' },
      ),
    );
    expect(await bed.run(refusal(bed.store.evict(ref('p', resources.pods))))).toContain('too-many-requests: Cannot evict pod');
  });

  it('takes a disruption from the budget and deletes the pod gracefully', async () => {
    const bed = bench();
    await pods(bed);
    await bed.run(
      bed.store.patch(
        budgetRef,
        { kind: 'merge', body: { status: { observedGeneration: 1, disruptionsAllowed: 1 } } },
        { subresource: 'status' },
      ),
    );
    await bed.run(bed.store.evict(ref('p', resources.pods)));
    expect(bed.store.peek(resources.pods, 'default', 'p')?.metadata.deletionTimestamp).toBe('2026-01-01T00:00:30Z');
    expect(bed.store.peek(moreResources.podDisruptionBudgets, 'default', 'b')?.status).toMatchObject({ disruptionsAllowed: 0 });
  });
});

describe('hooks', () => {
  it('can fail a call before it happens', async () => {
    const { store, run } = bench();
    store.intercept({
      before: (call) => {
        if (call.verb === 'create' && call.caller === 'controller') throw new TypeError('down');
      },
    });
    await expect(run(store.as('controller').create(resources.configMaps, configMap('a')))).rejects.toThrow('down');
    await run(store.create(resources.configMaps, configMap('b')));
    expect(store.peekAll(resources.configMaps).map((object) => object.metadata.name)).toEqual(['b']);
  });

  it('can let a caller die right after its write: it took effect, but the caller never learns', async () => {
    const { store, scheduler } = bench();
    store.intercept({ after: (call) => (call.caller === 'controller' ? new Promise<void>(() => {}) : undefined) });
    let answered = false;
    void store
      .as('controller')
      .create(resources.configMaps, configMap('a'))
      .then(() => (answered = true));
    await scheduler.settle();
    expect([answered, store.peekAll(resources.configMaps).length]).toEqual([false, 1]);
  });

  it('a killed caller hears and does nothing more', async () => {
    const { store, scheduler, run } = bench();
    const client = store.as('controller');
    const watch = collect(client, { resourceVersion: store.resourceVersion });
    await scheduler.settle();
    store.kill('controller');
    void client.create(resources.configMaps, configMap('a'));
    await run(store.create(resources.configMaps, configMap('b')));
    await scheduler.settle();
    expect([watch.seen, store.peekAll(resources.configMaps).length]).toEqual([[], 1]);
  });

  it('can drop, delay and break what a watcher hears', async () => {
    const { store, scheduler, run } = bench();
    store.intercept({
      deliver: (_caller, _resource, event) => {
        if (event.type === 'BOOKMARK' || event.type === 'DELETED') return 'break';
        return event.object.metadata.name === 'lost' ? 'drop' : { delayMs: 5000 };
      },
    });
    const watch = collect(store, { resourceVersion: store.resourceVersion });
    await scheduler.settle();
    await run(store.create(resources.configMaps, configMap('lost')));
    await run(store.create(resources.configMaps, configMap('late')));
    await scheduler.settle();
    expect(watch.seen).toEqual([]);
    await scheduler.runFor(5000);
    expect(watch.seen).toEqual(['ADDED late']);
    await run(store.delete(ref('late')));
    await scheduler.settle();
    expect(watch.failures.map((error) => hasCode(error, 'unavailable'))).toEqual([true]);
  });

  it('answers late when told to, so that a watcher may hear of a write before its writer does', async () => {
    const { store, scheduler } = bench({ lateReplies: true }, { seed: 3, shuffle: true });
    const order: string[] = [];
    const watch = collect(store, { resourceVersion: store.resourceVersion });
    await scheduler.settle();
    for (let i = 0; i < 20; i++) {
      const answered = store
        .create(resources.configMaps, configMap(`c${i}`))
        .then(() => order.push(watch.seen.includes(`ADDED c${i}`) ? 'watcher' : 'writer'));
      await scheduler.settle();
      await answered;
    }
    expect(new Set(order)).toEqual(new Set(['watcher', 'writer']));
  });

  it('the audit log tells callers apart', async () => {
    const { store, run } = bench();
    await run(store.as('one').create(resources.configMaps, configMap('a')));
    await run(refusal(store.as('two').create(resources.configMaps, configMap('a'))));
    expect(store.audit.entries('one')).toMatchObject([{ verb: 'create', name: 'a', changed: true }]);
    expect(store.audit.entries('two')).toMatchObject([{ verb: 'create', failed: 'already-exists' }]);
  });
});

describe('determinism', () => {
  async function play(seed: number): Promise<readonly string[]> {
    const { store, scheduler } = bench({}, { seed, shuffle: true });
    const watch = collect(store, { resourceVersion: store.resourceVersion });
    const writers = ['a', 'b', 'c', 'd'].map((name) => store.as(name).create(resources.configMaps, configMap(name)));
    await scheduler.settle();
    await Promise.all(writers);
    return watch.seen;
  }

  it('a seed decides the order of everything', async () => {
    const [one, again, ...others] = [await play(1), await play(1), await play(2), await play(3), await play(4)];
    expect(again).toEqual(one);
    expect(others.some((other) => other.join() !== one?.join())).toBe(true);
  });
});

describe('lists', () => {
  it('hand out the stored objects themselves, and the same list until something changes', async () => {
    const { store, run } = bench();
    const made = await run(store.create(resources.configMaps, configMap('a')));
    const first = await run(store.list({ resource: resources.configMaps }));
    const second = await run(store.list({ resource: resources.configMaps }));
    expect(first.items[0]).toBe(made);
    expect(second.items).toBe(first.items);
  });
});

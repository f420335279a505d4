import type { NewObject } from '../../src/api/kube.js';
import { resources } from '../../src/api/kube.js';
import type { WatchEvent, WatchOptions } from '../../src/cluster/cluster.js';
import type { Recorder } from './recorder.js';
import type { Sequence } from './sequence.js';
import { sequence } from './sequence.js';

const { configMaps } = resources;

const configMap = (namespace: string, name: string, labels: Readonly<Record<string, string>> = {}): NewObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, labels },
});

/** What a server does not send within this time, it does not send. */
const patienceSeconds = 5;

/** Reads so many events of a watch; bookmarks that come by the clock are left out. */
async function events(
  { cluster, namespace }: Recorder,
  count: number,
  options: Omit<WatchOptions, 'signal'>,
  labelSelector?: string,
): Promise<readonly unknown[]> {
  const end = new AbortController();
  const seen: unknown[] = [];
  const selection = { resource: configMaps, namespace, ...(labelSelector === undefined ? {} : { labelSelector }) };
  for await (const event of cluster.watch(selection, { timeoutSeconds: patienceSeconds, ...options, signal: end.signal })) {
    if (event.type === 'BOOKMARK' && event.initialEventsEnd !== true) continue;
    if (event.type !== 'BOOKMARK' && event.object.metadata.name === 'kube-root-ca.crt') continue;
    seen.push(shown(event));
    if (seen.length === count) end.abort();
  }
  return seen;
}

function shown(event: WatchEvent): unknown {
  if (event.type === 'BOOKMARK') return { type: event.type, initialEventsEnd: event.initialEventsEnd };
  return { type: event.type, name: event.object.metadata.name, kind: event.object.kind, labels: event.object.metadata.labels ?? {} };
}

/** What a watch delivers, and in which order. */
export const watches: readonly Sequence[] = [
  sequence('changes after a list', async (to) => {
    const { cluster, namespace, fact } = to;
    await cluster.create(configMaps, configMap(namespace, 'before'));
    const { resourceVersion } = await cluster.list({ resource: configMaps, namespace });
    await cluster.create(configMaps, configMap(namespace, 'w'));
    await cluster.patch({ resource: configMaps, namespace, name: 'w' }, { kind: 'merge', body: { metadata: { labels: { a: 'b' } } } });
    await cluster.patch({ resource: configMaps, namespace, name: 'w' }, { kind: 'merge', body: { metadata: { labels: { a: 'b' } } } });
    await cluster.delete({ resource: configMaps, namespace, name: 'w' });
    fact('events', await events(to, 3, { resourceVersion }));
  }),

  sequence('what starts or stops to match a selector', async (to) => {
    const { cluster, namespace, fact } = to;
    const { resourceVersion } = await cluster.list({ resource: configMaps, namespace });
    const ref = { resource: configMaps, namespace, name: 'm' };
    const label = (value: string | null) => cluster.patch(ref, { kind: 'merge', body: { metadata: { labels: { on: value } } } });
    await cluster.create(configMaps, configMap(namespace, 'm'));
    await label('yes');
    await cluster.patch(ref, { kind: 'merge', body: { data: { k: 'v' } } });
    await label(null);
    await label('yes');
    await cluster.delete(ref);
    fact('events', await events(to, 5, { resourceVersion }, 'on=yes'));
  }),

  sequence('a watch without a version begins with what is there', async (to) => {
    const { cluster, namespace, fact } = to;
    for (const name of ['i1', 'i2']) await cluster.create(configMaps, configMap(namespace, name, { set: 'initial' }));
    const sorted = (list: readonly unknown[]) => list.map((event) => JSON.stringify(event)).sort();
    fact('without', sorted(await events(to, 2, {}, 'set=initial')));
    fact('version 0', sorted(await events(to, 2, { resourceVersion: '0' }, 'set=initial')));
    fact('streaming list', sorted(await events(to, 3, { sendInitialEvents: true, allowBookmarks: true }, 'set=initial')));
  }),

  sequence('a watch that cannot be', async (to) => {
    const { cluster, namespace, answer } = to;
    const first = async (options: Omit<WatchOptions, 'signal'>): Promise<unknown> => {
      const end = new AbortController();
      for await (const event of cluster.watch({ resource: configMaps, namespace }, { ...options, timeoutSeconds: 1, signal: end.signal }))
        return shown(event);
      return 'ended';
    };
    await answer('a bad version', first({ resourceVersion: 'nonsense' }));
  }),
];

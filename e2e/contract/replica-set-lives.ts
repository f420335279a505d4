import type { JsonObject, KubeObject } from '../../src/api/kube.js';
import { resources } from '../../src/api/kube.js';
import { aPod, aWorkload, atRest, change, hasStatus, podsAtRest, podTemplate, shownPods, statusAtRest, untilGone } from './at-rest.js';
import type { Recorder } from './recorder.js';
import type { Sequence } from './sequence.js';
import { sequence } from './sequence.js';

const { pods, replicaSets } = resources;

async function makeSet(to: Recorder, name: string, replicas: number, spec: JsonObject = {}): Promise<void> {
  await to.cluster.create(
    replicaSets,
    aWorkload(to, replicaSets, name, { replicas, template: podTemplate('web'), ...selectsWeb, ...spec }),
  );
}

const selectsWeb = { selector: { matchLabels: { app: 'web' } } };
const count = (wanted: number) => (list: readonly KubeObject[]) => list.length === wanted;
const names = (list: readonly KubeObject[]): readonly string[] => list.map(({ metadata }) => metadata.name).sort();
const settled = (to: Recorder, label: string, replicas: number, ready = replicas): Promise<void> =>
  statusAtRest(
    to,
    label,
    replicaSets,
    'set',
    hasStatus({ replicas, readyReplicas: ready, availableReplicas: ready, terminatingReplicas: 0 }),
  );

/** The ReplicaSet stand-in against the real controller, on the same lives of pods. */
export const replicaSetLives: readonly Sequence[] = [
  sequence('life of a ReplicaSet: counts at rest', async (to) => {
    await makeSet(to, 'set', 3);
    await settled(to, 'made', 3);
    to.fact('pods', shownPods(await podsAtRest(to, 'web', count(3))));
    await change(to, replicaSets, 'set', { replicas: 5 });
    await settled(to, 'grown', 5);
    await change(to, replicaSets, 'set', { replicas: 1 });
    await settled(to, 'shrunk', 1);
    await change(to, replicaSets, 'set', { replicas: 0 });
    await settled(to, 'empty', 0);
  }),

  sequence('life of a ReplicaSet: ready, and available later', async (to) => {
    await makeSet(to, 'set', 2, { minReadySeconds: 5 });
    await statusAtRest(to, 'ready', replicaSets, 'set', hasStatus({ readyReplicas: 2, availableReplicas: 0 }));
    await settled(to, 'available', 2);
  }),

  sequence('life of a ReplicaSet: pods that never become ready', async (to) => {
    await makeSet(to, 'set', 2, { template: podTemplate('web', { image: 'example.io/does-not-exist:1' }) });
    await statusAtRest(to, 'status', replicaSets, 'set', hasStatus({ replicas: 2 }));
    await podsAtRest(to, 'web', count(2));
  }),

  sequence('life of a ReplicaSet: a pod that failed is replaced, one that is deleted too', async (to) => {
    await makeSet(to, 'set', 2);
    await settled(to, 'made', 2);
    const [first, second] = await podsAtRest(to, 'web', count(2));
    const ref = (pod: KubeObject | undefined) => ({ resource: pods, namespace: to.namespace, name: pod?.metadata.name ?? '' });
    await to.cluster.patch(
      ref(first),
      { kind: 'merge', body: { status: { phase: 'Failed', reason: 'Evicted' } } },
      { subresource: 'status' },
    );
    await settled(to, 'after the failure', 2);
    to.fact('pods', shownPods(await podsAtRest(to, 'web', count(3))));
    await to.cluster.delete(ref(second));
    await settled(to, 'after the deletion', 2);
    to.fact('pods at the end', shownPods(await podsAtRest(to, 'web', count(3))));
  }),

  sequence('life of a ReplicaSet: orphans are adopted, strangers are released', async (to) => {
    for (const name of ['one', 'two']) await to.cluster.create(pods, aPod(to, 'web', name));
    await makeSet(to, 'set', 3);
    await settled(to, 'made', 3);
    to.fact('pods', shownPods(await podsAtRest(to, 'web', count(3))));
    await to.cluster.patch(
      { resource: pods, namespace: to.namespace, name: 'one' },
      { kind: 'merge', body: { metadata: { labels: { app: 'other' } } } },
    );
    await settled(to, 'replaced', 3);
    to.fact('pods after', shownPods(await podsAtRest(to, 'web', count(3))));
    to.fact('released', shownPods(await podsAtRest(to, 'other', count(1))));
    await to.cluster.patch(
      { resource: pods, namespace: to.namespace, name: 'one' },
      { kind: 'merge', body: { metadata: { labels: { app: 'web' } } } },
    );
    await settled(to, 'back again', 3);
    await podsAtRest(to, 'web', count(3));
  }),

  sequence('life of a ReplicaSet: a pod without one of its labels', async (to) => {
    const { metadata, ...rest } = podTemplate('web');
    const template = { ...rest, metadata: { ...(metadata as JsonObject), labels: { app: 'web', tier: 'front' } } };
    await to.cluster.create(pods, aPod(to, 'web', 'plain'));
    await makeSet(to, 'set', 2, { template });
    await settled(to, 'status', 2);
  }),

  sequence('life of a ReplicaSet: which pods go first', async (to) => {
    const cost = (value: string) => ({ 'controller.kubernetes.io/pod-deletion-cost': value });
    const make = async (name: string, annotations: JsonObject = {}) => to.cluster.create(pods, aPod(to, 'web', name, annotations));
    await make('old');
    await make('dear', cost('10'));
    await make('cheap', cost('-5'));
    await make('unready', { 'local.sluice.io/ready': 'false' });
    await podsAtRest(to, 'web', (list) => list.filter(({ status }) => status?.['phase'] === 'Running').length === 4);
    // Ages are compared by powers of two: at least five seconds against about one.
    const startedAt = performance.now();
    await to.eventually(
      'five seconds',
      async () => performance.now(),
      (now) => now - startedAt > 5_000,
    );
    await make('imageless', { 'local.sluice.io/image-missing': 'true' });
    await make('placeless', { 'local.sluice.io/schedulable': 'false' });
    await make('young');
    await makeSet(to, 'set', 7);
    await atRest(to, replicaSets, 'set', hasStatus({ replicas: 7, readyReplicas: 4 }));
    for (let replicas = 6; replicas > 0; replicas--) {
      await change(to, replicaSets, 'set', { replicas });
      to.fact(`${replicas} left`, names(await to.eventually('one to go', () => podsNow(to), count(replicas))));
    }
  }),

  sequence('life of a ReplicaSet: its pods go with it, or are left and found again', async (to) => {
    await makeSet(to, 'set', 2);
    await settled(to, 'made', 2);
    const ref = { resource: replicaSets, namespace: to.namespace, name: 'set' };
    await to.cluster.delete(ref, { propagationPolicy: 'Orphan' });
    await untilGone(to, replicaSets, 'set');
    to.fact('orphans', shownPods(await podsAtRest(to, 'web', count(2))));
    await makeSet(to, 'set', 2);
    await settled(to, 'found again', 2);
    to.fact('adopted', shownPods(await podsAtRest(to, 'web', count(2))));
    await to.cluster.delete(ref, { propagationPolicy: 'Foreground' });
    await untilGone(to, replicaSets, 'set');
    to.fact('left', names(await podsNow(to)));
  }),
];

async function podsNow(to: Recorder): Promise<readonly KubeObject[]> {
  return (await to.cluster.list({ resource: pods, namespace: to.namespace, labelSelector: 'app=web' })).items;
}

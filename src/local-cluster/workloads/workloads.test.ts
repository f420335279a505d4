import { afterEach, describe, expect, it } from '@jest/globals';
import type { KubeObject, NewObject, Resource } from '../../api/kube.js';
import { resources } from '../../api/kube.js';
import { virtualScheduler } from '../../lib/virtual-scheduler.js';
import type { LocalCluster } from '../local-cluster.js';
import { startLocalCluster } from '../local-cluster.js';
import { moreResources } from '../store/kinds/builtin-kinds.js';
import { at, numberAt, recordsAt, textAt } from '../store/json.js';
import type { KubeletOptions } from './kubelet.js';
import type { StandInOptions } from './kit.js';

const scheduler = { current: virtualScheduler() };
let running: LocalCluster | undefined;
const failures: string[] = [];

function start(kubelet: Omit<KubeletOptions, keyof StandInOptions> = {}): LocalCluster {
  scheduler.current = virtualScheduler();
  failures.length = 0;
  running = startLocalCluster({
    scheduler: scheduler.current,
    kubelet,
    writesEndpoints: true,
    onError: (name, key, error) => failures.push(`${name} ${key}: ${String(error)}`),
  });
  return running;
}

afterEach(async () => {
  const stopped = running?.stop();
  await scheduler.current.runFor(60_000);
  await stopped;
});

async function run<T>(promise: Promise<T>): Promise<T> {
  await scheduler.current.settle();
  return promise;
}

const podSpec = (more: object = {}, container: object = {}) => ({
  containers: [{ name: 'main', image: 'nginx:1.19', ...container }],
  ...more,
});

function pod(name: string, spec: object = podSpec(), metadata: object = {}): NewObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', ...metadata }, spec };
}

function replicaSet(
  name: string,
  replicas: number,
  more: { readonly spec?: object; readonly pod?: object; readonly annotations?: object } = {},
): NewObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name }, annotations: more.annotations ?? {} }, spec: more.pod ?? podSpec() },
      ...more.spec,
    },
  };
}

function find(resource: Resource, name: string): KubeObject {
  const found = running?.store.peek(resource, 'default', name);
  if (!found) throw new Error(`${resource.resource} ${name} is gone`);
  return found;
}

function pods(): readonly KubeObject[] {
  return running?.store.peekAll(resources.pods) ?? [];
}

function conditions(object: KubeObject): Readonly<Record<string, unknown>> {
  return Object.fromEntries(recordsAt(object, 'status', 'conditions').map((condition) => [String(condition['type']), condition['status']]));
}

function waitingReason(object: KubeObject): unknown {
  return at(recordsAt(object, 'status', 'containerStatuses')[0], 'state', 'waiting', 'reason');
}

const podRef = (name: string) => ({ resource: resources.pods, namespace: 'default', name });

describe('the kubelet stand-in', () => {
  it('binds a pod, starts it after 0.6 s, and gives it an address', async () => {
    const { store } = start();
    await run(store.create(resources.pods, pod('p')));
    await scheduler.current.runFor(500);
    expect([textAt(find(resources.pods, 'p'), 'spec', 'nodeName'), waitingReason(find(resources.pods, 'p'))]).toEqual([
      'local-node',
      'ContainerCreating',
    ]);
    await scheduler.current.runFor(200);
    const after = find(resources.pods, 'p');
    expect(after.status).toMatchObject({ phase: 'Running', podIP: '10.244.0.2', containerStatuses: [{ ready: true, restartCount: 0 }] });
    expect(conditions(after)).toEqual({ PodScheduled: 'True', Initialized: 'True', Ready: 'True', ContainersReady: 'True' });
    expect(failures).toEqual([]);
  });

  it('writes nothing more once a pod has come to rest', async () => {
    const { store } = start();
    await run(store.create(resources.pods, pod('p')));
    await scheduler.current.runFor(10_000);
    const before = store.audit.writes().length;
    await scheduler.current.runFor(3_600_000);
    expect(store.audit.writes().length).toBe(before);
  });

  it.each([
    { image: 'does-not-exist', first: 'ErrImagePull', later: 'ImagePullBackOff' },
    { image: 'registry.example/team/does-not-exist:2', first: 'ErrImagePull', later: 'ImagePullBackOff' },
  ])('never starts $image', async ({ image, first, later }) => {
    const { store } = start();
    await run(store.create(resources.pods, pod('p', podSpec({}, { image }))));
    await scheduler.current.runFor(1000);
    expect(waitingReason(find(resources.pods, 'p'))).toBe(first);
    await scheduler.current.runFor(10_000);
    expect(waitingReason(find(resources.pods, 'p'))).toBe(later);
    expect(find(resources.pods, 'p').status?.['phase']).toBe('Pending');
  });

  it('waits for readiness gates, and keeps the conditions of others', async () => {
    const { store } = start();
    await run(store.create(resources.pods, pod('p', podSpec({ readinessGates: [{ conditionType: 'example.io/gate' }] }))));
    await scheduler.current.runFor(2000);
    expect(conditions(find(resources.pods, 'p'))).toMatchObject({ ContainersReady: 'True', Ready: 'False' });
    const body = { status: { conditions: [{ type: 'example.io/gate', status: 'True' }] } };
    await run(store.patch(podRef('p'), { kind: 'strategic', body }, { subresource: 'status' }));
    await scheduler.current.runFor(1000);
    expect(conditions(find(resources.pods, 'p'))).toMatchObject({ Ready: 'True', 'example.io/gate': 'True' });
  });

  it.each([
    {
      what: 'readinessProbe.initialDelaySeconds',
      spec: podSpec({}, { readinessProbe: { initialDelaySeconds: 5, httpGet: { port: 80 } } }),
      readyAfterMs: 5600,
    },
    {
      what: 'a postStart sleep',
      spec: podSpec({}, { lifecycle: { postStart: { exec: { command: ['sleep', '3'] } } } }),
      readyAfterMs: 3600,
    },
    {
      what: 'an init container',
      spec: podSpec({ initContainers: [{ name: 'i', image: 'i', command: ['sh', '-c', 'sleep 2'] }] }),
      readyAfterMs: 2600,
    },
  ])('honours $what', async ({ spec, readyAfterMs }) => {
    const { store } = start();
    await run(store.create(resources.pods, pod('p', spec)));
    await scheduler.current.runFor(readyAfterMs - 100);
    expect(conditions(find(resources.pods, 'p'))['Ready']).toBe('False');
    await scheduler.current.runFor(200);
    expect(conditions(find(resources.pods, 'p'))['Ready']).toBe('True');
  });

  it('lets a pod go after preStop, within its grace period', async () => {
    const { store } = start();
    const sleeps = (seconds: number) => ({ lifecycle: { preStop: { sleep: { seconds } } } });
    await run(store.create(resources.pods, pod('short', podSpec({}, sleeps(4)))));
    await run(store.create(resources.pods, pod('long', podSpec({ terminationGracePeriodSeconds: 10 }, sleeps(600)))));
    await scheduler.current.runFor(2000);
    for (const name of ['short', 'long']) await run(store.delete(podRef(name)));
    await scheduler.current.runFor(3000);
    expect(pods().map((each) => [each.metadata.name, conditions(each)['Ready']])).toEqual([
      ['long', 'True'],
      ['short', 'True'],
    ]);
    await scheduler.current.runFor(2000);
    expect(pods().map((each) => each.metadata.name)).toEqual(['long']);
    await scheduler.current.runFor(6000);
    expect(pods()).toEqual([]);
  });

  it.each([
    { restartPolicy: 'Never', command: 'sleep 5 && exit 1', phase: 'Failed', exitCode: 1 },
    { restartPolicy: 'Never', command: 'sleep 5', phase: 'Succeeded', exitCode: 0 },
    { restartPolicy: 'OnFailure', command: 'exit 0', phase: 'Succeeded', exitCode: 0 },
  ])('plays "$command" with restartPolicy $restartPolicy to $phase', async ({ restartPolicy, command, phase, exitCode }) => {
    const { store } = start();
    await run(store.create(resources.pods, pod('p', podSpec({ restartPolicy }, { command: ['sh', '-c', command] }))));
    await scheduler.current.runFor(7000);
    const after = find(resources.pods, 'p');
    expect(after.status?.['phase']).toBe(phase);
    expect(at(recordsAt(after, 'status', 'containerStatuses')[0], 'state', 'terminated', 'exitCode')).toBe(exitCode);
  });

  it('restarts what crashes, ever later', async () => {
    const { store } = start();
    await run(store.create(resources.pods, pod('p', podSpec({}, { command: ['sh', '-c', 'sleep 2; exit 3'] }))));
    await scheduler.current.runFor(6000);
    expect(waitingReason(find(resources.pods, 'p'))).toBe('CrashLoopBackOff');
    await scheduler.current.runFor(60_000);
    expect(recordsAt(find(resources.pods, 'p'), 'status', 'containerStatuses')[0]).toMatchObject({
      restartCount: 4,
      lastState: { terminated: { exitCode: 3, reason: 'Error' } },
    });
  });

  it('ends a pod at its activeDeadlineSeconds', async () => {
    const { store } = start();
    await run(
      store.create(resources.pods, pod('p', podSpec({ activeDeadlineSeconds: 3, restartPolicy: 'Never' }, { command: ['sleep', '60'] }))),
    );
    await scheduler.current.runFor(4000);
    expect(find(resources.pods, 'p').status).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' });
  });

  it('follows annotations while the pod lives', async () => {
    const { store } = start();
    await run(store.create(resources.pods, pod('p', podSpec(), { annotations: { 'local.sluice.io/start-after': '3s' } })));
    await scheduler.current.runFor(2000);
    expect(find(resources.pods, 'p').status?.['phase']).toBe('Pending');
    await scheduler.current.runFor(2000);
    expect(conditions(find(resources.pods, 'p'))['Ready']).toBe('True');
    await run(store.patch(podRef('p'), { kind: 'merge', body: { metadata: { annotations: { 'local.sluice.io/ready': 'false' } } } }));
    await scheduler.current.settle();
    expect(conditions(find(resources.pods, 'p'))['Ready']).toBe('False');
  });

  it('asks the scenario, again when poked', async () => {
    let isReady = false;
    const { store, workloads } = start({ script: () => ({ isReady }) });
    await run(store.create(resources.pods, pod('p')));
    await scheduler.current.runFor(2000);
    expect(conditions(find(resources.pods, 'p'))['Ready']).toBe('False');
    isReady = true;
    workloads.kubelet.poke();
    await scheduler.current.settle();
    expect(conditions(find(resources.pods, 'p'))['Ready']).toBe('True');
  });

  it('leaves pods pending that the node has no room for', async () => {
    const { store } = start({ capacity: 1 });
    for (const name of ['a', 'b']) await run(store.create(resources.pods, pod(name)));
    await scheduler.current.runFor(3000);
    const scheduled = pods().map((each) => conditions(each)['PodScheduled']);
    expect(scheduled.sort()).toEqual(['False', 'True']);
    await run(store.delete(podRef(pods().find((each) => conditions(each)['PodScheduled'] === 'True')?.metadata.name ?? '')));
    await scheduler.current.runFor(5000);
    expect(pods().map((each) => conditions(each)['Ready'])).toEqual(['True']);
  });

  it('has the output of commands as logs', async () => {
    const { store } = start();
    await run(
      store.create(resources.pods, pod('p', podSpec({ restartPolicy: 'Never' }, { command: ['sh', '-c', 'echo "hello there"; exit 0'] }))),
    );
    await scheduler.current.runFor(2000);
    const read = (async () => {
      const chunks: string[] = [];
      for await (const chunk of store.podLogs(podRef('p'))) chunks.push(chunk);
      return chunks.join('');
    })();
    expect(await run(read)).toContain('hello there\n');
  });
});

describe('the ReplicaSet stand-in', () => {
  const ref = (name: string) => ({ resource: resources.replicaSets, namespace: 'default', name });
  const scale = (name: string, replicas: number) =>
    running?.store.patch(ref(name), { kind: 'merge', body: { spec: { replicas } } }) ?? Promise.reject(new Error('not started'));

  it('brings pods up and counts them', async () => {
    const { store } = start();
    await run(store.create(resources.replicaSets, replicaSet('app', 5)));
    await scheduler.current.runFor(5000);
    expect(find(resources.replicaSets, 'app').status).toEqual({
      replicas: 5,
      fullyLabeledReplicas: 5,
      readyReplicas: 5,
      availableReplicas: 5,
      terminatingReplicas: 0,
      observedGeneration: 1,
    });
    expect(pods().every((each) => each.metadata.name.startsWith('app-') && each.metadata.ownerReferences?.[0]?.kind === 'ReplicaSet')).toBe(
      true,
    );
    expect(failures).toEqual([]);
  });

  it('counts a pod as available only after minReadySeconds', async () => {
    const { store } = start();
    await run(store.create(resources.replicaSets, replicaSet('app', 1, { spec: { minReadySeconds: 10 } })));
    await scheduler.current.runFor(5000);
    expect(find(resources.replicaSets, 'app').status).toMatchObject({ readyReplicas: 1 });
    expect(find(resources.replicaSets, 'app').status?.['availableReplicas']).toBeUndefined();
    await scheduler.current.runFor(7000);
    expect(find(resources.replicaSets, 'app').status).toMatchObject({ availableReplicas: 1 });
  });

  it('deletes pods that are not ready first', async () => {
    const { store } = start({ script: (each) => (each.metadata.annotations?.['bad'] === 'yes' ? { isReady: false } : undefined) });
    await run(store.create(resources.replicaSets, replicaSet('app', 4)));
    await scheduler.current.runFor(5000);
    const bad = pods()[2]?.metadata.name ?? '';
    await run(store.patch(podRef(bad), { kind: 'merge', body: { metadata: { annotations: { bad: 'yes' } } } }));
    await scheduler.current.runFor(1000);
    await run(scale('app', 3));
    await scheduler.current.runFor(5000);
    expect(pods().map((each) => each.metadata.name)).not.toContain(bad);
    expect(pods()).toHaveLength(3);
  });

  it('deletes the pod of the lowest deletion cost first', async () => {
    const { store } = start();
    await run(store.create(resources.replicaSets, replicaSet('app', 3)));
    await scheduler.current.runFor(5000);
    const cheap = pods()[1]?.metadata.name ?? '';
    await run(
      store.patch(podRef(cheap), {
        kind: 'merge',
        body: { metadata: { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '-5' } } },
      }),
    );
    await run(scale('app', 2));
    await scheduler.current.runFor(5000);
    expect(pods().map((each) => each.metadata.name)).not.toContain(cheap);
  });

  it('replaces a pod that is deleted', async () => {
    const { store } = start();
    await run(store.create(resources.replicaSets, replicaSet('app', 2)));
    await scheduler.current.runFor(5000);
    const gone = pods()[0]?.metadata.name ?? '';
    await run(store.delete(podRef(gone)));
    await scheduler.current.runFor(5000);
    expect(pods().map((each) => each.metadata.name)).not.toContain(gone);
    expect(numberAt(find(resources.replicaSets, 'app'), 'status', 'availableReplicas')).toBe(2);
  });

  it('adopts a matching orphan instead of making a pod, and releases one whose label changes', async () => {
    const { store } = start();
    await run(store.create(resources.pods, pod('orphan', podSpec(), { labels: { app: 'app' } })));
    await run(store.create(resources.replicaSets, replicaSet('app', 1)));
    await scheduler.current.runFor(5000);
    expect(pods().map((each) => [each.metadata.name, each.metadata.ownerReferences?.[0]?.name])).toEqual([['orphan', 'app']]);
    await run(store.patch(podRef('orphan'), { kind: 'merge', body: { metadata: { labels: { app: 'other' } } } }));
    await scheduler.current.runFor(5000);
    expect(find(resources.pods, 'orphan').metadata.ownerReferences).toBeUndefined();
    expect(pods()).toHaveLength(2);
  });

  it('says so when pods are refused', async () => {
    const { store } = start();
    store.intercept({
      before: (call) => {
        if (call.verb === 'create' && call.resource.resource === 'pods') throw new TypeError('quota exceeded');
      },
    });
    await run(store.create(resources.replicaSets, replicaSet('app', 3)));
    await scheduler.current.runFor(5000);
    expect(recordsAt(find(resources.replicaSets, 'app'), 'status', 'conditions')).toMatchObject([
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'quota exceeded' },
    ]);
  });

  it('loses its pods with its deletion', async () => {
    const { store } = start();
    await run(store.create(resources.replicaSets, replicaSet('app', 3)));
    await scheduler.current.runFor(5000);
    await run(store.delete(ref('app')));
    await scheduler.current.runFor(5000);
    expect(pods()).toEqual([]);
  });
});

describe('the EndpointSlice stand-in', () => {
  const service = (): NewObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: { selector: { app: 'app' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  });

  function endpoints() {
    const slices = running?.store.peekAll(resources.endpointSlices) ?? [];
    return slices.flatMap((slice) => recordsAt(slice, 'endpoints')).map((endpoint) => endpoint['conditions']);
  }

  it('lists ready pods, and keeps leaving ones as serving until they are gone', async () => {
    const { store } = start();
    await run(store.create(resources.services, service()));
    const spec = podSpec({}, { ports: [{ name: 'http', containerPort: 8080 }], lifecycle: { preStop: { sleep: { seconds: 5 } } } });
    await run(store.create(resources.replicaSets, replicaSet('app', 2, { pod: spec })));
    await scheduler.current.runFor(3000);
    const [slice] = store.peekAll(resources.endpointSlices);
    expect(slice?.['ports']).toEqual([{ name: 'http', port: 8080, protocol: 'TCP' }]);
    expect(slice?.metadata.labels).toMatchObject({ 'kubernetes.io/service-name': 'web' });
    expect(endpoints()).toEqual([1, 2].map(() => ({ ready: true, serving: true, terminating: false })));
    await run(
      store.patch(
        { resource: resources.replicaSets, namespace: 'default', name: 'app' },
        { kind: 'merge', body: { spec: { replicas: 1 } } },
      ),
    );
    await scheduler.current.runFor(1000);
    expect(endpoints()).toContainEqual({ ready: false, serving: true, terminating: true });
    await scheduler.current.runFor(6000);
    expect(endpoints()).toEqual([{ ready: true, serving: true, terminating: false }]);
  });

  it('keeps the older Endpoints too when asked, without pods on their way out', async () => {
    const { store } = start();
    await run(store.create(resources.services, service()));
    const spec = podSpec({}, { ports: [{ name: 'http', containerPort: 8080 }], lifecycle: { preStop: { sleep: { seconds: 5 } } } });
    await run(store.create(resources.replicaSets, replicaSet('app', 2, { pod: spec })));
    await scheduler.current.runFor(3000);
    const addresses = (): number => recordsAt(recordsAt(find(moreResources.endpoints, 'web'), 'subsets')[0], 'addresses').length;
    expect(addresses()).toBe(2);
    await run(store.delete(podRef(pods()[0]?.metadata.name ?? '')));
    await scheduler.current.settle();
    expect(addresses()).toBe(1);
  });

  it('follows a change of the selector', async () => {
    const { store } = start();
    await run(store.create(resources.services, service()));
    await run(store.create(resources.replicaSets, replicaSet('app', 1)));
    await scheduler.current.runFor(3000);
    await run(
      store.patch(
        { resource: resources.services, namespace: 'default', name: 'web' },
        { kind: 'merge', body: { spec: { selector: { app: 'none' } } } },
      ),
    );
    await scheduler.current.runFor(1000);
    expect(endpoints()).toEqual([]);
  });
});

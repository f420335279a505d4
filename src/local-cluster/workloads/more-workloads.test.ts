import { afterEach, describe, expect, it } from '@jest/globals';
import type { KubeObject, NewObject, Resource } from '../../api/kube.js';
import { resources } from '../../api/kube.js';
import { hasCode } from '../../lib/errors.js';
import { virtualScheduler } from '../../lib/virtual-scheduler.js';
import type { LocalCluster } from '../local-cluster.js';
import { startLocalCluster } from '../local-cluster.js';
import { moreResources } from '../store/kinds/builtin-kinds.js';
import { at, numberAt, recordsAt } from '../store/json.js';
import { conditionOf } from './kit.js';

const scheduler = { current: virtualScheduler() };
let running: LocalCluster | undefined;
const failures: string[] = [];

function start(): LocalCluster {
  scheduler.current = virtualScheduler();
  failures.length = 0;
  running = startLocalCluster({
    scheduler: scheduler.current,
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

function find(resource: Resource, name: string): KubeObject {
  const found = running?.store.peek(resource, 'default', name);
  if (!found) throw new Error(`${resource.resource} ${name} is gone`);
  return found;
}

function all(resource: Resource): readonly KubeObject[] {
  return running?.store.peekAll(resource, 'default') ?? [];
}

describe('the Deployment stand-in', () => {
  const ref = { resource: resources.deployments, namespace: 'default', name: 'web' };
  const deployment = (spec: object = {}): NewObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      ...{ replicas: 4, selector: { matchLabels: { app: 'web' } } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'web:1' }] } },
      ...spec,
    },
  });
  const setImage = (image: string) =>
    running?.store.patch(ref, { kind: 'strategic', body: { spec: { template: { spec: { containers: [{ name: 'main', image }] } } } } }) ??
    Promise.reject(new Error('not started'));
  const sizes = (): readonly (number | undefined)[] =>
    [...all(resources.replicaSets)]
      .sort(
        (a, b) =>
          Number(a.metadata.annotations?.['deployment.kubernetes.io/revision']) -
          Number(b.metadata.annotations?.['deployment.kubernetes.io/revision']),
      )
      .map((set) => numberAt(set, 'spec', 'replicas'));

  it('brings up a ReplicaSet and reports what kubectl rollout status reads', async () => {
    const { store } = start();
    await run(store.create(resources.deployments, deployment()));
    await scheduler.current.runFor(5000);
    const after = find(resources.deployments, 'web');
    expect(after.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('1');
    expect(after.status).toMatchObject({ observedGeneration: 1, replicas: 4, updatedReplicas: 4, readyReplicas: 4, availableReplicas: 4 });
    expect(after.status?.['unavailableReplicas']).toBeUndefined();
    expect([conditionOf(after, 'Available'), conditionOf(after, 'Progressing')]).toMatchObject([
      { status: 'True', reason: 'MinimumReplicasAvailable' },
      { status: 'True', reason: 'NewReplicaSetAvailable' },
    ]);
    expect(failures).toEqual([]);
  });

  it('replaces pods within surge and unavailability', async () => {
    const { store } = start();
    await run(store.create(resources.deployments, deployment()));
    await scheduler.current.runFor(5000);
    const extremes = { most: 0, fewest: 99 };
    store.onChange(() => {
      const sets = all(resources.replicaSets);
      extremes.most = Math.max(
        extremes.most,
        sets.reduce((sum, set) => sum + (numberAt(set, 'spec', 'replicas') ?? 0), 0),
      );
      const ready = all(resources.pods).filter(
        (pod) => conditionOf(pod, 'Ready')?.['status'] === 'True' && pod.metadata.deletionTimestamp === undefined,
      );
      extremes.fewest = Math.min(extremes.fewest, ready.length);
    });
    await run(setImage('web:2'));
    await scheduler.current.runFor(20_000);
    expect(sizes()).toEqual([0, 4]);
    expect(extremes).toEqual({ most: 5, fewest: 3 });
  });

  it('stops at a version that never becomes ready, and says so after the deadline', async () => {
    const { store } = start();
    await run(store.create(resources.deployments, deployment({ progressDeadlineSeconds: 30 })));
    await scheduler.current.runFor(5000);
    await run(setImage('does-not-exist:2'));
    await scheduler.current.runFor(60_000);
    const after = find(resources.deployments, 'web');
    expect(sizes()).toEqual([3, 2]);
    expect(conditionOf(after, 'Progressing')).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' });
  });

  it('goes back to the ReplicaSet of an old template under a new revision', async () => {
    const { store } = start();
    await run(store.create(resources.deployments, deployment()));
    await scheduler.current.runFor(5000);
    for (const image of ['web:2', 'web:1']) {
      await run(setImage(image));
      await scheduler.current.runFor(20_000);
    }
    expect(all(resources.replicaSets)).toHaveLength(2);
    expect(find(resources.deployments, 'web').metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3');
    const used = all(resources.replicaSets).find((set) => numberAt(set, 'spec', 'replicas') === 4);
    expect(used?.metadata.annotations?.['deployment.kubernetes.io/revision-history']).toBe('1');
    expect(sizes()).toEqual([0, 4]);
  });

  it('with Recreate starts the new version after the last old pod is gone', async () => {
    const { store } = start();
    await run(store.create(resources.deployments, deployment({ strategy: { type: 'Recreate' } })));
    await scheduler.current.runFor(5000);
    const images = new Set<number>();
    store.onChange(() => images.add(new Set(all(resources.pods).map((pod) => at(recordsAt(pod, 'spec', 'containers')[0], 'image'))).size));
    await run(setImage('web:2'));
    await scheduler.current.runFor(20_000);
    expect([sizes(), Math.max(...images)]).toEqual([[0, 4], 1]);
  });

  it('scales to zero and back, also while paused', async () => {
    const { store } = start();
    await run(store.create(resources.deployments, deployment()));
    await scheduler.current.runFor(5000);
    for (const body of [{ spec: { replicas: 0 } }, { spec: { replicas: 2, paused: true } }]) {
      await run(store.patch(ref, { kind: 'merge', body }));
      await scheduler.current.runFor(5000);
    }
    expect(sizes()).toEqual([2]);
    expect(all(resources.pods)).toHaveLength(2);
  });

  it('keeps no more old ReplicaSets than the history limit', async () => {
    const { store } = start();
    await run(store.create(resources.deployments, deployment({ revisionHistoryLimit: 1 })));
    await scheduler.current.runFor(5000);
    for (const image of ['web:2', 'web:3', 'web:4']) {
      await run(setImage(image));
      await scheduler.current.runFor(20_000);
    }
    expect(sizes()).toEqual([0, 4]);
  });
});

describe('the Job stand-in', () => {
  const job = (command: string, spec: object = {}): NewObject => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'j', namespace: 'default' },
    spec: {
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox', command: ['sh', '-c', command] }] } },
      ...spec,
    },
  });

  it.each([
    { command: 'sleep 3', spec: {}, type: 'Complete', reason: 'CompletionsReached', counts: { succeeded: 1 } },
    { command: 'sleep 3 && exit 1', spec: { backoffLimit: 0 }, type: 'Failed', reason: 'BackoffLimitExceeded', counts: { failed: 1 } },
    { command: 'exit 1', spec: { backoffLimit: 2 }, type: 'Failed', reason: 'BackoffLimitExceeded', counts: { failed: 3 } },
    { command: 'sleep 600', spec: { activeDeadlineSeconds: 5 }, type: 'Failed', reason: 'DeadlineExceeded', counts: { failed: 1 } },
    {
      command: 'sleep 2',
      spec: { completions: 5, parallelism: 2 },
      type: 'Complete',
      reason: 'CompletionsReached',
      counts: { succeeded: 5 },
    },
  ])('"$command" with $spec ends $type', async ({ command, spec, type, reason, counts }) => {
    const { store } = start();
    await run(store.create(resources.jobs, job(command, spec)));
    await scheduler.current.runFor(120_000);
    const after = find(resources.jobs, 'j');
    expect(conditionOf(after, type)).toMatchObject({ status: 'True', reason });
    expect(after.status).toMatchObject(counts);
    expect(failures).toEqual([]);
  });

  it('starts nothing while suspended, and starts when it is resumed', async () => {
    const { store } = start();
    await run(store.create(resources.jobs, job('sleep 1', { suspend: true })));
    await scheduler.current.runFor(10_000);
    expect(all(resources.pods)).toEqual([]);
    expect(conditionOf(find(resources.jobs, 'j'), 'Suspended')).toMatchObject({ status: 'True', reason: 'JobSuspended' });
    expect(find(resources.jobs, 'j').status?.['startTime']).toBeUndefined();
    const ref = { resource: resources.jobs, namespace: 'default', name: 'j' };
    await run(store.patch(ref, { kind: 'merge', body: { spec: { suspend: false } } }));
    await scheduler.current.runFor(10_000);
    expect(conditionOf(find(resources.jobs, 'j'), 'Suspended')).toMatchObject({ status: 'False', reason: 'JobResumed' });
    expect(conditionOf(find(resources.jobs, 'j'), 'Complete')).toMatchObject({ status: 'True' });
  });

  it('goes after its time to live', async () => {
    const { store } = start();
    await run(store.create(resources.jobs, job('exit 0', { ttlSecondsAfterFinished: 10 })));
    await scheduler.current.runFor(60_000);
    expect([all(resources.jobs), all(resources.pods)]).toEqual([[], []]);
  });
});

describe('the disruption budget stand-in', () => {
  it.each([
    { budget: { minAvailable: 2 }, allowed: 1, desired: 2, expected: 3 },
    { budget: { maxUnavailable: 1 }, allowed: 1, desired: 2, expected: 3 },
    { budget: { minAvailable: '50%' }, allowed: 1, desired: 2, expected: 3 },
    { budget: { maxUnavailable: '50%' }, allowed: 2, desired: 1, expected: 3 },
    { budget: { maxUnavailable: 0 }, allowed: 0, desired: 3, expected: 3 },
  ])('$budget of 3 pods allows $allowed disruptions', async ({ budget, allowed, desired, expected }) => {
    const { store } = start();
    await run(
      store.create(resources.replicaSets, {
        ...{ apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'app', namespace: 'default' } },
        spec: {
          replicas: 3,
          selector: { matchLabels: { app: 'a' } },
          template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'm', image: 'i' }] } },
        },
      }),
    );
    await run(
      store.create(moreResources.podDisruptionBudgets, {
        ...{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'b', namespace: 'default' } },
        spec: { ...budget, selector: { matchLabels: { app: 'a' } } },
      }),
    );
    await scheduler.current.runFor(5000);
    expect(find(moreResources.podDisruptionBudgets, 'b').status).toMatchObject({
      disruptionsAllowed: allowed,
      desiredHealthy: desired,
      expectedPods: expected,
      currentHealthy: 3,
    });
    const results = await run(
      Promise.all(
        all(resources.pods).map((pod) =>
          store.evict({ resource: resources.pods, namespace: 'default', name: pod.metadata.name }).then(
            () => 'evicted',
            (error: unknown) => (hasCode(error, 'too-many-requests') ? 'refused' : String(error)),
          ),
        ),
      ),
    );
    expect(results.filter((result) => result === 'evicted')).toHaveLength(allowed);
  });
});

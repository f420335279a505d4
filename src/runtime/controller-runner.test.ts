import { describe, expect, it } from '@jest/globals';
import { controllerOf, objectKey, resources, type KubeObject, type NewObject } from '../api/kube.js';
import { ControllerError } from '../lib/errors.js';
import { virtualScheduler } from '../lib/virtual-scheduler.js';
import { fakeCluster } from '../testing/fake-cluster.js';
import { runControllers, type ControllerSpec } from './controller-runner.js';
import { informers } from './informers.js';
import { workQueue } from './queue.js';

const { rollouts, replicaSets } = resources;

function aRollout(name: string): NewObject {
  return { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: { namespace: 'a', name } };
}

function aReplicaSetOf(owner: string): NewObject {
  const ownerReferences = [{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: owner, uid: 'u', controller: true }];
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { namespace: 'a', name: `${owner}-1`, ownerReferences } };
}

const ownerKeys = (object: KubeObject | undefined): readonly string[] => {
  const owner = object && controllerOf(object.metadata);
  return owner ? [`${object.metadata.namespace}/${owner.name}`] : [];
};

function aWorld(overrides: (bench: ReturnType<typeof parts>) => Partial<ControllerSpec> = () => ({})) {
  const world = parts();
  const passes: string[] = [];
  const start = world.scheduler.now();
  const spec: ControllerSpec = {
    queue: workQueue(world.scheduler, { name: 'Rollouts' }),
    workers: 2,
    watches: [
      {
        informer: world.shared.informer({ resource: rollouts }),
        keysOf: ({ before, after }) => [objectKey((after ?? before ?? never()).metadata)],
      },
      {
        informer: world.shared.informer({ resource: replicaSets }),
        keysOf: ({ before, after }) => [...ownerKeys(before), ...ownerKeys(after)],
      },
    ],
    reconcile: async (key) => {
      passes.push(`${key}@${world.scheduler.now() - start}`);
    },
    onError: () => undefined,
    ...overrides(world),
  };
  const stopping = new AbortController();
  const outcome: { error?: unknown; ended: boolean } = { ended: false };
  const run = (): void => {
    void runControllers([spec], world.scheduler, stopping.signal)
      .catch((error: unknown) => {
        outcome.error = error;
      })
      .finally(() => {
        outcome.ended = true;
      });
  };
  return { ...world, passes, run, stop: () => stopping.abort(), outcome };
}

function parts() {
  const scheduler = virtualScheduler();
  const server = fakeCluster(scheduler);
  return { scheduler, server, shared: informers({ cluster: server, scheduler, onError: () => undefined }) };
}

function never(): never {
  throw new Error('a change of nothing');
}

describe('runControllers', () => {
  it('works on everything there is, then on what changes, the owner of a changed object included', async () => {
    const world = aWorld();
    world.server.put(rollouts, aRollout('x'));
    world.server.put(rollouts, aRollout('y'));
    world.run();
    await world.scheduler.runFor(1_000);
    world.server.put(replicaSets, aReplicaSetOf('y'));
    await world.scheduler.runFor(1_000);
    world.server.remove(rollouts, 'a', 'x');
    await world.scheduler.runFor(1_000);
    expect(world.passes).toEqual(['a/x@0', 'a/y@0', 'a/y@1000', 'a/x@2000']);
  });

  it('makes no pass before all lists are complete', async () => {
    const world = aWorld();
    world.server.put(rollouts, aRollout('x'));
    world.server.fail('list', new ControllerError('unavailable', 'down'), 6);
    world.run();
    await world.scheduler.runUntil(() => world.passes.length > 0, 60_000);
    expect(world.server.calls.filter((call) => call === 'list replicasets').length).toBeGreaterThan(1);
    expect(world.passes).toHaveLength(1);
    expect(world.passes[0]).not.toBe('a/x@0');
  });

  it('feeds a queue from informers that were complete before', async () => {
    const world = aWorld();
    world.server.put(rollouts, aRollout('x'));
    await world.scheduler.runFor(10_000);
    world.run();
    await world.scheduler.settle();
    expect(world.passes).toEqual(['a/x@10000']);
  });

  it('ends at once when it is stopped before the first list', async () => {
    const world = aWorld();
    world.server.fail('list', new ControllerError('forbidden', 'no'), 100);
    world.run();
    await world.scheduler.runFor(1_000);
    world.stop();
    await world.scheduler.settle();
    expect(world.outcome).toEqual({ ended: true });
  });

  it('works on every object once per resync period, not all in the same moment', async () => {
    const world = aWorld(({ shared }) => ({ resync: { informer: shared.informer({ resource: rollouts }), everyMs: 900_000 } }));
    for (let index = 0; index < 20; index += 1) world.server.put(rollouts, aRollout(`web-${index}`));
    world.run();
    await world.scheduler.runFor(899_000);
    expect(world.passes).toHaveLength(20);
    await world.scheduler.runFor(901_000);
    expect(world.passes).toHaveLength(40);
    expect(new Set(world.passes.slice(20).map((pass) => pass.split('@')[1])).size).toBeGreaterThan(15);
    world.stop();
    await world.scheduler.runFor(0);
    await world.shared.stop();
    expect(world.scheduler.pending()).toBe(0);
  });

  it('lets no event in after the stop', async () => {
    const world = aWorld();
    world.run();
    await world.scheduler.runFor(1_000);
    world.stop();
    await world.scheduler.settle();
    world.server.put(rollouts, aRollout('late'));
    await world.scheduler.runFor(1_000);
    expect(world.passes).toEqual([]);
    expect(world.outcome).toEqual({ ended: true });
  });
});

import { describe, expect, it } from '@jest/globals';
import { resources } from '../api/kube.js';
import type { Cluster } from '../cluster/cluster.js';
import { ControllerError } from '../lib/errors.js';
import { virtualScheduler } from '../lib/virtual-scheduler.js';
import { fakeCluster, type FakeCluster } from '../testing/fake-cluster.js';
import { guardedCluster, type WritePermit } from './guard.js';

const ref = { resource: resources.rollouts, namespace: 'a', name: 'web' };
const aRollout = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: { namespace: 'a', name: 'web' } };

interface Guard {
  permitted: boolean;
  readonly server: FakeCluster;
  readonly cluster: Cluster;
  readonly permit: WritePermit;
  readonly lose: () => void;
}

function aGuard(): Guard {
  const server = fakeCluster({ ...virtualScheduler(), yield: () => Promise.resolve() });
  const lost = new AbortController();
  const permit: WritePermit = { mayWrite: (namespace) => guard.permitted && namespace !== 'foreign', signal: lost.signal };
  const guard: Guard = { permitted: true, server, permit, cluster: guardedCluster(server, permit), lose: () => lost.abort() };
  return guard;
}

const patch = { kind: 'merge', body: {} } as const;

describe('guardedCluster', () => {
  it.each([
    { write: 'create', call: (g: Guard) => g.cluster.create(resources.rollouts, aRollout) },
    { write: 'replace', call: (g: Guard) => g.cluster.replace(ref, aRollout) },
    { write: 'patch', call: (g: Guard) => g.cluster.patch(ref, patch) },
    { write: 'dry run', call: (g: Guard) => g.cluster.patch(ref, patch, { dryRun: true }) },
    { write: 'delete', call: (g: Guard) => g.cluster.delete(ref) },
    { write: 'evict', call: (g: Guard) => g.cluster.evict(ref) },
    { write: 'bind', call: (g: Guard) => g.cluster.bind(ref, 'node') },
  ])('refuses a $write without the lease, and the server never hears of it', async ({ call }) => {
    const guard = aGuard();
    guard.permitted = false;
    await expect(call(guard)).rejects.toMatchObject({ code: 'not-leader' });
    expect(guard.server.calls).toEqual([]);
  });

  it('asks at every write, by namespace', async () => {
    const guard = aGuard();
    guard.server.put(resources.rollouts, aRollout);
    await guard.cluster.patch(ref, patch);
    await expect(guard.cluster.patch({ ...ref, namespace: 'foreign' }, patch)).rejects.toMatchObject({ code: 'not-leader' });
    guard.permitted = false;
    await expect(guard.cluster.patch(ref, patch)).rejects.toMatchObject({ code: 'not-leader' });
  });

  it('always lets reads pass', async () => {
    const guard = aGuard();
    guard.server.put(resources.rollouts, aRollout);
    guard.permitted = false;
    guard.lose();
    await expect(guard.cluster.get(ref)).resolves.toMatchObject({ kind: 'Rollout' });
  });

  it('calls back a write that is still waiting when the lease is lost', async () => {
    const guard = aGuard();
    const waiting = guardedCluster(
      {
        ...guard.server,
        patch: (_ref, _patch, options) =>
          new Promise((_, reject) => {
            options?.signal?.addEventListener('abort', () => reject(new ControllerError('aborted', 'aborted')));
          }),
      },
      guard.permit,
    ).patch(ref, patch);
    guard.lose();
    await expect(waiting).rejects.toMatchObject({ code: 'not-leader' });
  });

  it('passes on the abort of the caller as what it is', async () => {
    const guard = aGuard();
    const stop = new AbortController();
    stop.abort();
    await expect(guard.cluster.patch(ref, patch, { signal: stop.signal })).rejects.toMatchObject({ code: 'aborted' });
  });
});

import { describe, expect, it } from '@jest/globals';
import { resources, type KubeObject, type NewObject } from '../api/kube.js';
import { virtualScheduler } from '../lib/virtual-scheduler.js';
import { informers } from '../runtime/index.js';
import { createMetrics } from '../telemetry/index.js';
import { fakeCluster } from '../testing/fake-cluster.js';
import { describeObjects, endedUpdate } from './rollout-telemetry.js';

const started = { rolloutStartedAt: '2026-01-01T00:00:00Z' };
const ended = { ...started, finishedAt: '2026-01-01T00:10:00Z', completionStatus: 'Promoted', totalManualPauseDurationSeconds: 240 };

function aRollout(duration: object): KubeObject & NewObject {
  const metadata = { namespace: 'a', name: 'web', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata,
    status: { duration: JSON.parse(JSON.stringify(duration)) as Record<string, string> },
  };
}

describe('an update', () => {
  it('has ended when its status says so for the first time', () => {
    expect(endedUpdate(aRollout(started), aRollout(ended))).toEqual({
      ...{ status: 'Promoted', totalSeconds: 600, manualPauseSeconds: 240, progressionSeconds: 360 },
    });
  });

  it.each([
    { when: 'goes on', before: started, after: started },
    { when: 'ended before', before: ended, after: ended },
    { when: 'has no beginning', before: {}, after: { finishedAt: '2026-01-01T00:10:00Z', completionStatus: 'Promoted' } },
  ])('that $when is not counted', ({ before, after }) => {
    expect(endedUpdate(aRollout(before), aRollout(after))).toBeUndefined();
  });
});

describe('metrics of Rollouts', () => {
  it('follow the cache: described while they exist, counted when an update ends, forgotten after they are gone', async () => {
    const scheduler = virtualScheduler();
    const server = fakeCluster(scheduler);
    const metrics = createMetrics({ scheduler, version: '', commit: '' });
    const shared = informers({ cluster: server, scheduler, onError: () => undefined });
    shared.informer({ resource: resources.rollouts });
    const stop = describeObjects(metrics, shared);
    const text = async (): Promise<string> => (await metrics.render()).text;
    server.put(resources.rollouts, aRollout(started));
    await scheduler.settle();
    metrics.reconciled('rollout', 'a/web', 5, false);
    expect(await text()).toContain('rollout_info{namespace="a",name="web"');
    server.put(resources.rollouts, aRollout(ended));
    await scheduler.settle();
    expect(await text()).toContain('rollout_duration_seconds_sum{status="Promoted"} 600');
    server.remove(resources.rollouts, 'a', 'web');
    await scheduler.runFor(66_000);
    expect(await text()).not.toContain('name="web"');
    server.put(resources.rollouts, aRollout(started));
    stop();
    await scheduler.settle();
    expect(await text()).not.toContain('rollout_info{');
    await shared.stop();
  });
});

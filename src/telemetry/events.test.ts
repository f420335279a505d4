import { describe, expect, it } from '@jest/globals';
import { resources, type KubeObject } from '../api/kube.js';
import { ControllerError } from '../lib/errors.js';
import { virtualScheduler, type VirtualScheduler } from '../lib/virtual-scheduler.js';
import { fakeCluster, type FakeCluster } from '../testing/fake-cluster.js';
import { eventRecorder, type EventRecorder, type KubeEvent } from './events.js';

interface Bench {
  readonly scheduler: VirtualScheduler;
  readonly server: FakeCluster;
  readonly recorder: EventRecorder;
  readonly lost: string[];
  readonly stored: () => Promise<readonly KubeObject[]>;
  /** `Reason xCount: message` of what is stored, in order. */
  readonly texts: () => Promise<string[]>;
}

function aBench(): Bench {
  const scheduler = virtualScheduler();
  const server = fakeCluster(scheduler);
  const lost: string[] = [];
  const recorder = eventRecorder({
    ...{ cluster: server, scheduler },
    onLost: (_about, { reason }, error) => lost.push(`${reason}: ${(error as ControllerError).code}`),
  });
  const stored = async (): Promise<readonly KubeObject[]> => {
    await scheduler.runFor(60_000);
    const listing = server.list({ resource: resources.events });
    await scheduler.settle();
    return (await listing).items;
  };
  return {
    ...{ scheduler, server, recorder, lost, stored },
    texts: async () =>
      (await stored()).map((event) => `${String(event['reason'])} x${String(event['count'])}: ${String(event['message'])}`),
  };
}

const aRollout: KubeObject = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Rollout',
  metadata: { namespace: 'a', name: 'web', uid: 'u-1', resourceVersion: '7', creationTimestamp: '2026-01-01T00:00:00Z' },
};
const normal = (reason: string, message = 'm'): KubeEvent => ({ type: 'Normal', reason, message });

describe('an event', () => {
  it('is written as kubectl expects it', async () => {
    const bench = aBench();
    bench.recorder.event(aRollout, normal('ScalingReplicaSet', 'Scaled up'));
    const [event] = await bench.stored();
    expect(event).toMatchObject({
      ...{ apiVersion: 'v1', kind: 'Event', type: 'Normal', reason: 'ScalingReplicaSet', message: 'Scaled up', count: 1 },
      involvedObject: {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Rollout',
        namespace: 'a',
        name: 'web',
        uid: 'u-1',
        resourceVersion: '7',
      },
      ...{ source: { component: 'rollouts-controller' }, firstTimestamp: '2026-01-01T00:00:00Z', lastTimestamp: '2026-01-01T00:00:00Z' },
    });
    expect(event?.metadata).toMatchObject({ namespace: 'a', name: expect.stringMatching(/^web\.[0-9a-f]{16}$/) });
  });

  it('about a cluster-scoped object goes to the namespace default, and a long name is cut', async () => {
    const bench = aBench();
    const { namespace: _namespace, ...metadata } = aRollout.metadata;
    bench.recorder.event({ ...aRollout, metadata: { ...metadata, name: 'x'.repeat(253) } }, normal('A'));
    const [event] = await bench.stored();
    expect(event?.metadata.namespace).toBe('default');
    expect(event?.metadata.name).toHaveLength(253);
  });

  it('keeps its order among others', async () => {
    const bench = aBench();
    for (const reason of ['A', 'B', 'C']) bench.recorder.event(aRollout, normal(reason));
    expect(await bench.texts()).toEqual(['A x1: m', 'B x1: m', 'C x1: m']);
  });

  it('that repeats is counted on the first, at most one write in 10 s', async () => {
    const bench = aBench();
    for (let count = 0; count < 50; count += 1) {
      bench.recorder.event(aRollout, normal('A'));
      await bench.scheduler.runFor(1_000);
    }
    expect(await bench.texts()).toEqual(['A x50: m']);
    expect(bench.server.calls.filter((call) => call.startsWith('patch')).length).toBeLessThanOrEqual(6);
  });

  it('that repeats after its object expired is a new one, with the whole count', async () => {
    const bench = aBench();
    bench.recorder.event(aRollout, normal('A'));
    const [first] = await bench.stored();
    bench.server.remove(resources.events, 'a', first?.metadata.name ?? '');
    bench.recorder.event(aRollout, normal('A'));
    expect(await bench.texts()).toEqual(['A x2: m']);
  });

  it('with another text, type or object stands for itself', async () => {
    const bench = aBench();
    bench.recorder.event(aRollout, normal('A', 'one'));
    bench.recorder.event(aRollout, normal('A', 'two'));
    bench.recorder.event(aRollout, { type: 'Warning', reason: 'A', message: 'one' });
    bench.recorder.event({ ...aRollout, metadata: { ...aRollout.metadata, uid: 'u-2' } }, normal('A', 'one'));
    expect(await bench.texts()).toHaveLength(4);
  });
});

describe('a flood of events of one object', () => {
  it('is folded into one per reason beyond the budget, with the latest text and a count', async () => {
    const bench = aBench();
    for (let count = 1; count <= 150; count += 1) bench.recorder.event(aRollout, normal('TrafficWeightUpdated', `weight ${count}`));
    const texts = await bench.texts();
    expect(texts).toHaveLength(101);
    expect(texts.at(-1)).toBe('TrafficWeightUpdated x50: (combined from similar events): weight 150');
  });

  it('never hides an abort, a completion or a verdict', async () => {
    const bench = aBench();
    for (let count = 1; count <= 150; count += 1) bench.recorder.event(aRollout, normal('SwitchService', `to ${count}`));
    for (const reason of ['RolloutAborted', 'RolloutCompleted', 'AnalysisRunFailed']) bench.recorder.event(aRollout, normal(reason, 'why'));
    expect(await bench.texts()).toEqual(
      expect.arrayContaining(['RolloutAborted x1: why', 'RolloutCompleted x1: why', 'AnalysisRunFailed x1: why']),
    );
  });

  it('leaves other objects their budget', async () => {
    const bench = aBench();
    for (let count = 1; count <= 150; count += 1) bench.recorder.event(aRollout, normal('SwitchService', `to ${count}`));
    bench.recorder.event({ ...aRollout, metadata: { ...aRollout.metadata, uid: 'other' } }, normal('SwitchService', 'mine'));
    expect(await bench.texts()).toContain('SwitchService x1: mine');
  });

  it('is bounded while the server is away, and keeps what matters', async () => {
    const bench = aBench();
    bench.server.fail('create', new ControllerError('unavailable', 'down'), 3);
    const aboutMany = (index: number): KubeObject => ({
      ...aRollout,
      metadata: { ...aRollout.metadata, uid: `u-${index}`, name: `web-${index}` },
    });
    bench.recorder.event(aRollout, { type: 'Warning', reason: 'RolloutAborted', message: 'why' });
    for (let index = 0; index < 3_000; index += 1) bench.recorder.event(aboutMany(index), normal('A'));
    const texts = await bench.texts();
    expect(texts[0]).toBe('RolloutAborted x1: why');
    expect(texts.length).toBeLessThanOrEqual(1_002);
    expect(bench.lost.length).toBe(3_001 - texts.length);
  });
});

describe('an event that cannot be written', () => {
  it('is tried again while the server is away', async () => {
    const bench = aBench();
    bench.server.fail('create', new ControllerError('unavailable', 'down'), 4);
    bench.recorder.event(aRollout, normal('A'));
    expect(await bench.texts()).toEqual(['A x1: m']);
    expect(bench.lost).toEqual([]);
  });

  it('is given up after five tries', async () => {
    const bench = aBench();
    bench.server.fail('create', new ControllerError('timeout', 'slow'), 5);
    bench.recorder.event(aRollout, normal('A'));
    bench.recorder.event(aRollout, normal('B'));
    expect(await bench.texts()).toEqual(['B x1: m']);
    expect(bench.lost).toEqual(['A: timeout']);
  });

  it.each(['forbidden', 'not-leader', 'not-found', 'invalid'] as const)('because of %s is given up at once', async (code) => {
    const bench = aBench();
    bench.server.fail('create', new ControllerError(code, 'no'));
    bench.recorder.event(aRollout, normal('A'));
    await bench.scheduler.settle();
    expect(bench.lost).toEqual([`A: ${code}`]);
  });
});

describe('stop', () => {
  it('writes what waits, repeats included, and takes no more', async () => {
    const bench = aBench();
    bench.recorder.event(aRollout, normal('A'));
    await bench.scheduler.settle();
    bench.recorder.event(aRollout, normal('A'));
    bench.recorder.event(aRollout, normal('B'));
    const stopped = bench.recorder.stop(5_000);
    bench.recorder.event(aRollout, normal('late'));
    await bench.scheduler.settle();
    await stopped;
    expect(bench.scheduler.pending()).toBe(0);
    expect(await bench.texts()).toEqual(['A x2: m', 'B x1: m']);
  });

  it('gives up after its limit', async () => {
    const bench = aBench();
    bench.server.fail('create', new ControllerError('unavailable', 'down'), 100);
    bench.recorder.event(aRollout, normal('A'));
    bench.recorder.event(aRollout, normal('B'));
    const stopped = bench.recorder.stop(2_000);
    await bench.scheduler.runFor(2_000);
    await stopped;
    expect(bench.lost.length).toBe(2);
  });
});

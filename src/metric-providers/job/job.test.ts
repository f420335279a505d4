import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../api/kube.js';
import { resources } from '../../api/kube.js';
import type { Sample } from '../../core/analysis/index.js';
import type { VirtualScheduler } from '../../lib/virtual-scheduler.js';
import { virtualScheduler } from '../../lib/virtual-scheduler.js';
import type { LocalCluster } from '../../local-cluster/index.js';
import { startLocalCluster } from '../../local-cluster/index.js';
import { t0 } from '../../testing/analysis.js';
import { customKind } from '../../testing/custom-kind.js';
import { aContext, aRequest } from '../../testing/metric-provider-conformance.js';
import type { MeasureContext, MeasureRequest } from '../provider.js';
import type { JobDeps } from './index.js';
import { jobProvider } from './index.js';

let scheduler: VirtualScheduler;
let cluster: LocalCluster;
let run: MeasureRequest['run'];

beforeEach(async () => {
  scheduler = virtualScheduler({ start: t0 });
  cluster = startLocalCluster({ scheduler, namespaces: ['shop', 'jobs'] });
  await during(cluster.store.create(resources.customResourceDefinitions, customKind(resources.analysisRuns)));
  const object = { apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisRun', metadata: { name: 'run', namespace: 'shop' }, spec: {} };
  const { metadata } = await during(cluster.store.create(resources.analysisRuns, object));
  run = { namespace: 'shop', name: 'run', uid: metadata.uid, startedAt: t0 };
});

afterEach(() => during(cluster.stop()));

async function during<T>(call: Promise<T>): Promise<T> {
  await scheduler.settle();
  await scheduler.settle();
  return call;
}

const container = (command: string, image = 'example.io/check:1') => ({ name: 'check', image, command: ['sh', '-c', command] });
const section = (containers: readonly JsonObject[]): JsonObject => ({
  spec: { backoffLimit: 0, template: { spec: { restartPolicy: 'Never', containers } } },
});
const context = (): MeasureContext => aContext({ now: scheduler.now() });

function requestOf(provider: JsonObject): MeasureRequest {
  return { ...aRequest('job', provider), run };
}

/** Measures and asks again until there is a verdict. */
async function play(containers: readonly JsonObject[], deps: Partial<JobDeps> = {}): Promise<Sample> {
  const provider = jobProvider({ cluster: cluster.store.as('sluice'), ...deps });
  const request = requestOf(section(containers));
  let sample = await during(provider.measure(request, context()));
  for (let tries = 0; sample.kind === 'running' && tries < 100; tries++) {
    await scheduler.runFor(Math.max(0, sample.resumeAt - scheduler.now()) + 100);
    sample = (await during(provider.resume?.(request, sample.handle, context()) ?? Promise.reject(new Error('no resume')))) ?? sample;
  }
  return sample;
}

const jobs = () => cluster.store.peekAll(resources.jobs);

describe('the job provider, with real Jobs', () => {
  it('is Successful when the Job completes', async () => {
    expect(await play([container('sleep 3')])).toEqual({ kind: 'verdict', phase: 'Successful' });
    expect(jobs()).toHaveLength(1);
  });

  it('is Failed when the Job fails, and says what it printed last', async () => {
    const sample = await play([container('echo checking; echo error rate is 7%; exit 1')]);
    expect(sample).toMatchObject({
      kind: 'verdict',
      phase: 'Failed',
      metadata: { pod: expect.stringContaining('.rate.1-'), log: expect.stringMatching(/checking\nerror rate is 7%$/) },
    });
  });

  it('quotes the container that failed', async () => {
    const sample = await play([{ ...container('echo fine; sleep 1'), name: 'other' }, container('echo broken; exit 3')]);
    expect(sample).toMatchObject({ phase: 'Failed', metadata: { log: expect.stringContaining('broken') } });
  });

  it('is Inconclusive when its image is missing', async () => {
    const sample = await play([container('true', 'example.io/does-not-exist:1')]);
    expect(sample).toMatchObject({
      kind: 'verdict',
      phase: 'Inconclusive',
      message: expect.stringContaining('container check has terminal error (ErrImagePull)'),
    });
  });

  it('adopts the Job of an earlier life, and no other', async () => {
    const provider = jobProvider({ cluster: cluster.store.as('sluice') });
    const request = requestOf(section([container('sleep 60')]));
    const first = await during(provider.measure(request, context()));
    expect(await during(provider.measure(request, context()))).toEqual(first);
    expect(jobs()).toHaveLength(1);
    const stranger = { ...request, run: { ...request.run, uid: 'uid-stranger' } };
    const metadata = { name: 'uid-stranger.rate.1', namespace: 'shop' };
    await during(cluster.store.create(resources.jobs, { apiVersion: 'batch/v1', kind: 'Job', metadata, ...section([container('true')]) }));
    const refused = provider.measure(stranger, context()).catch((error: unknown) => error);
    expect(await during(refused)).toMatchObject({ message: 'Job uid-stranger.rate.1 exists and is not controlled by AnalysisRun run' });
  });

  it('says so when the Job is gone', async () => {
    const provider = jobProvider({ cluster: cluster.store.as('sluice') });
    const handle = { 'job-name': 'gone', 'job-namespace': 'shop' };
    const refused = provider.resume?.(requestOf(section([])), handle, context()).catch((error: unknown) => error);
    expect(await during(refused ?? Promise.resolve())).toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('"gone" not found'),
    });
  });

  it('goes to the namespace for Jobs, where it has no owner', async () => {
    await play([container('sleep 1')], { namespace: 'jobs' });
    expect(jobs()).toMatchObject([{ metadata: { namespace: 'jobs' } }]);
    expect(jobs()[0]?.metadata.ownerReferences).toBeUndefined();
  });

  it('removes a Job and its pods, once', async () => {
    const provider = jobProvider({ cluster: cluster.store.as('sluice') });
    const sample = await during(provider.measure(requestOf(section([container('sleep 60')])), context()));
    await scheduler.runFor(5_000);
    const handle = sample.kind === 'running' ? sample.handle : {};
    await during(provider.discard?.(handle, new AbortController().signal) ?? Promise.resolve());
    await scheduler.runFor(60_000);
    expect([...jobs(), ...cluster.store.peekAll(resources.pods)]).toEqual([]);
    await during(provider.discard?.(handle, new AbortController().signal) ?? Promise.resolve());
  });
});

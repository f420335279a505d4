import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AnalysisRunStatus } from '../../api/analysis-types.js';
import type { JsonObject, NewObject } from '../../api/kube.js';
import { resources } from '../../api/kube.js';
import { parseAnalysisRunStatus } from '../../api/parse-analysis.js';
import type { VirtualScheduler } from '../../lib/virtual-scheduler.js';
import { virtualScheduler } from '../../lib/virtual-scheduler.js';
import { ControllerError } from '../../lib/errors.js';
import type { LocalStore } from '../../local-cluster/store/index.js';
import { createStore } from '../../local-cluster/store/index.js';
import { jobProvider } from '../../metric-providers/job/index.js';
import type { ManagedQueue, RunningInformers } from '../../runtime/index.js';
import { informers, runControllers, workQueue } from '../../runtime/index.js';
import { aRawMetric } from '../../testing/analysis.js';
import { customKind } from '../../testing/custom-kind.js';
import type { ScriptedRegistry } from '../../testing/scripted-provider.js';
import { aVector, scriptedProviders } from '../../testing/scripted-provider.js';
import type { AnalysisController, LaneLimits } from './index.js';
import { analysisController } from './index.js';

/** A controller for analysis on the local cluster, in virtual time. */
interface Plane {
  readonly scheduler: VirtualScheduler;
  readonly store: LocalStore;
  readonly providers: ScriptedRegistry;
  readonly events: string[];
  readonly failures: unknown[];
}

interface Process {
  readonly controller: AnalysisController;
  readonly informers: RunningInformers;
  readonly queue: ManagedQueue;
  readonly stop: () => Promise<void>;
}

let plane: Plane;
let running: Process | undefined;

function startProcess(caller: string, limits?: LaneLimits): Process {
  const { scheduler, store, providers } = plane;
  const shared = informers({ cluster: store.as(caller), scheduler, onError: (_, error) => plane.failures.push(error) });
  const queue = workQueue(scheduler, { name: 'AnalysisRuns' });
  const controller = analysisController({
    scheduler,
    informers: shared,
    providers,
    queue,
    recordEvent: (about, { type, reason, message }) => plane.events.push(`${about.metadata.name}: ${type} ${reason} ${message}`),
    controllerNamespace: 'sluice',
    ...(limits === undefined ? {} : { limits }),
  });
  const stopping = new AbortController();
  const { watches, reconcile } = controller;
  const onError = (_: string, error: unknown): void => void plane.failures.push(error);
  const done = runControllers([{ queue, workers: 4, watches, reconcile, onError }], scheduler, stopping.signal);
  const stop = async (): Promise<void> => {
    stopping.abort();
    await Promise.all([done, controller.stop(), shared.stop()]);
  };
  return { controller, informers: shared, queue, stop };
}

beforeEach(async () => {
  const scheduler = virtualScheduler();
  const store = createStore({ scheduler, namespaces: ['shop', 'jobs', 'sluice'] });
  const providers = scriptedProviders({ scheduler, providers: [jobProvider({ cluster: store.as('job-provider') })] });
  plane = { scheduler, store, providers, events: [], failures: [] };
  await during(store.create(resources.customResourceDefinitions, customKind(resources.analysisRuns)));
});

afterEach(async () => {
  if (running !== undefined) await during(running.stop());
  running = undefined;
});

/** Awaits a call while virtual time stands still but everybody may run. */
async function during<T>(call: Promise<T>): Promise<T> {
  await plane.scheduler.settle();
  await plane.scheduler.settle();
  return call;
}

function runOf(name: string, metrics: readonly JsonObject[], spec: JsonObject = {}): NewObject {
  return { apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisRun', metadata: { name, namespace: 'shop' }, spec: { metrics, ...spec } };
}

async function create(run: NewObject): Promise<void> {
  await during(plane.store.create(resources.analysisRuns, run));
}

function statusOf(name: string): AnalysisRunStatus {
  return parseAnalysisRunStatus(plane.store.peek(resources.analysisRuns, 'shop', name)?.status);
}

async function until(name: string, phase: string, limitMs = 120_000): Promise<AnalysisRunStatus> {
  const reached = await plane.scheduler.runUntil(() => statusOf(name).phase === phase, limitMs);
  if (!reached) throw new Error(`${name} is ${JSON.stringify(statusOf(name))}; failures: ${plane.failures.join()}`);
  return statusOf(name);
}

describe('the analysis controller', () => {
  it('measures count times in the interval and ends Successful', async () => {
    running = startProcess('sluice');
    plane.providers.script('rate', aVector(1), aVector(0), aVector(1));
    await create(runOf('tolerated', [aRawMetric({ interval: '10s', count: 4, failureLimit: 1 })]));
    const status = await until('tolerated', 'Successful');
    expect(status.metricResults).toMatchObject([{ count: 4, failed: 1, successful: 3, metadata: { ResolvedPrometheusQuery: 'up' } }]);
    expect(status.metricResults[0]?.measurements.map(({ phase, value }) => `${phase} ${value}`)).toEqual([
      'Successful [1]',
      'Failed [0]',
      'Successful [1]',
      'Successful [1]',
    ]);
    expect(plane.providers.asked).toEqual([1, 2, 3, 4].map((n) => `tolerated/rate#${n}`));
    expect(plane.events).toEqual([
      "tolerated: Normal MetricSuccessful Metric 'rate' Completed. Result: Successful",
      'tolerated: Normal AnalysisRunSuccessful Analysis Completed. Result: Successful',
    ]);
    expect(plane.failures).toEqual([]);
  });

  it('keeps the interval: from the end of one measurement to the start of the next', async () => {
    running = startProcess('sluice');
    await create(runOf('steady', [aRawMetric({ interval: '1s', count: 5 })]));
    const began = plane.scheduler.now();
    await until('steady', 'Successful');
    const tookMs = plane.scheduler.now() - began;
    expect(tookMs).toBeGreaterThanOrEqual(4_000);
    expect(tookMs).toBeLessThan(4_800);
  });

  it('ends a run at the failing metric without waiting for a sibling that hangs', async () => {
    running = startProcess('sluice');
    plane.providers.script('bad', aVector(0));
    plane.providers.script('slow', 'hang');
    await create(runOf('run', [aRawMetric({ name: 'slow' }), aRawMetric({ name: 'bad' })]));
    const began = plane.scheduler.now();
    const status = await until('run', 'Failed');
    expect(plane.scheduler.now() - began).toBeLessThan(100);
    expect(status.message).toBe('Metric "bad" assessed Failed due to failed (1) > failureLimit (0)');
    await plane.scheduler.settle();
    expect(plane.providers.underWay).toBe(0);
    expect(status.metricResults.map(({ name }) => name)).toEqual(['bad']);
  });

  it('stops measuring when the run is terminated, and when it is deleted', async () => {
    running = startProcess('sluice');
    plane.providers.script('rate', 'hang');
    await create(runOf('ended', [aRawMetric()]));
    await create(runOf('deleted', [aRawMetric()]));
    await plane.scheduler.runUntil(() => plane.providers.underWay === 2, 1_000);
    await during(
      plane.store.patch(
        { resource: resources.analysisRuns, namespace: 'shop', name: 'ended' },
        { kind: 'merge', body: { spec: { terminate: true } } },
      ),
    );
    expect((await until('ended', 'Successful')).message).toBe('Run Terminated');
    await during(plane.store.delete({ resource: resources.analysisRuns, namespace: 'shop', name: 'deleted' }));
    expect(await plane.scheduler.runUntil(() => plane.providers.underWay === 0, 1_000)).toBe(true);
  });

  it('writes nothing when there is nothing to say', async () => {
    running = startProcess('sluice');
    await create(runOf('done', [aRawMetric()]));
    await until('done', 'Successful');
    const writes = plane.store.audit.entries().length;
    await plane.scheduler.runFor(3_600_000);
    expect(
      plane.store.audit
        .entries()
        .slice(writes)
        .filter(({ verb, caller }) => caller === 'sluice' && verb === 'patch'),
    ).toEqual([]);
  });

  it('goes on after a restart with what is stored: no measurement is taken twice', async () => {
    running = startProcess('before');
    await create(runOf('run', [aRawMetric({ interval: '10s', count: 3 })]));
    await plane.scheduler.runUntil(() => (statusOf('run').metricResults[0]?.count ?? 0) === 2, 60_000);
    plane.store.kill('before');
    const dead = running;
    running = startProcess('after');
    await until('run', 'Successful');
    expect(plane.providers.asked.filter((each) => each.endsWith('#3'))).not.toHaveLength(0);
    expect(plane.providers.asked.filter((each) => each.endsWith('#1'))).toHaveLength(1);
    expect(statusOf('run').metricResults[0]).toMatchObject({ count: 3, measurements: { length: 3 } });
    void dead.stop();
  });

  it('keeps an outcome when the write of the status is refused, and stores it once', async () => {
    running = startProcess('sluice');
    let refused = 0;
    plane.store.intercept({
      before: ({ caller, verb, resource }) => {
        if (
          caller === 'sluice' &&
          verb === 'patch' &&
          resource.resource === 'analysisruns' &&
          plane.providers.asked.length > 0 &&
          refused < 3
        ) {
          refused += 1;
          throw new ControllerError('unavailable', 'etcd has no leader');
        }
      },
    });
    await create(runOf('run', [aRawMetric()]));
    const status = await until('run', 'Successful');
    expect(refused).toBe(3);
    expect(plane.providers.asked).toEqual(['run/rate#1']);
    expect(status.metricResults).toMatchObject([{ count: 1, measurements: { length: 1 } }]);
  });

  it('says what is wrong with a spec, once', async () => {
    running = startProcess('sluice');
    await create(runOf('wrong', [aRawMetric({ successCondition: 'result[0] >' })], { ttlStrategy: { secondsAfterCompletion: 60 } }));
    const status = await until('wrong', 'Error');
    expect(status.message).toBe(
      'Analysis spec invalid: metrics[0]: could not compile successCondition "result[0] >": unexpected token EOF',
    );
    expect(plane.events).toEqual(['wrong: Warning AnalysisRunError Analysis Completed. Result: Error']);
    expect(plane.providers.asked).toEqual([]);
    await plane.scheduler.runFor(60_000);
    expect(plane.store.peek(resources.analysisRuns, 'shop', 'wrong')).toBeDefined();
    await plane.scheduler.runFor(2_000);
    expect(plane.store.peek(resources.analysisRuns, 'shop', 'wrong')).toBeUndefined();
  });

  it('turns the error of a provider into a measurement, and measures again after 10 s', async () => {
    running = startProcess('sluice');
    plane.providers.script('rate', new ControllerError('provider-unavailable', 'bad_data: bad query'), aVector(1));
    await create(runOf('run', [aRawMetric()]));
    const began = plane.scheduler.now();
    const status = await until('run', 'Successful');
    expect(plane.scheduler.now() - began).toBeGreaterThanOrEqual(10_000);
    expect(status.metricResults).toMatchObject([
      { count: 1, error: 1, measurements: [{ phase: 'Error', message: 'bad_data: bad query' }, { phase: 'Successful' }] },
    ]);
  });

  it('gives a measurement up that never ends, after 15 minutes', async () => {
    running = startProcess('sluice');
    plane.providers.script('rate', 'hang');
    await create(runOf('run', [aRawMetric({ consecutiveErrorLimit: 0 })]));
    const status = await until('run', 'Error', 16 * 60_000);
    expect(status.message).toContain('no answer within 15 minutes');
  });

  describe('with secrets', () => {
    const secret = (data: Readonly<Record<string, string>>): NewObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'token', namespace: 'shop' },
      data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
    });
    const args = [{ name: 'token', valueFrom: { secretKeyRef: { name: 'token', key: 'k' } } }];
    const metric = aRawMetric({ provider: { prometheus: { query: 'up{token="{{args.token}}"}' } }, consecutiveErrorLimit: 0 });

    it('measures with them and shows them nowhere', async () => {
      running = startProcess('sluice');
      await during(plane.store.create(resources.secrets, secret({ k: 'hush-hush' })));
      plane.providers.script(
        'rate',
        { kind: 'value', value: { type: 'floats', values: [0] }, text: 'hush-hush', metadata: { warnings: 'hush-hush' } },
        new Error('no: hush-hush'),
      );
      await create(runOf('run', [{ ...metric, interval: '1s', failureLimit: 5 }], { args }));
      await until('run', 'Error');
      expect(plane.providers.requests[0]?.metric.provider).toEqual({ query: 'up{token="hush-hush"}' });
      expect(statusOf('run').metricResults[0]?.measurements).toMatchObject([
        { value: '*****', metadata: { warnings: '*****' } },
        { message: 'no: *****' },
      ]);
      expect(JSON.stringify([plane.store.peekAll(resources.analysisRuns), plane.events])).not.toContain('hush');
    });

    it('waits for one that comes late', async () => {
      running = startProcess('sluice');
      await create(runOf('run', [metric], { args }));
      await plane.scheduler.runFor(5_000);
      expect(statusOf('run')).toMatchObject({ phase: 'Running', message: 'Unable to resolve metric arguments: secrets "token" not found' });
      await during(plane.store.create(resources.secrets, secret({ k: 'hush' })));
      expect((await until('run', 'Successful')).message).toBe('');
    });

    it.each([
      { when: 'it never comes', data: undefined, message: 'secrets "token" not found' },
      { when: 'it lacks the key', data: { other: 'x' }, message: "key 'k' does not exist in secret 'token'" },
    ])('ends in Error when $when, after half a minute', async ({ data, message }) => {
      running = startProcess('sluice');
      if (data !== undefined) await during(plane.store.create(resources.secrets, secret(data)));
      await create(runOf('run', [metric], { args }));
      const began = plane.scheduler.now();
      expect((await until('run', 'Error')).message).toBe(`Unable to resolve metric arguments: ${message}`);
      expect(plane.scheduler.now() - began).toBeGreaterThanOrEqual(30_000);
      expect(plane.providers.asked).toEqual([]);
    });
  });

  describe('with Jobs', () => {
    const spec = {
      backoffLimit: 0,
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'example.io/check:1' }] } },
    };
    const jobMetric = aRawMetric({ name: 'check', successCondition: '', provider: { job: { spec, metadata: { labels: { who: 'me' } } } } });
    const jobs = () => plane.store.peekAll(resources.jobs);
    const finish = async (type: 'Complete' | 'Failed'): Promise<void> => {
      const [job] = jobs();
      const ref = { resource: resources.jobs, namespace: 'shop', name: job?.metadata.name ?? '' };
      await during(
        plane.store.patch(ref, { kind: 'merge', body: { status: { conditions: [{ type, status: 'True' }] } } }, { subresource: 'status' }),
      );
    };
    const jobIs = (count: number): Promise<boolean> => plane.scheduler.runUntil(() => jobs().length === count, 30_000);

    it.each([
      { type: 'Complete', phase: 'Successful' },
      { type: 'Failed', phase: 'Failed' },
    ] as const)('is $phase as soon as the Job is $type', async ({ type, phase }) => {
      running = startProcess('sluice');
      await create(runOf('run', [jobMetric]));
      await jobIs(1);
      await plane.scheduler.runFor(60_000);
      expect(statusOf('run')).toMatchObject({ phase: 'Running', metricResults: [{ measurements: [{ phase: 'Running' }] }] });
      const finishedAt = plane.scheduler.now();
      await finish(type);
      const status = await until('run', phase);
      expect(plane.scheduler.now() - finishedAt).toBeLessThan(1_000);
      const uid = plane.store.peek(resources.analysisRuns, 'shop', 'run')?.metadata.uid ?? '';
      expect(status.metricResults[0]?.measurements[0]?.metadata).toEqual({ 'job-name': `${uid}.check.1`, 'job-namespace': 'shop' });
      expect(jobs()[0]?.metadata).toMatchObject({
        labels: { who: 'me', 'analysisrun.argoproj.io/uid': uid },
        annotations: { 'analysisrun.argoproj.io/name': 'run', 'analysisrun.argoproj.io/metric-name': 'check' },
        ownerReferences: [{ kind: 'AnalysisRun', uid, controller: true }],
      });
    });

    it('makes one Job although the controller died right after the create', async () => {
      running = startProcess('before');
      plane.store.intercept({
        after: ({ resource, verb }) => {
          if (resource.resource === 'jobs' && verb === 'create') plane.store.kill('before');
        },
      });
      await create(runOf('run', [jobMetric]));
      await jobIs(1);
      await plane.scheduler.runFor(100);
      running = startProcess('after');
      await plane.scheduler.runFor(10_000);
      await finish('Complete');
      await until('run', 'Successful');
      expect(jobs()).toHaveLength(1);
      expect(
        plane.store.audit
          .entries()
          .filter(({ verb, resource, failed }) => verb === 'create' && resource.resource === 'jobs' && failed === undefined),
      ).toHaveLength(1);
    });

    it('ends the Job of a run that is terminated, after the verdict is stored', async () => {
      running = startProcess('sluice');
      await create(runOf('run', [jobMetric]));
      await jobIs(1);
      await plane.scheduler.runFor(1_000);
      await during(
        plane.store.patch(
          { resource: resources.analysisRuns, namespace: 'shop', name: 'run' },
          { kind: 'merge', body: { spec: { terminate: true } } },
        ),
      );
      const status = await until('run', 'Inconclusive');
      expect(status.message).toBe(
        'Metric "check" assessed Inconclusive due to inconclusive (1) > inconclusiveLimit (0): "Error Message: Metric Terminated"',
      );
      await plane.scheduler.runUntil(() => jobs()[0]?.metadata.deletionTimestamp !== undefined || jobs().length === 0, 5_000);
      expect(jobs()[0]?.metadata.deletionTimestamp ?? 'gone').toBeDefined();
    });

    it('ends a Job that a crash left behind a completed run', async () => {
      await create(runOf('run', [jobMetric]));
      const run = plane.store.peek(resources.analysisRuns, 'shop', 'run');
      const uid = run?.metadata.uid ?? '';
      const annotations = {
        'analysisrun.argoproj.io/name': 'run',
        'analysisrun.argoproj.io/namespace': 'shop',
        'analysisrun.argoproj.io/metric-name': 'check',
      };
      const labels = { 'analysisrun.argoproj.io/uid': uid };
      const metadata = { name: `${uid}.check.1`, namespace: 'shop', labels, annotations };
      await during(plane.store.create(resources.jobs, { apiVersion: 'batch/v1', kind: 'Job', metadata, spec }));
      await during(
        plane.store.patch(
          { resource: resources.analysisRuns, namespace: 'shop', name: 'run' },
          { kind: 'merge', body: { status: { phase: 'Failed' } } },
        ),
      );
      running = startProcess('sluice');
      expect(
        await plane.scheduler.runUntil(() => jobs().every(({ metadata: { deletionTimestamp } }) => deletionTimestamp !== undefined), 5_000),
      ).toBe(true);
    });

    it('removes a Job of another namespace when its run is gone', async () => {
      const annotations = {
        'analysisrun.argoproj.io/name': 'gone',
        'analysisrun.argoproj.io/namespace': 'shop',
        'analysisrun.argoproj.io/metric-name': 'check',
      };
      const metadata = { name: 'uid-gone.check.1', namespace: 'jobs', labels: { 'analysisrun.argoproj.io/uid': 'uid-gone' }, annotations };
      await during(plane.store.create(resources.jobs, { apiVersion: 'batch/v1', kind: 'Job', metadata, spec }));
      running = startProcess('sluice');
      expect(
        await plane.scheduler.runUntil(() => jobs().every(({ metadata: { deletionTimestamp } }) => deletionTimestamp !== undefined), 5_000),
      ).toBe(true);
    });
  });

  it('loses no verdict and takes no Job twice, wherever the controller dies', async () => {
    const spec = {
      backoffLimit: 0,
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'example.io/check:1' }] } },
    };
    const jobMetric = aRawMetric({ name: 'check', successCondition: '', provider: { job: { spec } } });
    plane.providers.script('rate', aVector(1), aVector(1), aVector(1), aVector(0));
    let caller = 'life-0';
    let lives = 0;
    plane.store.intercept({
      after: (call, error) => {
        const isWrite = ['create', 'patch', 'delete'].includes(call.verb) && error === undefined;
        if (!isWrite || (call.caller !== caller && call.caller !== 'job-provider')) return;
        plane.store.kill(caller);
        lives += 1;
        caller = `life-${lives}`;
        plane.scheduler.after(50, () => {
          running = startProcess(caller);
        });
      },
    });
    running = startProcess(caller);
    await create(runOf('run', [aRawMetric({ interval: '5s', count: 10 }), jobMetric]));
    const status = await until('run', 'Failed', 600_000);
    expect(status).toMatchObject({
      message: 'Metric "rate" assessed Failed due to failed (1) > failureLimit (0)',
      runSummary: { count: 2, failed: 1 },
    });
    expect(status.metricResults.find(({ name }) => name === 'rate')?.failed).toBe(1);
    await plane.scheduler.runFor(10_000);
    const created = plane.store.audit
      .entries()
      .filter(({ verb, resource, failed }) => verb === 'create' && resource.resource === 'jobs' && failed === undefined);
    expect(created).toHaveLength(1);
    expect(plane.store.peekAll(resources.jobs).filter(({ metadata }) => metadata.deletionTimestamp === undefined)).toEqual([]);
    expect(lives).toBeGreaterThan(4);
  });

  describe('with many', () => {
    it('runs no more at once than it may', async () => {
      running = startProcess('sluice', { overall: 10, perLane: 3 });
      let most = 0;
      for (let n = 0; n < 30; n++) await create(runOf(`run-${n}`, [aRawMetric()]));
      await plane.scheduler.runUntil(() => {
        most = Math.max(most, plane.providers.underWay);
        return plane.store.peekAll(resources.analysisRuns).every(({ status }) => status?.['phase'] === 'Successful');
      }, 60_000);
      expect(most).toBe(3);
    });
  });
});

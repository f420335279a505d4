import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseExperimentStatus } from '../../api/index.js';
import type { ExperimentStatus } from '../../core/experiment/index.js';
import type { JsonObject, NewObject } from '../../api/kube.js';
import { resources } from '../../api/kube.js';
import { hasCode } from '../../lib/errors.js';
import type { VirtualScheduler } from '../../lib/virtual-scheduler.js';
import { virtualScheduler } from '../../lib/virtual-scheduler.js';
import type { LocalCluster } from '../../local-cluster/index.js';
import { startLocalCluster } from '../../local-cluster/index.js';
import { informers, runControllers } from '../../runtime/index.js';
import { aRawMetric } from '../../testing/analysis.js';
import { customKind } from '../../testing/custom-kind.js';
import type { ScriptedRegistry } from '../../testing/scripted-provider.js';
import { aVector, scriptedProviders } from '../../testing/scripted-provider.js';
import { composeControllers } from '../controllers.js';

let scheduler: VirtualScheduler;
let cluster: LocalCluster;
let providers: ScriptedRegistry;
let events: string[];
let failures: unknown[];
let stopping: AbortController;
let stopped: Promise<void>;

const kinds = [
  resources.analysisRuns,
  resources.analysisTemplates,
  resources.clusterAnalysisTemplates,
  resources.experiments,
  resources.rollouts,
];

beforeEach(async () => {
  scheduler = virtualScheduler();
  cluster = startLocalCluster({ scheduler, namespaces: ['shop'] });
  providers = scriptedProviders({ scheduler });
  events = [];
  failures = [];
  for (const kind of kinds) await during(cluster.store.create(resources.customResourceDefinitions, customKind(kind)));
  start('sluice');
});

afterEach(async () => {
  stopping.abort();
  await during(stopped);
  await during(cluster.stop());
});

function start(caller: string): void {
  const shared = informers({ cluster: cluster.store.as(caller), scheduler, onError: (_, error) => failures.push(error) });
  const controllers = composeControllers({
    scheduler,
    informers: shared,
    providers,
    recordEvent: (about, { type, reason, message }) => events.push(`${about.kind}/${about.metadata.name}: ${type} ${reason} ${message}`),
    onError: (_, key, error) => (hasCode(error, 'conflict') ? undefined : failures.push([key, error])),
    controllerNamespace: 'sluice',
    workers: { rollouts: 1, analysisRuns: 2, experiments: 2 },
    resyncMs: 900_000,
    only: ['Experiments', 'AnalysisRuns'],
  });
  stopping = new AbortController();
  stopped = runControllers(controllers.specs, scheduler, stopping.signal).then(() =>
    Promise.all([controllers.stop(), shared.stop()]).then(() => undefined),
  );
}

async function during<T>(call: Promise<T>): Promise<T> {
  await scheduler.settle();
  await scheduler.settle();
  return call;
}

const podTemplate = (app: string, image = 'example.io/demo:v1'): JsonObject => ({
  metadata: { labels: { app } },
  spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'demo', image, ports: [{ name: 'http', containerPort: 8080 }] }] },
});
const template = (app: string, fields: JsonObject = {}): JsonObject => ({
  name: 'one',
  replicas: 1,
  selector: { matchLabels: { app } },
  template: podTemplate(app),
  ...fields,
});

async function create(name: string, spec: JsonObject, metadata: Partial<NewObject['metadata']> = {}): Promise<void> {
  const object = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Experiment', metadata: { name, namespace: 'shop', ...metadata }, spec };
  await during(cluster.store.create(resources.experiments, object));
}

async function createTemplate(name: string, spec: JsonObject): Promise<void> {
  const object = { apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisTemplate', metadata: { name, namespace: 'shop' }, spec };
  await during(cluster.store.create(resources.analysisTemplates, object));
}

function statusOf(name: string): ExperimentStatus {
  return parseExperimentStatus(cluster.store.peek(resources.experiments, 'shop', name)?.status);
}

async function until(name: string, phase: string, limitMs = 120_000): Promise<ExperimentStatus> {
  const reached = await scheduler.runUntil(() => statusOf(name).phase === phase, limitMs);
  if (!reached) throw new Error(`${name} is ${JSON.stringify(statusOf(name))}; failures: ${failures.map(String).join()}`);
  return statusOf(name);
}

const replicaSet = (name: string) => cluster.store.peek(resources.replicaSets, 'shop', name);
const service = (name: string) => cluster.store.peek(resources.services, 'shop', name);
const run = (name: string) => cluster.store.peek(resources.analysisRuns, 'shop', name);

describe('the experiment controller', () => {
  it('runs pods behind a Service for its duration and takes both away again', async () => {
    await create('timed', { templates: [template('timed', { service: {} })], duration: '30s', scaleDownDelaySeconds: 0 });
    const running = await until('timed', 'Running');
    expect(running).toMatchObject({
      templateStatuses: [
        { name: 'one', status: 'Running', replicas: 1, availableReplicas: 1, serviceName: 'timed-one', podTemplateHash: '6f4b9b86cd' },
      ],
      conditions: [{ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message: 'Experiment "timed" is running.' }],
    });
    expect(running.availableAt).toBeDefined();
    expect(replicaSet('timed-one')?.metadata).toMatchObject({
      labels: { app: 'timed', 'rollouts-pod-template-hash': '6f4b9b86cd' },
      annotations: { 'experiment.argoproj.io/name': 'timed', 'experiment.argoproj.io/template-name': 'one' },
    });
    expect(service('timed-one')?.spec).toMatchObject({
      selector: { app: 'timed', 'rollouts-pod-template-hash': '6f4b9b86cd' },
      ports: [{ name: 'http', port: 8080, targetPort: 8080, protocol: 'TCP' }],
    });
    await until('timed', 'Successful');
    await scheduler.runFor(5_000);
    expect(replicaSet('timed-one')?.spec).toMatchObject({ replicas: 0 });
    expect(service('timed-one')).toBeUndefined();
    expect(statusOf('timed')).toMatchObject({
      phase: 'Successful',
      templateStatuses: [{ status: 'Successful', replicas: 0, serviceName: '' }],
      conditions: [{ status: 'False', reason: 'ExperimentCompleted', message: 'Experiment "timed" has successfully ran and completed.' }],
    });
    expect(events.filter((event) => event.startsWith('Experiment/timed'))).toEqual([
      "Experiment/timed: Normal TemplateProgressing Template 'one' transitioned from  -> Progressing",
      'Experiment/timed: Normal ExperimentPending Experiment transitioned from  -> Pending',
      'Experiment/timed: Normal ScalingReplicaSet Scaled up ReplicaSet timed-one from 0 to 1',
      "Experiment/timed: Normal TemplateRunning Template 'one' transitioned from Progressing -> Running",
      'Experiment/timed: Normal ExperimentRunning Experiment transitioned from Pending -> Running',
      "Experiment/timed: Normal TemplateSuccessful Template 'one' transitioned from Running -> Successful",
      'Experiment/timed: Normal ExperimentSuccessful Experiment transitioned from Running -> Successful',
      'Experiment/timed: Normal ScalingReplicaSet Scaled down ReplicaSet timed-one from 1 to 0',
    ]);
    expect(failures).toEqual([]);
  });

  it('fails when pods are not available in time, and leaves them for a while', async () => {
    const stuck = template('stuck', { template: podTemplate('stuck', 'example.io/does-not-exist:1') });
    await create('stuck', { templates: [stuck], progressDeadlineSeconds: 20 });
    const status = await until('stuck', 'Failed');
    expect(status.message).toBe("Template 'one' exceeded its progressDeadlineSeconds (20)");
    expect(replicaSet('stuck-one')?.spec).toMatchObject({ replicas: 1 });
    await scheduler.runFor(31_000);
    expect(replicaSet('stuck-one')?.spec).toMatchObject({ replicas: 0 });
  });

  it('starts its analysis once the pods are available, with arguments about them, and ends with its verdict', async () => {
    await createTemplate('rate', {
      args: [{ name: 'hash' }],
      metrics: [aRawMetric({ name: 'rate', provider: { prometheus: { query: 'x{hash="{{args.hash}}"}' } } })],
    });
    const args = [{ name: 'hash', value: '{{templates.one.podTemplateHash}} {{templates.one.replicaset.name}}' }];
    await create('judged', {
      templates: [template('timed')],
      analyses: [{ name: 'check', templateName: 'rate', requiredForCompletion: true, args }],
    });
    const status = await until('judged', 'Successful');
    expect(status.analysisRuns).toEqual([{ name: 'check', analysisRun: 'judged-check', phase: 'Successful', message: '' }]);
    expect(run('judged-check')?.spec).toMatchObject({ args: [{ name: 'hash', value: '6f4b9b86cd judged-one' }] });
    expect(providers.requests[0]?.metric.provider).toEqual({ query: 'x{hash="6f4b9b86cd judged-one"}' });
    expect(events).toContain("Experiment/judged: Normal AnalysisRunPending AnalysisRun 'check' transitioned from  -> Pending");
  });

  it.each([
    { value: 0, phase: 'Failed', message: 'Metric "rate" assessed Failed due to failed (1) > failureLimit (0)' },
    { value: 0.5, phase: 'Inconclusive', message: 'Metric "rate" assessed Inconclusive due to inconclusive (1) > inconclusiveLimit (0)' },
  ])('is $phase as soon as an analysis is', async ({ value, phase, message }) => {
    providers.script('rate', aVector(value));
    await createTemplate('rate', { metrics: [aRawMetric({ successCondition: 'result[0] > 0.9', failureCondition: 'result[0] < 0.1' })] });
    await create('bad', { templates: [template('bad')], duration: '1h', analyses: [{ name: 'check', templateName: 'rate' }] });
    expect(await until('bad', phase)).toMatchObject({ message, analysisRuns: [{ phase, message }] });
    await scheduler.runFor(31_000);
    expect(replicaSet('bad-one')?.spec).toMatchObject({ replicas: 0 });
  });

  it('ends analyses that go on for ever at the end of its duration, and shows how they ended', async () => {
    await createTemplate('rate', { metrics: [aRawMetric({ interval: '5s' })] });
    await create('ended', { templates: [template('ended')], duration: '20s', analyses: [{ name: 'check', templateName: 'rate' }] });
    const status = await until('ended', 'Successful');
    expect(status.analysisRuns).toMatchObject([{ analysisRun: 'ended-check', phase: 'Successful', message: 'Run Terminated' }]);
    expect(events).toContain('Experiment/ended: Normal AnalysisRunTerminating Terminating check (ended-check)');
  });

  it('ends everything when it is terminated', async () => {
    await createTemplate('rate', { metrics: [aRawMetric({ interval: '5s' })] });
    await create('endless', {
      templates: [template('endless')],
      analyses: [{ name: 'check', templateName: 'rate' }],
      scaleDownDelaySeconds: 1,
    });
    await until('endless', 'Running');
    await scheduler.runFor(12_000);
    await during(
      cluster.store.patch(
        { resource: resources.experiments, namespace: 'shop', name: 'endless' },
        { kind: 'merge', body: { spec: { terminate: true } } },
      ),
    );
    await until('endless', 'Successful');
    await scheduler.runFor(3_000);
    expect(replicaSet('endless-one')?.spec).toMatchObject({ replicas: 0 });
    expect(run('endless-check')?.status).toMatchObject({ phase: 'Successful', message: 'Run Terminated' });
  });

  it('judges without pods of its own too', async () => {
    await createTemplate('rate', { metrics: [aRawMetric()] });
    await create('bare', { templates: [], analyses: [{ name: 'check', templateName: 'rate' }] });
    expect(await until('bare', 'Successful')).toMatchObject({ analysisRuns: [{ phase: 'Successful' }] });
  });

  it('is an Error from the beginning when a template is missing', async () => {
    await create('lost', { templates: [template('lost')], analyses: [{ name: 'check', templateName: 'nosuch' }] });
    expect(await until('lost', 'Error')).toMatchObject({
      message: "AnalysisTemplate verification failed for analysis 'check': AnalysisTemplate 'nosuch' not found",
    });
  });

  it('says what is wrong with its spec and makes nothing', async () => {
    await create('invalid', { templates: [template('a'), template('b')] });
    await scheduler.runFor(1_000);
    expect(statusOf('invalid')).toMatchObject({
      phase: '',
      conditions: [
        {
          type: 'InvalidSpec',
          status: 'True',
          message:
            'The Experiment "invalid" is invalid: spec.templates[1].name: Invalid value: "one": Experiment templates must have unique names',
        },
      ],
    });
    expect(cluster.store.peekAll(resources.replicaSets)).toEqual([]);
  });

  it('takes another name when a ReplicaSet of that name belongs to somebody else', async () => {
    const metadata = { name: 'clash-one', namespace: 'shop' };
    const spec = { replicas: 0, selector: { matchLabels: { app: 'other' } }, template: podTemplate('other') };
    await during(cluster.store.create(resources.replicaSets, { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata, spec }));
    await create('clash', { templates: [template('clash')], duration: '5s' });
    await until('clash', 'Running');
    expect(replicaSet('clash-one-1')?.spec).toMatchObject({ replicas: 1 });
    expect(replicaSet('clash-one')?.metadata.ownerReferences).toBeUndefined();
  });

  it('is an Error when its Service belongs to somebody else, which stays untouched', async () => {
    const metadata = { name: 'taken', namespace: 'shop' };
    await during(
      cluster.store.create(resources.services, {
        apiVersion: 'v1',
        kind: 'Service',
        metadata,
        spec: { selector: { app: 'x' }, ports: [{ port: 80 }] },
      }),
    );
    await create('clash', { templates: [template('clash', { service: { name: 'taken' } })] });
    expect((await until('clash', 'Error')).message).toBe("Service 'taken' exists and does not belong to this experiment");
    expect(service('taken')?.spec).toMatchObject({ selector: { app: 'x' } });
  });

  it('keeps pods behind a Service that the Rollout still sends requests to', async () => {
    const rollout = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: { name: 'app', namespace: 'shop' }, spec: {} };
    const { metadata } = await during(cluster.store.create(resources.rollouts, rollout));
    const weights = (weight: number) => ({ status: { canary: { weights: { additional: [{ serviceName: 'routed-one', weight }] } } } });
    const setWeight = (weight: number) =>
      during(
        cluster.store.patch({ resource: resources.rollouts, namespace: 'shop', name: 'app' }, { kind: 'merge', body: weights(weight) }),
      );
    await setWeight(20);
    const owner = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'app', uid: metadata.uid, controller: true };
    await create(
      'routed',
      { templates: [template('routed', { service: {} })], duration: '5s', scaleDownDelaySeconds: 0 },
      { ownerReferences: [owner] },
    );
    await until('routed', 'Successful');
    await scheduler.runFor(10_000);
    expect(replicaSet('routed-one')?.spec).toMatchObject({ replicas: 1 });
    await setWeight(0);
    await scheduler.runFor(2_000);
    expect(replicaSet('routed-one')?.spec).toMatchObject({ replicas: 0 });
  });

  it('makes nothing twice when the controller dies at any of its writes', async () => {
    await createTemplate('rate', { metrics: [aRawMetric({ interval: '2s', count: 3 })] });
    const analyses = [{ name: 'check', templateName: 'rate', requiredForCompletion: true }];
    let lives = 0;
    let caller = 'sluice';
    cluster.store.intercept({
      after: (call) => {
        if (call.caller !== caller || !['create', 'patch', 'delete'].includes(call.verb)) return;
        cluster.store.kill(caller);
        lives += 1;
        caller = `life-${lives}`;
        scheduler.after(100, () => start(caller));
      },
    });
    await create('fragile', { templates: [template('fragile', { service: {} })], analyses, scaleDownDelaySeconds: 1 });
    await until('fragile', 'Successful', 600_000);
    await scheduler.runFor(60_000);
    const owned = (resource: (typeof resources)[keyof typeof resources]) =>
      cluster.store.peekAll(resource, 'shop').map(({ metadata }) => metadata.name);
    expect(owned(resources.replicaSets)).toEqual(['fragile-one']);
    expect(owned(resources.analysisRuns)).toEqual(['fragile-check']);
    expect(owned(resources.services)).toEqual([]);
    expect(replicaSet('fragile-one')?.spec).toMatchObject({ replicas: 0 });
    expect(lives).toBeGreaterThan(8);
  });

  it('writes nothing once everything is said', async () => {
    await create('done', { templates: [template('done')], duration: '5s', scaleDownDelaySeconds: 0 });
    await until('done', 'Successful');
    await scheduler.runFor(5_000);
    const before = cluster.store.audit.entries().length;
    await scheduler.runFor(800_000);
    const writes = cluster.store.audit
      .entries()
      .slice(before)
      .filter(({ caller, verb }) => caller === 'sluice' && ['create', 'patch', 'update', 'delete'].includes(verb));
    expect(writes).toEqual([]);
  });
});

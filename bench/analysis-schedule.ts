import type { KubeObject } from '../src/api/kube.js';
import { resources } from '../src/api/kube.js';
import { analysisController } from '../src/controller/analysis/index.js';
import type { EpochMs, Scheduler } from '../src/lib/scheduler.js';
import { realScheduler, sleep } from '../src/lib/scheduler.js';
import { virtualScheduler } from '../src/lib/virtual-scheduler.js';
import type { LocalStore } from '../src/local-cluster/store/index.js';
import { createStore } from '../src/local-cluster/store/index.js';
import type { MetricProvider, ProviderRegistry } from '../src/metric-providers/provider.js';
import { informers, runControllers, workQueue } from '../src/runtime/index.js';
import { report, type Figure } from './lib/report.js';

/**
 * 2,000 metrics measured every 10 s while one host never answers: how late does the next measurement of each begin?
 * Goals: p99 below 250 ms in virtual time, below 1 s in real time.
 */
const runs = 400;
const metricsPerRun = 5;
const intervalMs = 10_000;
const latencyMs = 20;

interface Figures {
  readonly measurements: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly cpuMsEach: number;
}

/** A provider that answers after 20 ms, and on the host `slow` never; notes how late each measurement begins. */
class TimedProvider implements MetricProvider {
  readonly kind = 'prometheus';
  readonly lags: number[] = [];
  readonly #ended = new Map<string, EpochMs>();

  constructor(private readonly scheduler: Scheduler) {}

  target(metric: Parameters<MetricProvider['target']>[0]): string {
    return metric.name === 'slow' ? 'slow:80' : 'fast:80';
  }

  describe(): Readonly<Record<string, string>> {
    return {};
  }

  async measure(
    { metric, run }: Parameters<MetricProvider['measure']>[0],
    { signal }: Parameters<MetricProvider['measure']>[1],
  ): ReturnType<MetricProvider['measure']> {
    const key = `${run.name}/${metric.name}`;
    const ended = this.#ended.get(key);
    if (ended !== undefined) this.lags.push(this.scheduler.now() - ended - intervalMs);
    await sleep(this.scheduler, metric.name === 'slow' ? 2 ** 40 : latencyMs, signal);
    this.#ended.set(key, this.scheduler.now());
    return { kind: 'value', value: { type: 'floats', values: [1] }, text: '[1]' };
  }
}

function crd(): Parameters<LocalStore['create']>[1] {
  const { group, version, resource: plural, kind } = resources.analysisRuns;
  const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { plural, kind, singular: 'analysisrun', listKind: `${kind}List` },
      scope: 'Namespaced',
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}

function run(index: number): Parameters<LocalStore['create']>[1] {
  const metric = (name: string): object => ({
    name,
    interval: `${intervalMs / 1_000}s`,
    successCondition: 'result[0] > 0.9',
    provider: { prometheus: { query: 'up' } },
  });
  const metrics = Array.from({ length: metricsPerRun }, (_, n) => metric(`m${n}`));
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisRun',
    metadata: { name: `run-${index}`, namespace: 'default' },
    spec: { metrics: index < 200 ? [...metrics, metric('slow')] : metrics },
  };
}

async function measure(scheduler: Scheduler, pass: (durationMs: number) => Promise<void>, durationMs: number): Promise<Figures> {
  const store = createStore({ scheduler, auditCapacity: 10 });
  const provider = new TimedProvider(scheduler);
  const providers: ProviderRegistry = { kinds: new Set(['prometheus']), provider: () => Promise.resolve(provider) };
  const created: Promise<KubeObject>[] = [store.create(resources.customResourceDefinitions, crd())];
  await pass(10);
  for (let index = 0; index < runs; index++) created.push(store.create(resources.analysisRuns, run(index)));
  await pass(100);
  await Promise.all(created);
  const shared = informers({ cluster: store.as('bench'), scheduler, onError: () => undefined });
  const queue = workQueue(scheduler, { name: 'AnalysisRuns' });
  const controller = analysisController({
    scheduler,
    informers: shared,
    providers,
    queue,
    recordEvent: () => undefined,
    controllerNamespace: 'default',
  });
  const { watches, reconcile } = controller;
  const stopping = new AbortController();
  const running = runControllers([{ queue, workers: 30, watches, reconcile, onError: () => undefined }], scheduler, stopping.signal);
  const before = process.cpuUsage();
  await pass(durationMs);
  const { user, system } = process.cpuUsage(before);
  stopping.abort();
  const stopped = Promise.all([running, controller.stop(), shared.stop()]);
  await pass(100);
  await stopped;
  const lags = provider.lags.sort((a, b) => a - b);
  const at = (share: number): number => Math.round(lags[Math.min(lags.length - 1, Math.floor(lags.length * share))] ?? Number.NaN);
  return { measurements: lags.length, p50: at(0.5), p99: at(0.99), max: at(1), cpuMsEach: (user + system) / 1_000 / lags.length };
}

function figuresOf(time: string, { measurements, p50, p99, max, cpuMsEach }: Figures, goalMs: number): readonly Figure[] {
  const lag = `${time} time: lag`;
  return [
    { name: `${time} time: measurements`, value: measurements, unit: '', goal: { above: 0 } },
    { name: `${lag}, median`, value: p50, unit: 'ms' },
    { name: `${lag}, 99th percentile`, value: p99, unit: 'ms', goal: { below: goalMs } },
    { name: `${lag}, longest`, value: max, unit: 'ms' },
    { name: `${time} time: CPU for a measurement`, value: cpuMsEach, unit: 'ms' },
  ];
}

const virtual = virtualScheduler();
const real = realScheduler();
const inVirtualTime = await measure(virtual, (ms) => virtual.runFor(ms), 60_000);
const inRealTime = await measure(real, (ms) => sleep(real, ms), 45_000);
report(`${runs * metricsPerRun} metrics every ${intervalMs / 1_000} s beside a host that never answers`, [
  ...figuresOf('virtual', inVirtualTime, 250),
  ...figuresOf('real', inRealTime, 1_000),
]);

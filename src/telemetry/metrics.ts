import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { EpochMs, Scheduler } from '../lib/scheduler.js';
import { renderObjectMetrics, type ObjectSources } from './object-metrics.js';

/** What is watched of a work queue; runtime's ManagedQueue is one. */
export interface MeasuredQueue {
  readonly name: string;
  readonly busySince: readonly EpochMs[];
}

/** What a work queue tells; runtime's QueueHooks. */
export interface QueueTelemetry {
  readonly added: () => void;
  readonly retried: () => void;
  readonly waiting: (keys: number) => void;
  readonly started: (waitedMs: number) => void;
  readonly finished: (workedMs: number) => void;
}

export type ReconciledKind = 'rollout' | 'experiment' | 'analysis_run';

/** How an update ended, and its times in seconds; a Rollout's status.duration. */
export interface EndedUpdate {
  readonly status: string;
  readonly totalSeconds: number;
  readonly progressionSeconds: number;
  readonly manualPauseSeconds: number;
}

export interface MetricsOptions {
  readonly scheduler: Scheduler;
  readonly version: string;
  readonly commit: string;
  /** process_* and nodejs_* as well; they watch the event loop from now on. */
  readonly process?: boolean;
}

export interface Metrics {
  /** Prometheus' text format. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
  queue(name: string): QueueTelemetry;
  /** Shows the age of what is in work, until the returned function is called. */
  watchQueue(queue: MeasuredQueue): () => void;
  /** Describes these objects at each scrape, until the returned function is called. */
  describe(sources: ObjectSources): () => void;
  reconciled(kind: ReconciledKind, key: string, durationMs: number, failed: boolean): void;
  rolloutEvent(key: string, event: { readonly type: string; readonly reason: string }): void;
  updateEnded(update: EndedUpdate): void;
  /** An answer of the API server. Names of objects are not counted apart: they would fill the memory. */
  answered(answer: { readonly call: Readonly<Record<string, unknown>>; readonly status: number }): void;
  /** The series of an object that is gone end after one more scrape or two. */
  forget(kind: ReconciledKind, key: string): void;
  /** 1 while this replica leads. */
  leading(isLeader: boolean): void;
}

const reconcileBuckets = [0.01, 0.15, 0.25, 0.5, 1];
const queueBuckets = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10];
const forgetMs = 65_000;

/** The controller's own metrics (names: reference/analysis.md 8.1), in a registry of their own. */
export function createMetrics(options: MetricsOptions): Metrics {
  return new PromMetrics(options);
}

class PromMetrics implements Metrics {
  readonly #registry = new Registry();
  readonly #queues = new Set<MeasuredQueue>();
  readonly #sources = new Set<ObjectSources>();
  readonly #queueMetrics: QueueMetrics;
  readonly #reconciles: Readonly<Record<ReconciledKind, ReconcileMetrics>>;
  readonly #requests: Counter<'kind' | 'namespace' | 'verb' | 'status_code'>;
  readonly #rolloutEvents: Counter<'namespace' | 'name' | 'type' | 'reason'>;
  readonly #eventSeries = new Map<string, Set<string>>();
  readonly #durations: Readonly<Record<'total' | 'progression' | 'manualPause', Histogram<'status'>>>;
  readonly #leader: Gauge;

  constructor(private readonly options: MetricsOptions) {
    const registers = [this.#registry];
    if (options.process === true) collectDefaultMetrics({ register: this.#registry });
    this.#queueMetrics = queueMetrics(registers, () => this.#busy());
    this.#reconciles = {
      rollout: reconcileMetrics(registers, 'rollout', ['namespace', 'name']),
      // Runs and experiments come and go under ever new names.
      experiment: reconcileMetrics(registers, 'experiment', ['namespace']),
      analysis_run: reconcileMetrics(registers, 'analysis_run', ['namespace']),
    };
    this.#requests = new Counter({
      name: 'controller_clientset_k8s_request_total',
      help: 'Answers of the API server by kind, namespace, verb and status code.',
      ...{ labelNames: ['kind', 'namespace', 'verb', 'status_code'], registers },
    });
    this.#rolloutEvents = new Counter({
      name: 'rollout_events_total',
      help: 'Kubernetes Events about a Rollout.',
      ...{ labelNames: ['namespace', 'name', 'type', 'reason'], registers },
    });
    this.#durations = durationMetrics(registers);
    this.#leader = new Gauge({ name: 'sluice_leader', help: '1 while this replica holds the lease.', registers });
    describeBuild(registers, options);
  }

  async render(): Promise<{ readonly contentType: string; readonly text: string }> {
    const own = await this.#registry.metrics();
    const now = this.options.scheduler.now();
    const objects = [...this.#sources].map((sources) => renderObjectMetrics(sources, now)).join('');
    return { contentType: this.#registry.contentType, text: `${own.trimEnd()}\n${objects}` };
  }

  queue(name: string): QueueTelemetry {
    const { adds, retries, depth, waited, worked } = this.#queueMetrics;
    return {
      added: () => adds.inc({ name }),
      retried: () => retries.inc({ name }),
      waiting: (keys) => depth.set({ name }, keys),
      started: (waitedMs) => waited.observe({ name }, waitedMs / 1_000),
      finished: (workedMs) => worked.observe({ name }, workedMs / 1_000),
    };
  }

  watchQueue(queue: MeasuredQueue): () => void {
    this.#queues.add(queue);
    return () => this.#queues.delete(queue);
  }

  describe(sources: ObjectSources): () => void {
    this.#sources.add(sources);
    return () => this.#sources.delete(sources);
  }

  reconciled(kind: ReconciledKind, key: string, durationMs: number, failed: boolean): void {
    const { durations, errors, labelsOf } = this.#reconciles[kind];
    durations.observe(labelsOf(key), durationMs / 1_000);
    if (failed) errors.inc(labelsOf(key));
  }

  rolloutEvent(key: string, { type, reason }: { readonly type: string; readonly reason: string }): void {
    this.#rolloutEvents.inc({ ...identityOf(key), type, reason });
    const known = this.#eventSeries.get(key) ?? new Set();
    known.add(JSON.stringify({ type, reason }));
    this.#eventSeries.set(key, known);
  }

  updateEnded({ status, totalSeconds, progressionSeconds, manualPauseSeconds }: EndedUpdate): void {
    this.#durations.total.observe({ status }, totalSeconds);
    this.#durations.progression.observe({ status }, progressionSeconds);
    this.#durations.manualPause.observe({ status }, manualPauseSeconds);
  }

  answered({ call, status }: { readonly call: Readonly<Record<string, unknown>>; readonly status: number }): void {
    const text = (key: string): string => (typeof call[key] === 'string' ? call[key] : '');
    const verb = text('verb');
    this.#requests.inc({
      ...{ kind: text('resource'), namespace: text('namespace'), status_code: String(status) },
      verb: verb.charAt(0).toUpperCase() + verb.slice(1),
    });
  }

  forget(kind: ReconciledKind, key: string): void {
    if (kind !== 'rollout') return;
    this.options.scheduler.after(forgetMs, () => {
      this.#reconciles.rollout.durations.remove(identityOf(key));
      this.#reconciles.rollout.errors.remove(identityOf(key));
      for (const series of this.#eventSeries.get(key) ?? []) {
        // Written by rolloutEvent just so.
        const labels = JSON.parse(series) as { readonly type: string; readonly reason: string };
        this.#rolloutEvents.remove({ ...identityOf(key), ...labels });
      }
      this.#eventSeries.delete(key);
    });
  }

  leading(isLeader: boolean): void {
    this.#leader.set(isLeader ? 1 : 0);
  }

  #busy(): readonly { readonly name: string; readonly ages: readonly number[] }[] {
    const now = this.options.scheduler.now();
    return [...this.#queues].map(({ name, busySince }) => ({ name, ages: busySince.map((since) => Math.max(0, now - since) / 1_000) }));
  }
}

function identityOf(key: string): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, Math.max(0, slash)), name: key.slice(slash + 1) };
}

interface QueueMetrics {
  readonly adds: Counter<'name'>;
  readonly retries: Counter<'name'>;
  readonly depth: Gauge<'name'>;
  readonly waited: Histogram<'name'>;
  readonly worked: Histogram<'name'>;
}

/** Names, labels and buckets of client-go's workqueue metrics. */
function queueMetrics(
  registers: Registry[],
  busy: () => readonly { readonly name: string; readonly ages: readonly number[] }[],
): QueueMetrics {
  const common = { labelNames: ['name'] as const, registers };
  const ageGauge = (name: string, help: string, measure: (ages: readonly number[]) => number): void => {
    new Gauge({
      ...{ name, help, ...common },
      collect() {
        this.reset();
        for (const { name: queue, ages } of busy()) this.set({ name: queue }, measure(ages));
      },
    });
  };
  ageGauge('workqueue_unfinished_work_seconds', 'Ages of all passes in work, summed up.', (ages) =>
    ages.reduce((sum, age) => sum + age, 0),
  );
  ageGauge('workqueue_longest_running_processor_seconds', 'Age of the oldest pass in work.', (ages) => Math.max(0, ...ages));
  return {
    adds: new Counter({ name: 'workqueue_adds_total', help: 'Keys that were added.', ...common }),
    retries: new Counter({ name: 'workqueue_retries_total', help: 'Passes that failed and come again.', ...common }),
    depth: new Gauge({ name: 'workqueue_depth', help: 'Keys that wait for a worker.', ...common }),
    waited: new Histogram({
      ...{ name: 'workqueue_queue_duration_seconds', help: 'How long keys waited for a worker.' },
      ...{ buckets: queueBuckets, ...common },
    }),
    worked: new Histogram({
      ...{ name: 'workqueue_work_duration_seconds', help: 'How long passes took.' },
      ...{ buckets: queueBuckets, ...common },
    }),
  };
}

type ObjectLabel = 'namespace' | 'name';

interface ReconcileMetrics {
  readonly durations: Histogram<ObjectLabel>;
  readonly errors: Counter<ObjectLabel>;
  readonly labelsOf: (key: string) => Partial<Record<ObjectLabel, string>>;
}

function reconcileMetrics(registers: Registry[], kind: ReconciledKind, labelNames: readonly ObjectLabel[]): ReconcileMetrics {
  const what = kind.replace('_', ' ');
  return {
    durations: new Histogram({
      ...{
        name: `${kind}_reconcile`,
        help: `How long passes over one ${what} took.`,
        buckets: reconcileBuckets,
        labelNames,
        registers,
      },
    }),
    errors: new Counter({ name: `${kind}_reconcile_error`, help: `Passes over one ${what} that failed.`, labelNames, registers }),
    labelsOf: (key) => {
      const { namespace, name } = identityOf(key);
      return labelNames.includes('name') ? { namespace, name } : { namespace };
    },
  };
}

function durationMetrics(registers: Registry[]): Readonly<Record<'total' | 'progression' | 'manualPause', Histogram<'status'>>> {
  const histogram = (name: string, help: string, buckets: number[]): Histogram<'status'> =>
    new Histogram({ name, help, buckets, labelNames: ['status'], registers });
  return {
    total: histogram('rollout_duration_seconds', 'Seconds from the start of an update to its end.', [
      ...[30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800],
    ]),
    progression: histogram('rollout_progression_duration_seconds', 'Seconds of an update without its manual pauses.', [
      ...[30, 60, 120, 300, 600, 900, 1800, 3600],
    ]),
    manualPause: histogram('rollout_manual_pause_duration_seconds', 'Seconds an update was paused for a human.', [
      ...[0, 60, 300, 600, 1800, 3600, 7200, 14400, 28800],
    ]),
  };
}

function describeBuild(registers: Registry[], { version, commit }: MetricsOptions): void {
  new Gauge({
    ...{ name: 'argo_rollouts_controller_info', help: 'The version that runs.', labelNames: ['version'], registers },
  }).set({ version }, 1);
  new Gauge({
    ...{
      name: 'build_info',
      help: 'What this binary was built from.',
      labelNames: ['version', 'nodeversion', 'arch', 'commit'],
      registers,
    },
  }).set({ version, nodeversion: process.version, arch: process.arch, commit }, 1);
}

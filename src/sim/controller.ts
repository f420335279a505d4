import type { KubeObject } from '../api/kube.js';
import type { Cluster } from '../cluster/cluster.js';
import { composeControllers, type RecordedEvent } from '../controller/controllers.js';
import { ControllerError, hasCode } from '../lib/errors.js';
import { sleep, type Scheduler } from '../lib/scheduler.js';
import type { MetricProvider, ProviderRegistry } from '../metric-providers/provider.js';
import { informers, runControllers } from '../runtime/index.js';
import { trafficRouters } from '../traffic/registry.js';
import type { MetricAnswer, ScriptedMetrics } from './scripted-metrics.js';

export interface ControllerOptions {
  readonly cluster: Cluster;
  readonly scheduler: Scheduler;
  readonly metrics: ScriptedMetrics;
  readonly onEvent?: (about: KubeObject, event: RecordedEvent) => void;
  /** Passes that failed for a reason that is none of the world's ordinary ones. */
  readonly onError?: (key: string, error: unknown) => void;
}

const resyncMs = 900_000;
/** How long a scripted metric takes to answer. */
const answerMs = 20;

/** One life of the controller process, without a lease: the simulation runs one at a time. It ends when its caller is killed. */
export function startController({ cluster, scheduler, metrics, onEvent, onError }: ControllerOptions): void {
  const running = informers({ cluster, scheduler, onError: () => undefined });
  const controllers = composeControllers({
    scheduler,
    informers: running,
    providers: scriptedProviders(metrics, scheduler),
    routers: (deps) => trafficRouters({ ...deps, options: {} }),
    recordEvent: onEvent ?? (() => undefined),
    onError: (_controller, key, error) => {
      if (!isOrdinary(error)) onError?.(key, error);
    },
    controllerNamespace: 'sluice',
    workers: { rollouts: 4, analysisRuns: 4 },
    resyncMs,
  });
  // Never stopped: a life ends by the store hanging its calls for ever, as a killed process would.
  void runControllers(controllers.specs, scheduler, new AbortController().signal);
}

/** Conflicts and refusals are what a controller lives with; anything else is a bug. */
function isOrdinary(error: unknown): boolean {
  return hasCode(error, 'conflict', 'not-found', 'already-exists', 'unavailable', 'timeout', 'too-many-requests', 'aborted');
}

function scriptedProviders(metrics: ScriptedMetrics, scheduler: Scheduler): ProviderRegistry {
  const provider: MetricProvider = {
    kind: 'prometheus',
    target: () => 'prometheus.example:9090',
    describe: ({ provider: section }) => ({ ResolvedPrometheusQuery: queryOf(section) }),
    measure: async ({ metric }, { signal }) => {
      const query = queryOf(metric.provider);
      metrics.note(query, scheduler.now());
      await sleep(scheduler, answerMs, signal);
      return sampleOf(metrics.answer(query), scheduler, signal);
    },
  };
  return {
    kinds: new Set([provider.kind]),
    provider: async (kind) => {
      if (kind === provider.kind) return Promise.resolve(provider);
      throw new ControllerError('invalid-spec', `the simulation has no provider ${kind}`);
    },
  };
}

function queryOf(section: Readonly<Record<string, unknown>>): string {
  return typeof section['query'] === 'string' ? section['query'] : '';
}

async function sampleOf(answer: MetricAnswer, scheduler: Scheduler, signal: AbortSignal): ReturnType<MetricProvider['measure']> {
  switch (answer.kind) {
    case 'error':
      throw new ControllerError('provider-unavailable', answer.message);
    case 'hang':
      await sleep(scheduler, 2 ** 40, signal);
      throw new ControllerError('aborted', 'given up');
    case 'value': {
      const values = typeof answer.value === 'number' ? [answer.value] : answer.value;
      return { kind: 'value', value: { type: 'floats', values }, text: `[${values.join(',')}]` };
    }
  }
}

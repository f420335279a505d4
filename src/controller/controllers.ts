import type { KubeObject } from '../api/kube.js';
import type { Scheduler } from '../lib/scheduler.js';
import type { ProviderRegistry } from '../metric-providers/provider.js';
import { instanceSelector, type Scope } from '../observe/index.js';
import { workQueue, type ControllerSpec, type Informers, type ManagedQueue, type OnFailure, type QueueHooks } from '../runtime/index.js';
import { analysisController, type LaneLimits } from './analysis/index.js';
import { experimentController } from './experiment/index.js';
import { rolloutController, type RolloutControllerDeps } from './rollout/index.js';

/** An event to be written about an object. */
export interface RecordedEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export interface ControllersDeps {
  readonly scheduler: Scheduler;
  /** Reads and write-through; refuses writes without a lease. */
  readonly informers: Informers;
  readonly providers: ProviderRegistry;
  /** Must not throw. */
  readonly recordEvent: (about: KubeObject, event: RecordedEvent) => void;
  readonly onError: (controller: ControllerName, ...failure: Parameters<OnFailure>) => void;
  /** Absent: Rollouts that name a traffic router are not acted on. */
  readonly routers?: NonNullable<RolloutControllerDeps['routers']>;
  readonly onPlan?: NonNullable<RolloutControllerDeps['onPlan']>;
  readonly queueHooks?: (controller: ControllerName) => QueueHooks;
  /** Namespace the controller itself runs in: where its secrets are. */
  readonly controllerNamespace: string;
  readonly scope?: Scope;
  readonly jobNamespace?: string;
  readonly measurementLimits?: LaneLimits;
  /** Passes at once. */
  readonly workers: { readonly rollouts: number; readonly analysisRuns: number; readonly experiments?: number };
  readonly resyncMs: number;
  /** Default: all of them. */
  readonly only?: readonly ControllerName[];
}

/** As upstream names its queues. */
export type ControllerName = 'Rollouts' | 'AnalysisRuns' | 'Experiments';

export interface Controllers {
  readonly specs: readonly ControllerSpec[];
  /** Ends what goes on beside the queues: measurements under way. After the specs have stopped. */
  stop(): Promise<void>;
}

/** All controllers, wired to one set of informers: what the process runs, and the simulation. */
export function composeControllers(deps: ControllersDeps): Controllers {
  const wanted = (name: ControllerName): boolean => deps.only?.includes(name) ?? true;
  const analysis = wanted('AnalysisRuns') ? analysisSpec(deps) : undefined;
  const rollouts = wanted('Rollouts') ? [rolloutSpec(deps)] : [];
  const experiments = wanted('Experiments') ? [experimentSpec(deps)] : [];
  return {
    specs: [...(analysis === undefined ? [] : [analysis.spec]), ...experiments, ...rollouts],
    stop: async () => analysis?.stop(),
  };
}

function queueOf(deps: ControllersDeps, name: ControllerName): ManagedQueue {
  const hooks = deps.queueHooks?.(name);
  return workQueue(deps.scheduler, { name, ...(hooks === undefined ? {} : { hooks }) });
}

function rolloutSpec(deps: ControllersDeps): ControllerSpec {
  const queue = queueOf(deps, 'Rollouts');
  const controller = rolloutController({
    scheduler: deps.scheduler,
    informers: deps.informers,
    queue,
    recordEvent: deps.recordEvent,
    ...(deps.routers === undefined ? {} : { routers: deps.routers }),
    ...(deps.onPlan === undefined ? {} : { onPlan: deps.onPlan }),
    ...(deps.scope === undefined ? {} : { scope: deps.scope }),
  });
  return {
    queue,
    workers: deps.workers.rollouts,
    watches: controller.watches,
    reconcile: controller.reconcile,
    onError: (...failure) => deps.onError('Rollouts', ...failure),
    resync: { informer: controller.sources.rollouts, everyMs: deps.resyncMs },
  };
}

const defaultExperimentWorkers = 10;

function experimentSpec(deps: ControllersDeps): ControllerSpec {
  const queue = queueOf(deps, 'Experiments');
  const controller = experimentController({
    scheduler: deps.scheduler,
    informers: deps.informers,
    queue,
    recordEvent: deps.recordEvent,
    ...(deps.scope === undefined ? {} : { scope: deps.scope }),
  });
  return {
    queue,
    workers: deps.workers.experiments ?? defaultExperimentWorkers,
    watches: controller.watches,
    reconcile: controller.reconcile,
    onError: (...failure) => deps.onError('Experiments', ...failure),
    resync: { informer: controller.sources.experiments, everyMs: deps.resyncMs },
  };
}

function analysisSpec(deps: ControllersDeps): { readonly spec: ControllerSpec; readonly stop: () => Promise<void> } {
  const queue = queueOf(deps, 'AnalysisRuns');
  const controller = analysisController({
    scheduler: deps.scheduler,
    informers: deps.informers,
    providers: deps.providers,
    queue,
    recordEvent: deps.recordEvent,
    controllerNamespace: deps.controllerNamespace,
    labelSelector: instanceSelector(deps.scope ?? {}),
    ...(deps.scope?.namespace === undefined ? {} : { namespace: deps.scope.namespace }),
    ...(deps.jobNamespace === undefined ? {} : { jobNamespace: deps.jobNamespace }),
    ...(deps.measurementLimits === undefined ? {} : { limits: deps.measurementLimits }),
  });
  return {
    spec: {
      queue,
      workers: deps.workers.analysisRuns,
      watches: controller.watches,
      reconcile: controller.reconcile,
      onError: (...failure) => deps.onError('AnalysisRuns', ...failure),
    },
    stop: () => controller.stop(),
  };
}

import { resources, type KubeObject, type Resource } from '../api/kube.js';
import type { Cluster } from '../cluster/cluster.js';
import { virtualScheduler, type VirtualScheduler } from '../lib/virtual-scheduler.js';
import { createStore, describeCall, isWrite, type Call, type LocalStore } from '../local-cluster/store/index.js';
import { startWorkloads, type Workloads } from '../local-cluster/workloads/index.js';
import { startController } from './controller.js';
import { desiredHistory } from './desired-history.js';
import { installCrds } from './crds.js';
import { takePicture, type Picture, type Violation, type WriteSeen } from './oracles/picture.js';
import { judgeWrite } from './oracles/writes.js';
import type { ScriptedMetrics } from './scripted-metrics.js';

/** Where the controller dies: at its n-th call (1-based, over all its lives), before or after the call took effect. */
export interface CrashPoint {
  readonly call: number;
  readonly when: 'before' | 'after';
}

export interface WorldOptions {
  readonly seed?: number;
  /** Lets the seed decide who goes on, instead of first come first served. */
  readonly shuffle?: boolean;
  readonly crashAt?: CrashPoint;
  readonly metrics: ScriptedMetrics;
}

/** How long a dead controller stays dead: about a lease. */
const restartMs = 15_000;

/**
 * One simulated cluster: store, workload stand-ins and the real controllers, on one seeded virtual clock. Every write of the controller is
 * judged by the oracles as it happens.
 */
export interface World {
  readonly scheduler: VirtualScheduler;
  readonly store: LocalStore;
  /** The port as the user has it. */
  readonly user: Cluster;
  readonly workloads: Workloads;
  readonly metrics: ScriptedMetrics;
  readonly violations: readonly Violation[];
  /** API calls the controller has made in all its lives; the numbers of crash points. */
  readonly calls: number;
  readonly trace: readonly string[];
  /** Passes of the controller that failed for no ordinary reason. */
  readonly failures: readonly string[];
  picture(): Picture;
  /** Kills the controller now; it comes back by itself after a while. */
  crash(): void;
  stop(): Promise<void>;
}

/** As the scenarios install it. */
export const virtualServices: Resource = {
  group: 'networking.istio.io',
  version: 'v1',
  resource: 'virtualservices',
  kind: 'VirtualService',
  namespaced: true,
};

const pictureKinds = {
  rollouts: resources.rollouts,
  replicaSets: resources.replicaSets,
  services: resources.services,
  pods: resources.pods,
  analysisRuns: resources.analysisRuns,
  experiments: resources.experiments,
  ingresses: resources.ingresses,
  virtualServices,
};

export async function createWorld(options: WorldOptions): Promise<World> {
  const scheduler = virtualScheduler({ seed: options.seed ?? 1, shuffle: options.shuffle ?? false });
  const store = createStore({ scheduler });
  await driven(scheduler, installCrds(store));
  const workloads = startWorkloads({ cluster: store.as('workloads'), scheduler });
  const state = { lives: 0, calls: 0 };
  const violations: Violation[] = [];
  const trace: string[] = [];
  const failures: string[] = [];
  const history = desiredHistory(store, scheduler);
  const picture = (): Picture =>
    takePicture(scheduler.now(), (resource: Resource): readonly KubeObject[] => store.peekAll(resource), pictureKinds);

  const callerOf = (life: number): string => `controller-${life}`;
  const start = (): void => {
    state.lives += 1;
    startController({
      cluster: store.as(callerOf(state.lives), { fieldManager: 'rollouts-controller' }),
      scheduler,
      metrics: options.metrics,
      onError: (key, error) => failures.push(`${key}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
    });
  };
  const crash = (): void => {
    store.kill(callerOf(state.lives));
    scheduler.after(restartMs, start);
  };
  const isController = (call: Call): boolean => call.caller.startsWith('controller-');
  const isCrash = (when: CrashPoint['when']): boolean => options.crashAt?.when === when && options.crashAt.call === state.calls;

  let before: Picture | undefined;
  store.intercept({
    before: (call) => {
      if (!isController(call)) return undefined;
      state.calls += 1;
      trace.push(`${scheduler.now()} ${describeCall(call)} ${call.name ?? ''}`);
      if (isCrash('before')) {
        crash();
        return new Promise<void>(() => undefined);
      }
      if (isWrite(call)) before = picture();
      return undefined;
    },
    after: (call, error) => {
      if (!isController(call)) return undefined;
      if (isWrite(call) && error === undefined && before !== undefined) {
        violations.push(...judgeWrite(writeSeen(call, before, picture()), (rollout) => history.rangeOf(rollout)));
      }
      if (!isCrash('after')) return undefined;
      crash();
      return new Promise<void>(() => undefined);
    },
  });
  start();
  return {
    scheduler,
    store,
    user: store.as('user'),
    workloads,
    metrics: options.metrics,
    violations,
    get calls() {
      return state.calls;
    },
    trace,
    failures,
    picture,
    crash,
    stop: async () => {
      store.kill(callerOf(state.lives));
      await driven(scheduler, workloads.stop());
    },
  };
}

/** Awaits something that itself needs the virtual clock to move. */
export async function driven<T>(scheduler: VirtualScheduler, work: Promise<T>): Promise<T> {
  let isDone = false;
  const watched = work.finally(() => (isDone = true));
  // The failure is rethrown below; here it only ends the waiting.
  watched.catch(() => undefined);
  await scheduler.runUntil(() => isDone, 3_600_000);
  return watched;
}

function writeSeen(call: Call, before: Picture, after: Picture): WriteSeen {
  return {
    verb: verbOf(call),
    resource: call.resource,
    ...(call.namespace === undefined ? {} : { namespace: call.namespace }),
    name: call.name ?? '',
    ...(call.subresource === undefined ? {} : { subresource: call.subresource }),
    before,
    after,
  };
}

function verbOf(call: Call): WriteSeen['verb'] {
  if (call.subresource === 'eviction') return 'evict';
  if (call.subresource === 'binding') return 'bind';
  switch (call.verb) {
    case 'create':
    case 'patch':
    case 'delete':
      return call.verb;
    case 'update':
      return 'replace';
    case 'get':
    case 'list':
    case 'watch':
      return 'patch';
  }
}

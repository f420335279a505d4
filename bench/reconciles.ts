import { resources, type NewObject } from '../src/api/kube.js';
import { composeControllers, type ControllersDeps } from '../src/controller/controllers.js';
import { ControllerError, hasCode } from '../src/lib/errors.js';
import { virtualScheduler, type VirtualScheduler } from '../src/lib/virtual-scheduler.js';
import { createStore, type LocalStore } from '../src/local-cluster/store/index.js';
import { startWorkloads } from '../src/local-cluster/workloads/index.js';
import { informers, runControllers } from '../src/runtime/index.js';
import { installCrds } from '../src/sim/crds.js';
import { aRollout } from '../src/sim/scenarios/objects.js';
import { driven } from '../src/sim/world.js';
import { cpuMs } from './lib/clock.js';
import { implant, implantTemplates } from './lib/family.js';
import { atRest } from './lib/mid-canary.js';
import { report, type Figure } from './lib/report.js';

/**
 * Passes of the whole controller on the store in memory, in virtual time: over Rollouts that have nothing to do, and in real updates, where
 * the API server and the life of the pods cost their share of the same core.
 */
const idleRollouts = 1_000;
const updatedRollouts = 200;
const controllerName = 'controller';

interface Controller {
  readonly passes: () => number;
  readonly writes: () => number;
}

function startController(store: LocalStore, scheduler: VirtualScheduler, resyncMs: number): Controller {
  let passes = 0;
  const cluster = store.as(controllerName, { fieldManager: 'rollouts-controller' });
  const running = informers({ cluster, scheduler, onError: fail });
  const { specs } = composeControllers({
    ...{ scheduler, informers: running, providers: noMetrics, recordEvent: () => undefined, controllerNamespace: 'sluice', resyncMs },
    workers: { rollouts: 10, analysisRuns: 4 },
    onPlan: () => (passes += 1),
    onError: (_controller, _key, error) => {
      if (!hasCode(error, 'conflict')) fail(error);
    },
  });
  // Runs until the process ends.
  void runControllers(specs, scheduler, new AbortController().signal);
  return { passes: () => passes, writes: () => store.audit.writes(controllerName).length };
}

function fail(error: unknown): never {
  throw error instanceof Error ? error : new Error(String(error));
}

const noMetrics: ControllersDeps['providers'] = {
  kinds: new Set(),
  provider: () => Promise.reject(new ControllerError('invalid-spec', 'nothing is measured here')),
};

/** @returns how often a second of CPU time went through `count` */
async function ratePerSecond(count: () => number, work: () => Promise<void>): Promise<number> {
  const [before, startedAt] = [count(), cpuMs()];
  await work();
  return ((count() - before) / (cpuMs() - startedAt)) * 1_000;
}

async function overIdleRollouts(): Promise<readonly Figure[]> {
  const family = await atRest();
  const scheduler = virtualScheduler({ start: family.at });
  const store = createStore({ scheduler });
  await driven(scheduler, installCrds(store));
  await driven(scheduler, implantTemplates(store, family));
  for (let n = 0; n < idleRollouts; n++) await driven(scheduler, implant(store, family, `idle-${n}`));
  // Every one again each second: with nothing to do, nobody else wakes them.
  const controller = startController(store, scheduler, 1_000);
  await scheduler.runFor(5_000);
  const writesBefore = controller.writes();
  const rate = await ratePerSecond(controller.passes, () => scheduler.runFor(20_000));
  return [
    { name: `over ${idleRollouts} Rollouts with nothing to do`, value: rate, unit: 'reconciles/s of one core' },
    { name: 'writes meanwhile', value: controller.writes() - writesBefore, unit: '', goal: { exactly: 0 } },
  ];
}

const strategy = { canary: { steps: [{ setWeight: 34 }, { pause: { duration: '10s' } }, { setWeight: 67 }] } };

async function inUpdates(): Promise<readonly Figure[]> {
  const scheduler = virtualScheduler();
  const store = createStore({ scheduler });
  await driven(scheduler, installCrds(store));
  startWorkloads({ cluster: store.as('workloads'), scheduler });
  const controller = startController(store, scheduler, 900_000);
  const names = Array.from({ length: updatedRollouts }, (_, n) => `updated-${n}`);
  for (const name of names) await driven(scheduler, store.create(resources.rollouts, inDefault(aRollout(name, { replicas: 3, strategy }))));
  await untilHealthy(store, scheduler, '1');
  const startedAt = cpuMs();
  const rate = await ratePerSecond(controller.passes, async () => {
    for (const name of names) await driven(scheduler, setImage(store, name));
    await untilHealthy(store, scheduler, '2');
  });
  const seconds = (cpuMs() - startedAt) / 1_000;
  return [
    { name: `in ${updatedRollouts} updates of 3 pods, cluster included`, value: rate, unit: 'reconciles/s of one core' },
    { name: 'updates from first to last step', value: updatedRollouts / seconds, unit: 'updates/s of one core' },
  ];
}

function inDefault(object: NewObject): NewObject {
  return { ...object, metadata: { ...object.metadata, namespace: 'default' } };
}

function setImage(store: LocalStore, name: string): Promise<unknown> {
  const body = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'example.io/demo:v2' }];
  return store.patch({ resource: resources.rollouts, namespace: 'default', name }, { kind: 'json', body });
}

/** Looks once a second of virtual time: to look after every step would cost more than what is measured. */
async function untilHealthy(store: LocalStore, scheduler: VirtualScheduler, generation: string): Promise<void> {
  for (let seconds = 0; !areHealthy(store, generation); seconds++) {
    if (seconds > 900) throw new Error('the updates do not end');
    await scheduler.runFor(1_000);
  }
}

function areHealthy(store: LocalStore, generation: string): boolean {
  return store
    .peekAll(resources.rollouts)
    .every(({ status }) => status?.['phase'] === 'Healthy' && status['observedGeneration'] === generation);
}

report('reconciles', [...(await overIdleRollouts()), ...(await inUpdates())]);

import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import type { AnalysisPhase } from '../api/analysis-types.js';
import { resources, type JsonObject, type KubeObject, type NewObject, type Resource } from '../api/kube.js';
import { parseReplicaSet, parseRollout, type ReplicaSet, type Rollout } from '../api/index.js';
import { rolloutController, type RolloutController } from '../controller/rollout/index.js';
import type { Outcome, RolloutPlan } from '../core/rollout/types.js';
import { virtualScheduler, type VirtualScheduler } from '../lib/virtual-scheduler.js';
import { createStore, isWrite, type AuditEntry, type LocalStore } from '../local-cluster/store/index.js';
import { startWorkloads, type PodScriptChanges, type Workloads } from '../local-cluster/workloads/index.js';
import { informers, runControllers, workQueue, type RunningInformers } from '../runtime/index.js';

/** A cluster in memory with the real Rollout controller on a virtual clock; AnalysisRuns get their phases from the test. */
export interface RolloutPlane {
  readonly scheduler: VirtualScheduler;
  readonly store: LocalStore;
  /** `Reason: message` of each event about a Rollout, in order. */
  readonly events: readonly string[];
  /** What passes threw. */
  readonly failures: readonly unknown[];
  readonly plans: readonly { readonly key: string; readonly plan: RolloutPlan; readonly outcomes: readonly Outcome[] }[];
  /** Scripts the life of pods by image. */
  readonly pods: Map<string, PodScriptChanges>;
  apply(...objects: readonly NewObject[]): Promise<void>;
  /** Awaits calls while virtual time stands still but everybody may run. */
  during<T>(call: Promise<T>): Promise<T>;
  patch(resource: Resource, name: string, body: JsonObject, subresource?: 'status'): Promise<void>;
  patchRollout(body: JsonObject, subresource?: 'status'): Promise<void>;
  setImage(image: string): Promise<void>;
  remove(resource: Resource, name: string): Promise<void>;
  /** What an analysis controller would write. */
  setPhase(run: string, phase: AnalysisPhase, message?: string): Promise<void>;
  rollout(): Rollout;
  replicaSets(): readonly ReplicaSet[];
  /** Wanted pods by image tag, without those that want none: `{v1: 3, v2: 1}`. */
  sizes(): Readonly<Record<string, number>>;
  /** `Phase step/N message`, e.g. `Paused 1/4 CanaryPauseStep`. */
  told(): string;
  /** Lets time pass until `isTrue`. @throws with the state when it does not within `limitMs` of virtual time */
  until(what: string, isTrue: () => boolean, limitMs?: number): Promise<void>;
  untilTold(text: string, limitMs?: number): Promise<void>;
  wait(durationMs: number): Promise<void>;
  /** Writes of the controller so far, refused ones included. */
  writes(): readonly AuditEntry[];
  /** Starts another life of the controller after the present one has died in the middle of whatever it did. */
  restart(): void;
  stop(): Promise<void>;
}

export const planeNamespace = 'default';

export async function startRolloutPlane(options: { readonly seed?: number; readonly shuffle?: boolean } = {}): Promise<RolloutPlane> {
  const scheduler = virtualScheduler({ seed: options.seed ?? 1, shuffle: options.shuffle ?? false });
  const store = createStore({ scheduler });
  const during = async <T>(call: Promise<T>): Promise<T> => {
    let isOver = false;
    const over = call.finally(() => (isOver = true));
    // The caller gets the failure from `over`; here it only ends the waiting.
    over.catch(() => undefined);
    await scheduler.runUntil(() => isOver, 60_000);
    return over;
  };
  await during(installKinds(store));
  const pods = new Map<string, PodScriptChanges>();
  const workloads = startWorkloads({
    cluster: store.as('workloads'),
    scheduler,
    kubelet: { script: (pod) => pods.get(imageOf(pod)) },
  });
  const state: State = { events: [], failures: [], plans: [], lives: 0 };
  state.running = startLife(store, scheduler, state);
  return planeOf({ scheduler, store, state, pods, workloads, during });
}

interface State {
  readonly events: string[];
  readonly failures: unknown[];
  readonly plans: { readonly key: string; readonly plan: RolloutPlan; readonly outcomes: readonly Outcome[] }[];
  lives: number;
  running?: Life;
}

interface Life {
  readonly caller: string;
  readonly controller: RolloutController;
  readonly informers: RunningInformers;
  readonly stop: () => Promise<void>;
}

/** The CRDs as users install them. */
async function installKinds(store: LocalStore): Promise<void> {
  for (const kind of ['rollout', 'analysisrun', 'analysistemplate', 'clusteranalysistemplate', 'experiment']) {
    const text = readFileSync(new URL(`../../crds/${kind}.yaml`, import.meta.url), 'utf8');
    // What our own generator wrote is a CustomResourceDefinition.
    await store.create(resources.customResourceDefinitions, load(text) as NewObject);
  }
}

function startLife(store: LocalStore, scheduler: VirtualScheduler, state: State): Life {
  state.lives += 1;
  const caller = `sluice-${state.lives}`;
  const fail = (error: unknown): void => void state.failures.push(error);
  const shared = informers({ cluster: store.as(caller, { fieldManager: 'rollouts-controller' }), scheduler, onError: fail });
  const queue = workQueue(scheduler, { name: 'Rollouts' });
  const controller = rolloutController({
    scheduler,
    informers: shared,
    queue,
    recordEvent: (_about, { reason, message }) => state.events.push(`${reason}: ${message}`),
    onPlan: (key, plan, outcomes) => state.plans.push({ key, plan, outcomes }),
  });
  const stopping = new AbortController();
  const onError = (_key: string, error: unknown): void => fail(error);
  const spec = { queue, workers: 4, watches: controller.watches, reconcile: controller.reconcile, onError };
  const done = runControllers([spec], scheduler, stopping.signal);
  const stop = async (): Promise<void> => {
    stopping.abort();
    await Promise.all([done, shared.stop()]);
  };
  return { caller, controller, informers: shared, stop };
}

interface Parts {
  readonly scheduler: VirtualScheduler;
  readonly store: LocalStore;
  readonly state: State;
  readonly pods: Map<string, PodScriptChanges>;
  readonly workloads: Workloads;
  readonly during: RolloutPlane['during'];
}

function planeOf({ scheduler, store, state, pods, workloads, during }: Parts): RolloutPlane {
  const user = store.as('user');
  const patch: RolloutPlane['patch'] = async (resource, name, body, subresource) => {
    const options = subresource === undefined ? {} : { subresource };
    await during(user.patch({ resource, namespace: planeNamespace, name }, { kind: 'merge', body }, options));
  };
  const rollout = (): Rollout => {
    const raw = store.peekAll(resources.rollouts, planeNamespace)[0];
    if (raw === undefined) throw new Error('there is no Rollout');
    return parseRollout(raw).rollout;
  };
  const replicaSets = (): readonly ReplicaSet[] => store.peekAll(resources.replicaSets, planeNamespace).map(parseReplicaSet);
  const told = (): string => {
    const { spec, status } = rollout();
    const steps = spec.strategy.kind === 'canary' ? spec.strategy.steps.length : 0;
    const step = status.currentStepIndex === undefined ? '' : ` ${status.currentStepIndex}/${steps}`;
    return `${status.phase}${step} ${status.message}`.trimEnd();
  };
  const plane: RolloutPlane = {
    scheduler,
    store,
    events: state.events,
    failures: state.failures,
    plans: state.plans,
    pods,
    during,
    apply: async (...objects) => {
      for (const object of objects) await during(user.create(resourceOf(object), inNamespace(object)));
    },
    patch,
    patchRollout: (body, subresource) => patch(resources.rollouts, rollout().metadata.name, body, subresource),
    setImage: async (image) => {
      const body = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: image }];
      await during(
        user.patch({ resource: resources.rollouts, namespace: planeNamespace, name: rollout().metadata.name }, { kind: 'json', body }),
      );
    },
    remove: async (resource, name) => {
      await during(user.delete({ resource, namespace: planeNamespace, name }, { propagationPolicy: 'Background' }));
    },
    setPhase: (run, phase, message = '') => patch(resources.analysisRuns, run, { status: { phase, message } }),
    rollout,
    replicaSets,
    sizes: () => Object.fromEntries(replicaSets().flatMap((rs) => (rs.replicas === 0 ? [] : [[tagOf(imageOf(rs.template)), rs.replicas]]))),
    told,
    until: async (what, isTrue, limitMs = 600_000) => {
      if (await scheduler.runUntil(isTrue, limitMs)) return;
      throw new Error(`after ${limitMs / 1_000} s still not: ${what}; it is ${told()}\n${describe(plane)}`);
    },
    untilTold: (text, limitMs) => {
      const isObserved = (): boolean => rollout().status.observedGeneration === rollout().metadata.generation;
      return plane.until(text, () => isObserved() && told() === text, limitMs);
    },
    wait: (durationMs) => scheduler.runFor(durationMs),
    writes: () => store.audit.entries().filter((entry) => entry.caller.startsWith('sluice-') && isWrite(entry)),
    restart: () => {
      if (state.running !== undefined) store.kill(state.running.caller);
      state.running = startLife(store, scheduler, state);
    },
    stop: async () => {
      await during(Promise.all([state.running?.stop(), workloads.stop()]));
    },
  };
  return plane;
}

function describe(plane: RolloutPlane): string {
  return JSON.stringify(
    {
      status: plane.rollout().status,
      replicaSets: plane.replicaSets().map((rs) => `${rs.metadata.name} wants ${rs.replicas}, ${rs.available} available`),
      failures: plane.failures.map(String).slice(-5),
      events: plane.events.slice(-10),
    },
    null,
    1,
  );
}

function resourceOf({ kind }: NewObject): Resource {
  const found = Object.values<Resource>(resources).find((resource) => resource.kind === kind);
  if (found === undefined) throw new Error(`no such kind: ${kind}`);
  return found;
}

function inNamespace(object: NewObject): NewObject {
  return resourceOf(object).namespaced ? { ...object, metadata: { namespace: planeNamespace, ...object.metadata } } : object;
}

/** Of a pod or a pod template. */
function imageOf(object: KubeObject | JsonObject): string {
  const spec = JSON.parse(JSON.stringify(object['spec'] ?? {})) as { readonly containers?: readonly { readonly image?: string }[] };
  return spec.containers?.[0]?.image ?? '';
}

function tagOf(image: string): string {
  return image.split(':')[1] ?? image;
}

/** A Rollout to apply: `app`, 4 replicas of example.io/demo:v1. */
export function aRolloutManifest(
  options: {
    readonly replicas?: number;
    readonly steps?: readonly JsonObject[];
    readonly canary?: JsonObject;
    readonly spec?: JsonObject;
  } = {},
): NewObject {
  const { replicas = 4, steps, canary = {}, spec = {} } = options;
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'app' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'app' } },
      template: {
        metadata: { labels: { app: 'app' } },
        spec: { containers: [{ name: 'demo', image: 'example.io/demo:v1', ports: [{ name: 'http', containerPort: 8080 }] }] },
      },
      strategy: { canary: { ...(steps === undefined ? {} : { steps }), ...canary } },
      ...spec,
    },
  };
}

export function aServiceManifest(name: string): NewObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: 'app' }, ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }] },
  };
}

export function anAnalysisTemplateManifest(name = 'rate', spec: JsonObject = {}): NewObject {
  const metric = {
    name: 'rate',
    successCondition: 'result[0] >= 0.95',
    provider: { prometheus: { address: 'http://prometheus', query: 'rate' } },
  };
  return { apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisTemplate', metadata: { name }, spec: { metrics: [metric], ...spec } };
}

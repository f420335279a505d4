import { resources, type JsonObject } from '../api/kube.js';
import { errorMessage } from '../lib/errors.js';
import { seededRandom } from '../lib/virtual-scheduler.js';
import { calm, injectFaults, stormy } from './faults.js';
import type { Violation } from './oracles/picture.js';
import { judgeRest } from './oracles/rest.js';
import { awaitRest, namespace, User } from './scenario.js';
import { anAnalysisTemplate, aRollout, aService, errorRate } from './scenarios/objects.js';
import { scriptedMetrics } from './scripted-metrics.js';
import { createWorld, driven } from './world.js';

export interface HistoryResult {
  readonly seed: number;
  /** What happened, one line each: enough to tell the story. */
  readonly events: readonly string[];
  readonly violations: readonly Violation[];
  readonly failed?: string;
  /** `action phase` pairs that occurred. */
  readonly covered: readonly string[];
}

type Random = () => number;
type Deed = { readonly name: string; readonly play: (user: User, random: Random) => Promise<void> };

const setups: readonly { readonly name: string; readonly strategy: JsonObject }[] = [
  { name: 'steps', strategy: { canary: { steps: [{ setWeight: 20 }, { pause: {} }, { setWeight: 60 }, { pause: { duration: '20s' } }] } } },
  { name: 'rolling', strategy: { canary: { maxSurge: 1, maxUnavailable: 0 } } },
  { name: 'unavailable', strategy: { canary: { maxSurge: 0, maxUnavailable: 2, steps: [{ setWeight: 50 }, { pause: {} }] } } },
  {
    name: 'analysed',
    strategy: {
      canary: {
        analysis: { templates: [{ templateName: 'errors' }], startingStep: 1 },
        steps: [{ setWeight: 30 }, { pause: { duration: '30s' } }, { analysis: { templates: [{ templateName: 'once' }] } }],
      },
    },
  },
  {
    name: 'services',
    strategy: { canary: { canaryService: 'app-canary', stableService: 'app-stable', steps: [{ setWeight: 40 }, { pause: {} }] } },
  },
  { name: 'blue-green', strategy: { blueGreen: { activeService: 'app-stable', previewService: 'app-canary', scaleDownDelaySeconds: 10 } } },
  {
    name: 'blue-green by hand',
    strategy: {
      blueGreen: { activeService: 'app-stable', autoPromotionEnabled: false, scaleDownDelaySeconds: 10, previewReplicaCount: 1 },
    },
  },
];

const deeds: readonly Deed[] = [
  { name: 'edit', play: (user, random) => user.setImage('app', `example.io/demo:v${1 + Math.floor(random() * 5)}`) },
  { name: 'bad edit', play: (user, random) => user.setImage('app', `example.io/does-not-exist:v${Math.floor(random() * 2)}`) },
  { name: 'scale', play: (user, random) => user.scale('app', Math.floor(random() * 9)) },
  { name: 'abort', play: (user) => user.abort('app') },
  { name: 'retry', play: (user) => user.retry('app') },
  { name: 'promote', play: (user) => user.promote('app') },
  { name: 'promote full', play: (user) => user.promoteFull('app') },
  { name: 'pause', play: (user) => user.patchRollout('app', { spec: { paused: true } }) },
  { name: 'resume', play: (user) => user.patchRollout('app', { spec: { paused: false } }) },
  { name: 'kill pod', play: killPod },
  {
    name: 'metrics',
    play: (user, random) => Promise.resolve(user.world.metrics.set('errors', { kind: 'value', value: [random() < 0.5 ? 0 : 1] })),
  },
  { name: 'edit and scale', play: editAndScale },
  { name: 'strip service', play: stripService },
  { name: 'crash', play: (user) => Promise.resolve(user.world.crash()) },
];

export const deedNames: readonly string[] = deeds.map((d) => d.name);

async function killPod(user: User, random: Random): Promise<void> {
  const pods = user.all(resources.pods);
  const pod = pods[Math.floor(random() * pods.length)];
  if (pod === undefined) return;
  await driven(
    user.world.scheduler,
    user.world.user
      .delete({ resource: resources.pods, namespace, name: pod.metadata.name }, { gracePeriodSeconds: 0 })
      .catch(() => undefined),
  );
}

function editAndScale(user: User, random: Random): Promise<void> {
  const image = `example.io/demo:v${1 + Math.floor(random() * 5)}`;
  const body = [
    { op: 'replace', path: '/spec/template/spec/containers/0/image', value: image },
    { op: 'replace', path: '/spec/replicas', value: 1 + Math.floor(random() * 8) },
  ];
  return driven(
    user.world.scheduler,
    user.world.user.patch({ resource: resources.rollouts, namespace, name: 'app' }, { kind: 'json', body }).then(() => undefined),
  );
}

/** What a GitOps tool does that re-applies a Service without our key in its selector. */
async function stripService(user: User): Promise<void> {
  const service = user.world.store.peek(resources.services, namespace, 'app-stable');
  if (service === undefined) return;
  const body = { spec: { selector: { 'rollouts-pod-template-hash': null } } };
  await driven(
    user.world.scheduler,
    user.world.user.patch({ resource: resources.services, namespace, name: 'app-stable' }, { kind: 'merge', body }).then(() => undefined),
  );
}

/** Plays `length` random deeds of a user, under faults on odd seeds, then lets everything calm down and judges. Same seed, same history. */
export async function playHistory(seed: number, length = 20): Promise<HistoryResult> {
  const random = seededRandom(seed);
  const world = await createWorld({ seed, shuffle: true, metrics: scriptedMetrics() });
  const user = new User(world);
  const setup = pick(setups, random);
  const events: string[] = [`seed ${seed}: ${setup.name}, ${seed % 2 === 1 ? 'stormy' : 'calm'}`];
  const covered: string[] = [];
  const violations: Violation[] = [];
  let failed: string | undefined;
  try {
    world.metrics.set('errors', { kind: 'value', value: [0] });
    await user.apply(
      anAnalysisTemplate('errors', errorRate({ interval: '5s' })),
      anAnalysisTemplate('once', errorRate({ interval: '2s', count: 2 })),
      aService('app-canary', 'app'),
      aService('app-stable', 'app'),
      aRollout('app', { replicas: 4, strategy: setup.strategy, more: { progressDeadlineSeconds: 60 } }),
    );
    await user.untilPhase('app', 'Healthy');
    const endFaults = injectFaults(world.store, seed % 2 === 1 ? stormy : calm, seed);
    for (let i = 0; i < length; i++) {
      const deed = pick(deeds, random);
      covered.push(`${deed.name} / ${user.rollout('app').status.phase || 'new'}`);
      events.push(deed.name);
      await deed.play(user, random);
      await user.wait(Math.floor(random() * random() * 40_000));
    }
    endFaults();
    await calmDown(user);
    violations.push(...judgeRest(world.picture()));
    if (world.failures.length > 0) failed = `a pass failed: ${world.failures[0] ?? ''}`;
  } catch (error) {
    failed = errorMessage(error);
  }
  await world.stop();
  return { seed, events, violations: [...world.violations, ...violations], covered, ...(failed === undefined ? {} : { failed }) };
}

/** Whatever was done before: a good version, pushed through, becomes Healthy. */
async function calmDown(user: User): Promise<void> {
  await awaitRest(user.world);
  user.world.metrics.set('errors', { kind: 'value', value: [0] });
  await user.patchRollout('app', { spec: { paused: false, replicas: 3 } });
  await user.setImage('app', 'example.io/demo:v9');
  await user.wait(30_000);
  await user.promoteFull('app');
  await user.until('the last version is Healthy', () => {
    const { status, metadata } = user.rollout('app');
    return status.phase === 'Healthy' && status.stableRS === status.currentPodHash && status.observedGeneration === metadata.generation;
  });
  await awaitRest(user.world);
}

function pick<T>(list: readonly T[], random: Random): T {
  const found = list[Math.floor(random() * list.length)];
  if (found === undefined) throw new Error('nothing to pick from');
  return found;
}

import { resources, type KubeObject, type NewObject, type Resource } from '../api/kube.js';
import { parseRollout } from '../api/index.js';
import type { Rollout } from '../api/rollout-types.js';
import { hasCode } from '../lib/errors.js';
import { fieldOf, isPlainObject, objectsOf } from '../lib/json.js';
import { judgeRest } from './oracles/rest.js';
import type { Violation } from './oracles/picture.js';
import { createWorld, driven, type CrashPoint, type World } from './world.js';
import { scriptedMetrics } from './scripted-metrics.js';

export const namespace = 'default';

/** What a user does and waits for, on one simulated cluster. Every wait has a limit in virtual time. */
export interface Scenario {
  readonly name: string;
  play(user: User): Promise<void>;
  /** What must be true at the end beyond the oracles; throws when it is not. */
  check?(user: User): void;
}

export interface ScenarioResult {
  readonly scenario: string;
  readonly violations: readonly Violation[];
  /** Why the scenario could not be played to its end; undefined: it was. */
  readonly failed?: string;
  /** The state of rest at the end without times, uids and versions: what all runs must agree on. */
  readonly digest: string;
  /** API calls of the controller until rest. */
  readonly calls: number;
  readonly trace: readonly string[];
}

/** Nothing to do for this long is a state of rest: longer than any back-off, shorter than a resync. */
const restMs = 60_000;
/** At rest for this long nothing may be written (I7). */
const idleMs = 1_800_000;
/** After a crash the first minute has passed in `rest` already; a thousand runs cannot all wait long. */
const crashedIdleMs = 60_000;

export class User {
  constructor(readonly world: World) {}

  async apply(...objects: readonly NewObject[]): Promise<void> {
    for (const object of objects) await this.#do(() => applyOne(this.world, object));
  }

  /** An object of a kind we have no words for. */
  async create(resource: Resource, object: NewObject): Promise<void> {
    await this.#do(() => this.world.user.create(resource, { ...object, metadata: { namespace, ...object.metadata } }));
  }

  async patchRollout(name: string, body: unknown, subresource?: 'status'): Promise<void> {
    const ref = { resource: resources.rollouts, namespace, name };
    await this.#do(() => this.world.user.patch(ref, { kind: 'merge', body }, subresource === undefined ? {} : { subresource }));
  }

  setImage(name: string, image: string): Promise<void> {
    const body = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: image }];
    return this.#do(() => this.world.user.patch({ resource: resources.rollouts, namespace, name }, { kind: 'json', body }));
  }

  scale(name: string, replicas: number): Promise<void> {
    return this.patchRollout(name, { spec: { replicas } });
  }

  promote(name: string): Promise<void> {
    return this.patchRollout(name, { status: { pauseConditions: null } }, 'status');
  }

  promoteFull(name: string): Promise<void> {
    return this.patchRollout(name, { status: { promoteFull: true } }, 'status');
  }

  abort(name: string): Promise<void> {
    return this.patchRollout(name, { status: { abort: true } }, 'status');
  }

  retry(name: string): Promise<void> {
    return this.patchRollout(name, { status: { abort: false } }, 'status');
  }

  rollout(name: string): Rollout {
    const object = this.world.store.peek(resources.rollouts, namespace, name);
    if (object === undefined) throw new Error(`there is no Rollout ${name}`);
    return parseRollout(object).rollout;
  }

  all(resource: Resource): readonly KubeObject[] {
    return this.world.store.peekAll(resource, namespace);
  }

  /** Lets time pass until `isTrue`, at most `limitMs` of it. @throws when it does not come true */
  async until(what: string, isTrue: () => boolean, limitMs = 900_000): Promise<void> {
    if (await this.world.scheduler.runUntil(isTrue, limitMs)) return;
    throw new Error(`after ${limitMs / 1000} s still not: ${what}\n${this.#status()}`);
  }

  untilPhase(name: string, phase: string, message = ''): Promise<void> {
    const isThere = (): boolean => {
      const rollout = this.rollout(name);
      const { status, metadata } = rollout;
      return status.phase === phase && status.message.includes(message) && status.observedGeneration === metadata.generation;
    };
    return this.until(`${name} is ${phase} ${message}`.trimEnd(), isThere);
  }

  untilPausedAt(name: string, step: number): Promise<void> {
    return this.until(`${name} is paused at step ${step}`, () => {
      const { status, metadata } = this.rollout(name);
      return status.phase === 'Paused' && status.currentStepIndex === step && status.observedGeneration === metadata.generation;
    });
  }

  async wait(durationMs: number): Promise<void> {
    await this.world.scheduler.runFor(durationMs);
  }

  #status(): string {
    const rollouts = this.all(resources.rollouts).map((o) => `${o.metadata.name}: ${JSON.stringify(o.status)}`);
    const sets = this.all(resources.replicaSets).map(
      (o) => `${o.metadata.name}: ${JSON.stringify(o.spec?.['replicas'])} ${JSON.stringify(o.status)}`,
    );
    return [...rollouts, ...sets].join('\n');
  }

  #do(call: () => Promise<unknown>): Promise<void> {
    return driven(
      this.world.scheduler,
      call().then(() => undefined),
    );
  }
}

async function applyOne({ user }: World, object: NewObject): Promise<void> {
  const resource = resourceOf(object);
  const withNamespace = resource.namespaced ? { ...object, metadata: { namespace, ...object.metadata } } : object;
  try {
    await user.create(resource, withNamespace);
  } catch (error) {
    if (!hasCode(error, 'already-exists')) throw error;
    const ref = { resource, name: object.metadata.name ?? '', ...(resource.namespaced ? { namespace } : {}) };
    await user.patch(ref, { kind: 'merge', body: withNamespace });
  }
}

function resourceOf(object: NewObject): Resource {
  const found = Object.values(resources).find((r) => r.kind === object.kind);
  if (found === undefined) throw new Error(`no such kind: ${object.kind}`);
  return found;
}

/** Plays a scenario once, then waits for rest and judges it. */
export async function playScenario(
  scenario: Scenario,
  options: { readonly seed?: number; readonly shuffle?: boolean; readonly crashAt?: CrashPoint } = {},
): Promise<ScenarioResult> {
  const world = await createWorld({ ...options, metrics: scriptedMetrics() });
  const user = new User(world);
  const violations: Violation[] = [];
  let failed: string | undefined;
  let calls = 0;
  try {
    await scenario.play(user);
    await awaitRest(world);
    calls = world.calls;
    scenario.check?.(user);
    violations.push(...judgeRest(world.picture()), ...(await judgeIdle(world, options.crashAt === undefined ? idleMs : crashedIdleMs)));
  } catch (error) {
    failed = error instanceof Error ? error.message : String(error);
  }
  if (failed === undefined && world.failures.length > 0) failed = `a pass failed: ${world.failures[0]}`;
  const digest = digestOf(world);
  await world.stop();
  return {
    scenario: scenario.name,
    violations: [...world.violations, ...violations],
    ...(failed === undefined ? {} : { failed }),
    digest,
    calls,
    trace: world.trace,
  };
}

/** Lets time pass until nothing has changed for a while. @throws when that does not come within an hour of virtual time */
export async function awaitRest({ scheduler, store }: World): Promise<void> {
  for (let quiet = 0, waited = 0; quiet < restMs; waited += 5_000) {
    if (waited > 3_600_000) throw new Error('no rest within an hour of virtual time');
    const before = store.resourceVersion;
    await scheduler.runFor(5_000);
    quiet = store.resourceVersion === before ? quiet + 5_000 : 0;
  }
}

async function judgeIdle({ scheduler, store }: World, durationMs: number): Promise<readonly Violation[]> {
  const before = store.audit.writes().filter((w) => w.caller.startsWith('controller-')).length;
  await scheduler.runFor(durationMs);
  const writes = store.audit.writes().filter((w) => w.caller.startsWith('controller-'));
  if (writes.length === before) return [];
  const text = writes.slice(before).map((w) => `${w.verb} ${w.resource.resource}/${w.name ?? ''}`);
  return [{ invariant: 'I7', at: scheduler.now(), text: `${writes.length - before} writes at rest: ${text.slice(0, 5).join(', ')}` }];
}

/** Fields that differ from run to run without meaning anything. */
const passing: ReadonlySet<string> = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'generation',
  'managedFields',
  'lastUpdateTime',
  'lastTransitionTime',
  'startTime',
  'startedAt',
  'finishedAt',
  'completedAt',
  'abortedAt',
  'rolloutStartedAt',
  'totalManualPauseDurationSeconds',
  'manualPauseStartedAt',
  'observedGeneration',
  'since',
  'until',
  'scale-down-deadline',
]);

/** Of our own part of a status only what is awaited: the rest remembers how far progress had come, which a crash may shift. */
function withoutMemory(status: unknown): unknown {
  if (!isPlainObject(status)) return status;
  const conditions = objectsOf(status['conditions']);
  const sorted = [...conditions].sort((a, b) => (String(a['type']) < String(b['type']) ? -1 : 1));
  return { ...status, conditions: sorted, sluice: { awaiting: fieldOf(status['sluice'], 'awaiting') } };
}

/** Rollouts, ReplicaSets, Services and AnalysisRuns as they stand; AnalysisRuns by verdict, since a crash may cost a measurement more. */
function digestOf({ store }: World): string {
  const plain = (o: KubeObject): unknown =>
    JSON.parse(JSON.stringify({ name: o.metadata.name, spec: o.spec, status: withoutMemory(o.status) }, withoutPassing));
  const runs = store.peekAll(resources.analysisRuns).map((o) => ({ name: o.metadata.name, phase: o.status?.['phase'] }));
  const all = {
    rollouts: store.peekAll(resources.rollouts).map(plain),
    replicaSets: store.peekAll(resources.replicaSets).map((o) => ({
      name: o.metadata.name,
      replicas: o.spec?.['replicas'],
      status: plainJson(o.status ?? {}),
      revision: o.metadata.annotations?.['rollout.argoproj.io/revision'],
    })),
    services: store.peekAll(resources.services).map((o) => ({ name: o.metadata.name, selector: o.spec?.['selector'] })),
    runs,
  };
  return JSON.stringify(all, null, 1);
}

function plainJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, withoutPassing));
}

function withoutPassing(key: string, value: unknown): unknown {
  if (passing.has(key)) return undefined;
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
}

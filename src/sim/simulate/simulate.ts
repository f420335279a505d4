import { parseRollout } from '../../api/index.js';
import { resources, type NewObject, type Resource } from '../../api/kube.js';
import type { Rollout } from '../../api/rollout-types.js';
import { isFullyPromoted, isObserved, planPromote } from '../../core/steer/steer.js';
import { stepText } from '../../core/view/steps.js';
import { viewMaxWeight } from '../../core/view/weights.js';
import { ControllerError } from '../../lib/errors.js';
import { scriptedMetrics } from '../scripted-metrics.js';
import { createWorld, driven, type World } from '../world.js';
import { failAll, scriptAnswers } from './metrics.js';
import { newVersion, prepare, type Prepared } from './prepare.js';
import { Recorder } from './record.js';
import type { Sample, Simulation, SimulationEnd, SimulationInput } from './types.js';

const namespace = 'default';
/** The first deployment is no part of what is told, and has no steps to wait for. */
const firstDeploymentMs = 24 * 3_600_000;
/** After an abort: until pods that are on their way out have gone. */
const settleMs = 60_000;

/**
 * Plays an update of a Rollout in virtual time: first deployment, then a new version, by the controllers that run in the cluster, on a cluster
 * whose pods start as they are told and whose metrics answer as they are told. Nothing outside is touched.
 *
 * @throws ControllerError `invalid` when the input does not make a simulation
 */
export async function simulateUpdate(input: SimulationInput): Promise<Simulation> {
  const prepared = prepare(input);
  const metrics = scriptedMetrics();
  scriptAnswers(metrics, prepared.asked, { ...input, metrics: {} });
  const world = await createWorld({ metrics });
  const play = new Play(world, prepared, input);
  try {
    await play.firstDeployment();
    return play.over ?? (await play.update());
  } finally {
    await world.stop();
  }
}

class Play {
  /** Set when it ends before the update. */
  over: Simulation | undefined;
  readonly #promotions: { atMs: number; reason: string }[] = [];
  #startedAt = 0;
  #isFailing = false;

  constructor(
    private readonly world: World,
    private readonly prepared: Prepared,
    private readonly input: SimulationInput,
  ) {}

  async firstDeployment(): Promise<void> {
    const { around, rollout } = this.prepared;
    for (const object of [...around, rollout]) await this.#create(object);
    const isThere = (): boolean => isSettled(this.#rollout()) || invalidity(this.#rollout()) !== undefined;
    const isDone = await this.world.scheduler.runUntil(isThere, firstDeploymentMs);
    const invalid = invalidity(this.#rollout());
    if (invalid !== undefined) this.over = this.#result({ kind: 'invalid', message: invalid }, []);
    else if (!isDone)
      this.over = this.#result(
        { kind: 'unfinished', message: `the first deployment does not become healthy: ${this.#rollout().status.message}` },
        [],
      );
  }

  async update(): Promise<Simulation> {
    const { scheduler, store, metrics } = this.world;
    scriptAnswers(metrics, this.prepared.asked, this.input);
    this.#startedAt = scheduler.now();
    const oldHash = this.#rollout().status.stableRS;
    await this.#patch(newVersion);
    const recorder = new Recorder(store, this.prepared.name, () => scheduler.now(), this.#startedAt, oldHash);
    const end = await this.#playUpdate();
    if (end.kind === 'aborted') await scheduler.runUntil(() => isTakenBack(this.#rollout()), settleMs);
    recorder.stop();
    return this.#result(end, recorder.samples);
  }

  async #playUpdate(): Promise<SimulationEnd> {
    const { scheduler } = this.world;
    for (;;) {
      const leftMs = this.#startedAt + this.input.limitMs - scheduler.now();
      if (leftMs <= 0 || !(await scheduler.runUntil(() => this.#isEventful(), leftMs))) return this.#unfinished();
      const end = endOf(this.#rollout());
      if (end !== undefined) return end;
      if (this.#mustFail()) {
        this.#isFailing = true;
        failAll(this.world.metrics, this.prepared.asked);
      } else await this.#promote();
    }
  }

  /** Whether there is something for this play to do. */
  #isEventful(): boolean {
    const rollout = this.#rollout();
    return endOf(rollout) !== undefined || this.#mustFail() || waitsForPerson(rollout);
  }

  #mustFail(): boolean {
    const { failAt } = this.input;
    const { status } = this.#rollout();
    return failAt !== undefined && !this.#isFailing && (status.currentStepIndex ?? 0) >= failAt - 1 && isObserved(this.#rollout());
  }

  async #promote(): Promise<void> {
    const { scheduler } = this.world;
    if (this.input.promoteAfterMs > 0) await scheduler.runFor(this.input.promoteAfterMs);
    const rollout = this.#rollout();
    if (!waitsForPerson(rollout)) return;
    this.#promotions.push({ atMs: scheduler.now() - this.#startedAt, reason: rollout.status.message });
    const { spec, status } = planPromote(rollout);
    if (spec !== undefined) await this.#patch({ spec });
    if (status !== undefined) await this.#patch({ status }, 'status');
    // The controller has to take note before it can be said to wait again.
    await scheduler.runUntil(() => !waitsForPerson(this.#rollout()), settleMs);
  }

  #unfinished(): SimulationEnd {
    const { status } = this.#rollout();
    const step = status.currentStepIndex === undefined ? '' : ` at step ${status.currentStepIndex + 1}`;
    return { kind: 'unfinished', message: `${status.phase}${step}: ${status.message}` };
  }

  #rollout(): Rollout {
    const raw = this.world.store.peek(resources.rollouts, namespace, this.prepared.name);
    if (raw === undefined) throw new ControllerError('internal', 'the simulated Rollout has gone');
    return parseRollout(raw).rollout;
  }

  async #create(object: NewObject): Promise<void> {
    const resource = Object.values<Resource>(resources).find(({ kind }) => kind === object.kind);
    if (resource === undefined) throw new ControllerError('invalid', `the simulation does not know the kind ${object.kind}`);
    await driven(this.world.scheduler, this.world.user.create(resource, object));
  }

  async #patch(body: unknown, subresource?: 'status'): Promise<void> {
    const ref = { resource: resources.rollouts, namespace, name: this.prepared.name };
    await driven(
      this.world.scheduler,
      this.world.user.patch(ref, { kind: 'merge', body }, subresource === undefined ? {} : { subresource }),
    );
  }

  #result(end: SimulationEnd, samples: readonly Sample[]): Simulation {
    const { spec } = this.#rollout();
    const { strategy } = spec;
    const { metrics, violations } = this.world;
    return {
      rollout: this.prepared.name,
      strategy: strategy.kind === 'canary' ? 'Canary' : 'BlueGreen',
      replicas: spec.replicas ?? 1,
      steps: strategy.kind === 'canary' ? strategy.steps.map(stepText) : [],
      maxWeight: strategy.kind === 'canary' ? viewMaxWeight(strategy) : 100,
      end,
      durationMs: samples.at(-1)?.atMs ?? 0,
      samples,
      leastAvailable: extreme(
        samples,
        (s) => s.pods.available,
        (a, b) => a < b,
      ),
      mostPods: extreme(
        samples,
        (s) => s.pods.existing,
        (a, b) => a > b,
      ),
      promotions: this.#promotions,
      measurements: Object.fromEntries(
        this.prepared.asked.map(({ name, query }) => [
          name,
          metrics.asked.filter((each) => each.query === query && each.at >= this.#startedAt).length,
        ]),
      ),
      violations: violations.map(({ invariant, text }) => `${invariant}: ${text}`),
    };
  }
}

function isSettled(rollout: Rollout): boolean {
  return isObserved(rollout) && rollout.status.phase === 'Healthy' && isFullyPromoted(rollout);
}

function invalidity({ status }: Rollout): string | undefined {
  return status.conditions.find((c) => c.type === 'InvalidSpec' && c.status === 'True')?.message;
}

function endOf(rollout: Rollout): SimulationEnd | undefined {
  if (!isObserved(rollout)) return undefined;
  const invalid = invalidity(rollout);
  if (invalid !== undefined) return { kind: 'invalid', message: invalid };
  if (isSettled(rollout)) return { kind: 'promoted' };
  return rollout.status.abort && rollout.status.phase === 'Degraded' ? { kind: 'aborted', message: rollout.status.message } : undefined;
}

/** Pods of the version that failed may still stand by for a while; what counts is that the old one is whole. */
function isTakenBack({ status, spec }: Rollout): boolean {
  return status.availableReplicas >= (spec.replicas ?? 1) && status.updatedReplicas === 0;
}

/** A pause without an end, an inconclusive analysis, a blue-green promotion, or spec.paused. */
function waitsForPerson(rollout: Rollout): boolean {
  const { status, spec } = rollout;
  if (!isObserved(rollout) || status.phase !== 'Paused') return false;
  if (spec.paused) return true;
  if (status.pauseConditions.length === 0) return false;
  if (status.pauseConditions.some(({ reason }) => reason.startsWith('Inconclusive'))) return true;
  const { strategy } = spec;
  if (strategy.kind === 'blueGreen') return !strategy.autoPromotionEnabled && strategy.autoPromotionSeconds === 0;
  const step = strategy.steps[status.currentStepIndex ?? 0];
  return step?.kind === 'pause' && step.durationMs === undefined;
}

function extreme(
  samples: readonly Sample[],
  of: (sample: Sample) => number,
  isMore: (a: number, b: number) => boolean,
): { readonly pods: number; readonly atMs: number } {
  let found: { readonly pods: number; readonly atMs: number } | undefined;
  for (const sample of samples) if (found === undefined || isMore(of(sample), found.pods)) found = { pods: of(sample), atMs: sample.atMs };
  return found ?? { pods: 0, atMs: 0 };
}

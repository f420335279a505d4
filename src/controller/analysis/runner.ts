import type { TakenMeasurement, UnresolvedSecret } from '../../core/analysis/index.js';
import type { EpochMs, Scheduler } from '../../lib/scheduler.js';
import type { LaneLimits } from './lanes.js';
import { Lanes } from './lanes.js';

/** What came of an attempt to measure. */
export type Outcome =
  | { readonly kind: 'taken'; readonly taken: TakenMeasurement; readonly endedAt: EpochMs }
  /** A secret could not be read: nothing was measured. */
  | { readonly kind: 'unresolved'; readonly message: string; readonly at: EpochMs };

export interface Task {
  /** namespace/name of the run: woken by the outcome. */
  readonly key: string;
  readonly uid: string;
  readonly metric: string;
  /** Host that is asked. */
  readonly lane: string;
  /** Never rejects but when its signal fired. */
  measure(signal: AbortSignal): Promise<Outcome>;
}

/** What the runner knows of a run. */
export interface Progress {
  readonly inFlight: ReadonlySet<string>;
  readonly taken: readonly TakenMeasurement[];
  readonly endedAt: ReadonlyMap<string, EpochMs>;
  readonly unresolved?: UnresolvedSecret;
}

interface RunState {
  readonly key: string;
  readonly flights: Map<string, AbortController>;
  readonly taken: Map<string, TakenMeasurement>;
  readonly endedAt: Map<string, EpochMs>;
  unresolved?: UnresolvedSecret;
}

const nothing: Progress = { inFlight: new Set(), taken: [], endedAt: new Map() };

/**
 * Owns the measurements in flight, one for each metric at most. Passes start and cancel them and read the outcomes; an outcome wakes its run's key
 * and stays here until a pass has stored it, so that a failed status write loses nothing.
 */
export class Runner {
  readonly #lanes: Lanes;
  readonly #runs = new Map<string, RunState>();
  readonly #uidOfKey = new Map<string, string>();
  readonly #settling = new Set<Promise<void>>();
  #stopped = false;

  constructor(
    private readonly scheduler: Scheduler,
    limits: LaneLimits,
    private readonly wake: (key: string) => void,
  ) {
    this.#lanes = new Lanes(limits);
  }

  /** Measurements under way, over all runs. */
  get active(): number {
    return this.#lanes.active;
  }

  progress(uid: string): Progress {
    const run = this.#runs.get(uid);
    if (run === undefined) return nothing;
    return {
      inFlight: new Set(run.flights.keys()),
      taken: [...run.taken.values()],
      endedAt: run.endedAt,
      ...(run.unresolved === undefined ? {} : { unresolved: run.unresolved }),
    };
  }

  /** Queues a measurement; a second one for a metric that has one in flight, or an outcome nobody has stored, is ignored. */
  start(task: Task): void {
    const run = this.#runOf(task);
    if (this.#stopped || run.flights.has(task.metric) || run.taken.has(task.metric)) return;
    const flight = new AbortController();
    run.flights.set(task.metric, flight);
    const leave = this.#lanes.enter(task.lane, () => this.#track(this.#fly(task, flight)));
    flight.signal.addEventListener('abort', leave, { once: true });
  }

  /** Gives a measurement up: its outcome, if one still comes, is dropped. */
  cancel(uid: string, metric: string): void {
    const flight = this.#runs.get(uid)?.flights.get(metric);
    this.#runs.get(uid)?.flights.delete(metric);
    flight?.abort(new Error('the measurement was given up'));
  }

  /** The status has these now. */
  recorded(uid: string, taken: readonly TakenMeasurement[]): void {
    const run = this.#runs.get(uid);
    for (const measurement of taken) {
      if (run?.taken.get(measurement.metric) === measurement) run.taken.delete(measurement.metric);
    }
  }

  /** Gives everything of a run up that is completed or gone. */
  forget(uid: string): void {
    const run = this.#runs.get(uid);
    if (run === undefined) return;
    this.#runs.delete(uid);
    this.#uidOfKey.delete(run.key);
    for (const flight of run.flights.values()) flight.abort(new Error('the run has ended'));
  }

  /** Forgets what has this name but not this uid; all of that name when `uid` is undefined. */
  forgetOthers(key: string, uid?: string): void {
    const known = this.#uidOfKey.get(key);
    if (known !== undefined && known !== uid) this.forget(known);
  }

  /** Cancels everything and waits until it has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const uid of [...this.#runs.keys()]) this.forget(uid);
    await Promise.all(this.#settling);
  }

  #runOf({ uid, key }: Task): RunState {
    const known = this.#runs.get(uid);
    if (known) return known;
    const run: RunState = { key, flights: new Map(), taken: new Map(), endedAt: new Map() };
    this.#runs.set(uid, run);
    this.#uidOfKey.set(key, uid);
    return run;
  }

  #track(flight: Promise<void>): void {
    const settled = flight.finally(() => this.#settling.delete(settled));
    this.#settling.add(settled);
  }

  async #fly(task: Task, flight: AbortController): Promise<void> {
    try {
      await this.scheduler.yield(`measure ${task.key} ${task.metric}`);
      if (flight.signal.aborted) return;
      const outcome = await task.measure(flight.signal);
      if (!flight.signal.aborted) this.#land(task, outcome);
    } catch (error) {
      if (!flight.signal.aborted) throw error;
    } finally {
      this.#lanes.release(task.lane);
    }
  }

  #land({ uid, metric, key }: Task, outcome: Outcome): void {
    const run = this.#runs.get(uid);
    if (run === undefined) return;
    run.flights.delete(metric);
    if (outcome.kind === 'taken') {
      run.taken.set(metric, outcome.taken);
      run.endedAt.set(metric, outcome.endedAt);
      delete run.unresolved;
    } else {
      run.unresolved = { message: outcome.message, since: run.unresolved?.since ?? outcome.at, at: outcome.at };
    }
    this.wake(key);
  }
}

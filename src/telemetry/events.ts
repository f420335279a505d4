import { resources, type KubeObject, type NewObject } from '../api/kube.js';
import type { Cluster } from '../cluster/cluster.js';
import { ControllerError, hasCode } from '../lib/errors.js';
import { deadline, sleep, type EpochMs, type Scheduler } from '../lib/scheduler.js';
import { renderWholeSeconds } from '../lib/time.js';
import { sharedAbort } from '../lib/signals.js';

/** What `kubectl describe` shows. Reasons are constants in CamelCase. */
export interface KubeEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export interface EventRecorder {
  /** Notes that something happened to an object; it is written later. Never throws, never waits. */
  event(about: KubeObject, event: KubeEvent): void;
  /** Writes what is still to be written, for `limitMs` at most; then takes no more. */
  stop(limitMs: number): Promise<void>;
}

export interface EventRecorderOptions {
  readonly cluster: Pick<Cluster, 'create' | 'patch'>;
  readonly scheduler: Scheduler;
  /** Source of the events, default upstream's `rollouts-controller`. */
  readonly component?: string;
  /** Told of every event, whether or not it is written one by one. */
  readonly onEvent?: (about: KubeObject, event: KubeEvent) => void;
  /** An event that could not be written; the reconcile it belongs to is long over. */
  readonly onLost?: (about: KubeObject['metadata'], event: KubeEvent, error: unknown) => void;
}

/** Events of one object in full: that many at once, then one per `refillMs`; what is beyond is counted on one event per reason. */
const budget = { burst: 100, refillMs: 15_000 };
/** An event that repeats is written at most that often; its count goes on in between. */
const repeatMs = 10_000;
const mostSeries = 4_096;
const mostQueued = 1_000;
const mostTries = 5;
const longestMessage = 1_024;

/** What a user must find even when a flapping object has used up its budget (upstream's spam filter loses them: rollout-core 10 #38). */
const neverFolded = new Set(['RolloutAborted', 'RolloutCompleted', 'AnalysisRunFailed', 'AnalysisRunError', 'AnalysisRunInconclusive']);

/** Events that are one to the API: same object, type, reason and text. */
interface Series {
  readonly about: KubeObject['metadata'];
  readonly involved: Readonly<Record<string, unknown>>;
  readonly type: KubeEvent['type'];
  readonly reason: string;
  message: string;
  count: number;
  readonly firstAt: EpochMs;
  lastAt: EpochMs;
  /** Name of the Event object once there is one, or may be one. */
  name: string | undefined;
  isCreated: boolean;
  writtenAt: EpochMs | undefined;
  isQueued: boolean;
  cancelDelay: (() => void) | undefined;
}

/**
 * Writes core/v1 Events in the background, in order, one call at a time, so that they come after the writes of their reconcile and never fail it.
 *
 * Semantics: client-go's record.EventRecorder (names, counts, source). Differs: nothing is dropped by a spam filter. Beyond an object's budget
 * events of one reason share one Event with the latest text and a count; aborts, completions and verdicts are always written in full.
 */
export function eventRecorder(options: EventRecorderOptions): EventRecorder {
  return new Recorder(options);
}

class Recorder implements EventRecorder {
  readonly #series = new Map<string, Series>();
  readonly #budgets = new Map<string, { tokens: number; filledAt: EpochMs }>();
  readonly #queue: Series[] = [];
  #pumping: Promise<void> | undefined;
  #isStopped = false;
  #sequence = 0n;
  readonly #giveUp = sharedAbort();

  constructor(private readonly options: EventRecorderOptions) {}

  event(about: KubeObject, event: KubeEvent): void {
    if (this.#isStopped) return;
    this.options.onEvent?.(about, event);
    const series = this.#seriesOf(about, event);
    series.count += 1;
    series.lastAt = this.options.scheduler.now();
    this.#enqueue(series);
  }

  async stop(limitMs: number): Promise<void> {
    this.#isStopped = true;
    for (const series of this.#series.values()) if (series.cancelDelay) this.#push(series);
    const limit = deadline(this.options.scheduler, limitMs, new ControllerError('timeout', 'no time left to write events'));
    limit.signal.addEventListener('abort', () => this.#giveUp.abort(limit.signal.reason));
    await this.#pumping;
    limit.done();
  }

  #seriesOf(about: KubeObject, event: KubeEvent): Series {
    const object = about.metadata.uid;
    const message = event.message.length > longestMessage ? `${event.message.slice(0, longestMessage - 3)}...` : event.message;
    const exactKey = JSON.stringify([object, event.type, event.reason, message]);
    const exact = this.#series.get(exactKey);
    if (exact) return this.#touch(exactKey, exact);
    if (this.#takesFromBudget(object) || neverFolded.has(event.reason)) return this.#begin(exactKey, about, { ...event, message });
    const foldedKey = JSON.stringify([object, event.type, event.reason]);
    const folded = this.#series.get(foldedKey) ?? this.#begin(foldedKey, about, event);
    folded.message = `(combined from similar events): ${message}`;
    return this.#touch(foldedKey, folded);
  }

  #begin(key: string, about: KubeObject, { type, reason, message }: KubeEvent): Series {
    const { namespace, name, uid, resourceVersion } = about.metadata;
    const now = this.options.scheduler.now();
    const series: Series = {
      ...{ about: about.metadata, type, reason, message, count: 0, firstAt: now, lastAt: now },
      involved: {
        apiVersion: about.apiVersion,
        kind: about.kind,
        name,
        uid,
        resourceVersion,
        ...(namespace !== undefined && { namespace }),
      },
      ...{ name: undefined, isCreated: false, writtenAt: undefined, isQueued: false, cancelDelay: undefined },
    };
    this.#series.set(key, series);
    if (this.#series.size > mostSeries) this.#forgetOldest();
    return series;
  }

  /** Least recently used first: the map keeps the order of insertion. */
  #touch(key: string, series: Series): Series {
    this.#series.delete(key);
    this.#series.set(key, series);
    return series;
  }

  #forgetOldest(): void {
    for (const [key, series] of this.#series) {
      if (series.isQueued || series.cancelDelay) continue;
      this.#series.delete(key);
      return;
    }
  }

  #takesFromBudget(object: string): boolean {
    const now = this.options.scheduler.now();
    const own = this.#budgets.get(object) ?? { tokens: budget.burst, filledAt: now };
    own.tokens = Math.min(budget.burst, own.tokens + Math.max(0, now - own.filledAt) / budget.refillMs);
    own.filledAt = now;
    this.#budgets.delete(object);
    this.#budgets.set(object, own);
    const [oldest] = this.#budgets.keys();
    if (this.#budgets.size > mostSeries && oldest !== undefined) this.#budgets.delete(oldest);
    if (own.tokens < 1) return false;
    own.tokens -= 1;
    return true;
  }

  #enqueue(series: Series): void {
    if (series.isQueued || series.cancelDelay) return;
    const now = this.options.scheduler.now();
    const dueAt = series.writtenAt === undefined ? now : series.writtenAt + repeatMs;
    if (dueAt <= now || dueAt > now + repeatMs) this.#push(series);
    else series.cancelDelay = this.options.scheduler.after(dueAt - now, () => this.#push(series));
  }

  #push(series: Series): void {
    series.cancelDelay?.();
    series.cancelDelay = undefined;
    series.isQueued = true;
    this.#queue.push(series);
    if (this.#queue.length > mostQueued) this.#dropOne();
    this.#pumping ??= this.#pump().finally(() => {
      this.#pumping = undefined;
    });
  }

  #dropOne(): void {
    const position = Math.max(
      0,
      this.#queue.findIndex(({ reason }) => !neverFolded.has(reason)),
    );
    const [dropped] = this.#queue.splice(position, 1);
    if (!dropped) return;
    dropped.isQueued = false;
    this.#lose(dropped, new ControllerError('too-many-requests', 'more events than can be written'));
  }

  async #pump(): Promise<void> {
    for (let series = this.#queue.shift(); series; series = this.#queue.shift()) {
      series.isQueued = false;
      try {
        await this.#writePatiently(series);
      } catch (error) {
        this.#lose(series, error);
      }
    }
  }

  async #writePatiently(series: Series): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#write(series);
        return;
      } catch (error) {
        const isHopeless = !hasCode(error, 'unavailable', 'timeout', 'too-many-requests') || tries >= mostTries;
        if (isHopeless || this.#giveUp.signal.aborted) throw error;
        await sleep(this.options.scheduler, 1_000 * 2 ** (tries - 1) * (0.5 + this.options.scheduler.random() / 2), this.#giveUp.signal);
      }
    }
  }

  async #write(series: Series): Promise<void> {
    const { message, count, lastAt } = series;
    series.writtenAt = this.options.scheduler.now();
    if (series.isCreated && (await this.#update(series, { count, message, lastTimestamp: renderWholeSeconds(lastAt) }))) return;
    // The name stays over several tries: an answer that got lost must not leave two.
    series.name ??= this.#nameOf(series);
    await this.#create(series, series.name);
    series.isCreated = true;
  }

  /** @returns false when the Event is gone: they expire, after an hour by default */
  async #update(series: Series, body: unknown): Promise<boolean> {
    const ref = { resource: resources.events, namespace: namespaceOf(series), name: series.name ?? '' };
    try {
      await this.options.cluster.patch(ref, { kind: 'merge', body }, { signal: this.#giveUp.signal });
      return true;
    } catch (error) {
      if (!hasCode(error, 'not-found')) throw error;
      series.isCreated = false;
      series.name = undefined;
      return false;
    }
  }

  async #create(series: Series, name: string): Promise<void> {
    const event = renderEvent(series, name, this.options.component ?? 'rollouts-controller');
    try {
      await this.options.cluster.create(resources.events, event, { signal: this.#giveUp.signal });
    } catch (error) {
      if (!hasCode(error, 'already-exists')) throw error;
    }
  }

  /** Object's name and a running number that starts at the time, as client-go has it; an API name has 253 characters at most. */
  #nameOf(series: Series): string {
    this.#sequence += 1n;
    const number = (BigInt(Math.floor(series.lastAt)) * 1_000_000n + (this.#sequence % 1_000_000n)).toString(16);
    return `${series.about.name.slice(0, 253 - number.length - 1)}.${number}`;
  }

  #lose({ about, type, reason, message }: Series, error: unknown): void {
    this.options.onLost?.(about, { type, reason, message }, error);
  }
}

function namespaceOf({ about }: Series): string {
  return about.namespace ?? 'default';
}

function renderEvent(series: Series, name: string, component: string): NewObject {
  const { involved, type, reason, message, count, firstAt, lastAt } = series;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: namespaceOf(series) },
    ...{ involvedObject: involved, type, reason, message, count },
    firstTimestamp: renderWholeSeconds(firstAt),
    lastTimestamp: renderWholeSeconds(lastAt),
    source: { component },
    reportingComponent: component,
    reportingInstance: '',
  };
}

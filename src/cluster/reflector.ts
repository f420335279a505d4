import type { KubeObject } from '../api/kube.js';
import { ControllerError, hasCode } from '../lib/errors.js';
import { sleep, type Scheduler } from '../lib/scheduler.js';
import { linkSignals } from '../lib/signals.js';
import type { Cluster, Selection, WatchEvent } from './cluster.js';

/** Who keeps the copy. Called synchronously, in the order of the server's history; must not throw. */
export interface ReflectorSink {
  /** Everything there is at `resourceVersion`; what is not among it is gone. */
  replace(objects: readonly KubeObject[], resourceVersion: string): void;
  change(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject): void;
  /** All changes up to `resourceVersion` have been told. */
  progress(resourceVersion: string): void;
}

export interface ReflectorOptions {
  readonly cluster: Pick<Cluster, 'list' | 'watch'>;
  readonly selection: Selection;
  readonly scheduler: Scheduler;
  readonly sink: ReflectorSink;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Applied to each object as it arrives, page by page, so that what is dropped never piles up. */
  readonly trim?: (object: KubeObject) => KubeObject;
  /** Told of each failed list and broken stream; it goes on by itself, after a pause. */
  readonly onError?: (error: unknown, consecutiveFailures: number) => void;
  /** Objects per page of a list, default 500: a page of 500 ReplicaSets stalls the event loop for some 15 ms, 5,000 in one answer for 150. */
  readonly pageSize?: number;
}

const shortestPauseMs = 250;
const longestPauseMs = 30_000;
/** A stream that lived that long shows that the server is well: the next failure is a first one. */
const healthyStreamMs = 5_000;
/** A stream that ends sooner, and be it without an error, counts as a failure: no hot loop against a server that hangs up. */
const shortestStreamMs = 1_000;
/** Bookmarks come once in 60 to 75 s: seven silent checks in a row, 90 to 105 s, mean a half-open connection. */
const watchdogMs = 15_000;
const silentChecks = 7;

/**
 * Keeps a sink equal to what the server has: pages through a list, watches from there, resumes a broken stream at the last version seen
 * (bookmarks included), lists again when that is too old. Back-off: 250 ms doubling to 30 s, half of it jitter.
 *
 * The list asks for the most recent version, not for resourceVersion 0: a server answers that from its cache, which may lag behind what the
 * controller before us wrote, and in one piece, whatever the limit.
 *
 * @returns once the signal has aborted
 */
export async function runReflector(options: ReflectorOptions): Promise<void> {
  const { signal } = options;
  const state: State = { resourceVersion: undefined, failures: 0, paged: true, streamSince: undefined };
  while (!signal.aborted) {
    try {
      state.resourceVersion ??= await listAll(options, state);
      await watchOnce(options, state);
      countStream(options, state);
    } catch (error) {
      // The signal may have fired while we awaited, which TypeScript does not see.
      if (isAborted(signal)) return;
      noteFailure(options, state, error);
    }
    await pauseAfterFailures(options, state);
  }
}

interface State {
  /** Where to go on; undefined: list first. */
  resourceVersion: string | undefined;
  failures: number;
  paged: boolean;
  streamSince: number | undefined;
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

async function listAll(options: ReflectorOptions, state: State): Promise<string> {
  const objects: KubeObject[] = [];
  let resourceVersion: string | undefined;
  let next: string | undefined;
  do {
    const page = await listPage(options, state, next);
    for (const item of page.items) objects.push(options.trim ? options.trim(item) : item);
    resourceVersion ??= page.resourceVersion;
    next = page.continue;
  } while (next !== undefined && next !== '');
  state.paged = true;
  options.sink.replace(objects, resourceVersion);
  return resourceVersion;
}

async function listPage(options: ReflectorOptions, state: State, next: string | undefined): ReturnType<Cluster['list']> {
  try {
    return await options.cluster.list(options.selection, {
      signal: options.signal,
      ...(state.paged && { limit: options.pageSize ?? 500 }),
      ...(next !== undefined && { continue: next }),
    });
  } catch (error) {
    // The snapshot was compacted between two pages: so slow a server gets one unpaged try.
    if (next !== undefined && hasCode(error, 'expired')) state.paged = false;
    throw error;
  }
}

async function watchOnce(options: ReflectorOptions, state: State): Promise<void> {
  const stream = linkSignals(options.signal);
  const watchdog = startWatchdog(options.scheduler, () => stream.abort());
  state.streamSince = options.scheduler.now();
  try {
    const events = options.cluster.watch(options.selection, {
      ...(state.resourceVersion !== undefined && { resourceVersion: state.resourceVersion }),
      allowBookmarks: true,
      // Spread, so that all watches of a fleet do not come back in the same second.
      timeoutSeconds: 300 + Math.floor(options.scheduler.random() * 300),
      signal: stream.signal,
    });
    for await (const event of events) {
      watchdog.fed();
      if (isAborted(options.signal)) return;
      pass(options, state, event);
    }
  } finally {
    watchdog.stop();
    stream.done();
  }
}

function pass(options: ReflectorOptions, state: State, event: WatchEvent): void {
  if (event.type === 'BOOKMARK') {
    state.resourceVersion = event.resourceVersion;
    options.sink.progress(event.resourceVersion);
    return;
  }
  state.resourceVersion = event.object.metadata.resourceVersion;
  options.sink.change(event.type, options.trim ? options.trim(event.object) : event.object);
}

function startWatchdog(scheduler: Scheduler, onSilence: () => void): { readonly fed: () => void; readonly stop: () => void } {
  let silent = 0;
  const check = (): void => {
    silent += 1;
    if (silent >= silentChecks) onSilence();
    else cancel = scheduler.after(watchdogMs, check);
  };
  let cancel = scheduler.after(watchdogMs, check);
  return {
    fed: () => {
      silent = 0;
    },
    stop: () => cancel(),
  };
}

function countStream(options: ReflectorOptions, state: State): void {
  const livedMs = options.scheduler.now() - (state.streamSince ?? 0);
  state.streamSince = undefined;
  state.failures = livedMs < shortestStreamMs ? state.failures + 1 : 0;
}

function noteFailure(options: ReflectorOptions, state: State, error: unknown): void {
  const wasHealthy = state.streamSince !== undefined && options.scheduler.now() - state.streamSince >= healthyStreamMs;
  state.streamSince = undefined;
  state.failures = wasHealthy ? 1 : state.failures + 1;
  if (hasCode(error, 'expired')) state.resourceVersion = undefined;
  options.onError?.(error, state.failures);
}

async function pauseAfterFailures(options: ReflectorOptions, state: State): Promise<void> {
  if (state.failures === 0) return;
  const fullMs = Math.min(longestPauseMs, shortestPauseMs * 2 ** Math.min(state.failures - 1, 20));
  const pauseMs = fullMs * (0.5 + options.scheduler.random() / 2);
  await sleep(options.scheduler, pauseMs, options.signal).catch((error: unknown) => {
    if (!isAborted(options.signal)) throw new ControllerError('internal', 'pause failed', {}, { cause: error });
  });
}

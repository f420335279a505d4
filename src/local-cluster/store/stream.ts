import type { KubeObject } from '../../api/kube.js';
import type { Selection, WatchEvent, WatchOptions } from '../../cluster/cluster.js';
import { ControllerError } from '../../lib/errors.js';
import type { Scheduler } from '../../lib/scheduler.js';
import { sleep } from '../../lib/scheduler.js';
import type { Call, Delivery, Interceptor } from './call.js';
import type { Kind } from './kinds/kind.js';
import { matcherOf } from './selection.js';
import type { State } from './state.js';
import { unexpected } from './status-error.js';
import { Watcher } from './watcher.js';

/** What a stream needs of the engine that opened it. */
export interface StreamHost {
  readonly deps: { readonly scheduler: Scheduler; readonly state: State; readonly watchPatience: number };
  readonly interceptors: ReadonlySet<Interceptor>;
  readonly dead: ReadonlySet<string>;
  perform<T>(shape: Omit<Call, 'ordinal' | 'at'>, signal: AbortSignal | undefined, run: () => T): Promise<T>;
}

const bookmarkEveryMs = 60_000;

/** One watch from its opening to its end. Events wait for the scheduler's turn one by one, so that a seed decides who hears first. */
export async function* streamOf(
  engine: StreamHost,
  caller: string,
  selection: Selection,
  options: WatchOptions,
  presenter: (kind: Kind) => (object: KubeObject) => KubeObject,
): AsyncGenerator<WatchEvent> {
  const { scheduler } = engine.deps;
  const { resource, namespace } = selection;
  const shape = { caller, verb: 'watch', resource, ...(namespace === undefined ? {} : { namespace }), dryRun: false } as const;
  const watcher = await engine.perform(shape, options.signal, () => open(engine, caller, selection, options, presenter));
  const close = keepOpen(engine, watcher, selection, options);
  try {
    for (;;) {
      await watcher.ready();
      await scheduler.yield(`event of ${resource.resource}`);
      if (engine.dead.has(caller)) await new Promise(() => {});
      if (options.signal.aborted) return;
      const item = watcher.take();
      if (item.type === 'END') return;
      if (item.type === 'BROKEN') throw item.error;
      if (await isDelivered(engine, caller, selection, item, options.signal)) yield item;
    }
  } finally {
    close();
  }
}

function open(
  engine: StreamHost,
  caller: string,
  selection: Selection,
  options: WatchOptions,
  presenter: (kind: Kind) => (object: KubeObject) => KubeObject,
): Watcher {
  const { state, watchPatience } = engine.deps;
  const kind = state.kinds.get(selection.resource);
  const { history, watchers } = state.storage(kind.resource);
  const revision = parseRevision(options.resourceVersion);
  const watcher = new Watcher(caller, selection.namespace, matcherOf(kind, selection), presenter(kind), watchPatience);
  const missed = revision === 0 ? [] : history.since(revision, state.revision);
  if (revision === 0 || options.sendInitialEvents === true) sendExisting(engine, kind, selection, watcher);
  else for (const change of missed) watcher.offer(change);
  if (options.sendInitialEvents === true)
    watcher.push({ type: 'BOOKMARK', resourceVersion: String(state.revision), initialEventsEnd: true });
  watchers.add(watcher);
  return watcher;
}

function sendExisting(engine: StreamHost, kind: Kind, selection: Selection, watcher: Watcher): void {
  for (const object of engine.deps.state.list(kind, selection.namespace)) {
    watcher.offer({ revision: Number(object.metadata.resourceVersion), type: 'ADDED', object, previous: undefined });
  }
}

function parseRevision(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  if (!/^\d+$/.test(text))
    throw unexpected(
      `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  return Number(text);
}

/** Ends the stream when its time is over or its signal fires, and sends bookmarks. @returns how to let go of everything */
function keepOpen(engine: StreamHost, watcher: Watcher, selection: Selection, options: WatchOptions): () => void {
  const { scheduler, state } = engine.deps;
  const { watchers } = state.storage(selection.resource);
  const bookmark = (): void => {
    if (options.allowBookmarks === true) watcher.push({ type: 'BOOKMARK', resourceVersion: String(state.revision) });
  };
  const cancelBookmarks = options.allowBookmarks === true ? every(scheduler, bookmarkEveryMs, bookmark) : (): void => {};
  const cancelEnd = scheduler.after(lifetimeMs(scheduler, options), () => {
    bookmark();
    watcher.push({ type: 'END' });
  });
  const onAbort = (): void => watcher.close();
  options.signal.addEventListener('abort', onAbort, { once: true });
  if (options.signal.aborted) onAbort();
  return () => {
    cancelBookmarks();
    cancelEnd();
    watchers.delete(watcher);
    watcher.close();
    options.signal.removeEventListener('abort', onAbort);
  };
}

/** As a real server: what the client asked for, else somewhere between half an hour and an hour. */
function lifetimeMs(scheduler: Scheduler, { timeoutSeconds }: WatchOptions): number {
  return (timeoutSeconds ?? 1800 + 1800 * scheduler.random()) * 1000;
}

function every(scheduler: Scheduler, periodMs: number, task: () => void): () => void {
  let cancel = scheduler.after(periodMs, function again() {
    task();
    cancel = scheduler.after(periodMs, again);
  });
  return () => cancel();
}

async function isDelivered(
  engine: StreamHost,
  caller: string,
  selection: Selection,
  event: WatchEvent,
  signal: AbortSignal,
): Promise<boolean> {
  for (const { deliver } of engine.interceptors) {
    const decision: Delivery = deliver?.(caller, selection.resource, event) ?? 'deliver';
    if (decision === 'drop') return false;
    if (decision === 'break') throw new ControllerError('unavailable', 'the watch was cut off');
    if (typeof decision !== 'string') await pause(engine.deps.scheduler, decision.delayMs, signal);
    if (signal.aborted) return false;
  }
  return true;
}

/** An aborted wait is no error here: the stream ends by itself. */
async function pause(scheduler: Scheduler, delayMs: number, signal: AbortSignal): Promise<void> {
  await sleep(scheduler, delayMs, signal).catch(() => undefined);
}

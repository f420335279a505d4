import { apiVersionOf, objectKey, type KubeObject, type NewObject, type Resource } from '../api/kube.js';
import type { Cluster, ObjectRef, Patch, Selection, WatchEvent, WatchOptions } from '../cluster/cluster.js';
import { ControllerError } from '../lib/errors.js';
import { parseSelector, selectorMatches } from '../lib/label-selector.js';
import { applyMergePatch } from '../lib/merge-patch.js';
import type { Scheduler } from '../lib/scheduler.js';

type Verb = 'get' | 'list' | 'watch' | 'create' | 'replace' | 'patch' | 'delete';

interface Logged {
  readonly version: number;
  readonly resource: string;
  readonly event: Extract<WatchEvent, { object: KubeObject }>;
}

/**
 * The least of an API server: versions, preconditions, pages, watches, and a tester's hand on what goes wrong.
 * For rooms below the local cluster, whose store is the real thing.
 */
export interface FakeCluster extends Cluster {
  /** Stores an object as somebody else would: creates it, or replaces what has the same name. */
  put(resource: Resource, object: NewObject): KubeObject;
  remove(resource: Resource, namespace: string | undefined, name: string): void;
  /** From now on watches tell nothing (a lagging server), until `release`. */
  hold(): void;
  release(): void;
  /** Sends a bookmark with the current version to every stream that asked for them. */
  bookmark(): void;
  /** The next `times` calls of this verb reject. */
  fail(verb: Verb, error: Error, times?: number): void;
  /** Every open stream ends, with an error if one is given. */
  cutStreams(error?: Error): void;
  /** History before now is gone: a watch that wants to resume there is told `expired`. */
  compact(): void;
  /** Each call made, in order: `patch rollouts/status a/web`. */
  readonly calls: readonly string[];
  readonly openStreams: number;
}

export function fakeCluster(scheduler: Scheduler): FakeCluster {
  const state = new FakeState(scheduler);
  const stored = (ref: ObjectRef): KubeObject => {
    const found = state.objects.get(idOf(ref.resource, ref.namespace, ref.name));
    if (!found) throw new ControllerError('not-found', `${ref.resource.resource} "${ref.name}" not found`);
    return found;
  };
  return {
    calls: state.calls,
    get openStreams() {
      return state.streams.size;
    },
    put: (resource, object) => state.put(resource, object),
    remove: (resource, namespace, name) => state.remove(resource, namespace, name),
    hold: () => {
      state.heldAt = state.log.length;
    },
    release: () => {
      state.heldAt = undefined;
      state.wake();
    },
    bookmark: () => {
      for (const stream of state.streams) stream.bookmark = String(state.version);
      state.wake();
    },
    fail: (verb, error, times = 1) => {
      for (let count = 0; count < times; count += 1) state.failures.push({ verb, error });
    },
    cutStreams: (error) => {
      for (const stream of state.streams) stream.cut = { error };
      state.wake();
    },
    compact: () => {
      state.compactedTo = state.version;
    },
    get: async (ref, options) => {
      await state.enter('get', ref.resource, refName(ref), options?.signal, options?.subresource);
      return stored(ref);
    },
    list: async (selection, options = {}) => {
      await state.enter('list', selection.resource, selection.namespace ?? '', options.signal);
      const all = state.select(selection);
      const start = Number(options.continue ?? 0);
      const end = options.limit === undefined ? all.length : start + options.limit;
      return {
        items: all.slice(start, end),
        resourceVersion: String(state.version),
        ...(end < all.length && { continue: String(end) }),
      };
    },
    watch: (selection, options) => state.watch(selection, options),
    create: async (resource, object, options = {}) => {
      await state.enter('create', resource, objectKey({ name: object.metadata.name ?? '', ...object.metadata }), options.signal);
      if (state.objects.has(idOf(resource, object.metadata.namespace, object.metadata.name ?? ''))) {
        throw new ControllerError('already-exists', 'already exists');
      }
      return options.dryRun === true ? state.filled(resource, object, state.version + 1) : state.put(resource, object);
    },
    replace: async (ref, object, options = {}) => {
      await state.enter('replace', ref.resource, refName(ref), options.signal, options.subresource);
      checkPrecondition(stored(ref), object.metadata.resourceVersion);
      return state.put(ref.resource, object);
    },
    patch: async (ref, patch, options = {}) => {
      await state.enter('patch', ref.resource, refName(ref), options.signal, options.subresource);
      const before = stored(ref);
      const after = merged(before, patch);
      checkPrecondition(before, after.metadata.resourceVersion);
      return options.dryRun === true ? after : state.put(ref.resource, after);
    },
    delete: async (ref, options = {}) => {
      await state.enter('delete', ref.resource, refName(ref), options.signal);
      const before = stored(ref);
      if (options.preconditions?.uid !== undefined && options.preconditions.uid !== before.metadata.uid) {
        throw new ControllerError('conflict', 'uid precondition failed');
      }
      state.remove(ref.resource, ref.namespace, ref.name);
      return undefined;
    },
    evict: async () => unsupported('evict'),
    bind: async () => unsupported('bind'),
    podLogs: () => unsupported('podLogs'),
    serves: async () => true,
  };
}

interface Stream {
  bookmark: string | undefined;
  cut: { readonly error: Error | undefined } | undefined;
  wake: () => void;
}

class FakeState {
  readonly objects = new Map<string, KubeObject>();
  readonly log: Logged[] = [];
  readonly calls: string[] = [];
  readonly failures: { readonly verb: Verb; readonly error: Error }[] = [];
  readonly streams = new Set<Stream>();
  version = 100;
  compactedTo = 0;
  heldAt: number | undefined;
  #uids = 0;

  constructor(readonly scheduler: Scheduler) {}

  async enter(verb: Verb, resource: Resource, name: string, signal?: AbortSignal, subresource?: string): Promise<void> {
    const point = `${verb} ${resource.resource}${subresource === undefined ? '' : `/${subresource}`} ${name}`.trim();
    this.calls.push(point);
    await this.scheduler.yield(point);
    if (signal?.aborted) throw new ControllerError('aborted', 'aborted', {}, { cause: signal.reason });
    const planned = this.failures.findIndex((failure) => failure.verb === verb);
    const [failure] = planned < 0 ? [] : this.failures.splice(planned, 1);
    if (failure) throw failure.error;
  }

  filled(resource: Resource, object: NewObject, version: number): KubeObject {
    const before = this.objects.get(idOf(resource, object.metadata.namespace, object.metadata.name ?? ''));
    return {
      ...object,
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata: {
        ...object.metadata,
        name: object.metadata.name ?? '',
        uid: before?.metadata.uid ?? `uid-${(this.#uids += 1)}`,
        creationTimestamp: before?.metadata.creationTimestamp ?? '2026-01-01T00:00:00Z',
        resourceVersion: String(version),
      },
    };
  }

  put(resource: Resource, object: NewObject): KubeObject {
    const id = idOf(resource, object.metadata.namespace, object.metadata.name ?? '');
    const type = this.objects.has(id) ? 'MODIFIED' : 'ADDED';
    const stored = this.filled(resource, object, (this.version += 1));
    this.objects.set(id, stored);
    this.#append(resource, { type, object: stored });
    return stored;
  }

  remove(resource: Resource, namespace: string | undefined, name: string): void {
    const before = this.objects.get(idOf(resource, namespace, name));
    if (!before) return;
    this.objects.delete(idOf(resource, namespace, name));
    this.version += 1;
    this.#append(resource, {
      type: 'DELETED',
      object: { ...before, metadata: { ...before.metadata, resourceVersion: String(this.version) } },
    });
  }

  #append(resource: Resource, event: Logged['event']): void {
    this.log.push({ version: this.version, resource: resource.resource, event });
    this.wake();
  }

  wake(): void {
    for (const stream of this.streams) stream.wake();
  }

  select(selection: Selection): readonly KubeObject[] {
    return [...this.objects]
      .filter(([id, object]) => id.startsWith(`${selection.resource.resource}:`) && matches(selection, object))
      .map(([, object]) => object);
  }

  async *watch(selection: Selection, options: WatchOptions): AsyncGenerator<WatchEvent> {
    const from = Number(options.resourceVersion ?? 0);
    const stream: Stream = { bookmark: undefined, cut: undefined, wake: () => undefined };
    await this.enter('watch', selection.resource, selection.namespace ?? '');
    if (from < this.compactedTo) throw new ControllerError('expired', 'too old resource version');
    let position = this.log.findIndex((logged) => logged.version > from);
    if (position < 0) position = this.log.length;
    const onAbort = (): void => stream.wake();
    options.signal.addEventListener('abort', onAbort);
    this.streams.add(stream);
    try {
      for (;;) {
        if (options.signal.aborted) return;
        if (stream.cut) {
          if (stream.cut.error) throw stream.cut.error;
          return;
        }
        const logged = position < (this.heldAt ?? this.log.length) ? this.log[position] : undefined;
        if (logged) {
          position += 1;
          if (logged.resource === selection.resource.resource && matches(selection, logged.event.object)) yield logged.event;
        } else if (stream.bookmark !== undefined && options.allowBookmarks === true) {
          yield { type: 'BOOKMARK', resourceVersion: stream.bookmark };
          stream.bookmark = undefined;
        } else {
          await new Promise<void>((resolve) => {
            stream.wake = resolve;
          });
        }
      }
    } finally {
      this.streams.delete(stream);
      options.signal.removeEventListener('abort', onAbort);
    }
  }
}

function idOf(resource: Resource, namespace: string | undefined, name: string): string {
  return `${resource.resource}:${namespace ?? ''}/${name}`;
}

function refName(ref: ObjectRef): string {
  return ref.namespace === undefined ? ref.name : `${ref.namespace}/${ref.name}`;
}

function matches(selection: Selection, object: KubeObject): boolean {
  if (selection.namespace !== undefined && selection.namespace !== object.metadata.namespace) return false;
  const name = /^metadata\.name=(.+)$/.exec(selection.fieldSelector ?? '')?.[1];
  if (name !== undefined && name !== object.metadata.name) return false;
  const selector = parseSelector(selection.labelSelector ?? '');
  return selector.ok && selectorMatches(selector.value, object.metadata.labels);
}

function merged(before: KubeObject, patch: Patch): KubeObject {
  if (patch.kind !== 'merge') return unsupported(`${patch.kind} patch`);
  // A merge onto a whole object yields a whole object; a test that deletes required fields gets what it asked for.
  return applyMergePatch(before, patch.body) as KubeObject;
}

function checkPrecondition(before: KubeObject, resourceVersion: string | undefined): void {
  if (resourceVersion !== undefined && resourceVersion !== before.metadata.resourceVersion) {
    throw new ControllerError('conflict', 'the object has been modified');
  }
}

function unsupported(what: string): never {
  throw new ControllerError('unsupported', `the fake cluster has no ${what}`);
}

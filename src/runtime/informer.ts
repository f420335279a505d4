import { objectKey, type KubeObject } from '../api/kube.js';
import type { Cluster, Selection } from '../cluster/cluster.js';
import { runReflector, type ReflectorSink } from '../cluster/index.js';
import { ControllerError, hasCode } from '../lib/errors.js';
import type { Scheduler } from '../lib/scheduler.js';
import { cachedObject } from './cached-object.js';
import { LayeredCopy } from './overlay.js';
import { selectionMatcher } from './selection.js';
import type { Change, Indexers, Informer } from './types.js';

export interface InformerDeps {
  readonly cluster: Cluster;
  readonly scheduler: Scheduler;
  /** Stops it. */
  readonly signal: AbortSignal;
  /** Failed lists and broken streams (it goes on by itself), and handlers that throw. */
  readonly onError: (error: unknown, selection: Selection, failuresInARow: number) => void;
}

/** An unconfirmed write is looked up live after 5 s, then ever more rarely. */
const firstLookMs = 5_000;
const longestLookMs = 60_000;

const namespaceIndex = 'namespace';

/** An informer and the side that our own writes arrive at. */
export class LiveInformer implements Informer {
  readonly #copy = new LayeredCopy();
  readonly #matches: (object: KubeObject) => boolean | undefined;
  readonly #handlers = new Set<(change: Change) => void>();
  #synced = false;
  #whenSynced: (() => void)[] = [];

  constructor(
    readonly selection: Selection,
    private readonly deps: InformerDeps,
  ) {
    this.#matches = selectionMatcher(selection);
    this.#copy.view.addIndexers({ [namespaceIndex]: (object) => [object.metadata.namespace ?? ''] });
  }

  /** @returns once the signal has fired */
  run(): Promise<void> {
    const sink: ReflectorSink = {
      replace: (objects, resourceVersion) => {
        this.#tell(this.#copy.replace(objects, resourceVersion));
        this.#sync();
      },
      change: (type, object) => this.#tell(this.#copy.change(type, object)),
      progress: (resourceVersion) => this.#tell(this.#copy.progress(resourceVersion)),
    };
    const { cluster, scheduler, signal, onError } = this.deps;
    return runReflector({
      ...{ cluster, scheduler, signal, sink, selection: this.selection, trim: cachedObject },
      onError: (error, failures) => onError(error, this.selection, failures),
    });
  }

  get synced(): boolean {
    return this.#synced;
  }

  get size(): number {
    return this.#copy.view.size;
  }

  get(namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#copy.view.get(objectKey({ ...(namespace !== undefined && { namespace }), name }));
  }

  list(namespace?: string): readonly KubeObject[] {
    return namespace === undefined ? this.#copy.view.values() : this.#copy.view.find(namespaceIndex, namespace);
  }

  byIndex(index: string, key: string): readonly KubeObject[] {
    return this.#copy.view.find(index, key);
  }

  addIndexers(indexers: Indexers): void {
    this.#copy.view.addIndexers(indexers);
  }

  onChange(handler: (change: Change) => void): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  async whenSynced(signal?: AbortSignal): Promise<void> {
    if (this.#synced) return;
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void =>
        reject(new ControllerError('aborted', 'stopped before the first list', { resource: this.selection.resource.resource }));
      if (signal?.aborted) onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#whenSynced.push(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
    });
  }

  /** Lays the answer to a write of ours over the copy. */
  wrote(object: KubeObject): void {
    const cached = cachedObject(object);
    const key = objectKey(cached.metadata);
    const isSelected = this.#matches(cached) ?? this.#copy.view.get(key) !== undefined;
    if (isSelected) this.#tell(this.#copy.written(cached));
    else if (this.#copy.view.get(key) !== undefined) this.#tell(this.#copy.left(cached));
    this.#lookLater(key, firstLookMs);
  }

  /** The server says that the object with this uid is gone. */
  deleted(namespace: string | undefined, name: string, uid: string): void {
    const key = objectKey({ ...(namespace !== undefined && { namespace }), name });
    this.#tell(this.#copy.gone(key, uid));
    this.#lookLater(key, firstLookMs);
  }

  #sync(): void {
    if (this.#synced) return;
    this.#synced = true;
    for (const resolve of this.#whenSynced) resolve();
    this.#whenSynced = [];
  }

  #tell(changes: readonly Change[]): void {
    for (const change of changes) {
      for (const handler of this.#handlers) {
        try {
          handler(change);
        } catch (error) {
          this.deps.onError(error, this.selection, 1);
        }
      }
    }
  }

  /** Streams get lost: a write that stays unconfirmed is looked up. */
  #lookLater(key: string, delayMs: number): void {
    const version = this.#copy.pendingVersion(key);
    if (version === undefined || this.deps.signal.aborted) return;
    const cancel = this.deps.scheduler.after(delayMs, () => {
      this.deps.signal.removeEventListener('abort', cancel);
      if (this.#copy.pendingVersion(key) === version) void this.#look(key, delayMs);
    });
    this.deps.signal.addEventListener('abort', cancel, { once: true });
  }

  async #look(key: string, delayMs: number): Promise<void> {
    const [name = '', namespace] = key.split('/').reverse();
    const uid = this.#copy.view.get(key)?.metadata.uid;
    try {
      const ref = { resource: this.selection.resource, name, ...(namespace !== undefined && { namespace }) };
      this.#layLive(await this.deps.cluster.get(ref, { signal: this.deps.signal }));
    } catch (error) {
      if (hasCode(error, 'not-found') && uid !== undefined) this.#tell(this.#copy.gone(key, uid));
      else if (!hasCode(error, 'not-found', 'aborted')) this.deps.onError(error, this.selection, 1);
    }
    this.#lookLater(key, Math.min(longestLookMs, delayMs * 2));
  }

  #layLive(object: KubeObject): void {
    const cached = cachedObject(object);
    this.#tell((this.#matches(cached) ?? true) ? this.#copy.written(cached) : this.#copy.left(cached));
  }
}

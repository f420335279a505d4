import type { KubeObject } from '../../api/kube.js';
import type { WatchEvent } from '../../cluster/cluster.js';
import type { Change } from './history.js';
import type { Matcher } from './selection.js';
import { expired } from './status-error.js';

/** What a watcher's reader gets next. */
export type Item = WatchEvent | { readonly type: 'END' } | { readonly type: 'BROKEN'; readonly error: Error };

/** One open watch: the events its reader has not taken yet. Knows nothing of time. */
export class Watcher {
  readonly #queue: Item[] = [];
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(
    readonly caller: string,
    private readonly namespace: string | undefined,
    private readonly matcher: Matcher | undefined,
    private readonly present: (object: KubeObject) => KubeObject,
    /** Events a reader may lag behind before the server gives up on it. */
    private readonly patience: number,
  ) {}

  get closed(): boolean {
    return this.#closed;
  }

  /** What this watcher makes of a change; undefined when it is none of its business. */
  offer(change: Change): void {
    const event = this.#eventOf(change);
    if (event) this.push(event);
  }

  push(item: Item): void {
    if (this.#closed) return;
    if (this.#queue.length >= this.patience) {
      this.#queue.length = 0;
      this.#queue.push({ type: 'BROKEN', error: expired('too old resource version: the reader is too slow') });
      this.#closed = true;
    } else this.#queue.push(item);
    if (item.type === 'END' || item.type === 'BROKEN') this.#closed = true;
    this.#wakeUp();
  }

  /** Nothing more comes in; what is queued is dropped. */
  close(): void {
    this.#closed = true;
    this.#queue.length = 0;
    this.#wakeUp();
  }

  /** Resolves when there is something to take, or nothing will ever come. */
  ready(): Promise<void> {
    if (this.#queue.length > 0 || this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  take(): Item {
    return this.#queue.shift() ?? { type: 'END' };
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  #eventOf({ type, object, previous }: Change): WatchEvent | undefined {
    const isNow = type !== 'DELETED' && this.#wants(object);
    const wasBefore = previous !== undefined && this.#wants(previous);
    if (isNow) return { type: wasBefore ? 'MODIFIED' : 'ADDED', object: this.present(object) };
    if (!wasBefore) return undefined;
    // Who no longer matches is shown as it was when it did, but with the version of the change.
    const last = type === 'DELETED' ? object : withVersion(previous, object.metadata.resourceVersion);
    return { type: 'DELETED', object: this.present(last) };
  }

  #wants(object: KubeObject): boolean {
    if (this.namespace !== undefined && object.metadata.namespace !== this.namespace) return false;
    return this.matcher === undefined || this.matcher(object);
  }
}

function withVersion(object: KubeObject, resourceVersion: string): KubeObject {
  return Object.freeze({ ...object, metadata: Object.freeze({ ...object.metadata, resourceVersion }) });
}

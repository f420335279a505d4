import type { KubeObject, Resource } from '../api/kube.js';
import type { Cluster, Selection } from '../cluster/cluster.js';
import type { EpochMs } from '../lib/scheduler.js';

/** One change as an informer tells it. `before` is absent for what is new, `after` for what is gone. */
export interface Change {
  readonly before?: KubeObject;
  readonly after?: KubeObject;
}

/** Index name to a function from an object to the keys it is found under. */
export type Indexers = Readonly<Record<string, (object: KubeObject) => readonly string[]>>;

/**
 * A local copy of the objects a selection names, kept fresh by list and watch, with our own writes laid over it
 * (read your writes: style.md). Objects are frozen, without managedFields, kind and apiVersion filled in.
 */
export interface Informer {
  readonly selection: Selection;
  /** The first list is complete. */
  readonly synced: boolean;
  get(namespace: string | undefined, name: string): KubeObject | undefined;
  list(namespace?: string): readonly KubeObject[];
  /** Objects for which the indexer `index` named `key`; order by name. */
  byIndex(index: string, key: string): readonly KubeObject[];
  /** Called after the copy has changed, also for changes made through this controller's own writes. @returns how to unsubscribe */
  onChange(handler: (change: Change) => void): () => void;
  /** Resolves when synced. */
  whenSynced(signal?: AbortSignal): Promise<void>;
}

/** Hands out informers, one for each distinct selection, started on first use, and the cluster to write through. */
export interface Informers {
  /** `indexers` of later callers for the same selection are added. */
  informer(selection: Selection, indexers?: Indexers): Informer;
  /** Whether the server serves the kind: optional kinds (meshes, gateways) are watched only then; re-asked at most once in `recheckMs`. */
  serves(resource: Resource): Promise<boolean>;
  /** Reads go live to the server, writes too, and each write's answer is laid over the informers at once. Refuses with `not-leader` without a lease. */
  readonly cluster: Cluster;
  /** Stops all watches. */
  stop(): Promise<void>;
}

/**
 * Keys that want work, each at most once, one worker at a time per key. A key that is added while it is worked on runs once more.
 * Failures back off per key: 5 ms doubling to 10 s with jitter; an event for the key (add) is never delayed by its back-off
 * (upstream makes users wait up to 10 s there).
 */
export interface WorkQueue {
  add(key: string): void;
  /** Not before `at`; the earliest of several wins, `add` comes first. */
  addAt(key: string, at: EpochMs): void;
  /** Keys waiting or being worked on. */
  readonly depth: number;
}

/** Work on one key. Throwing means: again later. */
export type Reconcile = (key: string, signal: AbortSignal) => Promise<void>;

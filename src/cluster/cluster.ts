import type { KubeObject, NewObject, Resource } from '../api/kube.js';

/** Names one object. `namespace` is absent for cluster-scoped kinds. */
export interface ObjectRef {
  readonly resource: Resource;
  readonly namespace?: string;
  readonly name: string;
}

export type Subresource = 'status' | 'scale';

/** Which objects. Selectors are in Kubernetes' own string syntax and are evaluated by the server. */
export interface Selection {
  readonly resource: Resource;
  /** Absent: all namespaces (or a cluster-scoped kind). */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface ListOptions extends CallOptions {
  /** Objects per page, 1 or more; absent: all in one answer. */
  readonly limit?: number;
  readonly continue?: string;
  /** '0': any version the server has at hand. Absent: the most recent. */
  readonly resourceVersion?: string;
}

export interface ObjectList {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  /** Present: another page can be had with it. */
  readonly continue?: string;
}

export interface WatchOptions {
  /** Events after this version. Absent or '0': first ADDED for everything there is. */
  readonly resourceVersion?: string;
  /** Server-side limit of the stream, seconds. Absent: the server's own (minutes to an hour). */
  readonly timeoutSeconds?: number;
  readonly allowBookmarks?: boolean;
  /** Streaming list: ADDED for everything, then a BOOKMARK with `initialEventsEnd`. */
  readonly sendInitialEvents?: boolean;
  /** Ends the stream without an error. */
  readonly signal: AbortSignal;
}

export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly initialEventsEnd?: boolean };

/** The body of a PATCH and, by its kind, the content type. */
export type Patch =
  /** RFC 7386; null deletes. Put `metadata.resourceVersion` into it as a precondition. */
  | { readonly kind: 'merge'; readonly body: unknown }
  /** RFC 6902. */
  | { readonly kind: 'json'; readonly body: readonly unknown[] }
  /** Built-in kinds only; custom resources answer `unsupported` (415). */
  | { readonly kind: 'strategic'; readonly body: unknown }
  /** Server-side apply; needs `fieldManager`. */
  | { readonly kind: 'apply'; readonly body: unknown; readonly force?: boolean };

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface WriteOptions extends CallOptions {
  /** Validates, defaults and answers as usual, stores nothing. */
  readonly dryRun?: boolean;
  /** Default: the adapter's own (upstream's `rollouts-controller` in the controller). */
  readonly fieldManager?: string;
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict';
  readonly subresource?: Subresource;
}

export interface DeleteOptions extends CallOptions {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  /** Seconds; 0 deletes a pod at once. */
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly dryRun?: boolean;
}

export interface LogOptions extends CallOptions {
  readonly container?: string;
  readonly follow?: boolean;
  readonly tailLines?: number;
  readonly limitBytes?: number;
  readonly previous?: boolean;
}

/**
 * The port to a Kubernetes API server: what the adapter in `cluster/kube` does over HTTPS and the local cluster does in memory.
 * Every call rejects with a ControllerError: `not-found`, `already-exists`, `conflict`, `expired`, `invalid`, `forbidden`, `unauthorized`,
 * `too-many-requests`, `unavailable`, `timeout`, `aborted`, `unsupported` (lib/errors.ts). Answers are raw JSON with kind and apiVersion
 * filled in, also for list items; nobody mutates them.
 */
export interface Cluster {
  get(ref: ObjectRef, options?: CallOptions & { readonly subresource?: Subresource }): Promise<KubeObject>;
  list(selection: Selection, options?: ListOptions): Promise<ObjectList>;
  /**
   * One stream, until the server ends it, the signal fires, or it breaks (then the iteration rejects; `expired` means list again).
   * An object that starts or stops to match the selectors arrives as ADDED or DELETED. A DELETED object carries the version of its deletion.
   */
  watch(selection: Selection, options: WatchOptions): AsyncIterable<WatchEvent>;
  create(resource: Resource, object: NewObject, options?: WriteOptions): Promise<KubeObject>;
  /** PUT; `object.metadata.resourceVersion`, where present, is a precondition. */
  replace(ref: ObjectRef, object: NewObject, options?: WriteOptions): Promise<KubeObject>;
  patch(ref: ObjectRef, patch: Patch, options?: WriteOptions): Promise<KubeObject>;
  /** @returns the object while finalizers or a grace period keep it, else undefined */
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<KubeObject | undefined>;
  /** POST pods/eviction: respects disruption budgets (`too-many-requests` when refused). */
  evict(pod: ObjectRef, options?: DeleteOptions): Promise<void>;
  /** POST pods/binding: what a scheduler does. */
  bind(pod: ObjectRef, nodeName: string, options?: CallOptions): Promise<void>;
  /** Chunks of text, in order. */
  podLogs(pod: ObjectRef, options?: LogOptions): AsyncIterable<string>;
  /** Whether the server serves this kind now (discovery of its group and version). */
  serves(resource: Resource, options?: CallOptions): Promise<boolean>;
}

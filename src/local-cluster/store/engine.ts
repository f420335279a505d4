import type { KubeObject, NewObject, Resource } from '../../api/kube.js';
import { apiVersionOf, resources } from '../../api/kube.js';
import type {
  DeleteOptions,
  ListOptions,
  LogOptions,
  ObjectList,
  ObjectRef,
  Patch,
  Selection,
  Subresource,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from '../../cluster/cluster.js';
import { ControllerError } from '../../lib/errors.js';
import type { Scheduler } from '../../lib/scheduler.js';
import { renderWholeSeconds } from '../../lib/time.js';
import type { AuditLog } from './audit.js';
import type { Call, Interceptor } from './call.js';
import { describeCall, isWrite } from './call.js';
import type { Deletion } from './deletion.js';
import { spendDisruption } from './eviction.js';
import { copyRecord, ensureRecord, isRecord, recordAt, recordsAt, textAt } from './json.js';
import type { Draft } from './json.js';
import type { Kind } from './kinds/kind.js';
import { applyConfiguration } from './managed-fields/managers.js';
import { page } from './pages.js';
import { patched } from './patching.js';
import type { WriteRequest } from './request.js';
import { renderScale, scalePathsOf, withScale } from './scale.js';
import { matcherOf, nameSelected } from './selection.js';
import type { State } from './state.js';
import { badRequest, conflict, notFound, notServed } from './status-error.js';
import { streamOf } from './stream.js';
import type { Writer } from './writer.js';

export type LogSource = (pod: KubeObject, options: LogOptions) => AsyncIterable<string>;

interface Defaults {
  readonly caller: string;
  readonly fieldManager: string;
  readonly warn: (text: string) => void;
}

export interface EngineDeps {
  readonly scheduler: Scheduler;
  readonly state: State;
  readonly writer: Writer;
  readonly deletion: Deletion;
  readonly audit: AuditLog;
  /** true: others may run between a call's effect and its answer, as over a network. */
  readonly lateReplies: boolean;
  readonly watchPatience: number;
}

/** Carries out the calls of all clients: hooks, audit, the scheduler's turn, then the state. */
export class Engine {
  readonly interceptors = new Set<Interceptor>();
  readonly dead = new Set<string>();
  logSource: LogSource | undefined;
  #ordinal = 0;

  constructor(readonly deps: EngineDeps) {}

  /** Lets others run, asks the hooks, and carries a call out; what it throws is a ControllerError. */
  async perform<T>(shape: Omit<Call, 'ordinal' | 'at'>, signal: AbortSignal | undefined, run: () => T): Promise<T> {
    requireAlive(signal);
    await this.deps.scheduler.yield(describeCall(shape));
    await this.#hangIfDead(shape.caller);
    requireAlive(signal);
    const call: Call = { ...shape, ordinal: ++this.#ordinal, at: this.deps.scheduler.now() };
    await this.#askBefore(call);
    const { value, error } = this.#carryOut(call, run);
    for (const { after } of this.interceptors) await after?.(call, error);
    if (this.deps.lateReplies) await this.deps.scheduler.yield(`answer to ${describeCall(call)}`);
    await this.#hangIfDead(shape.caller);
    if (error) throw error;
    // carryOut sets either the error or the value.
    return value as T;
  }

  /** A call that a hook refuses was still a call. */
  async #askBefore(call: Call): Promise<void> {
    try {
      for (const { before } of this.interceptors) await before?.(call);
    } catch (error) {
      this.deps.audit.add({ ...call, failed: error instanceof ControllerError ? error.code : 'internal' });
      throw error;
    }
  }

  #carryOut<T>(call: Call, run: () => T): { readonly value?: T; readonly error?: ControllerError } {
    const before = this.deps.state.revision;
    try {
      const value = run();
      const changed = isWrite(call) ? { changed: this.deps.state.revision !== before } : {};
      this.deps.audit.add({ ...call, ...changed });
      return { value };
    } catch (error) {
      if (!(error instanceof ControllerError)) throw error;
      this.deps.audit.add({ ...call, failed: error.code });
      return { error };
    }
  }

  /** A killed caller's calls neither return nor fail. */
  #hangIfDead(caller: string): Promise<void> | undefined {
    return this.dead.has(caller) ? new Promise(() => {}) : undefined;
  }

  get(ref: ObjectRef, subresource?: Subresource): KubeObject {
    const kind = this.#kind(ref.resource);
    requireSubresource(kind, subresource);
    const object = this.deps.state.get(kind, ref.namespace, ref.name);
    if (!object) throw notFound({ resource: kind.resource, name: ref.name });
    return subresource === 'scale' ? renderScale(kind, object) : this.present(kind, object);
  }

  list(selection: Selection, options: ListOptions): ObjectList {
    const kind = this.#kind(selection.resource);
    const matcher = matcherOf(kind, selection);
    const all = this.#candidates(kind, selection);
    const found = matcher ? all.filter(matcher) : all;
    const { items, ...rest } = page(found, this.deps.state, kind, options);
    return { items: this.#presentAll(kind, items), ...rest };
  }

  /** A selection of one name need not look at the others. */
  #candidates(kind: Kind, selection: Selection): readonly KubeObject[] {
    const name = nameSelected(selection);
    if (name === undefined || (kind.resource.namespaced && selection.namespace === undefined))
      return this.deps.state.list(kind, selection.namespace);
    const found = this.deps.state.get(kind, selection.namespace, name);
    return found ? [found] : [];
  }

  watch(caller: string, selection: Selection, options: WatchOptions): AsyncIterable<WatchEvent> {
    return streamOf(this, caller, selection, options, (kind) => (object) => this.present(kind, object));
  }

  create(resource: Resource, object: NewObject, options: WriteOptions & Defaults): KubeObject {
    const kind = this.#kind(resource);
    const { namespace } = object.metadata;
    if (kind.resource.namespaced && (namespace === undefined || namespace === ''))
      throw badRequest('an empty namespace may not be set during creation');
    const request = this.#request(kind, namespace, object.metadata.name ?? '', options);
    return this.present(kind, this.deps.writer.create(request, object));
  }

  replace(ref: ObjectRef, object: NewObject, options: WriteOptions & Defaults): KubeObject {
    const kind = this.#kind(ref.resource);
    return this.#update(kind, ref, options, true, () => copyRecord(object));
  }

  patch(ref: ObjectRef, patch: Patch, options: WriteOptions & Defaults): KubeObject {
    const kind = this.#kind(ref.resource);
    if (patch.kind === 'apply') return this.#apply(kind, ref, patch, options);
    return this.#update(kind, ref, options, false, (current) => patched(kind, current, patch));
  }

  /** Server-side apply: makes the object when it is not there. */
  #apply(kind: Kind, ref: ObjectRef, patch: Extract<Patch, { kind: 'apply' }>, options: WriteOptions & Defaults): KubeObject {
    requireSubresource(kind, options.subresource);
    if (!isRecord(patch.body)) throw badRequest('an applied configuration must be an object');
    const config = patch.body;
    const live = this.deps.state.get(kind, ref.namespace, ref.name);
    const { fieldManager, subresource } = options;
    const writing = { kind, fieldManager, subresource, now: this.deps.scheduler.now() };
    if (live === undefined && subresource !== undefined) throw notFound({ resource: kind.resource, name: ref.name });
    const shown = live && this.present(kind, live);
    const { merged, managedFields } = applyConfiguration(writing, shown, config, patch.force === true);
    const request = { ...this.#request(kind, ref.namespace, ref.name, options), managedFields };
    if (live === undefined) return this.present(kind, this.deps.writer.create(request, named(merged, ref)));
    return this.present(
      kind,
      this.deps.writer.update(request, () => merged),
    );
  }

  delete(ref: ObjectRef, options: DeleteOptions): KubeObject | undefined {
    const kind = this.#kind(ref.resource);
    const left = this.deps.deletion.delete(kind, ref.namespace, ref.name, options);
    return left && this.present(kind, left);
  }

  evict(ref: ObjectRef, options: DeleteOptions): void {
    const { state, writer, deletion, scheduler } = this.deps;
    const kind = state.kinds.get(resources.pods);
    const pod = this.get({ ...ref, resource: resources.pods });
    if (options.dryRun !== true) spendDisruption(state, writer, pod, scheduler.now());
    deletion.delete(kind, ref.namespace, ref.name, options);
  }

  bind(ref: ObjectRef, nodeName: string): void {
    const kind = this.deps.state.kinds.get(resources.pods);
    const pod = this.get({ ...ref, resource: resources.pods });
    const bound = textAt(pod, 'spec', 'nodeName') ?? '';
    const binding = { resource: { ...kind.resource, resource: 'pods/binding' }, name: ref.name };
    if (bound !== '') throw conflict(binding, `pod ${ref.name} is already assigned to node "${bound}"`);
    if (pod.metadata.deletionTimestamp !== undefined)
      throw conflict(binding, `pod ${ref.name} is being deleted, cannot be assigned to a host`);
    this.deps.writer.amend(kind, pod, (draft) => {
      ensureRecord(draft, 'spec')['nodeName'] = nodeName;
      const status = ensureRecord(draft, 'status');
      const others = recordsAt(status, 'conditions').filter((condition) => condition['type'] !== 'PodScheduled');
      const since = renderWholeSeconds(this.deps.scheduler.now());
      status['conditions'] = [...others, { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: since }];
    });
  }

  serves(resource: Resource): boolean {
    return this.deps.state.kinds.find(resource) !== undefined;
  }

  /** The object in the version its reader asked for. */
  present(kind: Kind, object: KubeObject): KubeObject {
    const apiVersion = apiVersionOf(kind.resource);
    return object.apiVersion === apiVersion ? object : Object.freeze({ ...object, apiVersion });
  }

  #presentAll(kind: Kind, items: readonly KubeObject[]): readonly KubeObject[] {
    return this.deps.state.kinds.storageVersionOf(kind) === kind.resource.version
      ? items
      : items.map((object) => this.present(kind, object));
  }

  #kind(resource: Resource): Kind {
    return this.deps.state.kinds.get(resource);
  }

  #update(
    kind: Kind,
    ref: ObjectRef,
    options: WriteOptions & Defaults,
    replaces: boolean,
    make: (current: KubeObject) => Draft,
  ): KubeObject {
    requireSubresource(kind, options.subresource);
    const request = { ...this.#request(kind, ref.namespace, ref.name, options), replaces, patches: !replaces };
    const isScale = options.subresource === 'scale';
    const stored = this.deps.writer.update(request, (current) => {
      const shown = isScale ? renderScale(kind, current) : this.present(kind, current);
      const made = make(shown);
      return isScale ? { ...withScale(kind, current, made), apiVersion: apiVersionOf(kind.resource) } : made;
    });
    return isScale ? renderScale(kind, stored) : this.present(kind, stored);
  }

  #request(kind: Kind, namespace: string | undefined, name: string, options: WriteOptions & Defaults): WriteRequest {
    return {
      kind,
      namespace: kind.resource.namespaced ? namespace : undefined,
      name,
      subresource: options.subresource,
      dryRun: options.dryRun === true,
      fieldManager: options.fieldManager,
      fieldValidation: options.fieldValidation ?? 'Warn',
      warn: options.warn,
    };
  }
}

/** Name and namespace of a request stand in for those of its body. */
function named(draft: Draft, { name, namespace }: ObjectRef): NewObject {
  const metadata = { ...recordAt(draft, 'metadata'), name, ...(namespace === undefined ? {} : { namespace }) };
  return { ...draft, apiVersion: textAt(draft, 'apiVersion') ?? '', kind: textAt(draft, 'kind') ?? '', metadata };
}

function requireSubresource(kind: Kind, subresource: Subresource | undefined): void {
  if (subresource === 'scale') scalePathsOf(kind);
  if (subresource === 'status' && !kind.hasStatus) throw notServed();
}

function requireAlive(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new ControllerError('aborted', 'the call was aborted', {}, { cause: signal.reason });
}

import type { KubeObject, OwnerReference } from '../../api/kube.js';
import { resources } from '../../api/kube.js';
import type { DeleteOptions } from '../../cluster/cluster.js';
import type { Scheduler } from '../../lib/scheduler.js';
import type { Deletion } from './deletion.js';
import { foregroundFinalizer, orphanFinalizer } from './deletion.js';
import { ensureRecord } from './json.js';
import type { Kind } from './kinds/kind.js';
import { storageKey } from './kinds/kind.js';
import type { State, StoredChange } from './state.js';
import { ownersOf } from './state.js';
import type { Writer } from './writer.js';

export interface GarbageCollectorDeps {
  readonly state: State;
  readonly writer: Writer;
  readonly deletion: Deletion;
  readonly scheduler: Scheduler;
  /** Told of every write it makes: verb, kind, object. */
  readonly audit: (verb: 'patch' | 'delete', kind: Kind, object: KubeObject) => void;
}

type Stored = { readonly kind: Kind; readonly object: KubeObject };

/**
 * Deletes what has lost its owners, releases what was orphaned, holds back owners that wait for their dependents, and empties namespaces.
 * One object at a time, each after a `yield`, so that others see the states in between as they would in a real cluster.
 * Semantics: Kubernetes, garbage collector and namespace controller, 1.35.
 */
export class GarbageCollector {
  readonly #queue = new Set<string>();
  #isRunning = false;

  constructor(private readonly deps: GarbageCollectorDeps) {}

  /** From now on it acts on every change. */
  start(): void {
    this.deps.state.onChange((change) => this.#notice(change));
  }

  #notice({ type, object, previous }: StoredChange): void {
    if (type === 'DELETED') {
      for (const dependent of this.deps.state.dependentsOf(object.metadata.uid)) this.#add(dependent.object.metadata.uid);
      for (const owner of ownersOf(object)) this.#add(owner.uid);
      this.#noticeNamespaceOf(object);
      return;
    }
    const ownersChanged = ownersOf(object).length > 0 && previous?.metadata.ownerReferences !== object.metadata.ownerReferences;
    const isLeaving = object.metadata.deletionTimestamp !== undefined;
    if (isLeaving || ownersChanged) this.#add(object.metadata.uid);
  }

  #noticeNamespaceOf(object: KubeObject): void {
    const { state } = this.deps;
    const namespace = state.get(state.kinds.get(resources.namespaces), undefined, object.metadata.namespace ?? '');
    if (namespace?.metadata.deletionTimestamp !== undefined) this.#add(namespace.metadata.uid);
  }

  #add(uid: string): void {
    this.#queue.add(uid);
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    for (;;) {
      await this.deps.scheduler.yield('garbage-collect');
      const [uid] = this.#queue;
      if (uid === undefined) break;
      this.#queue.delete(uid);
      const stored = this.deps.state.byUid(uid);
      if (stored) this.#collect(stored);
    }
    this.#isRunning = false;
  }

  #collect(stored: Stored): void {
    const { object, kind } = stored;
    if (object.metadata.deletionTimestamp !== undefined && isNamespace(kind)) this.#emptyNamespace(stored);
    else if (isHeldBy(object, orphanFinalizer)) this.#orphan(stored);
    else if (isHeldBy(object, foregroundFinalizer)) this.#collectDependents(stored);
    else this.#collectDependent(stored);
  }

  /** Releases the dependents of an owner that was deleted with the wish to keep them. */
  #orphan({ kind, object }: Stored): void {
    for (const dependent of this.deps.state.dependentsOf(object.metadata.uid)) this.#dropOwners(dependent, [object.metadata.uid]);
    this.#dropFinalizer({ kind, object }, orphanFinalizer);
  }

  /** An owner deleted in the foreground goes after the last dependent that blocks it. */
  #collectDependents(stored: Stored): void {
    const { uid } = stored.object.metadata;
    const dependents = this.deps.state.dependentsOf(uid);
    const blocks = dependents.some(({ object }) =>
      ownersOf(object).some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true),
    );
    if (!blocks) {
      this.#dropFinalizer(stored, foregroundFinalizer);
      return;
    }
    for (const { object } of dependents) if (object.metadata.deletionTimestamp === undefined) this.#add(object.metadata.uid);
  }

  #collectDependent(stored: Stored): void {
    const { object } = stored;
    const owners = ownersOf(object);
    if (owners.length === 0 || object.metadata.deletionTimestamp !== undefined) return;
    const gone = owners.filter((owner) => this.#ownerOf(object, owner) === undefined);
    const waiting = owners.filter((owner) => isHeldBy(this.#ownerOf(object, owner), foregroundFinalizer));
    const leaving = [...gone, ...waiting].map(({ uid }) => uid);
    if (leaving.length === 0) return;
    if (leaving.length < owners.length) this.#dropOwners(stored, leaving);
    else this.#delete(stored, this.#policyFor(object, waiting.length > 0));
  }

  #policyFor(object: KubeObject, isWaitedFor: boolean): DeleteOptions['propagationPolicy'] {
    if (isWaitedFor && this.deps.state.dependentsOf(object.metadata.uid).length > 0) return 'Foreground';
    return object.metadata.finalizers?.includes(orphanFinalizer) === true ? 'Orphan' : 'Background';
  }

  /** An owner in another namespace is no owner. */
  #ownerOf(object: KubeObject, owner: OwnerReference): KubeObject | undefined {
    const found = this.deps.state.byUid(owner.uid)?.object;
    if (!found || found.kind !== owner.kind || found.metadata.name !== owner.name) return undefined;
    return found.metadata.namespace === undefined || found.metadata.namespace === object.metadata.namespace ? found : undefined;
  }

  #emptyNamespace({ kind, object }: Stored): void {
    const { state, writer } = this.deps;
    const inside = state.kinds
      .stored()
      .filter((each) => each.resource.namespaced)
      .flatMap((each) => state.list(each, object.metadata.name).map((item) => ({ kind: each, object: item })));
    for (const item of inside) if (item.object.metadata.deletionTimestamp === undefined) this.#delete(item, 'Background');
    if (inside.some((item) => state.byUid(item.object.metadata.uid))) return;
    this.deps.audit('patch', kind, object);
    writer.amend(kind, object, (draft) => delete ensureRecord(draft, 'spec')['finalizers']);
  }

  #delete({ kind, object }: Stored, propagationPolicy: DeleteOptions['propagationPolicy']): void {
    this.deps.audit('delete', kind, object);
    const options = { preconditions: { uid: object.metadata.uid }, ...(propagationPolicy && { propagationPolicy }) };
    this.deps.deletion.delete(kind, object.metadata.namespace, object.metadata.name, options);
  }

  #dropOwners({ kind, object }: Stored, uids: readonly string[]): void {
    this.deps.audit('patch', kind, object);
    this.deps.writer.amend(kind, object, (draft) => {
      const left = ownersOf(object).filter((owner) => !uids.includes(owner.uid));
      if (left.length > 0) draft.metadata['ownerReferences'] = left;
      else delete draft.metadata['ownerReferences'];
    });
  }

  #dropFinalizer({ kind, object }: Stored, finalizer: string): void {
    this.deps.audit('patch', kind, object);
    this.deps.writer.amend(kind, object, (draft) => {
      const left = (object.metadata.finalizers ?? []).filter((each) => each !== finalizer);
      if (left.length > 0) draft.metadata['finalizers'] = left;
      else delete draft.metadata['finalizers'];
    });
  }
}

function isHeldBy(object: KubeObject | undefined, finalizer: string): boolean {
  return object?.metadata.deletionTimestamp !== undefined && object.metadata.finalizers?.includes(finalizer) === true;
}

function isNamespace(kind: Kind): boolean {
  return storageKey(kind.resource) === storageKey(resources.namespaces);
}

import type { KubeObject, OwnerReference, Resource } from '../../api/kube.js';
import { History } from './history.js';
import type { Change } from './history.js';
import { deepFreeze, sealed } from './json.js';
import type { Draft } from './json.js';
import type { Kind } from './kinds/kind.js';
import { storageKey } from './kinds/kind.js';
import { KindRegistry } from './kinds/registry.js';
import { Shelf } from './shelf.js';
import type { Watcher } from './watcher.js';

interface Storage {
  readonly shelf: Shelf;
  readonly history: History;
  readonly watchers: Set<Watcher>;
}

/** A change as the store's own listeners see it. */
export interface StoredChange extends Change {
  readonly kind: Kind;
}

/** All there is in the cluster, and the one counter of versions. Synchronous; knows neither callers nor time. */
export class State {
  readonly kinds = new KindRegistry();
  readonly #storages = new Map<string, Storage>();
  readonly #byUid = new Map<string, { readonly kind: Kind; readonly object: KubeObject }>();
  readonly #dependents = new Map<string, Set<string>>();
  readonly #listeners = new Set<(change: StoredChange) => void>();
  #revision = 0;

  constructor(private readonly historyCapacity: number) {}

  get revision(): number {
    return this.#revision;
  }

  storage(resource: Pick<Resource, 'group' | 'resource'>): Storage {
    const key = storageKey(resource);
    const found = this.#storages.get(key);
    if (found) return found;
    const made: Storage = { shelf: new Shelf(), history: new History(this.historyCapacity, 0), watchers: new Set() };
    this.#storages.set(key, made);
    return made;
  }

  get(kind: Kind, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.storage(kind.resource).shelf.get(namespace ?? '', name);
  }

  list(kind: Kind, namespace?: string): readonly KubeObject[] {
    return this.storage(kind.resource).shelf.list(namespace);
  }

  /** Any object by its uid. */
  byUid(uid: string): { readonly kind: Kind; readonly object: KubeObject } | undefined {
    return this.#byUid.get(uid);
  }

  /** Objects with an ownerReference to this uid. */
  dependentsOf(uid: string): readonly { readonly kind: Kind; readonly object: KubeObject }[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((each) => this.#byUid.get(each) ?? []);
  }

  onChange(listener: (change: StoredChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Stores a draft under a new version and tells every watcher. */
  commit(kind: Kind, draft: Draft & { readonly metadata: Draft }, previous: KubeObject | undefined): KubeObject {
    this.#revision++;
    draft.metadata['resourceVersion'] = String(this.#revision);
    const object = sealed(draft);
    this.storage(kind.resource).shelf.put(object);
    this.#index(kind, object, previous);
    this.#publish({ kind, revision: this.#revision, type: previous ? 'MODIFIED' : 'ADDED', object, previous });
    return object;
  }

  /** Removes an object for good. @returns its last state, with the version of the deletion */
  erase(kind: Kind, current: KubeObject, last: KubeObject = current): KubeObject {
    this.#revision++;
    const object = deepFreeze({ ...last, metadata: { ...last.metadata, resourceVersion: String(this.#revision) } });
    this.storage(kind.resource).shelf.remove(current.metadata.namespace ?? '', current.metadata.name);
    this.#byUid.delete(current.metadata.uid);
    this.#forgetOwners(current, ownersOf(current));
    this.#publish({ kind, revision: this.#revision, type: 'DELETED', object, previous: current });
    return object;
  }

  /** Forgets the history: every watch from an older version than now answers 410. */
  compact(): void {
    for (const { history } of this.#storages.values()) history.forgetUpTo(this.#revision);
  }

  #index(kind: Kind, object: KubeObject, previous: KubeObject | undefined): void {
    this.#byUid.set(object.metadata.uid, { kind, object });
    const before = previous ? ownersOf(previous) : noOwners;
    const after = ownersOf(object);
    if (before === after) return;
    if (previous) this.#forgetOwners(previous, before);
    for (const { uid } of after) {
      const known = this.#dependents.get(uid) ?? new Set();
      this.#dependents.set(uid, known.add(object.metadata.uid));
    }
  }

  #forgetOwners(object: KubeObject, owners: readonly OwnerReference[]): void {
    for (const { uid } of owners) {
      const known = this.#dependents.get(uid);
      known?.delete(object.metadata.uid);
      if (known?.size === 0) this.#dependents.delete(uid);
    }
  }

  #publish(change: StoredChange): void {
    const { history, watchers } = this.storage(change.kind.resource);
    history.append(change);
    for (const watcher of watchers) watcher.offer(change);
    for (const listener of this.#listeners) listener(change);
  }
}

const noOwners: readonly OwnerReference[] = [];

export function ownersOf(object: KubeObject): readonly OwnerReference[] {
  return object.metadata.ownerReferences ?? noOwners;
}

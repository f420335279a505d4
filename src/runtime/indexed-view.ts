import type { KubeObject } from '../api/kube.js';
import type { Indexers } from './types.js';

type Index = Map<string, Set<string>>;

/** Objects by key, with the indexes asked for kept up to date. */
export class IndexedView {
  readonly #objects = new Map<string, KubeObject>();
  readonly #indexers = new Map<string, Indexers[string]>();
  readonly #indexes = new Map<string, Index>();

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): KubeObject | undefined {
    return this.#objects.get(key);
  }

  values(): readonly KubeObject[] {
    return [...this.#objects.values()];
  }

  /** Order by name, then namespace. */
  find(index: string, key: string): readonly KubeObject[] {
    const found = this.#indexes.get(index)?.get(key);
    if (!found) return [];
    return [...found].flatMap((each) => this.#objects.get(each) ?? []).sort(byName);
  }

  /** A name that is known already keeps its function. */
  addIndexers(indexers: Indexers): void {
    for (const [name, indexer] of Object.entries(indexers)) {
      if (this.#indexers.has(name)) continue;
      this.#indexers.set(name, indexer);
      const index: Index = new Map();
      this.#indexes.set(name, index);
      for (const [key, object] of this.#objects) addTo(index, indexer(object), key);
    }
  }

  set(key: string, object: KubeObject | undefined): void {
    const before = this.#objects.get(key);
    if (object) this.#objects.set(key, object);
    else this.#objects.delete(key);
    for (const [name, indexer] of this.#indexers) {
      const index = this.#indexes.get(name);
      if (!index) continue;
      if (before) removeFrom(index, indexer(before), key);
      if (object) addTo(index, indexer(object), key);
    }
  }
}

function addTo(index: Index, values: readonly string[], key: string): void {
  for (const value of values) {
    const keys = index.get(value);
    if (keys) keys.add(key);
    else index.set(value, new Set([key]));
  }
}

function removeFrom(index: Index, values: readonly string[], key: string): void {
  for (const value of values) {
    const keys = index.get(value);
    keys?.delete(key);
    if (keys?.size === 0) index.delete(value);
  }
}

function byName(left: KubeObject, right: KubeObject): number {
  return compareText(left.metadata.name, right.metadata.name) || compareText(left.metadata.namespace ?? '', right.metadata.namespace ?? '');
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

import { objectKey, type KubeObject } from '../api/kube.js';
import { IndexedView } from './indexed-view.js';
import { compareVersions, isSameOrNewer, isTold } from './resource-version.js';
import type { Change } from './types.js';

/**
 * What our own writes say about a key, as long as the informer has not told it.
 * - `written`: the answer to a write
 * - `left`: the answer to a write after which the object is no longer selected
 * - `gone`: we deleted it; `version` is the last one we knew, the deletion itself is newer
 */
type Layer =
  | { readonly kind: 'written'; readonly uid: string; readonly version: string; readonly object: KubeObject }
  | { readonly kind: 'left' | 'gone'; readonly uid: string; readonly version: string };

/**
 * What an informer shows: what the server told, with our own writes laid over it, by uid, until the server has told the same or something newer.
 * A pass therefore never acts on a world older than its own last write. Every method answers with what changed to the eye.
 */
export class LayeredCopy {
  readonly view = new IndexedView();
  /** As told by list and watch. */
  readonly #told = new Map<string, KubeObject>();
  readonly #layers = new Map<string, Layer>();
  /** All of history up to here has been told. */
  #toldUpTo: string | undefined;

  /** The version our own write gave the object, while it is unconfirmed. */
  pendingVersion(key: string): string | undefined {
    return this.#layers.get(key)?.version;
  }

  replace(objects: readonly KubeObject[], resourceVersion: string): readonly Change[] {
    // A server restored from a backup counts from an older version: what we wrote since is gone.
    if (this.#toldUpTo !== undefined && (compareVersions(resourceVersion, this.#toldUpTo) ?? 0) < 0) this.#layers.clear();
    this.#toldUpTo = resourceVersion;
    const touched = new Set([...this.#told.keys(), ...this.#layers.keys()]);
    this.#told.clear();
    for (const object of objects) {
      const key = objectKey(object.metadata);
      touched.add(key);
      this.#keep(key, object);
    }
    this.#dropToldLayers();
    // Versions that cannot be compared: a whole list that arrives later knows better.
    for (const [key, { version }] of [...this.#layers])
      if (compareVersions(resourceVersion, version) === undefined) this.#layers.delete(key);
    return [...touched].flatMap((key) => this.#refresh(key));
  }

  change(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject): readonly Change[] {
    const key = objectKey(object.metadata);
    this.#toldUpTo = object.metadata.resourceVersion;
    if (type === 'DELETED') this.#told.delete(key);
    else this.#keep(key, object);
    const layer = this.#layers.get(key);
    if (layer && isOvertaken(layer, type, object)) this.#layers.delete(key);
    return this.#refresh(key);
  }

  progress(resourceVersion: string): readonly Change[] {
    this.#toldUpTo = resourceVersion;
    const touched = [...this.#layers.keys()];
    this.#dropToldLayers();
    return touched.flatMap((key) => this.#refresh(key));
  }

  /** The answer to a write of ours, or a live read, of an object that is selected. */
  written(object: KubeObject): readonly Change[] {
    const { uid, resourceVersion: version } = object.metadata;
    return this.#lay(objectKey(object.metadata), { kind: 'written', uid, version, object });
  }

  /** The answer to a write of ours after which the object is no longer selected. */
  left(object: KubeObject): readonly Change[] {
    const { uid, resourceVersion: version } = object.metadata;
    return this.#lay(objectKey(object.metadata), { kind: 'left', uid, version });
  }

  /** The server says that this object does not exist any more. Nothing happens when another one has its name. */
  gone(key: string, uid: string): readonly Change[] {
    const seen = this.view.get(key);
    if (!seen || seen.metadata.uid !== uid) return [];
    this.#layers.set(key, { kind: 'gone', uid, version: seen.metadata.resourceVersion });
    if (this.#isTold(key)) this.#layers.delete(key);
    return this.#refresh(key);
  }

  #lay(key: string, layer: Layer): readonly Change[] {
    const before = this.#layers.get(key);
    // Two writes in flight may be answered in any order.
    const isOutdated = before !== undefined && before.kind !== 'gone' && !isNewer(layer, before.uid, before.version);
    if (isOutdated || this.#hasSeenPast(key, layer)) return [];
    this.#layers.set(key, layer);
    return this.#refresh(key);
  }

  /** Whether the server has already told this version or what came after it, a deletion by somebody else included. */
  #hasSeenPast(key: string, layer: Layer): boolean {
    const told = this.#told.get(key)?.metadata;
    if (told && (compareVersions(told.resourceVersion, layer.version) ?? -1) >= 0) return true;
    return isTold(this.#toldUpTo, layer.version);
  }

  #dropToldLayers(): void {
    for (const key of [...this.#layers.keys()]) if (this.#isTold(key)) this.#layers.delete(key);
  }

  #isTold(key: string): boolean {
    const layer = this.#layers.get(key);
    if (!layer || !isTold(this.#toldUpTo, layer.version)) return false;
    return layer.kind !== 'gone' || this.#told.get(key)?.metadata.uid !== layer.uid;
  }

  /** The same version is the same object: keeping the one we have spares a second copy. */
  #keep(key: string, object: KubeObject): void {
    const seen = this.view.get(key);
    this.#told.set(key, seen && isSameVersion(seen, object) ? seen : object);
  }

  #refresh(key: string): readonly Change[] {
    const before = this.view.get(key);
    const after = this.#look(key);
    if (before === after || (before && after && isSameVersion(before, after))) return [];
    this.view.set(key, after);
    return [{ ...(before && { before }), ...(after && { after }) }];
  }

  #look(key: string): KubeObject | undefined {
    const layer = this.#layers.get(key);
    if (!layer) return this.#told.get(key);
    return layer.kind === 'written' ? layer.object : undefined;
  }
}

function isSameVersion(left: KubeObject, right: KubeObject): boolean {
  return left.metadata.uid === right.metadata.uid && left.metadata.resourceVersion === right.metadata.resourceVersion;
}

function isNewer(layer: Layer, uid: string, version: string): boolean {
  return layer.uid !== uid ? isSameOrNewer(layer.version, version) : (compareVersions(layer.version, version) ?? 1) > 0;
}

/** Whether what the server just told makes the layer obsolete. */
function isOvertaken(layer: Layer, type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject): boolean {
  const { uid, resourceVersion } = object.metadata;
  if (layer.kind === 'gone' && layer.uid === uid) return type === 'DELETED';
  return isSameOrNewer(resourceVersion, layer.version);
}

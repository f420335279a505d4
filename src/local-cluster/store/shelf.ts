import type { KubeObject } from '../../api/kube.js';

interface Drawer {
  readonly objects: Map<string, KubeObject>;
  /** Objects by name; undefined while out of date. */
  sorted: readonly KubeObject[] | undefined;
}

/** Objects of one kind, by namespace ('' for cluster-scoped ones) and name. Lists come in the order of an API server: namespace, then name. */
export class Shelf {
  readonly #drawers = new Map<string, Drawer>();
  #namespaces: readonly string[] | undefined;
  #everything: readonly KubeObject[] | undefined;

  get(namespace: string, name: string): KubeObject | undefined {
    return this.#drawers.get(namespace)?.objects.get(name);
  }

  put(object: KubeObject): void {
    const drawer = this.#drawer(object.metadata.namespace ?? '');
    drawer.objects.set(object.metadata.name, object);
    this.#outdate(drawer);
  }

  remove(namespace: string, name: string): void {
    const drawer = this.#drawers.get(namespace);
    if (!drawer?.objects.delete(name)) return;
    this.#outdate(drawer);
    if (drawer.objects.size > 0) return;
    this.#drawers.delete(namespace);
    this.#namespaces = undefined;
  }

  /** The list is shared and frozen; it is made once between two changes. */
  list(namespace?: string): readonly KubeObject[] {
    if (namespace !== undefined) return this.#sortedIn(namespace);
    this.#namespaces ??= [...this.#drawers.keys()].sort(byText);
    this.#everything ??= Object.freeze(this.#namespaces.flatMap((each) => this.#sortedIn(each)));
    return this.#everything;
  }

  #drawer(namespace: string): Drawer {
    const found = this.#drawers.get(namespace);
    if (found) return found;
    const made: Drawer = { objects: new Map(), sorted: undefined };
    this.#drawers.set(namespace, made);
    this.#namespaces = undefined;
    return made;
  }

  #outdate(drawer: Drawer): void {
    drawer.sorted = undefined;
    this.#everything = undefined;
  }

  #sortedIn(namespace: string): readonly KubeObject[] {
    const drawer = this.#drawers.get(namespace);
    if (!drawer) return [];
    drawer.sorted ??= Object.freeze([...drawer.objects.values()].sort((a, b) => byText(a.metadata.name, b.metadata.name)));
    return drawer.sorted;
  }
}

/** Byte order, as etcd's keys have it; not the locale's. */
function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

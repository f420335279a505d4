import type { KubeObject, Resource } from '../../../api/kube.js';
import { notServed } from '../status-error.js';
import { builtinKinds } from './builtin-kinds.js';
import { customKindsOf, storageVersionOf } from './custom-kinds.js';
import type { Kind } from './kind.js';
import { kindKey, storageKey } from './kind.js';

/** Which kinds are served now. Custom resource definitions come and go. */
export class KindRegistry {
  readonly #kinds = new Map<string, Kind>();
  readonly #storageVersions = new Map<string, string>();

  constructor() {
    for (const kind of builtinKinds) this.#kinds.set(kindKey(kind.resource), kind);
  }

  find(resource: Pick<Resource, 'group' | 'version' | 'resource'>): Kind | undefined {
    return this.#kinds.get(kindKey(resource));
  }

  /** @throws StatusError 404 when it is not served */
  get(resource: Pick<Resource, 'group' | 'version' | 'resource'>): Kind {
    const kind = this.find(resource);
    if (kind === undefined) throw notServed();
    return kind;
  }

  all(): readonly Kind[] {
    return [...this.#kinds.values()];
  }

  /** One kind for each storage: the version objects are stored in. */
  stored(): readonly Kind[] {
    return this.all().filter((kind) => this.storageVersionOf(kind) === kind.resource.version);
  }

  storageVersionOf(kind: Kind): string {
    return this.#storageVersions.get(storageKey(kind.resource)) ?? kind.resource.version;
  }

  install(crd: KubeObject): void {
    this.uninstall(crd);
    for (const kind of customKindsOf(crd)) {
      this.#kinds.set(kindKey(kind.resource), kind);
      this.#storageVersions.set(storageKey(kind.resource), storageVersionOf(crd));
    }
  }

  uninstall(crd: KubeObject): void {
    const spec: { readonly group?: unknown; readonly names?: unknown } = crd.spec ?? {};
    for (const [key, kind] of this.#kinds) {
      if (kind.custom && kind.resource.group === spec.group && crd.metadata.name === `${kind.resource.resource}.${kind.resource.group}`) {
        this.#kinds.delete(key);
        this.#storageVersions.delete(storageKey(kind.resource));
      }
    }
  }
}

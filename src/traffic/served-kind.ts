import type { Resource } from '../api/kube.js';
import type { Cluster } from '../cluster/cluster.js';

/** A kind that clusters serve in different versions, or not at all. */
export interface ServedKind {
  /** The version found last; before anybody asked, the one that is tried first. */
  readonly likely: Resource;
  /** The first version that is served; undefined: none is. Asked once; `forget` makes it ask anew. */
  resolve(signal: AbortSignal): Promise<Resource | undefined>;
  /** To be called when an object is missing: its kind may have come, gone, or changed versions. */
  forget(): void;
}

/** @param versions in the order in which they are tried */
export function servedKind(cluster: Cluster, versions: readonly [Resource, ...Resource[]]): ServedKind {
  let found: Resource | undefined;
  let likely = versions[0];
  return {
    get likely() {
      return likely;
    },
    resolve: async (signal) => {
      if (found !== undefined) return found;
      for (const version of versions) {
        if (!(await cluster.serves(version, { signal }))) continue;
        found = version;
        likely = version;
        return version;
      }
      return undefined;
    },
    forget: () => {
      found = undefined;
    },
  };
}

/** One kind in several versions, a preferred one first. */
export function inVersions(
  kind: Omit<Resource, 'version'>,
  preferred: string | undefined,
  ...versions: readonly string[]
): [Resource, ...Resource[]] {
  const [first = '', ...others] = new Set([...(preferred === undefined || preferred === '' ? [] : [preferred]), ...versions]);
  return [{ ...kind, version: first }, ...others.map((version) => ({ ...kind, version }))];
}

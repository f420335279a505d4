import type { KubeObject } from '../api/kube.js';

/**
 * A parser that remembers its results by the identity of the objects, which never change: a pass then costs nothing for what stayed the
 * same since the last one.
 */
export function rememberParsed<T>(parse: (raw: KubeObject) => T): (raw: KubeObject) => T {
  const known = new WeakMap<KubeObject, { readonly value: T }>();
  return (raw) => {
    const remembered = known.get(raw);
    if (remembered !== undefined) return remembered.value;
    const value = parse(raw);
    known.set(raw, { value });
    return value;
  };
}

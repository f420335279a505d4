import type { KubeObject } from '../../api/kube.js';
import { deepFreeze, type Draft } from '../../lib/draft.js';

export * from '../../lib/draft.js';

/** The store's word that a draft has become an object: name, uid and version are set by then. */
export function sealed(draft: Draft): KubeObject {
  // The write path fills in apiVersion, kind and metadata before it seals; the compiler cannot see that.
  return deepFreeze(draft as unknown as KubeObject);
}

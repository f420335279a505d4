import type { KubeObject } from '../../src/api/kube.js';
import { textAt } from './json-at.js';

/** Absent until the controller has written a status. A Rollout's observedGeneration is text, others' a number. */
export function observedGenerationIsCurrent(object: KubeObject): boolean | undefined {
  const observed = textAt(object, 'status', 'observedGeneration');
  return observed === undefined ? undefined : observed === String(object.metadata.generation ?? '');
}

import { withCrdDefaults } from './crd-defaults.js';
import { goJson, goJsonList } from './go-json.js';
import { fnv1a32, hashText } from './fnv.js';
import { podTemplateTypes } from './pod-template-order.generated.js';
import { stepTypes } from './step-types.js';

export { templatesEqual } from './template-equality.js';

const encoder = new TextEncoder();

/**
 * Hash of a pod template, byte for byte that of Argo Rollouts from 1.9 on.
 *
 * @param template raw PodTemplateSpec as the user wrote it, without server defaults
 * @param collisionCount status.collisionCount; 0 and undefined give different hashes
 * @returns 1 to 10 characters out of `456789bcdf`
 * Semantics: rollout-core 2.3.
 */
export function podTemplateHash(template: unknown, collisionCount?: number): string {
  const bytes = encoder.encode(goJson(withCrdDefaults(template), 'PodTemplateSpec', { types: podTemplateTypes }));
  const hash = fnv1a32(bytes);
  return hashText(collisionCount === undefined ? hash : fnv1a32(littleEndian(collisionCount), hash));
}

/**
 * Hash of a list of canary steps, as `status.currentStepHash` has it. Absent and empty lists are alike.
 * @param steps the steps as written
 */
export function stepsHash(steps: unknown): string {
  const isEmpty = !Array.isArray(steps) || steps.length === 0;
  return hashText(fnv1a32(encoder.encode(isEmpty ? 'null' : goJsonList(steps, 'CanaryStep', { types: stepTypes }))));
}

/** The count as a 32-bit little-endian number and four zero bytes. */
function littleEndian(count: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setUint32(0, count >>> 0, true);
  return bytes;
}

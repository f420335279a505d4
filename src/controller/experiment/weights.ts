import type { KubeObject } from '../../api/kube.js';
import { isPlainObject } from '../../lib/json.js';

/** Services with a weight above 0 among a Rollout's stored additional destinations. */
export function additionalWeights(rollout: KubeObject): readonly string[] {
  const canary = fieldAt(rollout.status, 'canary');
  const additional = fieldAt(fieldAt(canary, 'weights'), 'additional');
  if (!Array.isArray(additional)) return [];
  return additional.flatMap((destination) => {
    const [name, weight] = [fieldAt(destination, 'serviceName'), fieldAt(destination, 'weight')];
    return typeof name === 'string' && typeof weight === 'number' && weight > 0 ? [name] : [];
  });
}

function fieldAt(value: unknown, key: string): unknown {
  return isPlainObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

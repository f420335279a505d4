import type { Json, JsonObject } from '../../../api/kube.js';
import { fieldOf } from '../../../lib/json.js';

const texts: readonly (readonly [key: string, text: (value: Json) => string])[] = [
  ['setWeight', (weight) => `setWeight: ${printed(weight)}`],
  ['pause', (pause) => withValue('pause', fieldOf(pause, 'duration'))],
  ['experiment', () => 'experiment'],
  ['analysis', () => 'analysis'],
  ['setCanaryScale', describeScale],
  ['plugin', (plugin) => withValue('plugin', fieldOf(plugin, 'name'))],
  ['setHeaderRoute', (route) => withValue('setHeaderRoute', fieldOf(route, 'name'))],
  ['setMirrorRoute', (route) => withValue('setMirrorRoute', fieldOf(route, 'name'))],
];

/**
 * A step as events name it.
 *
 * @param step as written; `pause: {duration: "10s"}` reads `pause: 10s`
 * Semantics: rollout-core 1.5
 */
export function describeStep(step: JsonObject | undefined): string {
  for (const [key, text] of texts) {
    const value = step?.[key];
    if (value !== undefined && value !== null) return text(value);
  }
  return 'invalid';
}

function describeScale(scale: Json): string {
  const weight = fieldOf(scale, 'weight');
  if (weight !== undefined) return `setCanaryScale{weight: ${printed(weight)}}`;
  const replicas = fieldOf(scale, 'replicas');
  if (replicas !== undefined) return `setCanaryScale{replicas: ${printed(replicas)}}`;
  return `setCanaryScale{matchTrafficWeight: ${printed(fieldOf(scale, 'matchTrafficWeight') ?? false)}}`;
}

function withValue(key: string, value: unknown): string {
  return value === undefined ? key : `${key}: ${printed(value)}`;
}

function printed(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

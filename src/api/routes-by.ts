import type { CanaryStrategy } from './rollout-types.js';

/** Whether one of these routers is configured; `plugins` stands for any plugin. */
export function routesBy(strategy: CanaryStrategy, ...kinds: readonly string[]): boolean {
  const routing = strategy.trafficRouting;
  if (routing === undefined) return false;
  return kinds.some((kind) => (kind === 'plugins' ? Object.keys(routing.plugins).length > 0 : Object.hasOwn(routing.routers, kind)));
}

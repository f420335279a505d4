import type { CanaryStep, StepKind } from '../../api/rollout-types.js';
import type { HeaderRoute, MirrorRoute } from './types.js';

/** Header and mirror routes that must exist. */
export interface ManagedRoutes {
  readonly headerRoutes: readonly HeaderRoute[];
  readonly mirrorRoutes: readonly MirrorRoute[];
}

type RouteStep = Extract<StepKind, { kind: 'setHeaderRoute' | 'setMirrorRoute' }>;

export const noManagedRoutes: ManagedRoutes = { headerRoutes: [], mirrorRoutes: [] };

/**
 * Header and mirror routes that the steps have asked for so far: each step sets the route of its name anew, one without a match takes it away.
 * A name belongs to one route, whichever kind set it last. Routes are in the order in which they were last set.
 *
 * @param index step at work, 0-based; its own route counts. Beyond the last step: all of them. Below 0: none
 * Semantics: traffic 1.13 #4. Differs from upstream, which applies a route only while its step is at work and loses it when somebody removes it
 */
export function foldManagedRoutes(steps: readonly CanaryStep[], index: number): ManagedRoutes {
  const routes = new Map<string, RouteStep>();
  for (const part of steps.slice(0, Math.max(0, index + 1)).flatMap((step) => [step, ...(step.also ?? [])])) {
    if (!isRouteStep(part)) continue;
    routes.delete(part.name);
    if (part.match.length > 0) routes.set(part.name, part);
  }
  const all = [...routes.values()];
  return { headerRoutes: all.flatMap(headerRoute), mirrorRoutes: all.flatMap(mirrorRoute) };
}

function isRouteStep(part: StepKind): part is RouteStep {
  return part.kind === 'setHeaderRoute' || part.kind === 'setMirrorRoute';
}

function headerRoute(step: RouteStep): readonly HeaderRoute[] {
  return step.kind === 'setHeaderRoute' ? [{ name: step.name, match: step.match }] : [];
}

function mirrorRoute(step: RouteStep): readonly MirrorRoute[] {
  if (step.kind !== 'setMirrorRoute') return [];
  const { name, match, percentage } = step;
  return [{ name, match, ...(percentage === undefined ? {} : { percentage }) }];
}

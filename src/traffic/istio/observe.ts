import type { KubeObject } from '../../api/kube.js';
import type { WeightRange } from '../../core/traffic/types.js';
import { isPlainObject } from '../../lib/json.js';
import { rangeOf, shareOf } from '../hundred.js';
import { destinationsOf, sideOf, traitOf, weightsOf, type Fields, type Side, type Sides, type Trait } from './destinations.js';
import { nameOf, protocols, routesIn, type FoundRoute } from './routes.js';

/** What VirtualServices declare. */
export interface DeclaredWeights {
  readonly canary?: WeightRange;
  readonly stable?: WeightRange;
  readonly pinned: boolean;
}

/** A VirtualService with the routes found in it. */
export interface Inspected {
  readonly live: KubeObject;
  readonly routes: readonly FoundRoute[];
}

/**
 * Weights over all routes found and the mirror routes made from them, of `maxWeight`. Any other route that leads to the canary pins it: our header
 * routes, and whatever the user has made.
 */
export function declaredWeights(
  inspected: readonly Inspected[],
  sides: Sides,
  managed: ReadonlySet<string>,
  maxWeight: number,
): DeclaredWeights {
  const routes = inspected.flatMap((each) => judgeRoutes(each, sides, managed));
  const shares = routes.flatMap(({ route, trait }) => (trait === undefined ? [] : [sharesOf(route, trait, sides, maxWeight)]));
  const canary = rangeOf(shares.map((share) => share.canary));
  const stable = rangeOf(shares.map((share) => share.stable));
  return {
    ...(canary === undefined ? {} : { canary }),
    ...(stable === undefined ? {} : { stable }),
    pinned: routes.some(({ route, trait }) => trait === undefined && isSentToCanary(route, sides)),
  };
}

interface JudgedRoute {
  readonly route: Fields;
  /** Present where the weights are ours. */
  readonly trait?: Trait;
}

function judgeRoutes({ live, routes }: Inspected, sides: Sides, managed: ReadonlySet<string>): readonly JudgedRoute[] {
  return protocols.flatMap((protocol) =>
    (routesIn(live, protocol) ?? []).flatMap((route, index): readonly JudgedRoute[] => {
      if (!isPlainObject(route)) return [];
      const found = routes.find((each) => each.protocol === protocol && each.index === index);
      const trait = found?.trait ?? (managed.has(nameOf(route)) ? mirrorTrait(route, sides) : undefined);
      return [{ route, ...(trait === undefined ? {} : { trait }) }];
    }),
  );
}

function mirrorTrait(route: Fields, sides: Sides): Trait | undefined {
  if (route['mirror'] === undefined) return undefined;
  const found = traitOf(route, sides);
  return 'trait' in found ? found.trait : undefined;
}

function sharesOf(route: Fields, trait: Trait, sides: Sides, maxWeight: number): Readonly<Record<Side, number>> {
  const weights = weightsOf(route);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const of = (side: Side): number =>
    destinationsOf(route).reduce((sum, each, index) => sum + (sideOf(each, trait, sides) === side ? (weights[index] ?? 0) : 0), 0);
  return { canary: shareOf(of('canary'), total, maxWeight), stable: shareOf(of('stable'), total, maxWeight) };
}

function isSentToCanary(route: Fields, sides: Sides): boolean {
  const trait: Trait = sides.subsets === undefined ? 'host' : 'subset';
  const weights = weightsOf(route);
  return destinationsOf(route).some((each, index) => sideOf(each, trait, sides) === 'canary' && (weights[index] ?? 0) > 0);
}

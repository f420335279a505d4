import type { KubeObject } from '../../api/kube.js';
import type { ObservedTraffic } from '../../core/traffic/types.js';
import { addedDestinations, isNamedAsExperiment } from '../added-destinations.js';
import { rangeOf, shareOf } from '../hundred.js';
import type { TrafficTarget } from '../router.js';
import { textOf } from '../texts.js';
import { isSplit, refsOf, rulesOf, weightOf, type Fields, type SideServices } from './refs.js';

export type DeclaredWeights = Pick<ObservedTraffic, 'canaryWeight' | 'stableWeight' | 'pinned'>;

/**
 * Weights over all rules that have both Services, of `maxWeight`; what foreign backends of a rule get is no part of the whole. A rule with the
 * canary alone pins it, whoever made it.
 */
export function declaredWeights(
  routes: readonly KubeObject[],
  target: TrafficTarget,
  services: SideServices,
  maxWeight: number,
): DeclaredWeights {
  const shares = routes.flatMap((route) => {
    const added = addedDestinations(route, target);
    const isCounted = (name: string): boolean =>
      name === services.canary || name === services.stable || added.has(name) || isNamedAsExperiment(name, target);
    return rulesOf(route)
      .filter((rule) => isSplit(rule, services))
      .map((rule) => sharesOf(rule, services, isCounted, maxWeight));
  });
  const canary = rangeOf(shares.map((share) => share.canary));
  const stable = rangeOf(shares.map((share) => share.stable));
  const isPinned = routes.some((route) => rulesOf(route).some((rule) => isPinnedTo(rule, services)));
  return {
    ...(canary === undefined ? {} : { canaryWeight: canary }),
    ...(stable === undefined ? {} : { stableWeight: stable }),
    ...(isPinned ? { pinned: true } : {}),
  };
}

function sharesOf(rule: Fields, services: SideServices, isCounted: (name: string) => boolean, maxWeight: number): SideShares {
  const refs = refsOf(rule).map((ref) => ({ name: textOf(ref['name']), weight: weightOf(ref) }));
  const sum = (isMeant: (name: string) => boolean): number =>
    refs.reduce((total, { name, weight }) => total + (isMeant(name) ? weight : 0), 0);
  const all = sum(isCounted);
  const of = (service: string): number =>
    shareOf(
      sum((name) => name === service),
      all,
      maxWeight,
    );
  return { canary: of(services.canary), stable: of(services.stable) };
}

type SideShares = Readonly<Record<'canary' | 'stable', number>>;

function isPinnedTo(rule: Fields, services: SideServices): boolean {
  return !isSplit(rule, services) && refsOf(rule).some((ref) => ref['name'] === services.canary && weightOf(ref) > 0);
}

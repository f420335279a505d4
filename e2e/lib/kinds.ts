import type { Resource } from '../../src/api/kube.js';
import { resources } from '../../src/api/kube.js';

const istio = (resource: string, kind: string): Resource => ({
  group: 'networking.istio.io',
  version: 'v1alpha3',
  resource,
  kind,
  namespaced: true,
});

const virtualServices = istio('virtualservices', 'VirtualService');
const destinationRules = istio('destinationrules', 'DestinationRule');

/** Foreign kinds whose definitions a cluster needs before a script can be played. */
export const foreignKinds: readonly Resource[] = [virtualServices, destinationRules];

const all: readonly Resource[] = [...Object.values(resources), ...foreignKinds];

/**
 * The resource of a kind that scripts name.
 *
 * @throws Error for a kind no recording has
 */
export function resourceOf(kind: string): Resource {
  const found = all.find((resource) => resource.kind === kind);
  if (found === undefined) throw new Error(`unknown kind ${kind}`);
  return found;
}

/** Kinds that are followed while a script runs. Pods only where the recording has them. */
export function followedKinds(withPods: boolean): readonly Resource[] {
  const followed = [
    resources.rollouts,
    resources.replicaSets,
    resources.services,
    resources.analysisRuns,
    resources.experiments,
    resources.deployments,
    resources.jobs,
    resources.ingresses,
    virtualServices,
    destinationRules,
    resources.events,
  ];
  return withPods ? [...followed, resources.pods] : followed;
}

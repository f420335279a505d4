import type { JsonObject, KubeObject, NewObject, Resource } from '../../api/kube.js';
import { apiVersionOf } from '../../api/kube.js';
import type { TrafficSplit, WeightRange } from '../../core/traffic/types.js';
import { objectsOf } from '../../lib/json.js';
import { parseQuantity, quantityToNumber } from '../../lib/quantity.js';
import { inHundredths, shareOf } from '../hundred.js';
import { ownerOf } from '../objects.js';
import type { TrafficTarget } from '../router.js';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The spec of a TrafficSplit: canary first, then experiments, then stable; weights add up to 100.
 * Semantics: traffic 4.1. v1alpha1 has quantities (`"5"`), later versions numbers
 *
 * @param service the Service clients call
 */
export function renderSpec(version: string, service: string, target: TrafficTarget, split: TrafficSplit): JsonObject {
  const { canaryService = '', stableService = '' } = target;
  const { canary, stable, additional } = inHundredths(split);
  const backend = (name: string, weight: number): JsonObject => ({
    service: name,
    weight: version === 'v1alpha1' ? String(weight) : weight,
  });
  const experiments = additional.flatMap(({ serviceName, weight }) => (serviceName === undefined ? [] : [{ serviceName, weight }]));
  const left = additional.reduce((sum, { serviceName, weight }) => sum + (serviceName === undefined ? weight : 0), 0);
  return {
    service,
    backends: [
      backend(canaryService, canary.weight),
      ...experiments.map(({ serviceName, weight }) => backend(serviceName, weight)),
      backend(stableService, stable.weight + left),
    ],
  };
}

export function newTrafficSplit(resource: Resource, name: string, target: TrafficTarget, spec: JsonObject): NewObject {
  const metadata = { name, namespace: target.namespace, ownerReferences: [ownerOf(target)] };
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata, spec };
}

/** Fields of the spec that we know nothing of stay. */
export function withSpec(live: KubeObject, spec: JsonObject): KubeObject {
  return { ...live, spec: { ...live.spec, ...spec } };
}

/** What one Service gets, of `maxWeight`. */
export function weightIn(live: KubeObject, service: string | undefined, maxWeight: number): WeightRange {
  const backends = objectsOf(live.spec?.['backends']);
  const sum = (list: readonly Fields[]): number => list.reduce((total, { weight }) => total + numberOf(weight), 0);
  const share = shareOf(sum(backends.filter((each) => each['service'] === service)), sum(backends), maxWeight);
  return { min: share, max: share };
}

function numberOf(weight: unknown): number {
  const parsed = parseQuantity(weight);
  return parsed.ok ? quantityToNumber(parsed.value) : 0;
}

import { describe, expect, it } from '@jest/globals';
import type { NewObject, Resource } from '../../api/kube.js';
import {
  group,
  inVersion,
  vs,
  dr,
  world,
  bySubsets,
  destinationRule,
  virtualService,
  subsetRoute,
  rule,
} from '../../testing/istio-fixtures.js';
import { aSplit, trafficWorld } from '../../testing/traffic-world.js';
import { istioRouter } from './index.js';

describe('Istio, versions', () => {
  it.each([
    ['v1', ['v1', 'v1beta1', 'v1alpha3'], undefined],
    ['v1beta1', ['v1beta1', 'v1alpha3'], undefined],
    ['v1alpha3', ['v1alpha3'], undefined],
    ['v1alpha3', ['v1', 'v1beta1', 'v1alpha3'], 'v1alpha3'],
    ['v1', ['v1', 'v1beta1'], 'v1alpha3'],
  ])('uses %s of %j when asked for %s', async (used, served, preferred) => {
    const definition = (kind: Resource): NewObject => {
      const versions = served.map((version, index) => ({
        ...{ name: version, served: true, storage: index === 0 },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      }));
      return {
        ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `${kind.resource}.${group}` } },
        spec: { group, scope: 'Namespaced', names: { plural: kind.resource, kind: kind.kind }, versions },
      };
    };
    const kinds = inVersion(used);
    const w = await trafficWorld({
      router: istioRouter,
      definitions: [definition(vs), definition(dr)],
      objects: [
        [kinds.vs, { ...virtualService({ http: [subsetRoute(100, 0)] })[1], apiVersion: `${group}/${used}` }],
        [kinds.dr, { ...destinationRule(rule())[1], apiVersion: `${group}/${used}` }],
      ],
      target: { section: bySubsets },
      ...(preferred === undefined ? {} : { options: { 'istio-api-version': preferred } }),
    });
    expect(await w.apply(aSplit(10))).toBe(2);
    expect(w.writes().map(({ resource }) => resource.version)).toEqual([used, used]);
    expect(w.router.needs(w.target)).toEqual([kinds.vs, kinds.dr]);
  });

  it('needs no DestinationRules where none is configured', async () => {
    const w = await world({ kinds: [vs] });
    expect(await w.apply(aSplit(10))).toBe(1);
    expect(w.router.needs(w.target)).toEqual([vs]);
  });
});

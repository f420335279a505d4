import type { JsonObject, KubeObject, NewObject, Resource } from '../../api/kube.js';
import { objectsOf } from '../../lib/json.js';
import { byRoutes, bySubsets, destinationRule, dr, rule, subsetRoute, to, virtualService, vs } from '../../testing/istio-fixtures.js';
import { describeRouterConformance, type DeclaredSplit, type RouterSubject } from '../../testing/traffic-router-conformance.js';
import { istioRouter } from './index.js';

const assets: JsonObject = { name: 'static', route: [{ destination: { host: 'assets' } }] };
const primary = { name: 'primary', route: [to('app-stable', 100), to('app-canary', 0)] };

function declaredIn(object: KubeObject): readonly DeclaredSplit[] {
  return objectsOf(object.spec?.['http'])
    .filter(({ name }) => name === 'primary' || name === 'mirror')
    .map(({ route }) => {
      const [stable = 0, canary = 0, ...others] = objectsOf(route).map(({ weight }) => (typeof weight === 'number' ? weight : 0));
      return { stable, canary, others: others.reduce((sum, weight) => sum + weight, 0) };
    });
}

const common = {
  router: istioRouter,
  kinds: [vs, dr],
  main: { resource: vs, name: 'vs' },
  declared: declaredIn,
  foreign: { metadata: { labels: { team: 'blue' } }, spec: { hosts: ['app', 'other'], odd: { x: [1] } } },
};
const notMade = 'the VirtualService is the user’s; another Rollout’s DestinationRule is in subsets.test.ts';

describeRouterConformance('istio', {
  ...common,
  section: byRoutes('primary'),
  objects: [virtualService({ http: [primary, assets] })],
  drift: () => ({ spec: { http: [primary, assets] } }),
  mistakes: [
    { when: 'the VirtualService is missing', objects: [], field: 'virtualService.name' },
    { when: 'a route is missing', section: byRoutes('nosuch'), field: 'virtualService.name' },
    {
      when: 'the canary’s host is missing',
      objects: [virtualService({ http: [{ name: 'primary', route: [to('app-stable', 100)] }] })],
      field: 'virtualService.name',
    },
    { when: 'no VirtualService is configured', section: {}, field: '' },
    { when: 'the cluster has no Istio', kinds: [], objects: [], field: 'virtualService.name' },
  ],
  skips: {
    'foreign owner': notMade,
    'subset hashes': 'it routes by Services here',
  },
});

const subsets: readonly (readonly [Resource, NewObject])[] = [
  virtualService({ http: [subsetRoute(100, 0), assets] }),
  destinationRule(rule()),
];
const bySubset: RouterSubject = {
  ...common,
  section: bySubsets,
  objects: subsets,
  drift: () => ({ spec: { http: [subsetRoute(100, 0), assets] } }),
  mistakes: [
    { when: 'the DestinationRule is missing', objects: subsets.slice(0, 1), field: 'destinationRule.name' },
    {
      when: 'a subset is missing',
      objects: [...subsets.slice(0, 1), destinationRule({ host: 'app', subsets: [{ name: 'canary' }] })],
      field: 'destinationRule.stableSubsetName',
    },
    {
      when: 'the route does not use the subsets',
      objects: [virtualService({ http: [{ name: 'primary', route: [to('app', 100)] }] }), destinationRule(rule())],
      field: 'virtualService.name',
    },
  ],
  skips: { 'foreign owner': notMade },
};
describeRouterConformance('istio by subsets', bySubset);

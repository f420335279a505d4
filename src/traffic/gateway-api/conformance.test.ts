import type { JsonObject, KubeObject } from '../../api/kube.js';
import { objectsOf } from '../../lib/json.js';
import { http, ref, route, routeKind } from '../../testing/gateway-fixtures.js';
import { describeRouterConformance, type DeclaredSplit, type RouterSubject } from '../../testing/traffic-router-conformance.js';
import { gatewayApiRouter } from './index.js';

const split = (stable: number, canary: number): JsonObject => ({
  backendRefs: [ref('app-stable', stable), ref('app-canary', canary)],
});
const anyPath = { matches: [{ path: { type: 'PathPrefix', value: '/' } }] };
const other = { matches: [{ path: { type: 'PathPrefix', value: '/other' } }], backendRefs: [ref('other')] };

function declaredIn(object: KubeObject): readonly DeclaredSplit[] {
  return objectsOf(object.spec?.['rules']).flatMap(({ backendRefs }) => {
    const weights = new Map(objectsOf(backendRefs).map(({ name, weight }) => [name, typeof weight === 'number' ? weight : 1]));
    const [stable, canary] = [weights.get('app-stable'), weights.get('app-canary')];
    if (stable === undefined || canary === undefined) return [];
    return [{ stable, canary, others: [...weights.values()].reduce((sum, weight) => sum + weight, 0) - stable - canary }];
  });
}

const notMade = 'routes are the user’s';
const notSubsets = 'it has no subsets';

describeRouterConformance('gatewayAPI', {
  router: gatewayApiRouter,
  kinds: [http],
  section: { httpRoute: 'r' },
  objects: [route({ rules: [{ ...anyPath, ...split(100, 0) }, other] })],
  main: { resource: http, name: 'r' },
  declared: declaredIn,
  drift: () => ({ spec: { rules: [{ ...anyPath, ...split(100, 0) }, other] } }),
  foreign: { metadata: { annotations: { 'x.io/y': 'z' } }, spec: { hostnames: ['a.io'], odd: { x: [1] } } },
  mistakes: [
    { when: 'the route is missing', objects: [], field: 'httpRoute' },
    { when: 'the canary is missing', objects: [route({ rules: [{ backendRefs: [ref('app-stable')] }] })], field: 'httpRoute' },
    { when: 'the second route is missing', section: { httpRoutes: [{ name: 'r' }, { name: 'nosuch' }] }, field: 'httpRoutes[1].name' },
    { when: 'nothing is configured', section: {}, field: '' },
    { when: 'the cluster has no Gateway API', kinds: [], objects: [], field: 'httpRoute' },
  ],
  skips: { 'foreign owner': notMade, 'subset hashes': notSubsets },
});

const layer4 = (protocol: 'tcp' | 'tls'): RouterSubject => ({
  router: gatewayApiRouter,
  kinds: [routeKind(protocol)],
  section: { [`${protocol}Route`]: 'r' },
  objects: [route({ rules: [split(100, 0)] }, 'r', protocol)],
  main: { resource: routeKind(protocol), name: 'r' },
  declared: declaredIn,
  drift: () => ({ spec: { rules: [split(100, 0)] } }),
  foreign: { metadata: { annotations: { 'x.io/y': 'z' } }, spec: { odd: { x: [1] } } },
  mistakes: [{ when: 'the route is missing', objects: [], field: `${protocol}Route` }],
  skips: {
    'header routes': 'there are no headers at this layer; asked for them it says so: managed-rules.test.ts, case 5',
    'mirror routes': 'there are no requests to mirror at this layer',
    experiments: 'as the plugin, it gives them requests by HTTP and gRPC only',
    'foreign owner': notMade,
    'subset hashes': notSubsets,
  },
});
describeRouterConformance('gatewayAPI for TCP', layer4('tcp'));
describeRouterConformance('gatewayAPI for TLS', layer4('tls'));

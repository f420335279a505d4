import { resources, type JsonObject, type KubeObject, type NewObject } from '../../api/kube.js';
import { describeRouterConformance, type DeclaredSplit } from '../../testing/traffic-router-conformance.js';
import { nginxRouter } from './index.js';

const { ingresses } = resources;
const prefix = 'nginx.ingress.kubernetes.io';

function ingress(name: string, service = 'app-stable'): NewObject {
  const path = { path: '/', pathType: 'Prefix', backend: { service: { name: service, port: { number: 80 } } } };
  const spec = { ingressClassName: 'nginx', rules: [{ host: 'a.io', http: { paths: [path] } }] };
  return { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name }, spec };
}

/** What the canary does not get stays with stable: the stable Ingress has no weight of its own. */
function declaredIn({ metadata }: KubeObject): readonly DeclaredSplit[] {
  const canary = Number(metadata.annotations?.[`${prefix}/canary-weight`]);
  return [{ canary, stable: 100 - canary }];
}

const oneIngress = { stableIngress: 'web' };

describeRouterConformance('nginx', {
  router: nginxRouter,
  kinds: [],
  section: oneIngress,
  objects: [[ingresses, ingress('web')]],
  main: { resource: ingresses, name: 'app-web-canary' },
  declared: declaredIn,
  drift: (): JsonObject => ({ metadata: { annotations: { [`${prefix}/canary-weight`]: '77' } } }),
  foreign: { metadata: { labels: { team: 'blue' }, annotations: { 'x.io/y': 'z' } } },
  occupied: ingress('app-web-canary'),
  mistakes: [
    { when: 'the Ingress is missing', objects: [], field: 'stableIngress' },
    { when: 'no rule leads to the stable Service', objects: [[ingresses, ingress('web', 'other')]], field: 'stableIngress' },
    { when: 'the second Ingress is missing', section: { stableIngresses: ['web', 'nosuch'] }, field: 'stableIngresses[1]' },
    { when: 'no Ingress is configured', section: {}, field: '' },
    { when: 'both forms are used', section: { ...oneIngress, stableIngresses: ['web'] }, field: '' },
  ],
  skips: {
    'header routes': 'a canary Ingress has one header or cookie for all of it, from the settings: nginx.test.ts, case 5',
    'mirror routes': 'ingress-nginx mirrors from the stable Ingress, which is the user’s',
    experiments: 'a canary Ingress leads to one Service',
    'subset hashes': 'it has no subsets',
  },
});

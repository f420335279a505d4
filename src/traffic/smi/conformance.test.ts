import type { KubeObject, NewObject, Resource } from '../../api/kube.js';
import { objectsOf } from '../../lib/json.js';
import { describeRouterConformance, type DeclaredSplit } from '../../testing/traffic-router-conformance.js';
import { smiRouter } from './index.js';

const kind: Resource = {
  ...{ group: 'split.smi-spec.io', version: 'v1alpha1', resource: 'trafficsplits' },
  ...{ kind: 'TrafficSplit', namespaced: true },
};
const trafficSplit = (name: string): NewObject => ({
  ...{ apiVersion: 'split.smi-spec.io/v1alpha1', kind: 'TrafficSplit', metadata: { name } },
  spec: { service: 'x', backends: [] },
});

function declaredIn(object: KubeObject): readonly DeclaredSplit[] {
  const weights = objectsOf(object.spec?.['backends']).map(({ weight }) => Number(weight));
  const [canary = 0, ...rest] = weights;
  const stable = rest.pop() ?? 0;
  return [{ canary, stable, others: rest.reduce((sum, weight) => sum + weight, 0) }];
}

describeRouterConformance('smi', {
  router: smiRouter,
  kinds: [kind],
  section: {},
  objects: [],
  main: { resource: kind, name: 'app' },
  declared: declaredIn,
  drift: () => ({
    spec: {
      backends: [
        { service: 'app-canary', weight: '77' },
        { service: 'app-stable', weight: '23' },
      ],
    },
  }),
  foreign: { metadata: { labels: { team: 'blue' } }, spec: { odd: { x: [1] } } },
  occupied: trafficSplit('app'),
  mistakes: [{ when: 'the cluster has no SMI', kinds: [], field: '' }],
  skips: {
    'header routes': 'the versions of TrafficSplit it writes have no matches; the spec refuses the steps',
    'mirror routes': 'TrafficSplit has no mirrors',
    'subset hashes': 'it has no subsets',
  },
});

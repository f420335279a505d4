import { describe, expect, it } from '@jest/globals';
import { resources } from '../../api/kube.js';
import type { ReplicaSet } from '../../api/workload-types.js';
import { aReplicaSet, aService, aStatus, anObservedRollout, testStart } from '../../testing/rollouts.js';
import type { Picture } from './picture.js';
import { judgeRoutes } from './routes.js';

const canary = { canaryService: 'canary', stableService: 'stable', trafficRouting: { nginx: { stableIngress: 'web' } } };

/** Stable v1 and canary v2, 4 pods wanted, with a canary Ingress of this weight. */
function aPicture(weight: number, sizes: readonly [stable: number, canary: number], stableAt = 'v1'): Picture {
  const steps = [{ setWeight: 50 }];
  const { rollout } = anObservedRollout({ version: 'v2', canary, steps, status: aStatus({ version: 'v2', steps, index: 0 }) });
  const sets: readonly ReplicaSet[] = [
    aReplicaSet({ version: 'v1', replicas: sizes[0] }),
    aReplicaSet({ version: 'v2', replicas: sizes[1] }),
  ];
  const ingress = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      ...{ name: 'app-web-canary', namespace: 'default', uid: 'i', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
      annotations: { 'nginx.ingress.kubernetes.io/canary-weight': String(weight) },
    },
  };
  return {
    ...{ at: testStart, rollouts: [rollout], replicaSets: sets, pods: [], analysisRuns: [], experiments: [], virtualServices: [] },
    services: [aService('stable', { version: stableAt }), aService('canary', { version: 'v2' })],
    ingresses: [ingress],
  };
}

describe('judgeRoutes', () => {
  it.each([
    { what: 'a canary that shrinks below its weight', before: aPicture(75, [4, 3]), after: aPicture(75, [4, 1]), broken: ['I3'] },
    { what: 'a canary that shrinks to its weight', before: aPicture(25, [4, 3]), after: aPicture(25, [4, 1]), broken: [] },
    { what: 'a stable version that shrinks while it has half', before: aPicture(50, [4, 2]), after: aPicture(50, [1, 2]), broken: ['I3'] },
    { what: 'a weight that rises before the pods', before: aPicture(25, [4, 1]), after: aPicture(75, [4, 1]), broken: ['I3'] },
    { what: 'a weight on nobody', before: aPicture(0, [4, 0]), after: aPicture(25, [4, 0]), broken: ['I2'] },
    {
      what: 'all traffic back to a stable version without pods for it',
      before: aPicture(75, [1, 3]),
      after: aPicture(0, [1, 3]),
      broken: ['I3'],
    },
    { what: 'traffic that flees from where no pod is', before: aPicture(75, [1, 0]), after: aPicture(0, [1, 0]), broken: [] },
    {
      what: 'a stable Service that moves to too few pods',
      before: aPicture(25, [4, 1]),
      after: aPicture(25, [4, 1], 'v2'),
      broken: ['I3'],
    },
    { what: 'a stable Service that moves to all pods', before: aPicture(100, [4, 4]), after: aPicture(100, [4, 4], 'v2'), broken: [] },
  ])('judges $what', ({ before, after, broken }) => {
    const write = { verb: 'patch' as const, resource: resources.ingresses, namespace: 'default', name: 'x', before, after };
    expect(judgeRoutes(write, () => ({ min: 4, max: 4 })).map(({ invariant }) => invariant)).toEqual(broken);
  });
});

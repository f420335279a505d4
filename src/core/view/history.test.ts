import { describe, expect, it } from '@jest/globals';
import { parseReplicaSet, parseRollout, type KubeObject } from '../../api/index.js';
import { viewHistory } from './history.js';

const metadata = { namespace: 'default', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };

function aRollout(managedFields: readonly object[]): KubeObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { ...metadata, name: 'web', uid: 'web-uid', managedFields } as KubeObject['metadata'],
    spec: { strategy: { canary: {} } },
    status: { currentPodHash: 'new', stableRS: 'new' },
  };
}

const replicaSet: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: {
    ...metadata,
    name: 'web-new',
    uid: 'rs-uid',
    labels: { 'rollouts-pod-template-hash': 'new' },
    annotations: { 'rollout.argoproj.io/revision': '1' },
    ownerReferences: [{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'web', uid: 'web-uid', controller: true }],
  },
  spec: { template: { spec: { containers: [{ name: 'a', image: 'a:1' }] } } },
};

describe('viewHistory', () => {
  const template = { 'f:spec': { 'f:template': { 'f:spec': {} } } };
  it.each([
    ['nobody', [], undefined],
    ['the one who owns the template', [{ manager: 'argocd', time: '2026-01-01T00:00:00Z', fieldsV1: template }], 'argocd'],
    [
      'the last of several',
      [
        { manager: 'helm', time: '2026-01-02T00:00:00Z', fieldsV1: template },
        { manager: 'kubectl-set', time: '2026-01-03T00:00:00Z', fieldsV1: template },
        { manager: 'autoscaler', time: '2026-01-04T00:00:00Z', fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
      ],
      'kubectl-set',
    ],
  ])('names %s', (_, managedFields, by) => {
    const { rollout } = parseRollout(aRollout(managedFields));
    const seen = { now: 0, rollout, replicaSets: [parseReplicaSet(replicaSet)], pods: [], experiments: [], analysisRuns: [] };
    expect(viewHistory(seen)[0]?.by).toBe(by);
  });
});

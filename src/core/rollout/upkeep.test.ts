import { describe, expect, it } from '@jest/globals';
import { keys, type JsonObject, type KubeObject } from '../../api/kube.js';
import { renderTime } from '../../lib/time.js';
import { aReplicaSet, aStatus, anAnalysisRun, anObservedRollout, hashOf, secondsAfter, type WorldOptions } from '../../testing/rollouts.js';
import { contextOf } from './context.js';
import { planHistory, planRunHistory } from './history.js';
import { lifecycleOf } from './lifecycle.js';
import { planRollout } from './plan.js';
import { pendingPodsKey } from './pod-metadata.js';
import { isInRollbackWindow } from './rollback-window.js';
import type { ObservedRollout, RolloutAction } from './types.js';

function aPod(
  name: string,
  version: string,
  options: { readonly createdAt?: number; readonly isReady?: boolean; readonly isLeaving?: boolean } = {},
): KubeObject {
  const { createdAt = 0, isReady = true, isLeaving = false } = options;
  const at = renderTime(secondsAfter(createdAt));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: `pod-${name}`,
      resourceVersion: '1',
      creationTimestamp: at,
      labels: { app: 'app', [keys.podTemplateHash]: hashOf(version) },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'x', uid: `rs-${version}`, controller: true }],
      ...(isLeaving ? { deletionTimestamp: at } : {}),
    },
    status: { conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False', lastTransitionTime: at }] },
  };
}

const atRest = (options: WorldOptions = {}): ObservedRollout =>
  anObservedRollout({ annotations: { [keys.revision]: '1' }, replicaSets: [aReplicaSet()], status: aStatus({}), ...options });

const kinds = (actions: readonly RolloutAction[]): readonly string[] => actions.map(({ kind }) => kind);
const evicted = (seen: ObservedRollout): readonly string[] =>
  planRollout(seen).actions.flatMap((action) => (action.kind === 'evictPod' ? [action.pod.metadata.name] : []));

describe('a restart (rollout-core 3.9.1)', () => {
  const restartAt = renderTime(secondsAfter(1_800));
  const restarting = (pods: readonly KubeObject[] | undefined, options: WorldOptions = {}): ObservedRollout =>
    atRest({ spec: { restartAt }, ...(pods === undefined ? {} : { live: { pods } }), ...options });
  const old = ['a', 'b', 'c', 'd'].map((name) => aPod(name, 'v1'));

  it('asks for the pods first', () => {
    expect(planRollout(restarting(undefined))).toMatchObject({ need: ['pods'], actions: [] });
  });

  it.each([
    { when: 'all are there', pods: old, out: ['a'] },
    { when: 'one is not ready', pods: [...old.slice(0, 3), aPod('d', 'v1', { isReady: false })], out: [] },
    { when: 'one is leaving', pods: [aPod('a', 'v1', { isLeaving: true }), ...old.slice(1)], out: [] },
    { when: 'some are new', pods: [aPod('n', 'v1', { createdAt: 3_000 }), ...old.slice(1)], out: ['b'] },
  ])('evicts $out of 4 with one unavailable allowed when $when', ({ pods, out }) => {
    expect(evicted(restarting(pods))).toEqual(out);
  });

  it('evicts one even where none may be unavailable', () => {
    expect(evicted(restarting(old, { canary: { maxUnavailable: 0, maxSurge: 1 } }))).toEqual(['a']);
  });

  it('changes no size while it evicts', () => {
    const seen = restarting(old, { replicas: 6 });
    expect(kinds(planRollout(seen).actions)).toEqual(['updateReplicaSet']);
  });

  it('is over when no old pod is left and all are available again (rollout-core 10 #19)', () => {
    const renewed = ['a', 'b', 'c', 'd'].map((name) => aPod(name, 'v1', { createdAt: 2_000 }));
    expect(planRollout(restarting(renewed)).next.restartedAt).toBe(secondsAfter(1_800));
    expect(planRollout(restarting(renewed, { replicaSets: [aReplicaSet({ available: 3 })] })).next.restartedAt).toBeUndefined();
  });

  it('waits for its time', () => {
    expect(planRollout(atRest({ spec: { restartAt: renderTime(secondsAfter(9_000)) } }))).toMatchObject({
      actions: [],
      need: [],
      requeueAt: secondsAfter(9_000),
    });
  });
});

describe('metadata of pods by role (rollout-core 6.4)', () => {
  const canary: JsonObject = { canaryMetadata: { labels: { role: 'canary' } }, stableMetadata: { labels: { role: 'stable' } } };
  const recorded = (role: string): Record<string, string> => ({ [keys.ephemeralMetadata]: `{"labels":{"role":"${role}"}}` });

  it('goes into the template first, with a note that pods are to follow', () => {
    const [action] = planRollout(atRest({ canary })).actions;
    expect(action).toMatchObject({
      kind: 'updateReplicaSet',
      update: {
        podMetadata: { labels: { role: 'stable' }, annotations: {} },
        annotations: { ...recorded('stable'), [pendingPodsKey]: '{}' },
      },
    });
  });

  it('asks for the pods while they are to follow, then changes them and takes the note off', () => {
    const base = aReplicaSet({ annotations: { ...recorded('stable'), [pendingPodsKey]: '{"labels":{"old":"x"}}' } });
    const labelled = { ...base, template: { metadata: { labels: { app: 'app', role: 'stable' } } } };
    expect(planRollout(atRest({ canary, replicaSets: [labelled] })).need).toEqual(['pods']);
    const pod = aPod('a', 'v1');
    const withOld = { ...pod, metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, old: 'x' } } };
    const { actions } = planRollout(atRest({ canary, replicaSets: [labelled], live: { pods: [withOld] } }));
    expect(actions).toMatchObject([
      { kind: 'updatePodMetadata', labels: { role: 'stable', old: null } },
      { kind: 'updateReplicaSet', update: { annotations: { [pendingPodsKey]: null } } },
    ]);
  });

  it('is injected at creation into the canary beside a stable version', () => {
    const seen = atRest({ version: 'v2', canary });
    const [create] = planRollout(seen).actions;
    expect(create).toMatchObject({
      kind: 'createReplicaSet',
      object: { metadata: { annotations: recorded('canary') }, spec: { template: { metadata: { labels: { role: 'canary' } } } } },
    });
  });
});

describe('the ReplicaSet of a new version (rollout-core 2.2)', () => {
  it('has no pods yet, our labels, the revision and the copied annotations', () => {
    const seen = atRest({ version: 'v2', annotations: { [keys.revision]: '1', team: 'shop', [keys.lastApplied]: '{}' } });
    expect(planRollout(seen).actions[0]).toMatchObject({
      name: `app-${hashOf('v2')}`,
      revision: 2,
      gates: true,
      object: {
        metadata: {
          name: `app-${hashOf('v2')}`,
          labels: { app: 'app', [keys.podTemplateHash]: hashOf('v2') },
          annotations: { team: 'shop', [keys.revision]: '2', [keys.desiredReplicas]: '4' },
          ownerReferences: [{ kind: 'Rollout', name: 'app', controller: true, blockOwnerDeletion: true }],
        },
        spec: { replicas: 0, selector: { matchLabels: { app: 'app', [keys.podTemplateHash]: hashOf('v2') } } },
      },
    });
  });

  it('keeps off the nodes of the stable version when asked to', () => {
    const canary = { antiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: { weight: 50 } } };
    const term = {
      weight: 50,
      podAffinityTerm: {
        labelSelector: { matchExpressions: [{ key: keys.podTemplateHash, operator: 'In', values: [hashOf('v1')] }] },
        namespaces: ['default'],
        topologyKey: 'kubernetes.io/hostname',
      },
    };
    const affinity = { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [term] } };
    expect(planRollout(atRest({ version: 'v2', canary })).actions[0]).toMatchObject({
      object: { spec: { template: { spec: { affinity } } } },
    });
  });

  it("is looked for with the API server's defaults when the images are known", () => {
    const template = {
      metadata: { labels: { app: 'app' }, annotations: { touched: 'yes' } },
      spec: { containers: [{ name: 'demo', image: 'example.io/demo:v1' }] },
    };
    expect(planRollout(atRest({ spec: { template } })).need).toEqual(['defaultedTemplate']);
    expect(planRollout(atRest({ version: 'v2' })).need).toEqual([]);
  });

  it('is an old one when only defaults differ, and keeps its hash', () => {
    const defaulted = {
      metadata: { labels: { app: 'app' } },
      spec: { restartPolicy: 'Always', containers: [{ name: 'demo', image: 'example.io/demo:v1' }] },
    };
    expect(planRollout(atRest({ spec: { template: defaulted } }))).toMatchObject({ reason: 'Healthy', actions: [] });
  });
});

describe('the revision history', () => {
  const goingBack = (history: string | undefined): unknown => {
    const annotations = history === undefined ? {} : { [keys.revisionHistory]: history };
    const seen = anObservedRollout({
      replicaSets: [aReplicaSet({ revision: 3, annotations }), aReplicaSet({ version: 'v2', revision: 4 })],
      status: aStatus({ version: 'v2', stable: 'v2' }),
    });
    const [action] = planRollout(seen).actions;
    return action?.kind === 'updateReplicaSet' ? action.update.annotations?.[keys.revisionHistory] : undefined;
  };

  it.each([
    { history: undefined, expected: '3' },
    { history: '1', expected: '1,3' },
    {
      history: Array.from({ length: 50 }, (_, i) => 100 + i).join(','),
      expected: ['100', ...Array.from({ length: 48 }, (_, i) => 102 + i), 3].join(','),
    },
  ])('of a version that comes back is $expected', ({ history, expected }) => {
    expect(goingBack(history)).toBe(expected);
  });
});

describe('the rollback window (rollout-core 3.8)', () => {
  const named = ['v1', 'v2', 'v3', 'v4', 'v5'];
  const world = (stable: string, wanted: string, revisions: number, extra: WorldOptions = {}): ObservedRollout =>
    anObservedRollout({
      version: wanted,
      spec: { rollbackWindow: { revisions } },
      replicaSets: named.map((version) => aReplicaSet({ version })),
      status: aStatus({ version: wanted, stable }),
      ...extra,
    });

  it.each([
    { stable: 'v1', wanted: 'v2', revisions: 1, within: false },
    { stable: 'v2', wanted: 'v1', revisions: 1, within: true },
    { stable: 'v3', wanted: 'v1', revisions: 2, within: true },
    { stable: 'v4', wanted: 'v1', revisions: 2, within: false },
    { stable: 'v5', wanted: 'v2', revisions: 3, within: true },
    { stable: 'v5', wanted: 'v1', revisions: 3, within: false },
  ])('from $stable to $wanted with $revisions revisions: $within', ({ stable, wanted, revisions, within }) => {
    expect(isInRollbackWindow(contextOf(world(stable, wanted, revisions)))).toBe(within);
  });

  it('tells versions apart that were made in the same second', () => {
    const replicaSets = ['v1', 'v2'].map((version) => aReplicaSet({ version, createdAt: secondsAfter(5) }));
    expect(isInRollbackWindow(contextOf(world('v2', 'v1', 1, { replicaSets })))).toBe(true);
    expect(isInRollbackWindow(contextOf(world('v1', 'v2', 1, { replicaSets })))).toBe(false);
  });
});

describe('history', () => {
  const empty = (version: string): ReturnType<typeof aReplicaSet> => aReplicaSet({ version, replicas: 0 });

  it('deletes the oldest empty ReplicaSets beyond the limit', () => {
    const seen = atRest({
      version: 'v5',
      spec: { revisionHistoryLimit: 2 },
      replicaSets: [empty('v1'), empty('v2'), empty('v3'), empty('v4'), aReplicaSet({ version: 'v5' })],
      status: aStatus({ version: 'v5', stable: 'v5' }),
    });
    expect(planHistory(contextOf(seen))).toMatchObject([{ replicaSet: { revision: 1 } }, { replicaSet: { revision: 2 } }]);
  });

  it('skips one that still has pods', () => {
    const busy = aReplicaSet({ version: 'v1', replicas: 0, actual: 1 });
    const seen = atRest({
      version: 'v3',
      spec: { revisionHistoryLimit: 0 },
      replicaSets: [busy, empty('v2'), aReplicaSet({ version: 'v3' })],
      status: aStatus({ version: 'v3', stable: 'v3' }),
    });
    expect(planHistory(contextOf(seen))).toMatchObject([{ replicaSet: { revision: 2 } }]);
  });

  it('keeps the newest runs of each verdict, none of versions that are gone, and never a recorded one (analysis 5.5)', () => {
    const run = (name: string, phase: 'Successful' | 'Failed', at: number, version = 'v1'): ReturnType<typeof anAnalysisRun> =>
      anAnalysisRun({ name, phase, version, createdAt: secondsAfter(at) });
    const runs = [
      run('good-1', 'Successful', 1),
      run('good-2', 'Successful', 2),
      run('bad-1', 'Failed', 3),
      run('bad-2', 'Failed', 4),
      run('recorded', 'Failed', 0),
      run('orphaned', 'Successful', 9, 'v7'),
    ];
    const spec = { analysis: { successfulRunHistoryLimit: 1, unsuccessfulRunHistoryLimit: 1 } };
    const status = aStatus({ more: { canary: { currentBackgroundAnalysisRunStatus: { name: 'recorded', status: 'Failed' } } } });
    const seen = atRest({ spec, runs, status });
    const deleted = planRunHistory(contextOf(seen), lifecycleOf(seen.rollout.status)).flatMap((action) =>
      action.kind === 'deleteAnalysisRun' ? [action.run.metadata.name] : [],
    );
    expect(deleted).toEqual(['orphaned', 'good-1', 'bad-1']);
  });
});

describe('ownership (rollout-core 2.6)', () => {
  const orphan = aReplicaSet();

  it('asks the server whether the Rollout is leaving before it adopts', () => {
    expect(planRollout(anObservedRollout({ orphans: [orphan] }))).toMatchObject({ need: ['deletion'], actions: [] });
  });

  it.each([
    { deletion: false, actions: ['adoptReplicaSet'] },
    { deletion: true, actions: [] },
  ])('does $actions when the answer is $deletion', ({ deletion, actions }) => {
    expect(kinds(planRollout(anObservedRollout({ orphans: [orphan], live: { deletion } })).actions)).toEqual(actions);
  });

  it('releases a ReplicaSet whose labels no longer match', () => {
    const stray = { ...orphan, metadata: { ...orphan.metadata, labels: { app: 'other' } } };
    expect(kinds(planRollout(atRest({ replicaSets: [stray] })).actions)).toEqual(['releaseReplicaSet']);
  });
});

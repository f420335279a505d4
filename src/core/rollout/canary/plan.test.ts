import { describe, expect, it } from '@jest/globals';
import { keys, type JsonObject } from '../../../api/kube.js';
import { renderTime } from '../../../lib/time.js';
import { actionsOf, anUpdate, pausedAt, steps } from '../../../testing/canary-updates.js';
import { aReplicaSet, aStatus, anObservedRollout, hashOf, secondsAfter } from '../../../testing/rollouts.js';
import { planRollout } from '../plan.js';
import type { RolloutPlan } from '../types.js';

describe('planRollout of a new Rollout', () => {
  it('makes the first ReplicaSet and calls it stable at once', () => {
    const plan = planRollout(anObservedRollout({ steps }));
    expect(plan.reason).toBe('UpdateStarting');
    expect(actionsOf(plan)).toEqual([`create app-${hashOf('v1')}`, 'revision 1']);
    expect(plan.next).toMatchObject({ currentPodHash: hashOf('v1'), stableRS: hashOf('v1'), stepIndex: 4 });
  });

  it('then gives it all its pods', () => {
    const seen = anObservedRollout({
      steps,
      annotations: { [keys.revision]: '1' },
      status: aStatus({ steps, index: 4 }),
      replicaSets: [aReplicaSet({ replicas: 0 })],
    });
    expect(actionsOf(planRollout(seen))).toEqual(['scale v1 to 4']);
  });

  it('has nothing to do at rest', () => {
    const seen = anObservedRollout({
      steps,
      annotations: { [keys.revision]: '1' },
      status: aStatus({ steps, index: 4 }),
      replicaSets: [aReplicaSet()],
    });
    expect(planRollout(seen)).toMatchObject({ reason: 'Healthy', actions: [], transitions: [] });
    expect(planRollout(seen).awaited).toBeUndefined();
  });

  it('persists one replica where none is given, as autoscalers need a number', () => {
    const seen = anObservedRollout({ spec: { replicas: undefined as unknown as number } });
    expect(planRollout(seen).actions).toContainEqual(expect.objectContaining({ kind: 'updateRollout', replicas: 1 }));
  });
});

describe('planRollout of a changed template', () => {
  it('makes the ReplicaSet and starts at step 0, but scales nothing yet', () => {
    const seen = anObservedRollout({
      version: 'v2',
      steps,
      replicas: 8,
      annotations: { [keys.revision]: '1' },
      status: aStatus({ steps, index: 4 }),
      replicaSets: [aReplicaSet()],
    });
    const plan = planRollout(seen);
    expect(actionsOf(plan)).toEqual([`create app-${hashOf('v2')}`, 'revision 2']);
    expect(plan.next).toMatchObject({ currentPodHash: hashOf('v2'), stableRS: hashOf('v1'), stepIndex: 0 });
  });

  it('begins with the pause when that is the first step', () => {
    const own = [{ pause: {} }, { setWeight: 50 }];
    const seen = anObservedRollout({ version: 'v2', steps: own, status: aStatus({ steps: own, index: 2 }), replicaSets: [aReplicaSet()] });
    expect(planRollout(seen).next.pauses).toEqual([{ reason: 'CanaryPauseStep', startTime: seen.now }]);
  });

  it('goes back to stable without steps, and numbers it anew', () => {
    const seen = anUpdate({ version: 'v1', index: 3, sizes: [2, 2], more: pausedAt(3, secondsAfter(0)) });
    const plan = planRollout(seen);
    expect(plan.transitions).toContainEqual({ kind: 'stepsSkipped', target: 'stable' });
    expect(plan.next).toMatchObject({ stepIndex: 4, pauses: [], currentPodHash: hashOf('v1') });
    expect(plan.actions[0]).toMatchObject({ update: { annotations: { [keys.revision]: '3', [keys.revisionHistory]: '1' } } });
  });

  it('lets a new version leave an abort behind', () => {
    const seen = anUpdate({ version: 'v3', more: { abort: true, abortedAt: renderTime(secondsAfter(5)) } });
    expect(planRollout(seen).next).toMatchObject({ abort: false, abortedAt: undefined, stepIndex: 0 });
  });

  it('keeps an abort that was meant for this very template', () => {
    const seen = anUpdate({
      version: 'v3',
      more: { abort: true, abortedAt: renderTime(secondsAfter(5)), sluice: { abortedHash: hashOf('v3') } },
    });
    expect(planRollout(seen).next).toMatchObject({ abort: true, currentPodHash: hashOf('v3') });
  });
});

describe('planRollout at a setWeight step', () => {
  it('scales both ReplicaSets in one pass', () => {
    expect(actionsOf(planRollout(anUpdate({ index: 0 })))).toEqual(['scale v1 to 3', 'scale v2 to 1']);
  });

  it('gives the tutorial canary of 4 pods at weight 10 one pod beside four', () => {
    const own = [{ setWeight: 10 }, { pause: { duration: '60s' } }, { setWeight: 50 }, { pause: {} }];
    expect(actionsOf(planRollout(anUpdate({ steps: own })))).toEqual(['scale v2 to 1']);
  });

  it('waits for canary pods', () => {
    const replicaSets = [aReplicaSet({ replicas: 3 }), aReplicaSet({ version: 'v2', replicas: 1, available: 0 })];
    expect(planRollout(anUpdate({ replicaSets }))).toMatchObject({ reason: 'CanaryNotAvailable', actions: [], transitions: [] });
  });

  it('goes on to the pause and begins it in one write', () => {
    const seen = anUpdate({ sizes: [3, 1] });
    const plan = planRollout(seen);
    expect(plan.transitions).toEqual([{ kind: 'stepCompleted', index: 1 }]);
    expect(plan.next).toMatchObject({
      stepIndex: 1,
      controllerPause: true,
      pausedStep: 1,
      pauses: [{ reason: 'CanaryPauseStep', startTime: seen.now }],
    });
    expect(plan).toMatchObject({ reason: 'CanaryPauseStep', actions: [], requeueAt: seen.now + 60_000 });
  });

  it('does not count pods from before its last write', () => {
    const replicaSets = [aReplicaSet({ replicas: 3 }), aReplicaSet({ version: 'v2', replicas: 1, observed: false })];
    expect(planRollout(anUpdate({ replicaSets })).transitions).toEqual([]);
  });

  it('goes on beside a stable version that never had a pod (rollout-core 10 #29)', () => {
    const replicaSets = [aReplicaSet({ replicas: 3, actual: 0, available: 0 }), aReplicaSet({ version: 'v2', replicas: 1 })];
    expect(planRollout(anUpdate({ replicaSets })).next.stepIndex).toBe(1);
  });
});

describe('planRollout at a pause step', () => {
  const at = (seconds: number, more: JsonObject = {}): RolloutPlan =>
    planRollout(anUpdate({ index: 1, sizes: [3, 1], now: secondsAfter(seconds), more: { ...pausedAt(1, secondsAfter(0)), ...more } }));

  it.each([
    { seconds: 59.999, index: 1 },
    { seconds: 60, index: 2 },
  ])('is at step $index after $seconds of 60 seconds', ({ seconds, index }) => {
    expect(at(seconds).next.stepIndex).toBe(index);
  });

  it('stores the next step before it scales for it', () => {
    expect(at(60)).toMatchObject({
      actions: [],
      transitions: [
        { kind: 'resumed', by: 'timer' },
        { kind: 'stepCompleted', index: 2 },
      ],
      next: { pauses: [], controllerPause: false },
    });
  });

  it('goes on when a human has taken the pause away', () => {
    expect(at(1, { pauseConditions: [] })).toMatchObject({
      transitions: [
        { kind: 'resumed', by: 'human' },
        { kind: 'stepCompleted', index: 2 },
      ],
      next: { stepIndex: 2, controllerPause: false },
    });
  });

  it('keeps the resume while spec.paused is still set (rollout-core 10 #34)', () => {
    const seen = anUpdate({
      index: 1,
      sizes: [3, 1],
      spec: { paused: true },
      more: { ...pausedAt(1, secondsAfter(0)), pauseConditions: [] },
    });
    const plan = planRollout(seen);
    expect(plan.next).toMatchObject({ stepIndex: 1, pauses: [], controllerPause: true, pausedStep: 1 });
  });

  it('does not take the resume of a skipped step for its own (rollout-core 10 #31)', () => {
    const seen = anUpdate({ index: 3, sizes: [2, 2], more: { ...pausedAt(2, secondsAfter(0)), pauseConditions: [] } });
    expect(planRollout(seen).next).toMatchObject({ stepIndex: 3, pauses: [{ reason: 'CanaryPauseStep' }] });
  });

  it('scales with spec.replicas and keeps the pause', () => {
    const seen = anUpdate({ index: 1, sizes: [3, 1], replicas: 8, more: pausedAt(1, secondsAfter(3_590)) });
    const plan = planRollout(seen);
    expect(actionsOf(plan)).toEqual(['scale v1 to 6', 'scale v2 to 2']);
    expect(plan.next.stepIndex).toBe(1);
  });
});

describe('planRollout of an update by a user who pauses it', () => {
  it('moves nothing', () => {
    expect(planRollout(anUpdate({ spec: { paused: true } }))).toMatchObject({ reason: 'PausedByUser', actions: [], transitions: [] });
  });

  it.each([
    { when: 'before the first pod', index: 0, sizes: [4, 0] as const, replicas: 6, actions: ['scale v1 to 6', 'annotate v2'] },
    { when: 'at a step', index: 1, sizes: [3, 1] as const, replicas: 8, actions: ['scale v1 to 6', 'scale v2 to 2'] },
    { when: 'mid-way', index: 2, sizes: [3, 1] as const, replicas: 8, actions: ['scale v1 to 6', 'scale v2 to 2'] },
    { when: 'on the way down', index: 1, sizes: [3, 1] as const, replicas: 2, actions: ['scale v1 to 2', 'annotate v2'] },
  ])('keeps the proportion when an autoscaler wants $replicas pods $when (rollout-core 10 #9)', ({ index, sizes, replicas, actions }) => {
    expect(actionsOf(planRollout(anUpdate({ index, sizes, replicas, spec: { paused: true } })))).toEqual(actions);
  });
});

describe('planRollout of an abort', () => {
  it("stores a user's abort and takes the canary back in the same pass", () => {
    const plan = planRollout(anUpdate({ index: 3, sizes: [2, 2], more: { ...pausedAt(3, secondsAfter(0)), abort: true } }));
    expect(plan.transitions).toEqual([{ kind: 'aborted', cause: undefined }]);
    expect(plan.next).toMatchObject({ abort: true, stepIndex: 0, pauses: [], controllerPause: false });
    expect(actionsOf(plan)).toEqual(['scale v1 to 3', 'scale v2 to 1']);
  });

  it('never scales the aborted version up, whatever an autoscaler wants', () => {
    const more = { abort: true, abortedAt: renderTime(secondsAfter(5)) };
    expect(actionsOf(planRollout(anUpdate({ replicas: 10, sizes: [4, 1], more })))).toEqual(['scale v1 to 10', 'annotate v2']);
  });

  it('stays where it is', () => {
    const more = { abort: true, abortedAt: renderTime(secondsAfter(5)) };
    expect(planRollout(anUpdate({ sizes: [4, 0], more }))).toMatchObject({ reason: 'Aborted', actions: [], transitions: [] });
  });

  it('is undone by a retry, from step 0', () => {
    const more = { abort: false, abortedAt: renderTime(secondsAfter(5)) };
    const plan = planRollout(anUpdate({ sizes: [4, 0], more }));
    expect(plan.transitions).toEqual([{ kind: 'retried' }]);
    expect(plan.next).toMatchObject({ abortedAt: undefined, stepIndex: 0 });
    expect(actionsOf(plan)).toEqual(['scale v1 to 3', 'scale v2 to 1']);
  });

  it('means nothing for a version that is fully promoted', () => {
    const seen = anObservedRollout({
      steps,
      annotations: { [keys.revision]: '1' },
      replicaSets: [aReplicaSet()],
      status: aStatus({ steps, index: 4, more: { abort: true } }),
    });
    expect(planRollout(seen)).toMatchObject({ next: { abort: false }, actions: [], transitions: [] });
  });
});

describe('planRollout of a promotion', () => {
  it('makes the canary stable once all of its pods are available', () => {
    const plan = planRollout(anUpdate({ index: 4, sizes: [0, 4] }));
    expect(plan.transitions).toEqual([{ kind: 'promoted', reason: 'Completed all 4 canary steps' }]);
    expect(plan.next.stableRS).toBe(hashOf('v2'));
  });

  it('replaces the pods within the limits when everything is to be skipped', () => {
    const plan = planRollout(anUpdate({ index: 1, sizes: [3, 1], more: { ...pausedAt(1, secondsAfter(0)), promoteFull: true } }));
    expect(plan.next).toMatchObject({ stepIndex: 4, pauses: [], promoteFull: true });
    expect(actionsOf(plan)).toEqual(['scale v1 to 2', 'scale v2 to 3']);
  });

  it('says so in the reason', () => {
    const plan = planRollout(anUpdate({ index: 4, sizes: [0, 4], more: { promoteFull: true } }));
    expect(plan.transitions).toEqual([{ kind: 'promoted', reason: 'Full promotion requested' }]);
    expect(plan.next.promoteFull).toBe(false);
  });

  it('rolls without steps', () => {
    const none: readonly JsonObject[] = [];
    expect(actionsOf(planRollout(anUpdate({ steps: none })))).toEqual(['scale v1 to 3', 'scale v2 to 2']);
  });
});

describe('planRollout with another version in the middle', () => {
  it('lets the superseded version go before stable shrinks', () => {
    const seen = anObservedRollout({
      version: 'v3',
      steps: [{ setWeight: 40 }, { pause: {} }],
      replicas: 5,
      annotations: { [keys.revision]: '3' },
      replicaSets: [
        aReplicaSet({ replicas: 3, desired: 5 }),
        aReplicaSet({ version: 'v2', replicas: 2, desired: 5 }),
        aReplicaSet({ version: 'v3', replicas: 0, desired: 5 }),
      ],
      status: aStatus({ version: 'v3', steps: [{ setWeight: 40 }, { pause: {} }], index: 0 }),
    });
    expect(actionsOf(planRollout(seen))).toEqual(['scale v3 to 2', 'scale v2 to 1']);
  });
});

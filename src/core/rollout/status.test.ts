import { describe, expect, it } from '@jest/globals';
import { keys, type JsonObject } from '../../api/kube.js';
import type { RolloutStatus } from '../../api/rollout-types.js';
import { renderTime } from '../../lib/time.js';
import {
  aReplicaSet,
  aStatus,
  anAnalysisRun,
  anAnalysisTemplate,
  anObservedRollout,
  hashOf,
  secondsAfter,
  type WorldOptions,
} from '../../testing/rollouts.js';
import { stepsHash } from './hash/index.js';
import { planRollout } from './plan.js';
import { planStatusWrite } from './status-write.js';
import { planStatus } from './status.js';
import type { ObservedRollout, Outcome, RolloutAction, StatusPlan } from './types.js';

const steps: readonly JsonObject[] = [{ setWeight: 25 }, { pause: { duration: '60s' } }, { setWeight: 50 }, { pause: {} }];

/** The status when every write of the plan goes well, or those that `fails` names do not. */
function statusOf(seen: ObservedRollout, fails: (action: RolloutAction) => boolean = () => false): StatusPlan {
  const plan = planRollout(seen);
  const outcomes = plan.actions.map((action): Outcome =>
    fails(action) ? { action, result: 'failed', code: 'unavailable', message: 'the server is gone' } : { action, result: 'done' },
  );
  return planStatus(seen, plan, outcomes);
}

function conditionOf(status: RolloutStatus, type: string): string | undefined {
  const condition = status.conditions.find((each) => each.type === type);
  return condition === undefined ? undefined : `${condition.status} ${condition.reason}: ${condition.message}`;
}

const v2 = `app-${hashOf('v2')}`;
const condition = (type: string, status: string, reason: string, message: string, seconds = 0): JsonObject => {
  const at = renderTime(secondsAfter(seconds));
  return { type, status, reason, message, lastUpdateTime: at, lastTransitionTime: at };
};

function anUpdate(
  options: WorldOptions & { readonly index?: number; readonly more?: JsonObject; readonly sizes?: readonly [number, number] },
): ObservedRollout {
  const { index = 0, more, sizes = [4, 0] } = options;
  return anObservedRollout({
    version: 'v2',
    steps,
    annotations: { [keys.revision]: '2' },
    replicaSets: [aReplicaSet({ replicas: sizes[0] }), aReplicaSet({ version: 'v2', replicas: sizes[1] })],
    status: aStatus({ version: 'v2', steps, index, ...(more === undefined ? {} : { more }) }),
    ...options,
  });
}

const atRest = (options: WorldOptions = {}, more: JsonObject = {}): ObservedRollout =>
  anObservedRollout({
    steps,
    annotations: { [keys.revision]: '1' },
    replicaSets: [aReplicaSet()],
    status: aStatus({ steps, index: 4, more }),
    ...options,
  });

describe('planStatus of a new Rollout', () => {
  const seen = anObservedRollout({ steps, generation: 3 });

  it('says everything that Argo CD and the plugin read, in one write', () => {
    const { status } = statusOf(seen);
    expect(status).toMatchObject({
      observedGeneration: 3,
      currentPodHash: hashOf('v1'),
      stableRS: hashOf('v1'),
      currentStepIndex: 4,
      phase: 'Progressing',
      message: 'more replicas need to be updated',
      selector: 'app=app',
      duration: { rolloutStartedAt: seen.now, completionStatus: 'Promoted' },
    });
    expect(conditionOf(status, 'Progressing')).toBe(`True NewReplicaSetCreated: Created new replica set "app-${hashOf('v1')}"`);
    expect(conditionOf(status, 'Available')).toBe('False AvailableReason: Rollout does not have minimum availability');
    expect(conditionOf(status, 'Completed')).toBe('True RolloutCompleted: RolloutCompleted');
  });

  it('claims nothing of it when the ReplicaSet cannot be made', () => {
    const { status, actionEvents, statusEvents } = statusOf(seen, ({ kind }) => kind === 'createReplicaSet');
    expect(status).toMatchObject({ currentPodHash: '', stableRS: '' });
    const message = `Failed to create new replica set "app-${hashOf('v1')}": the server is gone`;
    expect(conditionOf(status, 'Progressing')).toBe(`False ReplicaSetCreateError: ${message}`);
    expect(actionEvents).toContainEqual({ type: 'Warning', reason: 'ReplicaSetCreateError', message });
    expect(statusEvents.map(({ reason }) => reason)).toEqual(['RolloutAddedToInformer']);
  });

  it('counts a collision when somebody else has the name (rollout-core 2.5)', () => {
    const plan = planRollout(seen);
    const existing = aReplicaSet().raw;
    const stranger = { ...existing, metadata: { ...existing.metadata, ownerReferences: [] } };
    const outcomes = plan.actions.map((action): Outcome => ({
      action,
      result: 'failed',
      code: 'already-exists',
      message: 'exists',
      existing: stranger,
    }));
    expect(planStatus(seen, plan, outcomes).status.collisionCount).toBe(1);
  });
});

describe('planStatus: phase and message (rollout-core 7.3)', () => {
  it.each<{ readonly when: string; readonly seen: ObservedRollout; readonly phase: string; readonly message: string }>([
    { when: 'pods of the canary are missing', seen: anUpdate({}), phase: 'Progressing', message: 'more replicas need to be updated' },
    {
      when: 'the last pods are starting',
      seen: anUpdate({ index: 4, replicaSets: [aReplicaSet({ replicas: 0 }), aReplicaSet({ version: 'v2', available: 3 })] }),
      phase: 'Progressing',
      message: 'updated replicas are still becoming available',
    },
    {
      when: 'old pods are leaving',
      seen: anUpdate({ index: 4, replicaSets: [aReplicaSet({ replicas: 1 }), aReplicaSet({ version: 'v2', available: 3, actual: 4 })] }),
      phase: 'Progressing',
      message: 'old replicas are pending termination',
    },
    { when: 'everything is there', seen: atRest(), phase: 'Healthy', message: '' },
    { when: 'a user paused it', seen: atRest({ spec: { paused: true } }), phase: 'Paused', message: 'manually paused' },
    { when: 'a step pauses it', seen: anUpdate({ sizes: [3, 1] }), phase: 'Paused', message: 'CanaryPauseStep' },
    {
      when: 'a user aborted it',
      seen: anUpdate({ more: { abort: true } }),
      phase: 'Degraded',
      message: 'RolloutAborted: Rollout aborted update to revision 2',
    },
    {
      when: 'the spec is invalid',
      seen: anObservedRollout({ steps: [{ analysis: { templates: [{ templateName: 'x' }] } }] }),
      phase: 'Degraded',
      message:
        'InvalidSpec: The Rollout "app" is invalid: spec.strategy.canary.steps[0].analysis.templates: Invalid value: "x": AnalysisTemplate \'x\' not found',
    },
    {
      when: 'a restart lies ahead (rollout-core 10 #19)',
      seen: atRest({ spec: { restartAt: '2030-01-01T00:00:00Z' } }),
      phase: 'Healthy',
      message: '',
    },
    {
      when: 'a restart is due',
      seen: atRest({ spec: { restartAt: '2026-01-01T00:30:00Z' } }),
      phase: 'Progressing',
      message: 'rollout is restarting',
    },
  ])('is $phase, "$message", when $when', ({ seen, phase, message }) => {
    expect(statusOf(seen).status).toMatchObject({ phase, message });
  });
});

describe('planStatus: conditions (rollout-core 7.1)', () => {
  it('begins a pause in the write that ends the step before', () => {
    const { status, statusEvents } = statusOf(anUpdate({ sizes: [3, 1] }));
    expect(conditionOf(status, 'Progressing')).toBe('Unknown RolloutPaused: Rollout is paused');
    expect(conditionOf(status, 'Paused')).toBe('True RolloutPaused: Rollout is paused');
    expect(statusEvents.map(({ reason, message }) => `${reason}: ${message}`)).toContain(
      'RolloutStepCompleted: Rollout step 1/4 completed (setWeight: 25)',
    );
  });

  it('says RolloutResumed after a human and goes straight on after a timer', () => {
    const paused = {
      controllerPause: true,
      conditions: [condition('Paused', 'True', 'RolloutPaused', 'Rollout is paused')],
      sluice: { pausedStep: 1 },
    };
    const byHuman = statusOf(anUpdate({ index: 1, sizes: [3, 1], more: paused })).status;
    expect(conditionOf(byHuman, 'Progressing')).toBe('Unknown RolloutResumed: Rollout is resumed');
    expect(conditionOf(byHuman, 'Paused')).toBe('False RolloutPaused: Rollout is paused');
    const pauseConditions = [{ reason: 'CanaryPauseStep', startTime: renderTime(secondsAfter(0)) }];
    const byTimer = statusOf(anUpdate({ index: 1, sizes: [3, 1], more: { ...paused, pauseConditions } })).status;
    expect(conditionOf(byTimer, 'Progressing')).toBe(`True ReplicaSetUpdated: ReplicaSet "${v2}" is progressing.`);
  });

  it.each([
    { when: 'a promote that moves the step as well', seen: { index: 2, sizes: [3, 1] } },
    {
      when: 'spec.paused is taken away',
      seen: { index: 0, replicaSets: [aReplicaSet({ replicas: 4 }), aReplicaSet({ version: 'v2', replicas: 0 })] },
    },
  ] as const)('says RolloutResumed after $when, which leaves no trace but the condition', ({ seen }) => {
    const more = { conditions: [condition('Progressing', 'Unknown', 'RolloutPaused', 'Rollout is paused')] };
    const { status, statusEvents } = statusOf(anUpdate({ ...seen, more }));
    expect(conditionOf(status, 'Progressing')).toBe('Unknown RolloutResumed: Rollout is resumed');
    expect(statusEvents.map(({ reason }) => reason)).toContain('RolloutResumed');
  });

  it('leaves Paused as it was while an abort stands, as upstream does', () => {
    const conditions = [condition('Paused', 'True', 'RolloutPaused', 'Rollout is paused')];
    expect(conditionOf(statusOf(anUpdate({ more: { abort: true, conditions } })).status, 'Paused')).toBe(
      'True RolloutPaused: Rollout is paused',
    );
    expect(conditionOf(statusOf(anUpdate({ more: { abort: true } })).status, 'Paused')).toBeUndefined();
  });

  it('says RolloutRetry when a user tries again', () => {
    const { status } = statusOf(anUpdate({ more: { abortedAt: renderTime(secondsAfter(9)) } }));
    expect(conditionOf(status, 'Progressing')).toBe('Unknown RolloutRetry: Retrying Rollout after abort');
  });

  it('names the cause of an abort', () => {
    const own = [{ analysis: { templates: [{ templateName: 'rate' }] } }];
    const name = `${v2}-2-0`;
    const seen = anUpdate({
      steps: own,
      analysisTemplates: [anAnalysisTemplate()],
      runs: [anAnalysisRun({ name, stepIndex: 0, phase: 'Error', message: 'no data' })],
      status: aStatus({
        version: 'v2',
        steps: own,
        index: 0,
        more: { canary: { currentStepAnalysisRunStatus: { name, status: 'Running' } } },
      }),
    });
    const { status, statusEvents } = statusOf(seen);
    const message = 'Rollout aborted update to revision 2: Step-based analysis phase error/failed: no data';
    expect(conditionOf(status, 'Progressing')).toBe(`False RolloutAborted: ${message}`);
    expect(statusEvents).toEqual(
      expect.arrayContaining([
        { type: 'Warning', reason: 'AnalysisRunError', message: `Step Analysis Run '${name}' Status New: 'Error' Previous: 'Running'` },
        { type: 'Warning', reason: 'RolloutAborted', message },
      ]),
    );
  });

  it.each([
    { when: 'before the deadline', seconds: 599, expected: `True ReplicaSetUpdated: x` },
    { when: 'at the deadline', seconds: 600, expected: `False ProgressDeadlineExceeded: ReplicaSet "${v2}" has timed out progressing.` },
  ])('is $expected $when', ({ seconds, expected }) => {
    const leg = `${hashOf('v2')}/${hashOf('v1')}/${stepsHash(steps)}/0/4//`;
    const more = {
      phase: 'Progressing',
      conditions: [condition('Progressing', 'True', 'ReplicaSetUpdated', 'x')],
      sluice: { progress: { leg, updated: 1, available: 4, old: 3 } },
    };
    const replicaSets = [aReplicaSet({ replicas: 3 }), aReplicaSet({ version: 'v2', replicas: 1, available: 0 })];
    const { status } = statusOf(anUpdate({ now: secondsAfter(seconds), replicaSets, more }));
    expect(conditionOf(status, 'Progressing')).toBe(expected);
  });

  it.each([
    { phase: 'Healthy', seen: atRest(), ready: 'True', reconciling: 'False', stalled: 'False' },
    { phase: 'Progressing', seen: anUpdate({}), ready: 'False', reconciling: 'True', stalled: 'False' },
    { phase: 'Paused', seen: anUpdate({ sizes: [3, 1] }), ready: 'False', reconciling: 'True', stalled: 'False' },
    { phase: 'Degraded', seen: anUpdate({ more: { abort: true } }), ready: 'False', reconciling: 'False', stalled: 'True' },
  ])('tells kstatus about $phase, with the generation', ({ seen, ready, reconciling, stalled }) => {
    const { conditions } = statusOf(seen).status;
    const told = Object.fromEntries(
      conditions.map(({ type, status, observedGeneration }) => [type, `${status} of ${observedGeneration ?? '-'}`]),
    );
    expect(told).toMatchObject({ Ready: `${ready} of 1`, Reconciling: `${reconciling} of 1`, Stalled: `${stalled} of 1` });
  });

  it('copies the failure of a ReplicaSet that cannot make pods', () => {
    const quota = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' };
    const replicaSets = [
      aReplicaSet({ replicas: 3 }),
      aReplicaSet({ version: 'v2', replicas: 1, actual: 0, available: 0, conditions: [quota] }),
    ];
    expect(conditionOf(statusOf(anUpdate({ replicaSets })).status, 'ReplicaFailure')).toBe('True FailedCreate: exceeded quota');
  });
});

describe('planStatus: explanation', () => {
  it('says what is awaited, since when, until when and what would unblock it', () => {
    const pauseConditions = [{ reason: 'CanaryPauseStep', startTime: renderTime(secondsAfter(3_590)) }];
    const seen = anUpdate({ index: 1, sizes: [3, 1], more: { pauseConditions, controllerPause: true, sluice: { pausedStep: 1 } } });
    expect(statusOf(seen).status.sluice?.awaiting).toEqual({
      reason: 'CanaryPauseStep',
      message: 'step 2 of 4 waits until 2026-01-01T01:00:50Z',
      since: seen.now,
      until: secondsAfter(3_650),
      unblock: 'kubectl sluice promote app',
    });
  });

  it('keeps since for as long as the reason stands', () => {
    const first = statusOf(
      anUpdate({ replicaSets: [aReplicaSet({ replicas: 3 }), aReplicaSet({ version: 'v2', replicas: 1, available: 0 })] }),
    ).status;
    const awaiting = {
      reason: first.sluice?.awaiting?.reason ?? '',
      message: first.sluice?.awaiting?.message ?? '',
      since: renderTime(secondsAfter(7)),
    };
    const again = anUpdate({
      replicaSets: [aReplicaSet({ replicas: 3 }), aReplicaSet({ version: 'v2', replicas: 1, available: 0 })],
      more: { sluice: { awaiting } },
    });
    expect(statusOf(again).status.sluice?.awaiting).toMatchObject({ reason: 'CanaryNotAvailable', since: secondsAfter(7) });
  });

  it('says nothing at rest', () => {
    expect(statusOf(atRest({}, { sluice: { awaiting: { reason: 'x', message: 'y' } } })).status.sluice).toBeUndefined();
  });
});

describe('planStatusWrite', () => {
  const settled = (more: JsonObject = {}): ObservedRollout => {
    const first = statusOf(atRest());
    const write = planStatusWrite(atRest(), first.status);
    const stored = { ...aStatus({ steps, index: 4 }), ...(write.patch as JsonObject) };
    return atRest({ status: Object.fromEntries(Object.entries({ ...stored, ...more }).filter(([, value]) => value !== null)) });
  };

  it('writes nothing when the stored status says it all', () => {
    const seen = settled();
    expect(planStatusWrite(seen, statusOf(seen).status)).toEqual({});
  });

  it('leaves fields of others alone', () => {
    const seen = settled({ alb: { loadBalancer: { name: 'x' } }, canary: { stepPluginStatuses: [] } });
    expect(planStatusWrite(seen, statusOf(seen).status)).toEqual({});
  });

  it('puts off counters alone for a second after the last write', () => {
    const replicaSets = [aReplicaSet({ replicas: 3 }), aReplicaSet({ version: 'v2', replicas: 1, available: 0 })];
    const before = anUpdate({ replicaSets });
    const stored = planStatusWrite(before, statusOf(before).status).patch;
    const after = (statusWrittenAt: number): ObservedRollout =>
      anUpdate({
        replicaSets: [aReplicaSet({ replicas: 3, available: 2 }), aReplicaSet({ version: 'v2', replicas: 1, available: 0 })],
        status: { ...aStatus({ version: 'v2', steps, index: 0 }), ...(stored as JsonObject) },
        statusWrittenAt,
      });
    const soon = after(secondsAfter(3_599.5));
    expect(planStatusWrite(soon, statusOf(soon).status)).toEqual({ postponedUntil: secondsAfter(3_600.5) });
    const late = after(secondsAfter(3_599));
    expect(planStatusWrite(late, statusOf(late).status).patch).toMatchObject({ readyReplicas: 2, availableReplicas: 2 });
  });

  it('never puts off a decision', () => {
    const seen = anUpdate({ sizes: [3, 1], statusWrittenAt: secondsAfter(3_600) });
    expect(planStatusWrite(seen, statusOf(seen).status).patch).toMatchObject({ currentStepIndex: 1 });
  });
});

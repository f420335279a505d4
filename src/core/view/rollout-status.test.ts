import { describe, expect, it } from '@jest/globals';
import { parseRollout, type JsonObject } from '../../api/index.js';
import { assessRolloutStatus } from './rollout-status.js';
import { viewActualWeight, viewSetWeight } from './weights.js';

function rollout(spec: JsonObject, status: JsonObject, generation = 1): ReturnType<typeof parseRollout>['rollout'] {
  return parseRollout({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'web', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', generation },
    spec: { replicas: 2, strategy: { canary: {} }, ...spec },
    status,
  }).rollout;
}

const canary = (fields: JsonObject): JsonObject => ({ strategy: { canary: fields } });
const blueGreen: JsonObject = { strategy: { blueGreen: { activeService: 'web' } } };
const full: JsonObject = { replicas: 2, updatedReplicas: 2, availableReplicas: 2, currentPodHash: 'b', stableRS: 'b' };
const notSeen = 'waiting for rollout spec update to be observed';

describe('assessRolloutStatus', () => {
  it.each<[string, JsonObject, JsonObject, number, string, string]>([
    ['an unseen generation', {}, { observedGeneration: '1', phase: 'Healthy' }, 2, 'Progressing', notSeen],
    ['a hash in place of a generation, as v0.9 stored', {}, { observedGeneration: '7d8f', phase: 'Healthy' }, 2, 'Healthy', ''],
    ['a resume that was not acted on', {}, { controllerPause: true, phase: 'Paused' }, 1, 'Progressing', 'waiting for rollout to unpause'],
    ['a stored phase', {}, { phase: 'Degraded', message: 'why' }, 1, 'Degraded', 'why'],
    ['an invalid spec', {}, { conditions: [condition('InvalidSpec', 'InvalidSpec')] }, 1, 'Degraded', 'InvalidSpec: text'],
    ['an abort', {}, { conditions: [condition('Progressing', 'RolloutAborted')] }, 1, 'Degraded', 'RolloutAborted: text'],
    ['a pause by hand', { paused: true }, {}, 1, 'Paused', 'manually paused'],
    [
      'a pause step',
      {},
      { pauseConditions: [{ reason: 'CanaryPauseStep', startTime: '2026-01-01T00:00:00Z' }] },
      1,
      'Paused',
      'CanaryPauseStep',
    ],
    ['a restart', { restartAt: '2026-01-01T00:00:00Z' }, full, 1, 'Progressing', 'rollout is restarting'],
    ['too few new pods', {}, { ...full, updatedReplicas: 1 }, 1, 'Progressing', 'more replicas need to be updated'],
    [
      'new pods that are not there yet',
      {},
      { ...full, availableReplicas: 1 },
      1,
      'Progressing',
      'updated replicas are still becoming available',
    ],
    ['old pods that are still there', {}, { ...full, replicas: 3 }, 1, 'Progressing', 'old replicas are pending termination'],
    ['steps that are left', {}, { ...full, stableRS: 'a' }, 1, 'Progressing', 'waiting for all steps to complete'],
    [
      'a switch that is due',
      blueGreen,
      { ...full, blueGreen: { activeSelector: 'a' } },
      1,
      'Progressing',
      'active service cutover pending',
    ],
    ['nothing more', {}, full, 1, 'Healthy', ''],
    ['nothing more in blue-green', blueGreen, { ...full, blueGreen: { activeSelector: 'b' } }, 1, 'Healthy', ''],
  ])('says what it sees of %s', (_, spec, status, generation, phase, message) => {
    expect(assessRolloutStatus(rollout(spec, status, generation))).toEqual({ phase, message });
  });

  it.each([
    [2, 'Progressing'],
    [1, 'Healthy'],
    [undefined, 'Healthy'],
  ])('counts a workload of generation %p, of which 1 was seen, as %s', (generation, phase) => {
    const status = { phase: 'Healthy', workloadObservedGeneration: '1' };
    expect(assessRolloutStatus(rollout({}, status), generation).phase).toBe(phase);
  });
});

function condition(type: string, reason: string): JsonObject {
  return { type, status: 'True', reason, message: 'text' };
}

describe('weights', () => {
  const steps = [{ setWeight: 10 }, { pause: {} }, { setWeight: 60 }];
  const routed = { trafficRouting: { nginx: { stableIngress: 'i' }, maxTrafficWeight: 1000 } };
  it.each<[string, JsonObject, JsonObject, number, number]>([
    ['at the first step', { steps }, { currentStepIndex: 0, availableReplicas: 4 }, 10, 25],
    ['at a pause', { steps }, { currentStepIndex: 1, availableReplicas: 5 }, 10, 20],
    ['past the last step', { steps }, { currentStepIndex: 3, availableReplicas: 4 }, 100, 100],
    ['without steps', {}, { availableReplicas: 4 }, 100, 100],
    ['before a step sets one', { steps: [{ pause: {} }] }, { currentStepIndex: 0, availableReplicas: 4 }, 0, 25],
    ['after an abort', { steps }, { currentStepIndex: 0, abort: true, availableReplicas: 0 }, 0, 0],
    [
      'with a router',
      { steps, ...routed },
      { currentStepIndex: 2, availableReplicas: 4, canary: { weights: { canary: { weight: 300 }, stable: { weight: 700 } } } },
      60,
      300,
    ],
    ['with a router that was told nothing yet', { steps, ...routed }, { currentStepIndex: 2, availableReplicas: 4 }, 60, 60],
    ['with a router, all done', { steps, ...routed }, { currentStepIndex: 3, availableReplicas: 4 }, 1000, 1000],
  ])('%s', (_, fields, status, wanted, actual) => {
    const seen = rollout(canary(fields), status);
    const { strategy } = seen.spec;
    if (strategy.kind !== 'canary') throw new Error('not a canary');
    expect([viewSetWeight(strategy, seen), viewActualWeight(strategy, seen, 1)]).toEqual([wanted, actual]);
  });
});

import { describe, expect, it } from '@jest/globals';
import { keys, type JsonObject } from '../../../api/kube.js';
import { renderTime } from '../../../lib/time.js';
import {
  aReplicaSet,
  aService,
  aStatus,
  anAnalysisRun,
  anAnalysisTemplate,
  anObservedRollout,
  hashOf,
  secondsAfter,
  type ReplicaSetOptions,
  type WorldOptions,
} from '../../../testing/rollouts.js';
import { planRollout } from '../plan.js';
import type { ObservedRollout, RolloutAction, RolloutPlan } from '../types.js';

function versionOf(hash: string | undefined): string {
  return ['v1', 'v2', 'v3'].find((version) => hashOf(version) === hash) ?? 'nothing';
}

function told(action: RolloutAction): string {
  switch (action.kind) {
    case 'updateReplicaSet': {
      const { replicas, annotations } = action.update;
      const deadline = annotations?.[keys.scaleDownDeadline];
      const note = deadline === undefined ? '' : deadline === null ? ' without deadline' : ' with deadline';
      return `${versionOf(action.replicaSet.hash)}${replicas === undefined ? '' : ` to ${replicas}`}${note}`;
    }
    case 'switchService':
      return `${action.service.metadata.name} at ${versionOf(action.hash)}`;
    case 'createAnalysisRun':
      return `run ${action.name.replace(hashOf('v2'), 'v2')}`;
    default:
      return action.kind;
  }
}

const actionsOf = (plan: RolloutPlan): readonly string[] => plan.actions.map(told);

interface Options extends WorldOptions {
  readonly strategy?: JsonObject;
  /** What the active Service selects; undefined: our key is gone. */
  readonly active?: string | undefined;
  readonly v1?: ReplicaSetOptions;
  readonly v2?: ReplicaSetOptions;
  readonly more?: JsonObject;
  readonly blueGreenStatus?: JsonObject;
}

/** An update from v1 to v2, complete beside it, nothing switched yet. */
function anUpdate(options: Options = {}): ObservedRollout {
  const { strategy, v1, v2, more, blueGreenStatus } = options;
  const active = 'active' in options ? options.active : 'v1';
  return anObservedRollout({
    version: 'v2',
    blueGreen: { activeService: 'active', previewService: 'preview', ...strategy },
    annotations: { [keys.revision]: '2' },
    services: [aService('active', active === undefined ? {} : { version: active }), aService('preview', { version: 'v2' })],
    replicaSets: [aReplicaSet({ version: 'v1', ...v1 }), aReplicaSet({ version: 'v2', ...v2 })],
    status: {
      ...aStatus({ version: 'v2', stable: 'v1' }),
      currentStepHash: '',
      blueGreen: { activeSelector: hashOf('v1'), previewSelector: hashOf('v2'), ...blueGreenStatus },
      ...more,
    },
    ...options,
  });
}

const manual = { autoPromotionEnabled: false };
const paused = (startedAt = 0): JsonObject => ({
  controllerPause: true,
  pauseConditions: [{ reason: 'BlueGreenPause', startTime: renderTime(secondsAfter(startedAt)) }],
});

describe('planBlueGreen: sizes (rollout-core 5.1, 5.4)', () => {
  it.each<{ readonly when: string; readonly options: Options; readonly actions: readonly string[] }>([
    { when: 'the canary is new', options: { v2: { replicas: 0 } }, actions: ['v2 to 4'] },
    {
      when: 'few pods are to be shown first',
      options: { strategy: { previewReplicaCount: 1 }, v2: { replicas: 0 } },
      actions: ['v2 to 1'],
    },
    {
      when: 'it may be promoted',
      options: {
        strategy: { ...manual, previewReplicaCount: 1 },
        v2: { replicas: 1 },
        blueGreenStatus: { scaleUpPreviewCheckPoint: true },
      },
      actions: ['v2 to 4'],
    },
    { when: 'an autoscaler wants more', options: { replicas: 6, more: paused(), strategy: manual }, actions: ['v1 to 6', 'v2 to 6'] },
    { when: 'a user has paused it', options: { replicas: 6, spec: { paused: true } }, actions: ['v1 to 6', 'v2 to 6'] },
    { when: 'stable lost pods', options: { v1: { replicas: 2 }, more: paused(), strategy: manual }, actions: ['v1 to 4'] },
  ])('are $actions when $when', ({ options, actions }) => {
    expect(actionsOf(planRollout(anUpdate(options)))).toEqual(actions);
  });
});

describe('planBlueGreen: the switch (rollout-core 5.3)', () => {
  it.each<{ readonly when: string; readonly options: Options; readonly actions: readonly string[] }>([
    { when: 'nothing stands in the way', options: {}, actions: ['active at v2'] },
    { when: 'a pod is missing', options: { v2: { available: 3 } }, actions: [] },
    { when: 'a human is to decide', options: { strategy: manual }, actions: [] },
    { when: 'a human has decided', options: { strategy: manual, more: { controllerPause: true } }, actions: ['active at v2'] },
    { when: 'a user has paused it', options: { spec: { paused: true } }, actions: [] },
    { when: 'everything is to be skipped', options: { strategy: manual, more: { promoteFull: true } }, actions: ['active at v2'] },
    {
      when: 'an abort is stored',
      options: { more: { abort: true, abortedAt: renderTime(secondsAfter(9)) } },
      actions: ['v2 with deadline'],
    },
    {
      when: 'an abort comes after the switch, though the canary is ill (rollout-core 10 #1)',
      options: { active: 'v2', v2: { available: 0 }, more: { abort: true, abortedAt: renderTime(secondsAfter(9)) } },
      actions: ['active at v1'],
    },
    {
      when: 'an abort comes and stable cannot carry users yet',
      options: { active: 'v2', v1: { available: 1 }, more: { abort: true, abortedAt: renderTime(secondsAfter(9)) } },
      actions: [],
    },
    {
      when: 'our key is gone and a human is to decide (rollout-core 10 #30)',
      options: { strategy: manual, active: undefined, more: paused() },
      actions: ['active at v1'],
    },
  ])('does $actions when $when', ({ options, actions }) => {
    expect(actionsOf(planRollout(anUpdate(options)))).toEqual(actions);
  });
});

describe('planBlueGreen with few pods in the preview', () => {
  const few = { ...manual, previewReplicaCount: 1 };

  it('stores the decision first, then makes the other pods, then switches (a crash in between once cost capacity)', () => {
    const resumed = planRollout(anUpdate({ strategy: few, v2: { replicas: 1 }, more: { controllerPause: true } }));
    expect([actionsOf(resumed), resumed.next.previewCheckpoint]).toEqual([[], true]);
    const decided = { scaleUpPreviewCheckPoint: true };
    expect(actionsOf(planRollout(anUpdate({ strategy: few, v2: { replicas: 1 }, blueGreenStatus: decided })))).toEqual(['v2 to 4']);
    expect(actionsOf(planRollout(anUpdate({ strategy: few, blueGreenStatus: decided })))).toEqual(['active at v2']);
  });

  it('takes none away from a version that goes live again at once (seen by the simulation: 4 pods behind the active Service became 1)', () => {
    const lingering = { strategy: few, more: { sluice: { fastTrack: true } } };
    expect(actionsOf(planRollout(anUpdate(lingering)))).toEqual(['active at v2']);
  });

  it('does not switch to pods that are there without a stored decision', () => {
    expect(actionsOf(planRollout(anUpdate({ strategy: few, more: { controllerPause: true } })))).not.toContain('active at v2');
  });
});

describe('planBlueGreen: the pause (rollout-core 5.2)', () => {
  it.each<{ readonly when: string; readonly options: Options; readonly pauses: number; readonly controllerPause: boolean }>([
    { when: 'the canary is complete', options: { strategy: manual }, pauses: 1, controllerPause: true },
    { when: 'pods are missing', options: { strategy: manual, v2: { available: 3 } }, pauses: 0, controllerPause: false },
    { when: 'a human has resumed', options: { strategy: manual, more: { controllerPause: true } }, pauses: 0, controllerPause: true },
    {
      when: 'a human has resumed while a pod is missing (rollout-core 10 #15)',
      options: { strategy: manual, v2: { available: 3 }, more: { controllerPause: true } },
      pauses: 0,
      controllerPause: true,
    },
    { when: 'the timer runs', options: { strategy: { autoPromotionSeconds: 60 }, more: paused(3_541) }, pauses: 1, controllerPause: true },
    {
      when: 'the timer is over',
      options: { strategy: { autoPromotionSeconds: 60 }, more: paused(3_540) },
      pauses: 0,
      controllerPause: true,
    },
    {
      when: 'users reach the canary already',
      options: { strategy: manual, active: 'v2', more: paused() },
      pauses: 0,
      controllerPause: false,
    },
  ])('has $pauses conditions and controllerPause $controllerPause when $when', ({ options, pauses, controllerPause }) => {
    const { next } = planRollout(anUpdate(options));
    expect([next.pauses.length, next.controllerPause]).toEqual([pauses, controllerPause]);
  });
});

describe('planBlueGreen: analyses (analysis 5.3)', () => {
  const analysis = { templates: [{ templateName: 'rate' }] };
  const both = { prePromotionAnalysis: analysis, postPromotionAnalysis: analysis };
  const analysisTemplates = [anAnalysisTemplate()];
  const pre = `app-${hashOf('v2')}-2-pre`;
  const post = `app-${hashOf('v2')}-2-post`;

  it.each<{ readonly when: string; readonly options: Options; readonly preRun?: string; readonly postRun?: string }>([
    { when: 'the canary is complete', options: {}, preRun: pre },
    { when: 'pods are missing', options: { v2: { available: 3 } } },
    { when: 'the switch is made', options: { active: 'v2' }, postRun: post },
    { when: 'everything is to be skipped', options: { more: { promoteFull: true } } },
  ])('intends $preRun $postRun when $when', ({ options, preRun, postRun }) => {
    const { next } = planRollout(anUpdate({ strategy: both, analysisTemplates, ...options }));
    expect([next.preRun?.name, next.postRun?.name]).toEqual([preRun, postRun]);
  });

  it('makes the run that is stored', () => {
    const seen = anUpdate({
      strategy: both,
      analysisTemplates,
      blueGreenStatus: { prePromotionAnalysisRunStatus: { name: pre, status: '' } },
    });
    expect(actionsOf(planRollout(seen))).toEqual(['run app-v2-2-pre']);
  });

  it.each(['Failed', 'Error'] as const)('aborts on %s', (phase) => {
    const runs = [anAnalysisRun({ name: pre, type: 'PrePromotion', phase, message: 'm' })];
    const seen = anUpdate({
      strategy: both,
      analysisTemplates,
      runs,
      blueGreenStatus: { prePromotionAnalysisRunStatus: { name: pre, status: 'Running' } },
    });
    expect(planRollout(seen).transitions).toEqual([{ kind: 'aborted', cause: 'Blue/green pre-promotion analysis phase error/failed: m' }]);
  });

  it('promotes only after the last one', () => {
    const runs = [anAnalysisRun({ name: post, type: 'PostPromotion', phase: 'Successful' })];
    const stored = { postPromotionAnalysisRunStatus: { name: post, status: 'Running' } };
    const switched = { strategy: both, analysisTemplates, active: 'v2', blueGreenStatus: stored };
    expect(planRollout(anUpdate(switched)).next.stableRS).toBe(hashOf('v1'));
    expect(planRollout(anUpdate({ ...switched, runs })).transitions).toEqual([{ kind: 'promoted', reason: 'Completed blue-green update' }]);
  });

  it('forgets verdicts on a retry (rollout-core 10 #2)', () => {
    const stored = { prePromotionAnalysisRunStatus: { name: pre, status: 'Failed' } };
    const runs = [anAnalysisRun({ name: pre, type: 'PrePromotion', phase: 'Failed' })];
    const more = { abortedAt: renderTime(secondsAfter(9)) };
    const seen = anUpdate({ strategy: both, analysisTemplates, runs, more, blueGreenStatus: stored, v2: { replicas: 0 } });
    expect(planRollout(seen)).toMatchObject({ transitions: [{ kind: 'retried' }], next: { preRun: undefined } });
  });
});

describe('planBlueGreen: old versions (rollout-core 4.6)', () => {
  const promoted = (options: Options = {}): ObservedRollout =>
    anUpdate({
      active: 'v2',
      more: { stableRS: hashOf('v2'), blueGreen: { activeSelector: hashOf('v2'), previewSelector: hashOf('v2') } },
      ...options,
    });

  it.each<{ readonly when: string; readonly options: Options; readonly actions: readonly string[] }>([
    { when: 'it was just replaced', options: {}, actions: ['v1 with deadline'] },
    {
      when: 'its time has not come',
      options: { v1: { annotations: { [keys.scaleDownDeadline]: renderTime(secondsAfter(3_601)) } } },
      actions: [],
    },
    {
      when: 'its time has come',
      options: { v1: { annotations: { [keys.scaleDownDeadline]: renderTime(secondsAfter(3_600)) } } },
      actions: ['v1 to 0 without deadline'],
    },
    {
      when: 'its time cannot be read',
      options: { v1: { annotations: { [keys.scaleDownDeadline]: 'soon' } } },
      actions: ['v1 to 0 without deadline'],
    },
    { when: 'no delay is wanted (rollout-core 10 #4)', options: { strategy: { scaleDownDelaySeconds: 0 } }, actions: ['v1 to 0'] },
    { when: 'none may linger', options: { strategy: { scaleDownDelayRevisionLimit: 0 } }, actions: ['v1 to 0'] },
  ])('do $actions when $when', ({ options, actions }) => {
    expect(actionsOf(planRollout(promoted(options)))).toEqual(actions);
  });

  it('come back without gate while they linger, also after the deadline was taken off (rollout-core 10 #31)', () => {
    const lingering = { annotations: { [keys.scaleDownDeadline]: renderTime(secondsAfter(3_610)) } };
    const begun = planRollout(promoted({ version: 'v1', v1: lingering, strategy: manual }));
    expect(begun.next).toMatchObject({ currentPodHash: hashOf('v1'), fastTrack: true });
    const later = promoted({
      version: 'v1',
      strategy: manual,
      annotations: { [keys.revision]: '3' },
      v1: { revision: 3 },
      more: {
        currentPodHash: hashOf('v1'),
        stableRS: hashOf('v2'),
        sluice: { fastTrack: true },
        blueGreen: { activeSelector: hashOf('v2') },
      },
    });
    expect(actionsOf(planRollout(later))).toEqual(['preview at v1', 'active at v1']);
  });
});

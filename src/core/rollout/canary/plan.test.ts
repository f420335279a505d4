import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../api/kube.js';
import { keys } from '../../../api/kube.js';
import {
  aReplicaSet,
  aService,
  aStatus,
  anAnalysisRun,
  anAnalysisTemplate,
  anExperiment,
  anObservedRollout,
  hashOf,
  secondsAfter,
  type WorldOptions,
} from '../../../testing/rollouts.js';
import { renderTime } from '../../../lib/time.js';
import { planRollout } from '../plan.js';
import type { ObservedRollout, RolloutAction, RolloutPlan } from '../types.js';

const steps: readonly JsonObject[] = [{ setWeight: 25 }, { pause: { duration: '60s' } }, { setWeight: 50 }, { pause: {} }];

/** Actions as short sentences, to compare plans by. */
function told(action: RolloutAction): string {
  switch (action.kind) {
    case 'createReplicaSet':
      return `create ${action.name}`;
    case 'updateReplicaSet':
      return action.update.replicas === undefined
        ? `annotate ${versionOf(action.replicaSet.hash)}`
        : `scale ${versionOf(action.replicaSet.hash)} to ${action.update.replicas}`;
    case 'switchService':
      return `point ${action.service.metadata.name} at ${action.hash === undefined ? 'nothing' : versionOf(action.hash)}`;
    case 'createAnalysisRun':
      return `run ${action.name.replace(hashOf('v2'), 'v2')}`;
    case 'terminateAnalysisRun':
      return `end ${action.run.metadata.name}`;
    case 'updateRollout':
      return `revision ${String(action.annotations[keys.revision] ?? '')}`;
    default:
      return action.kind;
  }
}

function versionOf(hash: string): string {
  return ['v1', 'v2', 'v3'].find((version) => hashOf(version) === hash) ?? hash;
}

const actionsOf = (plan: RolloutPlan): readonly string[] => plan.actions.map(told);

/** An update from v1 to v2 at a step, 4 replicas, revision annotations in place. */
function anUpdate(
  options: WorldOptions & { readonly index?: number; readonly more?: JsonObject; readonly sizes?: readonly [number, number] },
): ObservedRollout {
  const { index = 0, more, sizes = [4, 0] } = options;
  const own = options.steps ?? steps;
  return anObservedRollout({
    version: 'v2',
    steps: own,
    annotations: { [keys.revision]: '2' },
    replicaSets: [aReplicaSet({ version: 'v1', replicas: sizes[0] }), aReplicaSet({ version: 'v2', replicas: sizes[1] })],
    status: aStatus({ version: 'v2', stable: 'v1', steps: own, index, ...(more === undefined ? {} : { more }) }),
    ...options,
  });
}

const pausedAt = (index: number, startedAt: number): JsonObject => ({
  pauseConditions: [{ reason: 'CanaryPauseStep', startTime: renderTime(startedAt) }],
  controllerPause: true,
  sluice: { pausedStep: index },
});

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

describe('planRollout with analyses', () => {
  const own: readonly JsonObject[] = [{ setWeight: 50 }, { analysis: { templates: [{ templateName: 'rate' }] } }, { setWeight: 100 }];
  const base = `app-${hashOf('v2')}-2-1`;
  const analysisTemplates = [anAnalysisTemplate()];
  const pointer = (status: string): JsonObject => ({ canary: { currentStepAnalysisRunStatus: { name: base, status } } });
  const analysed = (options: WorldOptions & { readonly index?: number; readonly more?: JsonObject }): ObservedRollout =>
    anUpdate({ steps: own, index: 1, sizes: [2, 2], analysisTemplates, ...options });

  it('stores which run is to be made together with the step that wants it', () => {
    const plan = planRollout(analysed({ index: 0 }));
    expect(plan.next).toMatchObject({ stepIndex: 1, stepRun: { name: base, status: '' } });
    expect(plan.actions).toEqual([]);
  });

  it('makes it in the next pass', () => {
    expect(actionsOf(planRollout(analysed({ more: pointer('') })))).toEqual(['run app-v2-2-1']);
  });

  it('waits for it', () => {
    const runs = [anAnalysisRun({ name: base, stepIndex: 1 })];
    expect(planRollout(analysed({ runs, more: pointer('') }))).toMatchObject({
      reason: 'AnalysisRunning',
      actions: [],
      next: { stepRun: { status: 'Running' } },
    });
  });

  it('goes on when it succeeded', () => {
    const runs = [anAnalysisRun({ name: base, stepIndex: 1, phase: 'Successful' })];
    expect(planRollout(analysed({ runs, more: pointer('Running') })).next).toMatchObject({ stepIndex: 2, stepRun: undefined });
  });

  it.each(['Failed', 'Error'] as const)('aborts when it says %s, and scales only once that is stored', (phase) => {
    const runs = [anAnalysisRun({ name: base, stepIndex: 1, phase, message: 'Metric "rate" assessed Failed' })];
    const plan = planRollout(analysed({ runs, more: pointer('Running') }));
    expect(plan.transitions).toEqual([{ kind: 'aborted', cause: 'Step-based analysis phase error/failed: Metric "rate" assessed Failed' }]);
    expect(plan.next).toMatchObject({ abort: true, stepIndex: 0, stepRun: { status: phase } });
    expect(plan.actions).toEqual([]);
  });

  it('forgets the run in the pass after', () => {
    const runs = [anAnalysisRun({ name: base, stepIndex: 1, phase: 'Failed' })];
    const more = { ...pointer('Failed'), abort: true, abortedAt: renderTime(secondsAfter(3_600)) };
    const plan = planRollout(analysed({ index: 0, runs, more }));
    expect(plan.next.stepRun).toBeUndefined();
    expect(actionsOf(plan)).toEqual(['scale v1 to 3', 'scale v2 to 1']);
  });

  it('makes another run after a retry', () => {
    const runs = [anAnalysisRun({ name: base, stepIndex: 1, phase: 'Failed' })];
    expect(planRollout(analysed({ index: 0, runs })).next.stepRun).toEqual({ name: `${base}.1`, status: '' });
  });

  it('pauses when it is inconclusive', () => {
    const runs = [anAnalysisRun({ name: base, stepIndex: 1, phase: 'Inconclusive' })];
    const plan = planRollout(analysed({ runs, more: pointer('Running') }));
    expect(plan).toMatchObject({
      reason: 'InconclusiveAnalysisRun',
      next: { pauses: [{ reason: 'InconclusiveAnalysisRun' }], controllerPause: true },
    });
  });

  it('measures again when a human takes that pause away', () => {
    const runs = [anAnalysisRun({ name: base, stepIndex: 1, phase: 'Inconclusive' })];
    const plan = planRollout(analysed({ runs, more: { ...pointer('Inconclusive'), controllerPause: true } }));
    expect(plan.next).toMatchObject({ stepRun: { name: `${base}.1`, status: '' }, controllerPause: false, pauses: [] });
  });

  it('goes past it when the plugin moves the step on', () => {
    const runs = [anAnalysisRun({ name: base, stepIndex: 1, phase: 'Inconclusive' })];
    const plan = planRollout(analysed({ index: 2, runs, more: { ...pointer('Inconclusive'), controllerPause: false } }));
    expect(plan.next).toMatchObject({ stepIndex: 2, pauses: [], stepRun: undefined });
  });

  it('ends a run whose step was skipped', () => {
    const runs = [anAnalysisRun({ name: base, stepIndex: 1 })];
    expect(actionsOf(planRollout(analysed({ index: 2, runs, more: pointer('Running') })))).toEqual([
      `end ${base}`,
      'scale v1 to 1',
      'scale v2 to 4',
    ]);
  });

  describe('in the background', () => {
    const plain: readonly JsonObject[] = [{ setWeight: 25 }, { pause: {} }, { setWeight: 50 }];
    const name = `app-${hashOf('v2')}-2`;
    const background = (options: Parameters<typeof anUpdate>[0] & { readonly startingStep?: number }): ObservedRollout =>
      anUpdate({
        steps: plain,
        canary: { analysis: { templates: [{ templateName: 'rate' }], startingStep: options.startingStep ?? 0 } },
        analysisTemplates,
        ...options,
      });

    it('begins with the update', () => {
      const seen = anObservedRollout({
        version: 'v2',
        steps: plain,
        canary: { analysis: { templates: [{ templateName: 'rate' }] } },
        analysisTemplates,
        replicaSets: [aReplicaSet()],
        status: aStatus({ steps: plain, index: 3 }),
      });
      expect(planRollout(seen).next.backgroundRun).toEqual({ name, status: '' });
    });

    it.each([
      { index: 1, startingStep: 2, run: undefined },
      { index: 2, startingStep: 2, run: { name, status: '' } },
    ])('at step $index with startingStep $startingStep is $run', ({ index, startingStep, run }) => {
      expect(planRollout(background({ index, startingStep, sizes: [3, 1] })).next.backgroundRun).toEqual(run);
    });

    it('aborts during a pause', () => {
      const runs = [anAnalysisRun({ name, type: 'Background', phase: 'Failed', message: 'm' })];
      const more = { ...pausedAt(1, secondsAfter(0)), canary: { currentBackgroundAnalysisRunStatus: { name, status: 'Running' } } };
      const plan = planRollout(background({ index: 1, sizes: [3, 1], runs, more }));
      expect(plan.transitions).toEqual([{ kind: 'aborted', cause: 'Background analysis phase error/failed: m' }]);
      expect(plan.next).toMatchObject({ pauses: [], abort: true });
    });
  });
});

describe('planRollout with an experiment step (analysis 6.4)', () => {
  const own: readonly JsonObject[] = [
    {
      experiment: {
        duration: '4s',
        templates: [
          { name: 'baseline', specRef: 'stable', metadata: { labels: { kind: 'baseline' } } },
          { name: 'canary', specRef: 'canary', replicas: 2 },
        ],
      },
    },
    { setWeight: 50 },
  ];
  const base = `app-${hashOf('v2')}-2-0`;
  const stored = { canary: { currentExperiment: base } };
  const experimenting = (options: WorldOptions & { readonly index?: number; readonly more?: JsonObject } = {}): ObservedRollout =>
    anUpdate({ steps: own, ...options });

  it('stores which one is to be made, and makes it in the next pass', () => {
    expect(planRollout(experimenting()).next.experiment).toBe(base);
    expect(planRollout(experimenting()).actions).toEqual([]);
    expect(actionsOf(planRollout(experimenting({ more: stored })))).toEqual(['createExperiment']);
  });

  it('copies the pods of both versions', () => {
    const [action] = planRollout(experimenting({ more: stored })).actions;
    expect(action).toMatchObject({
      name: base,
      object: {
        metadata: {
          labels: { [keys.podTemplateHash]: hashOf('v2') },
          annotations: { [keys.revision]: '2' },
          ownerReferences: [{ kind: 'Rollout' }],
        },
        spec: {
          duration: '4s',
          progressDeadlineSeconds: 600,
          templates: [
            {
              name: 'baseline',
              selector: { matchLabels: { app: 'app', kind: 'baseline' } },
              template: { metadata: { labels: { app: 'app', kind: 'baseline' } }, spec: { containers: [{ image: 'example.io/demo:v1' }] } },
            },
            { name: 'canary', replicas: 2, template: { spec: { containers: [{ image: 'example.io/demo:v2' }] } } },
          ],
        },
      },
    });
  });

  it.each<{ readonly phase: 'Running' | 'Successful' | 'Failed' | 'Error' | 'Inconclusive'; readonly expected: object }>([
    { phase: 'Running', expected: { reason: 'ExperimentRunning', transitions: [], next: { experiment: base } } },
    { phase: 'Successful', expected: { transitions: [{ kind: 'stepCompleted', index: 1 }], next: { experiment: undefined } } },
    { phase: 'Failed', expected: { transitions: [{ kind: 'aborted', cause: 'Experiment analysis phase is error/failed: m' }] } },
    { phase: 'Error', expected: { transitions: [{ kind: 'aborted', cause: 'Experiment analysis phase is error/failed: m' }] } },
    { phase: 'Inconclusive', expected: { reason: 'InconclusiveExperiment', next: { experiment: base, controllerPause: true } } },
  ])('on $phase', ({ phase, expected }) => {
    expect(planRollout(experimenting({ experiments: [anExperiment({ name: base, phase, message: 'm' })], more: stored }))).toMatchObject(
      expected,
    );
  });

  it('makes no second one while an inconclusive one pauses it, and goes on when resumed (rollout-core 10 #13)', () => {
    const experiments = [anExperiment({ name: base, phase: 'Inconclusive' })];
    const pauseConditions = [{ reason: 'InconclusiveExperiment', startTime: renderTime(secondsAfter(0)) }];
    const paused = experimenting({ experiments, more: { ...stored, controllerPause: true, pauseConditions } });
    expect(planRollout(paused)).toMatchObject({ actions: [], transitions: [] });
    const resumed = experimenting({ experiments, more: { ...stored, controllerPause: true } });
    expect(planRollout(resumed).next).toMatchObject({ stepIndex: 1, experiment: undefined, controllerPause: false });
  });

  it('ends one whose step was left', () => {
    const seen = experimenting({ index: 1, experiments: [anExperiment({ name: base })], more: stored });
    expect(actionsOf(planRollout(seen))[0]).toBe('terminateExperiment');
  });
});

describe('planRollout with Services', () => {
  const canary = { canaryService: 'canary', stableService: 'stable' };

  it.each([
    { when: 'a canary pod is available', sizes: [3, 1] as const, available: 1, points: ['point canary at v2'] },
    { when: 'no canary pod is available', sizes: [3, 1] as const, available: 0, points: [] },
  ])('moves the canary Service $points when $when', ({ sizes, available, points }) => {
    const services = [aService('canary', { version: 'v1' }), aService('stable', { version: 'v1' })];
    const replicaSets = [aReplicaSet({ replicas: sizes[0] }), aReplicaSet({ version: 'v2', replicas: sizes[1], available })];
    const actions = actionsOf(planRollout(anUpdate({ canary, services, replicaSets })));
    expect(actions.filter((each) => each.startsWith('point'))).toEqual(points);
  });

  it('adopts a Service only when the ReplicaSet is complete', () => {
    const world = (available: number): ObservedRollout =>
      anObservedRollout({
        canary,
        steps,
        services: [aService('canary'), aService('stable')],
        annotations: { [keys.revision]: '1' },
        status: aStatus({ steps, index: 4 }),
        replicaSets: [aReplicaSet({ available })],
      });
    expect(actionsOf(planRollout(world(3)))).toEqual([]);
    expect(actionsOf(planRollout(world(4)))).toEqual(['point stable at v1', 'point canary at v1']);
  });

  it('moves the stable Service before the last old pod goes', () => {
    const services = [aService('canary', { version: 'v2' }), aService('stable', { version: 'v1' })];
    expect(actionsOf(planRollout(anUpdate({ canary, services, index: 4, sizes: [2, 4] })))).toEqual(['scale v1 to 1']);
    expect(actionsOf(planRollout(anUpdate({ canary, services, index: 4, sizes: [1, 4] })))).toEqual(['point stable at v2']);
  });

  it('moves the canary Service back before the aborted version loses its last pod', () => {
    const services = [aService('canary', { version: 'v2' }), aService('stable', { version: 'v1' })];
    const more = { abort: true, abortedAt: renderTime(secondsAfter(5)) };
    expect(actionsOf(planRollout(anUpdate({ canary, services, sizes: [4, 1], more })))).toEqual(['point canary at v1']);
  });

  it('takes its mark off a Service that the strategy no longer names', () => {
    const seen = anUpdate({ services: [aService('old', { version: 'v1' })], sizes: [3, 1] });
    expect(actionsOf(planRollout(seen))).toContain('point old at nothing');
  });
});

describe('planRollout of what cannot be acted on', () => {
  it.each([
    { what: 'a router', world: { canary: { trafficRouting: { nginx: {} } } }, path: 'spec.strategy.canary.trafficRouting' },
    { what: 'a plugin', world: { steps: [{ plugin: { name: 'x' } }] }, path: 'spec.strategy.canary.steps[0].plugin' },
  ])('refuses $what by its path and writes nothing', ({ world, path }) => {
    const plan = planRollout(anObservedRollout({ ...world }));
    expect(plan).toMatchObject({ reason: 'InvalidSpec', actions: [], errors: [{ path }] });
  });

  it('refuses a missing template by its path', () => {
    const own: readonly JsonObject[] = [{ setWeight: 50 }, { analysis: { templates: [{ templateName: 'rate' }] } }];
    expect(planRollout(anObservedRollout({ steps: own })).errors).toEqual([
      {
        path: 'spec.strategy.canary.steps[1].analysis.templates',
        kind: 'invalid',
        value: '"rate"',
        detail: "AnalysisTemplate 'rate' not found",
      },
    ]);
  });

  const own: readonly JsonObject[] = [{ setWeight: 25 }, { analysis: { templates: [{ templateName: 'gone' }] } }, { pause: {} }];

  it.each([
    { when: 'an autoscaler wants more', more: {}, replicas: 8, actions: ['scale v1 to 6', 'scale v2 to 2'] },
    { when: 'nothing changes', more: {}, replicas: 4, actions: [] },
    { when: 'a user aborts', more: { abort: true }, replicas: 4, actions: ['scale v1 to 4', 'scale v2 to 0'] },
  ])('still does $actions when $when (rollout-core 10 #11)', ({ more, replicas, actions }) => {
    const plan = planRollout(anUpdate({ steps: own, index: 2, sizes: [3, 1], replicas, more }));
    expect(plan.reason).toBe('InvalidSpec');
    expect(actionsOf(plan)).toEqual(actions);
  });

  it('remembers that an abort was meant for the pending template (rollout-core 10 #37)', () => {
    const plan = planRollout(anUpdate({ steps: own, version: 'v3', index: 2, sizes: [3, 1], more: { abort: true } }));
    expect(plan.next).toMatchObject({ abort: true, abortedHash: hashOf('v3') });
  });
});

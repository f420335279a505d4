import { describe, expect, it } from '@jest/globals';
import { keys, type JsonObject } from '../../../api/kube.js';
import { renderTime } from '../../../lib/time.js';
import { actionsOf, anUpdate, pausedAt } from '../../../testing/canary-updates.js';
import {
  aReplicaSet,
  aStatus,
  anAnalysisRun,
  anAnalysisTemplate,
  anExperiment,
  anObservedRollout,
  hashOf,
  secondsAfter,
  type WorldOptions,
} from '../../../testing/rollouts.js';
import { planRollout } from '../plan.js';
import type { ObservedRollout } from '../types.js';

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

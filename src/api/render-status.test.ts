import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AnalysisRunStatus } from './analysis-types.js';
import { analysisPhases } from './analysis-types.js';
import type { Experiment } from './experiment-types.js';
import { recordedStatuses } from './fixtures/recorded.js';
import type { JsonObject } from './kube.js';
import { parseAnalysisRunStatus } from './parse-analysis.js';
import { parseExperimentStatus } from './parse-experiment.js';
import { parseRolloutStatus } from './parse-rollout-status.js';
import { renderAnalysisRunStatus, renderExperimentStatus } from './render-analysis-status.js';
import { renderRolloutStatus } from './render-rollout-status.js';
import type { Condition, RolloutStatus } from './rollout-types.js';

const emptyStatus: RolloutStatus = parseRolloutStatus(undefined);

/** `false` of a flag is what a plugin writes to take it back; Argo Rollouts never writes it, and neither do we. */
function withoutFalseFlags(status: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== false));
}

describe('renderRolloutStatus', () => {
  const recorded = recordedStatuses().filter(({ kind }) => kind === 'Rollout');

  it.each(recorded)('gives back what was stored in $recording', ({ status }) => {
    expect(renderRolloutStatus(parseRolloutStatus(status), status)).toEqual({ blueGreen: {}, canary: {}, ...withoutFalseFlags(status) });
  });

  it('writes an empty status as Argo Rollouts does', () => {
    expect(renderRolloutStatus(emptyStatus)).toEqual({ blueGreen: {}, canary: {} });
  });

  it('keeps an explicit step index, collision count and unverified weight', () => {
    const destination = { weight: 0 };
    const status: RolloutStatus = {
      ...emptyStatus,
      currentStepIndex: 0,
      collisionCount: 0,
      canary: { weights: { canary: destination, stable: destination, additional: [], verified: false } },
    };
    expect(renderRolloutStatus(status)).toEqual({
      currentStepIndex: 0,
      collisionCount: 0,
      blueGreen: {},
      canary: { weights: { canary: { weight: 0 }, stable: { weight: 0 }, verified: false } },
    });
  });

  it('writes the observed generation as text', () => {
    expect(renderRolloutStatus({ ...emptyStatus, observedGeneration: 12 })['observedGeneration']).toBe('12');
  });

  it('keeps what it does not own, at every level', () => {
    const previous = {
      alb: { ingress: 'i' },
      albs: [{ ingress: 'i' }],
      future: 1,
      phase: 'Healthy',
      canary: { stepPluginStatuses: [{ index: 0 }], currentExperiment: 'gone', future: true },
      blueGreen: { future: 'x', activeSelector: 'gone' },
      sluice: { future: [1] },
    };
    const status = parseRolloutStatus(previous);
    expect(renderRolloutStatus({ ...status, phase: '', canary: {}, blueGreen: emptyStatus.blueGreen }, previous)).toEqual({
      alb: { ingress: 'i' },
      albs: [{ ingress: 'i' }],
      future: 1,
      canary: { stepPluginStatuses: [{ index: 0 }], future: true },
      blueGreen: { future: 'x' },
      sluice: { future: [1] },
    });
  });

  it.each([
    { stored: '7', read: 7 },
    { stored: 7, read: 7 },
    { stored: '6f4b9c', read: undefined },
    { stored: '', read: undefined },
    { stored: 1e300, read: undefined },
  ])('reads the observed generation $stored as $read', ({ stored, read }) => {
    expect(parseRolloutStatus({ observedGeneration: stored }).observedGeneration).toBe(read);
  });

  it('gives back every status it can be given', () => {
    fc.assert(fc.property(rolloutStatuses, (status) => expect(parseRolloutStatus(renderRolloutStatus(status))).toEqual(status)));
  });
});

describe('renderAnalysisRunStatus', () => {
  it.each(recordedStatuses().filter(({ kind }) => kind === 'AnalysisRun'))(
    'gives back what was stored for $name in $recording',
    ({ status }) => {
      expect(renderAnalysisRunStatus(parseAnalysisRunStatus(status))).toEqual(status);
    },
  );

  it('gives back every status it can be given', () => {
    fc.assert(fc.property(runStatuses, (status) => expect(parseAnalysisRunStatus(renderAnalysisRunStatus(status))).toEqual(status)));
  });
});

describe('renderExperimentStatus', () => {
  it.each(recordedStatuses().filter(({ kind }) => kind === 'Experiment'))(
    'gives back what was stored for $name in $recording',
    ({ status }) => {
      expect(renderExperimentStatus(parseExperimentStatus(status))).toEqual(status);
    },
  );

  it('gives back every status it can be given', () => {
    fc.assert(fc.property(experimentStatuses, (status) => expect(parseExperimentStatus(renderExperimentStatus(status))).toEqual(status)));
  });
});

// Arbitrary statuses of our types: fields that may be absent are absent half of the time.
function withOptional<T extends object, O extends object>(
  required: { [K in keyof T]: fc.Arbitrary<T[K]> },
  maybe: { [K in keyof O]: fc.Arbitrary<O[K]> },
): fc.Arbitrary<T & Partial<O>> {
  const present = fc.record(required);
  const absent = fc.record(maybe, { requiredKeys: [] });
  // The two records together have exactly the keys of the type.
  return fc.tuple(present, absent).map(([some, others]) => ({ ...some, ...others }) as T & Partial<O>);
}

const instant = fc.integer({ min: 0, max: 4e12 });
const count = fc.integer({ min: 0, max: 1_000 });
const text = fc.string();
const word = fc.string({ minLength: 1 });
const map = fc.dictionary(word, text);
const phase = fc.constantFrom(...analysisPhases);
const phaseOrNone = fc.constantFrom(...analysisPhases, '' as const);
const condition: fc.Arbitrary<Condition> = withOptional(
  { type: text, status: fc.constantFrom('True', 'False', 'Unknown'), reason: text, message: text },
  { lastUpdateTime: instant, lastTransitionTime: instant, observedGeneration: count },
);
const pointer = withOptional({ name: word, status: phaseOrNone }, { message: word });
const destination = withOptional({ weight: count }, { serviceName: word, podTemplateHash: word });
const weights = withOptional({ canary: destination, stable: destination, additional: fc.array(destination) }, { verified: fc.boolean() });
const awaiting = withOptional({ reason: text, message: text, since: instant }, { until: instant, unblock: word });

const rolloutStatuses: fc.Arbitrary<RolloutStatus> = withOptional(
  {
    currentPodHash: text,
    stableRS: text,
    currentStepHash: text,
    pauseConditions: fc.array(fc.record({ reason: text, startTime: instant })),
    controllerPause: fc.boolean(),
    abort: fc.boolean(),
    promoteFull: fc.boolean(),
    replicas: count,
    updatedReplicas: count,
    readyReplicas: count,
    availableReplicas: count,
    hpaReplicas: count,
    selector: text,
    conditions: fc.array(condition),
    phase: fc.constantFrom('Healthy', 'Progressing', 'Paused', 'Degraded', ''),
    message: text,
    canary: withOptional(
      {},
      {
        weights,
        stablePingPong: fc.constantFrom('ping', 'pong'),
        currentStepAnalysisRunStatus: pointer,
        currentBackgroundAnalysisRunStatus: pointer,
        currentExperiment: word,
      },
    ),
    blueGreen: withOptional(
      { activeSelector: text, previewSelector: text, scaleUpPreviewCheckPoint: fc.boolean() },
      { prePromotionAnalysisRunStatus: pointer, postPromotionAnalysisRunStatus: pointer },
    ),
    duration: withOptional(
      {},
      {
        rolloutStartedAt: instant,
        manualPauseStartedAt: instant,
        totalManualPauseDurationSeconds: count,
        finishedAt: instant,
        completionStatus: fc.constantFrom('Promoted', 'FastPromoted', 'Aborted', 'Superseded', 'RolledBack', 'FastRolledBack'),
      },
    ),
  },
  {
    observedGeneration: count,
    workloadObservedGeneration: word,
    currentStepIndex: count,
    abortedAt: instant,
    collisionCount: count,
    restartedAt: instant,
    sluice: withOptional({}, { awaiting, resumedStepIndex: count }),
  },
);

const summary = fc.record({ count, successful: count, failed: count, inconclusive: count, error: count });
const measurement = withOptional(
  { phase, message: text, value: text, metadata: map },
  { startedAt: instant, finishedAt: instant, resumeAt: instant },
);
const metricResult = fc.record({
  name: text,
  phase,
  message: text,
  count,
  successful: count,
  failed: count,
  inconclusive: count,
  error: count,
  consecutiveError: count,
  consecutiveSuccess: count,
  dryRun: fc.boolean(),
  metadata: map,
  measurements: fc.array(measurement, { maxLength: 3 }),
});
const runStatuses: fc.Arbitrary<AnalysisRunStatus> = withOptional(
  { phase: phaseOrNone, message: text, metricResults: fc.array(metricResult, { maxLength: 3 }), runSummary: summary },
  { startedAt: instant, completedAt: instant, dryRunSummary: summary },
);

const templateStatus = withOptional(
  {
    name: text,
    replicas: count,
    updatedReplicas: count,
    readyReplicas: count,
    availableReplicas: count,
    status: fc.constantFrom('Progressing', 'Running', 'Successful', 'Failed', 'Error', ''),
    message: text,
    serviceName: text,
    podTemplateHash: text,
  },
  { collisionCount: count, lastTransitionTime: instant },
);
const experimentStatuses: fc.Arbitrary<Experiment['status']> = withOptional(
  {
    phase: phaseOrNone,
    message: text,
    conditions: fc.array(condition, { maxLength: 3 }),
    templateStatuses: fc.array(templateStatus, { maxLength: 3 }),
    analysisRuns: fc.array(fc.record({ name: text, analysisRun: text, phase: phaseOrNone, message: text }), { maxLength: 3 }),
  },
  { availableAt: instant },
);

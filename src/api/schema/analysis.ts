import { declaredArgs, dryRun, measurementRetention, templateRefs } from './common.js';
import { metrics } from './providers.js';
import type { Schema } from './schema.js';
import { count, flag, int, list, map, object, text, time } from './schema.js';

const templateSpec = object('What to measure, and how to judge it.', {
  metrics,
  args: declaredArgs,
  dryRun,
  measurementRetention,
  templates: templateRefs,
});

export const analysisTemplate: Schema = object(
  'An AnalysisTemplate says what to measure and how to judge it; Rollouts and Experiments run it.',
  { spec: templateSpec },
  { required: ['spec'] },
);

export const clusterAnalysisTemplate: Schema = object(
  'A ClusterAnalysisTemplate is an AnalysisTemplate for all namespaces.',
  { spec: templateSpec },
  { required: ['spec'] },
);

const runSpec = object(
  'What to measure, and how to judge it.',
  {
    metrics,
    args: declaredArgs,
    terminate: flag('Ends the run. Default: false.'),
    dryRun,
    measurementRetention,
    ttlStrategy: object('When a finished run is deleted. Default: by its owner’s history limits.', {
      secondsAfterCompletion: count('Seconds after it finished, however.'),
      secondsAfterFailure: count('Seconds after it failed.'),
      secondsAfterSuccess: count('Seconds after it succeeded.'),
    }),
  },
  { required: ['metrics'] },
);

const outcomes = {
  successful: int('Successful ones.'),
  failed: int('Failed ones.'),
  inconclusive: int('Inconclusive ones.'),
  error: int('Ones that ended in an error.'),
};

const measurement = object('One measurement.', {
  phase: text('Running, Successful, Failed, Inconclusive or Error.'),
  message: text('What happened.'),
  startedAt: time('When it started.'),
  finishedAt: time('When it finished.'),
  resumeAt: time('When to look at it again.'),
  value: text('What was measured.'),
  metadata: map('What the provider wants to remember.'),
});

const metricResult = object(
  'Result of one metric.',
  {
    name: text('Name of the metric.'),
    phase: text('Phase of the metric.'),
    message: text('What happened.'),
    count: int('Measurements without those that ended in an error.'),
    ...outcomes,
    consecutiveError: int('Latest errors in a row.'),
    consecutiveSuccess: int('Latest successes in a row.'),
    dryRun: flag('The metric does not decide.'),
    metadata: map('What the provider wants to tell.'),
    measurements: list('Latest measurements.', measurement),
  },
  { open: true },
);

const runStatus = object(
  'How the analysis goes.',
  {
    phase: text('Pending, Running, Successful, Failed, Error or Inconclusive.'),
    message: text('Why the phase is what it is.'),
    startedAt: time('When it started.'),
    completedAt: time('When it finished.'),
    metricResults: list('Results by metric.', metricResult),
    runSummary: object('Metrics by outcome.', { count: int('All metrics that decide.'), ...outcomes }),
    dryRunSummary: object('Metrics that do not decide, by outcome.', { count: int('All of them.'), ...outcomes }),
  },
  { open: true },
);

export const analysisRun: Schema = object(
  'An AnalysisRun is one execution of an analysis.',
  { spec: runSpec, status: runStatus },
  { required: ['spec'] },
);

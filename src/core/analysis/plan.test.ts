import { describe, expect, it } from '@jest/globals';
import type { MetricResult } from '../../api/analysis-types.js';
import type { JsonObject } from '../../api/kube.js';
import { aMeasurement, anObservedRun, aRawMetric, aResult, aTaken, t0 } from '../../testing/analysis.js';
import { planAnalysisRun, secretDeadlineMs, secretRetryMs } from './plan.js';

const repeated: JsonObject = { interval: '30s', count: 5 };
const running = { phase: 'Running', startedAt: t0 } as const;
const failedMeasurement = aMeasurement({ phase: 'Failed', value: '[0]' });

describe('planAnalysisRun starts', () => {
  it('every metric of a new run at once, and stores the beginning first', () => {
    const plan = planAnalysisRun(anObservedRun({ metrics: [aRawMetric(), aRawMetric({ name: 'latency' })] }));
    expect(plan.start).toMatchObject([
      { metric: 'rate', index: 0, ordinal: 1 },
      { metric: 'latency', index: 1, ordinal: 1 },
    ]);
    expect(plan.status).toMatchObject({ phase: 'Running', startedAt: t0, metricResults: [], runSummary: { count: 2 } });
    expect(plan.reason).toBe('Measuring');
  });

  it('nothing that is in flight', () => {
    const plan = planAnalysisRun(anObservedRun({ status: running }, { inFlight: new Set(['rate']) }));
    expect(plan).toMatchObject({ start: [], reason: 'Measuring' });
  });

  it('a delayed metric when its initialDelay has passed since the run began', () => {
    const metrics = [aRawMetric({ initialDelay: '3s' })];
    expect(planAnalysisRun(anObservedRun({ metrics }))).toMatchObject({
      start: [],
      requeueAt: t0 + 3_000,
      reason: 'WaitingForInitialDelay',
    });
    expect(planAnalysisRun(anObservedRun({ metrics, status: running }, { now: t0 + 3_000 })).start).toHaveLength(1);
  });

  const measured = (last: Partial<MetricResult>, seen = {}, metric = repeated): ReturnType<typeof planAnalysisRun> =>
    planAnalysisRun(anObservedRun({ metrics: [aRawMetric(metric)], status: { ...running, metricResults: [aResult(last)] } }, seen));

  it.each([
    { when: 'the interval has not passed', result: { count: 1 }, now: t0 + 29_999, started: 0, requeueAt: t0 + 30_000 },
    { when: 'the interval has passed since the end of the last', result: { count: 1 }, now: t0 + 30_000, started: 1 },
    { when: 'the count is reached', result: { count: 5, phase: 'Successful' as const }, now: t0 + 60_000, started: 0 },
    {
      when: 'the last was an error less than 10 s ago',
      result: { error: 1, consecutiveError: 1, measurements: [aMeasurement({ phase: 'Error' })] },
      now: t0 + 9_999,
      started: 0,
    },
    {
      when: 'the last was an error 10 s ago',
      result: { error: 1, consecutiveError: 1, measurements: [aMeasurement({ phase: 'Error' })] },
      now: t0 + 10_000,
      started: 1,
    },
    {
      when: 'the backend asked to wait longer',
      result: { error: 1, consecutiveError: 1, measurements: [aMeasurement({ phase: 'Error', resumeAt: t0 + 60_000 })] },
      now: t0 + 10_000,
      started: 0,
      requeueAt: t0 + 60_000,
    },
  ])('$started measurements when $when', ({ result, now, started, requeueAt }) => {
    const plan = measured(result, { now });
    expect(plan.start).toHaveLength(started);
    if (requeueAt !== undefined) expect(plan.requeueAt).toBe(requeueAt);
  });

  it('counts an interval from the exact end of the measurement, not from the whole second that is stored', () => {
    const endedAt = new Map([['rate', t0 + 900]]);
    expect(measured({ count: 1 }, { now: t0 + 30_000, endedAt })).toMatchObject({ start: [], requeueAt: t0 + 30_900 });
  });

  it('raises an interval of 0 to a second', () => {
    expect(measured({ count: 1 }, { now: t0 + 999 }, { interval: '0s', count: 5 })).toMatchObject({ start: [], requeueAt: t0 + 1_000 });
  });

  it('numbers measurements on, errors included', () => {
    expect(measured({ count: 2, error: 3 }, { now: t0 + 30_000 }).start).toMatchObject([{ ordinal: 6 }]);
  });
});

describe('planAnalysisRun resumes', () => {
  const open = { ...aMeasurement({ phase: 'Running', resumeAt: t0 + 20_000, metadata: { 'job-name': 'a' }, value: '' }) };
  const { finishedAt: _, ...inFlight } = open;
  const seen = (now: number, readyOutside: readonly string[] = []) =>
    planAnalysisRun(
      anObservedRun(
        { status: { ...running, metricResults: [aResult({ measurements: [inFlight] })] } },
        { now, readyOutside: new Set(readyOutside) },
      ),
    );

  it('a measurement under way outside at its resumeAt', () => {
    expect(seen(t0 + 19_999)).toMatchObject({ start: [], requeueAt: t0 + 20_000, reason: 'WaitingForOutside' });
    expect(seen(t0 + 20_000).start).toMatchObject([{ ordinal: 1, resume: { handle: { 'job-name': 'a' }, startedAt: t0 } }]);
  });

  it('at once when it is known to have finished', () => {
    expect(seen(t0 + 1_000, ['rate']).start).toHaveLength(1);
  });

  it('and gives it up when the run is terminated', () => {
    const plan = planAnalysisRun(
      anObservedRun(
        { spec: { terminate: true }, status: { ...running, metricResults: [aResult({ measurements: [inFlight] })] } },
        { now: t0 + 5_000 },
      ),
    );
    expect(plan.discard).toEqual([{ metric: 'rate', handle: { 'job-name': 'a' } }]);
    expect(plan.status).toMatchObject({
      phase: 'Inconclusive',
      message: 'Metric "rate" assessed Inconclusive due to inconclusive (1) > inconclusiveLimit (0): "Error Message: Metric Terminated"',
      metricResults: [
        { phase: 'Inconclusive', measurements: [{ phase: 'Inconclusive', message: 'Metric Terminated', finishedAt: t0 + 5_000 }] },
      ],
    });
  });
});

describe('planAnalysisRun judges', () => {
  it('a run by its only metric, with events', () => {
    const plan = planAnalysisRun(
      anObservedRun({ status: running }, { taken: [aTaken({ metricMetadata: { ResolvedPrometheusQuery: 'up' } })] }),
    );
    expect(plan).toMatchObject({
      reason: 'Completed',
      status: {
        phase: 'Successful',
        completedAt: t0,
        metricResults: [{ name: 'rate', phase: 'Successful', count: 1, successful: 1, metadata: { ResolvedPrometheusQuery: 'up' } }],
        runSummary: { count: 1, successful: 1 },
        dryRunSummary: { count: 0 },
      },
      events: [
        { type: 'Normal', reason: 'MetricSuccessful', message: "Metric 'rate' Completed. Result: Successful" },
        { type: 'Normal', reason: 'AnalysisRunSuccessful', message: 'Analysis Completed. Result: Successful' },
      ],
      start: [],
    });
  });

  it('a failed limit at once: siblings in flight are given up, waiting ones succeed, delayed ones never happened', () => {
    const metrics = [
      aRawMetric({ name: 'long', ...repeated }),
      aRawMetric({ name: 'bad', ...repeated }),
      aRawMetric({ name: 'slow', ...repeated }),
      aRawMetric({ name: 'later', initialDelay: '60s' }),
    ];
    const status = { ...running, metricResults: [aResult({ name: 'long', count: 1, successful: 1 })] };
    const taken = [aTaken({ metric: 'bad', measurement: failedMeasurement })];
    const plan = planAnalysisRun(anObservedRun({ metrics, status }, { taken, inFlight: new Set(['slow']) }));
    expect(plan.cancel).toEqual(['slow']);
    expect(plan.status).toMatchObject({
      phase: 'Failed',
      message: 'Metric "bad" assessed Failed due to failed (1) > failureLimit (0)',
      completedAt: t0,
      runSummary: { count: 4, successful: 1, failed: 1 },
    });
    expect(plan.status.metricResults.map(({ name, phase }) => `${name} ${phase}`)).toEqual(['long Successful', 'bad Failed']);
    expect(plan.events.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
      'Normal MetricSuccessful',
      'Warning MetricFailed',
      'Warning AnalysisRunFailed',
    ]);
  });

  it('the worst metric decides, and the message is its', () => {
    const metrics = [aRawMetric({ name: 'a' }), aRawMetric({ name: 'b' }), aRawMetric({ name: 'c' })];
    const taken = [
      aTaken({ metric: 'a', measurement: aMeasurement({ phase: 'Inconclusive' }) }),
      aTaken({ metric: 'b', measurement: failedMeasurement }),
      aTaken({ metric: 'c', measurement: aMeasurement({ phase: 'Inconclusive' }) }),
    ];
    expect(planAnalysisRun(anObservedRun({ metrics, status: running }, { taken })).status).toMatchObject({
      phase: 'Failed',
      message: 'Metric "b" assessed Failed due to failed (1) > failureLimit (0)',
    });
  });

  it('an error limit with the last error', () => {
    const result = aResult({ error: 4, consecutiveError: 4, measurements: [aMeasurement({ phase: 'Error' })] });
    const taken = [aTaken({ ordinal: 5, measurement: aMeasurement({ phase: 'Error', message: 'bad_data: bad query' }) })];
    expect(planAnalysisRun(anObservedRun({ status: { ...running, metricResults: [result] } }, { taken })).status).toMatchObject({
      phase: 'Error',
      message:
        'Metric "rate" assessed Error due to consecutiveErrors (5) > consecutiveErrorLimit (4): "Error Message: bad_data: bad query"',
      metricResults: [{ message: 'bad_data: bad query' }],
    });
  });

  it('a count reached without enough successes in a row by that name, in message and summary', () => {
    const metrics = [aRawMetric({ count: 3, interval: '1s', failureLimit: -1, consecutiveSuccessLimit: 2 })];
    const status = { ...running, metricResults: [aResult({ count: 2, failed: 2 })] };
    const taken = [aTaken({ ordinal: 3, measurement: failedMeasurement })];
    expect(planAnalysisRun(anObservedRun({ metrics, status }, { taken })).status).toMatchObject({
      phase: 'Failed',
      message: 'Metric "rate" assessed Failed due to consecutiveSuccesses (0) < consecutiveSuccessLimit (2) after count (3)',
      runSummary: { count: 1, failed: 1, successful: 0 },
    });
  });

  it('no measurement twice: an outcome whose ordinal is stored already is dropped', () => {
    const status = { ...running, metricResults: [aResult({ count: 1, successful: 1 })] };
    const plan = planAnalysisRun(anObservedRun({ metrics: [aRawMetric(repeated)], status }, { taken: [aTaken({ ordinal: 1 })] }));
    expect(plan.status.metricResults).toEqual(status.metricResults);
  });

  it('a terminated run Successful, with what was measured', () => {
    const status = { ...running, metricResults: [aResult({ count: 4, successful: 4 })] };
    const plan = planAnalysisRun(
      anObservedRun({ metrics: [aRawMetric({ interval: '1s' })], spec: { terminate: true }, status }, { inFlight: new Set(['rate']) }),
    );
    expect(plan).toMatchObject({
      cancel: ['rate'],
      start: [],
      status: { phase: 'Successful', message: 'Run Terminated', runSummary: { successful: 1 } },
    });
  });

  it('a run that is terminated before it began', () => {
    expect(planAnalysisRun(anObservedRun({ spec: { terminate: true } }))).toMatchObject({
      start: [],
      status: { phase: 'Successful', message: 'Run Terminated', metricResults: [], runSummary: { count: 1, successful: 0 } },
    });
  });

  it('nothing about a completed run again', () => {
    const status = { phase: 'Failed', startedAt: t0, completedAt: t0 } as const;
    const plan = planAnalysisRun(anObservedRun({ spec: { terminate: true }, status }, { taken: [aTaken()], inFlight: new Set(['rate']) }));
    expect(plan).toMatchObject({
      reason: 'Completed',
      start: [],
      events: [],
      cancel: ['rate'],
      status: { phase: 'Failed', metricResults: [] },
    });
  });

  it('and removes Jobs that a crash left behind a completed run', () => {
    const outside = [{ metric: 'rate', handle: { 'job-name': 'a', 'job-namespace': 'shop' } }];
    expect(planAnalysisRun(anObservedRun({ status: { phase: 'Failed', completedAt: t0 } }, { outside })).discard).toEqual(outside);
  });
});

describe('planAnalysisRun with dry-run metrics (analysis 2.9)', () => {
  const metrics = [aRawMetric({ name: 'real' }), aRawMetric({ name: 'try-this', ...repeated })];
  const spec = { dryRun: [{ metricName: 'try.*' }] };
  const bad = aTaken({ metric: 'try-this', measurement: failedMeasurement });

  it('does not end the run when one fails', () => {
    const plan = planAnalysisRun(anObservedRun({ metrics, spec, status: running }, { taken: [bad], inFlight: new Set(['real']) }));
    expect(plan).toMatchObject({ cancel: [], status: { phase: 'Running' } });
    expect(plan.status.metricResults).toMatchObject([
      { phase: 'Failed', dryRun: true, message: 'Metric assessed Failed due to failed (1) > failureLimit (0)' },
    ]);
  });

  it('waits for them, and is Successful whatever they say', () => {
    const real = aResult({ name: 'real', phase: 'Successful', count: 1, successful: 1 });
    const one = anObservedRun({ metrics, spec, status: { ...running, metricResults: [real] } });
    expect(planAnalysisRun(one).status.phase).toBe('Running');
    expect(planAnalysisRun({ ...one, taken: [bad] }).status).toMatchObject({
      phase: 'Successful',
      message: '',
      runSummary: { count: 1, successful: 1, failed: 0 },
      dryRunSummary: { count: 1, failed: 1 },
    });
  });
});

describe('planAnalysisRun keeps the status small (analysis 2.10)', () => {
  it('with as many measurements as the rule says, discarding the work of the others', () => {
    const measurements = [1, 2, 3].map((n) => aMeasurement({ metadata: { 'job-name': `job-${n}` } }));
    const status = { ...running, metricResults: [aResult({ count: 3, successful: 3, measurements })] };
    const spec = { measurementRetention: [{ metricName: 'ra', limit: 2 }] };
    const plan = planAnalysisRun(
      anObservedRun({ metrics: [aRawMetric({ interval: '1m' })], spec, status }, { taken: [aTaken({ ordinal: 4 })] }),
    );
    expect(plan.status.metricResults[0]?.measurements.map(({ metadata }) => metadata['job-name'])).toEqual(['job-3', undefined]);
    expect(plan.discard.map(({ handle }) => handle['job-name'])).toEqual(['job-1', 'job-2']);
  });

  it('with 10 errors and no more', () => {
    const measurements = Array.from({ length: 10 }, () => aMeasurement({ phase: 'Error' }));
    const status = { ...running, metricResults: [aResult({ error: 10, consecutiveError: 10, measurements })] };
    const taken = [aTaken({ ordinal: 11, measurement: aMeasurement({ phase: 'Error' }) })];
    const plan = planAnalysisRun(anObservedRun({ metrics: [aRawMetric({ consecutiveErrorLimit: 100 })], status }, { taken }));
    expect(plan.status.metricResults[0]).toMatchObject({ error: 11, measurements: { length: 10 } });
  });
});

describe('planAnalysisRun with a secret that cannot be read', () => {
  const spec = { args: [{ name: 's', valueFrom: { secretKeyRef: { name: 'nosuch', key: 'k' } } }] };
  const seen = (afterMs: number) =>
    planAnalysisRun(
      anObservedRun(
        { spec, status: running },
        { now: t0 + afterMs, unresolved: { message: 'secrets "nosuch" not found', since: t0, at: t0 + 1_000 } },
      ),
    );
  const message = 'Unable to resolve metric arguments: secrets "nosuch" not found';

  it('says so and tries again', () => {
    expect(seen(1_000)).toMatchObject({
      reason: 'SecretUnresolved',
      start: [],
      requeueAt: t0 + 1_000 + secretRetryMs,
      status: { phase: 'Running', message },
    });
    expect(seen(1_000 + secretRetryMs).start).toHaveLength(1);
  });

  it('ends in Error after its deadline', () => {
    expect(seen(secretDeadlineMs)).toMatchObject({
      start: [],
      status: { phase: 'Error', message, completedAt: t0 + secretDeadlineMs },
      events: [{ type: 'Warning', reason: 'AnalysisRunError' }],
    });
  });
});

describe('planAnalysisRun and time to live (analysis 2.11)', () => {
  const spec = { ttlStrategy: { secondsAfterCompletion: 10 } };

  it('looks again when it is over, and deletes then', () => {
    const status = { phase: 'Inconclusive', completedAt: t0 } as const;
    expect(planAnalysisRun(anObservedRun({ spec, status }, { now: t0 + 10_999 }))).toMatchObject({ delete: false, requeueAt: t0 + 11_000 });
    expect(planAnalysisRun(anObservedRun({ spec, status }, { now: t0 + 11_000 }))).toMatchObject({ delete: true, reason: 'Deleted' });
  });

  it('is set off by the pass that completes the run, also by a spec error', () => {
    expect(planAnalysisRun(anObservedRun({ spec, metrics: [] }))).toMatchObject({
      requeueAt: t0 + 11_000,
      status: { phase: 'Error', message: 'Analysis spec invalid: no metrics specified', completedAt: t0 },
    });
    expect(planAnalysisRun(anObservedRun({ spec, status: running }, { taken: [aTaken()] })).requeueAt).toBe(t0 + 11_000);
  });
});

import { describe, expect, it } from '@jest/globals';
import { aMeasurement, aMetric, aResult, t0 } from '../../testing/analysis.js';
import { addMeasurement, assessMetric } from './assess-metric.js';

describe('assessMetric (analysis 2.6)', () => {
  const many = { count: 10 };
  it.each([
    {
      when: 'failures exceed the limit',
      metric: { failureLimit: 1 },
      result: { failed: 2, count: 2 },
      phase: 'Failed',
      limit: 'failed (2) > failureLimit (1)',
    },
    { when: 'failures reach the limit', metric: { ...many, failureLimit: 2 }, result: { failed: 2, count: 2 }, phase: 'Running' },
    {
      when: 'failures are unlimited',
      metric: { ...many, failureLimit: -1, consecutiveSuccessLimit: 1 },
      result: { failed: 9, count: 9 },
      phase: 'Running',
    },
    {
      when: 'inconclusive measurements exceed the limit',
      metric: {},
      result: { inconclusive: 1, count: 1 },
      phase: 'Inconclusive',
      limit: 'inconclusive (1) > inconclusiveLimit (0)',
    },
    {
      when: 'errors in a row exceed the limit',
      metric: {},
      result: { error: 5, consecutiveError: 5 },
      phase: 'Error',
      limit: 'consecutiveErrors (5) > consecutiveErrorLimit (4)',
    },
    { when: 'errors in a row reach the limit', metric: {}, result: { error: 4, consecutiveError: 4 }, phase: 'Running' },
    {
      when: 'several limits are exceeded: errors before inconclusive before failed',
      metric: {},
      result: { failed: 1, inconclusive: 1, consecutiveError: 5, count: 2 },
      phase: 'Error',
      limit: 'consecutiveErrors (5) > consecutiveErrorLimit (4)',
    },
    {
      when: 'inconclusive and failed limits are exceeded',
      metric: {},
      result: { failed: 1, inconclusive: 1, count: 2 },
      phase: 'Inconclusive',
      limit: 'inconclusive (1) > inconclusiveLimit (0)',
    },
    {
      when: 'enough succeeded in a row',
      metric: { ...many, consecutiveSuccessLimit: 3 },
      result: { consecutiveSuccess: 3, count: 5 },
      phase: 'Successful',
    },
    {
      when: 'the count is reached',
      metric: { count: 3, failureLimit: 1 },
      result: { failed: 1, successful: 2, count: 3 },
      phase: 'Successful',
    },
    {
      when: 'the count is reached without enough successes in a row',
      metric: { count: 3, failureLimit: 1, consecutiveSuccessLimit: 2 },
      result: { count: 3, consecutiveSuccess: 1, failed: 1 },
      phase: 'Inconclusive',
      limit: 'consecutiveSuccesses (1) < consecutiveSuccessLimit (2) after count (3)',
    },
    {
      when: 'the same with unlimited failures',
      metric: { count: 3, failureLimit: -1, consecutiveSuccessLimit: 2 },
      result: { count: 3, failed: 3 },
      phase: 'Failed',
      limit: 'consecutiveSuccesses (0) < consecutiveSuccessLimit (2) after count (3)',
    },
    { when: 'there is more to measure', metric: many, result: { count: 2, successful: 2 }, phase: 'Running' },
    { when: 'the run ends meanwhile', metric: many, result: { count: 2, successful: 2 }, terminating: true, phase: 'Successful' },
    {
      when: 'a failure limit of 1 meets a count of 1: it can never fail',
      metric: { failureLimit: 1 },
      result: { failed: 1, count: 1 },
      phase: 'Successful',
    },
  ] as const)('is $phase when $when', ({ metric, result, phase, ...rest }) => {
    const verdict = assessMetric(aMetric(metric), aResult(result), 'terminating' in rest);
    expect(verdict).toEqual({ phase, ...('limit' in rest ? { limit: rest.limit } : {}) });
  });

  it.each([
    { when: 'nothing was measured', result: undefined, terminating: false, phase: 'Pending' },
    { when: 'nothing was measured and the run ends', result: undefined, terminating: true, phase: 'Successful' },
    { when: 'a measurement is under way', result: { measurements: [running()], failed: 5 }, terminating: false, phase: 'Running' },
    { when: 'it was over before', result: { phase: 'Failed' }, terminating: true, phase: 'Failed' },
    {
      when: 'it had succeeded before an edit lowered its limits',
      result: { phase: 'Successful', failed: 3, count: 3 },
      terminating: false,
      phase: 'Successful',
    },
  ] as const)('is $phase when $when', ({ result, terminating, phase }) => {
    expect(assessMetric(aMetric(), result && aResult(result), terminating).phase).toBe(phase);
  });
});

describe('addMeasurement (analysis 2.4)', () => {
  const before = aResult({ count: 3, successful: 2, failed: 1, error: 1, consecutiveError: 1, consecutiveSuccess: 2 });
  it.each([
    { phase: 'Successful', change: { count: 4, successful: 3, consecutiveSuccess: 3, consecutiveError: 0 } },
    { phase: 'Failed', change: { count: 4, failed: 2, consecutiveSuccess: 0, consecutiveError: 0 } },
    { phase: 'Inconclusive', change: { count: 4, inconclusive: 1, consecutiveSuccess: 0, consecutiveError: 0 } },
    { phase: 'Error', change: { count: 3, error: 2, consecutiveSuccess: 0, consecutiveError: 2 } },
  ] as const)('counts $phase', ({ phase, change }) => {
    const measurement = aMeasurement({ phase });
    expect(addMeasurement(before, measurement)).toEqual({ ...before, ...change, measurements: [...before.measurements, measurement] });
  });

  it('appends a running measurement without counting it, and replaces it by its outcome', () => {
    const open = addMeasurement(before, running());
    expect(open).toEqual({ ...before, measurements: [...before.measurements, running()] });
    const done = aMeasurement({ phase: 'Failed' });
    expect(addMeasurement(open, done)).toMatchObject({ failed: 2, count: 4, measurements: [...before.measurements, done] });
  });
});

function running() {
  return { phase: 'Running', message: '', startedAt: t0, value: '', metadata: { 'job-name': 'a' } } as const;
}

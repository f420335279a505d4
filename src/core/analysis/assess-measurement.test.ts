import { describe, expect, it } from '@jest/globals';
import { aMetric, t0 } from '../../testing/analysis.js';
import { assessMeasurement, failedMeasurement, longestStored } from './assess-measurement.js';
import type { SampleValue } from './sample.js';

const times = { startedAt: t0, finishedAt: t0 + 1_000 };
const float = (value: number): SampleValue => ({ type: 'float', value });
const floats = (...values: number[]): SampleValue => ({ type: 'floats', values });
const sampleOf = (value: SampleValue, text = 'text') => ({ kind: 'value', value, text }) as const;

describe('assessMeasurement (analysis 2.5)', () => {
  it.each([
    { success: '', failure: '', phase: 'Successful' },
    { success: 'true', failure: '', phase: 'Successful' },
    { success: 'false', failure: '', phase: 'Failed' },
    { success: '', failure: 'true', phase: 'Failed' },
    { success: '', failure: 'false', phase: 'Successful' },
    { success: 'true', failure: 'false', phase: 'Successful' },
    { success: 'true', failure: 'true', phase: 'Failed' },
    { success: 'false', failure: 'true', phase: 'Failed' },
    { success: 'false', failure: 'false', phase: 'Inconclusive' },
    { success: 'result > "x"', failure: 'true', phase: 'Error' },
    { success: 'true', failure: 'result > "x"', phase: 'Error' },
    { success: 'false', failure: 'result > "x"', phase: 'Error' },
  ])('is $phase for success "$success" and failure "$failure"', ({ success, failure, phase }) => {
    const metric = aMetric({ successCondition: success, failureCondition: failure });
    expect(assessMeasurement(metric, sampleOf(float(1)), times).phase).toBe(phase);
  });

  it.each([
    { when: 'NaN is compared', value: floats(Number.NaN), success: 'result[0] < 1', phase: 'Failed' },
    { when: 'NaN is compared by a failureCondition only', value: floats(Number.NaN), failure: 'result[0] > 1', phase: 'Successful' },
    { when: 'NaN is handled', value: floats(Number.NaN), success: 'isNaN(result[0]) || result[0] < 1', phase: 'Successful' },
    { when: 'all() meets no samples', value: floats(), success: 'all(result, # < 5)', phase: 'Successful' },
    {
      when: 'an empty result is measured by its length',
      value: floats(),
      success: 'len(result) == 0 || result[0] > 0',
      phase: 'Successful',
    },
    { when: 'an empty result is indexed', value: floats(), success: 'result[0] > 0', phase: 'Error' },
    { when: 'a scalar is indexed', value: float(0.5), success: 'result[0] == 0.5', phase: 'Error' },
    { when: 'the condition is no boolean', value: floats(1), success: 'result[0]', phase: 'Error' },
    { when: 'default() meets an empty vector, which is not nil', value: floats(), success: 'default(result, 0) == 0', phase: 'Failed' },
  ])('is $phase when $when', ({ value, success = '', failure = '', phase }) => {
    const metric = aMetric({ successCondition: success, failureCondition: failure });
    expect(assessMeasurement(metric, sampleOf(value), times).phase).toBe(phase);
  });

  it('keeps the value of a judged answer and drops it on an error', () => {
    const metric = aMetric({ successCondition: 'result[0] > 0.5' });
    expect(assessMeasurement(metric, sampleOf(floats(0.7), '[0.7]'), times)).toEqual({
      phase: 'Successful',
      message: '',
      value: '[0.7]',
      metadata: {},
      ...times,
    });
    expect(assessMeasurement(metric, sampleOf(floats(), '[]'), times).value).toBe('');
  });

  it('says that there was no data, and the provider how to get some', () => {
    const metric = aMetric({ successCondition: 'result[0] > 0' });
    const prefix =
      'could not evaluate successCondition "result[0] > 0": metric result is nil or empty: no data returned from the metric provider';
    expect(assessMeasurement(metric, sampleOf(floats()), times).message).toBe(prefix);
    expect(assessMeasurement(metric, { ...sampleOf(floats()), noDataHint: 'query: up' }, times).message).toBe(`${prefix}; query: up`);
  });

  it('says what was wrong with a condition', () => {
    const metric = aMetric({ successCondition: 'true', failureCondition: 'result == "10"' });
    expect(assessMeasurement(metric, sampleOf(float(10)), times).message).toBe(
      'could not evaluate failureCondition "result == \\"10\\"": invalid operation: == (mismatched types float64 and string)'.replaceAll(
        '\\"',
        '"',
      ),
    );
  });

  it('takes a verdict as it is', () => {
    const metric = aMetric({ successCondition: 'false' });
    const sample = { kind: 'verdict', phase: 'Inconclusive', message: 'image not found' } as const;
    expect(assessMeasurement(metric, sample, times)).toMatchObject({ phase: 'Inconclusive', message: 'image not found', value: '' });
  });

  it('leaves a running measurement open, with what is needed to ask again', () => {
    const sample = { kind: 'running', handle: { 'job-name': 'a' }, resumeAt: t0 + 5_000 } as const;
    expect(assessMeasurement(aMetric(), sample, times)).toEqual({
      phase: 'Running',
      message: '',
      startedAt: t0,
      value: '',
      metadata: { 'job-name': 'a' },
      resumeAt: t0 + 5_000,
    });
  });

  it('cuts what would make the status too large', () => {
    const long = 'x'.repeat(longestStored + 1);
    expect(assessMeasurement(aMetric(), sampleOf({ type: 'text', value: long }, long), times).value).toBe(
      `${'x'.repeat(longestStored)}... (4097 characters)`,
    );
    expect(failedMeasurement(long, times).message).toHaveLength(longestStored + '... (4097 characters)'.length);
  });
});

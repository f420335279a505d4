import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../api/kube.js';
import { aRawMetric, aRun } from '../../testing/analysis.js';
import { readRunSpec } from './read-spec.js';

const providers = new Set(['prometheus', 'job']);

function errorOf(metrics: readonly JsonObject[], spec: JsonObject = {}): string {
  const read = readRunSpec(aRun({ metrics, spec }).spec, providers);
  return read.ok ? 'valid' : read.error;
}

describe('readRunSpec (analysis 2.2)', () => {
  it.each([
    { metrics: [], error: 'no metrics specified' },
    { metrics: [aRawMetric({ name: 'm' }), aRawMetric({ name: 'm' })], error: "metrics[1]: duplicate name 'm'" },
    { metrics: [aRawMetric({ consecutiveSuccessLimit: -1 })], error: 'metrics[0]: consecutiveSuccessLimit must be >= 0' },
    { metrics: [aRawMetric({ failureLimit: -2 })], error: 'metrics[0]: failureLimit must be >= 0, or -1 to be disabled' },
    { metrics: [aRawMetric({ failureLimit: -1 })], error: 'metrics[0]: failureLimit and consecutiveSuccessLimit cannot both be disabled' },
    { metrics: [aRawMetric({ inconclusiveLimit: -1 })], error: 'metrics[0]: inconclusiveLimit must be >= 0' },
    { metrics: [aRawMetric({ consecutiveErrorLimit: -1 })], error: 'metrics[0]: consecutiveErrorLimit must be >= 0' },
    {
      metrics: [aRawMetric({ count: 1, failureLimit: 3 })],
      error: 'metrics[0]: count (1) must be >= failureLimit + consecutiveSuccessLimit (3 + 0) if both >= 0',
    },
    {
      metrics: [aRawMetric({ count: 1, interval: '1s', failureLimit: -1, consecutiveSuccessLimit: 2 })],
      error: 'metrics[0]: count must be >= consecutiveSuccessLimit',
    },
    { metrics: [aRawMetric({ count: 1, inconclusiveLimit: 2 })], error: 'metrics[0]: count must be >= inconclusiveLimit' },
    { metrics: [aRawMetric({ count: 2 })], error: 'metrics[0]: interval must be specified when count > 1' },
    { metrics: [aRawMetric({ interval: 'soon' })], error: 'metrics[0]: invalid interval string: time: invalid duration "soon"' },
    {
      metrics: [aRawMetric({ initialDelay: '1d' })],
      error: 'metrics[0]: invalid startDelay string: time: unknown unit "d" in duration "1d"',
    },
    { metrics: [aRawMetric({ provider: {} })], error: 'metrics[0]: no provider specified' },
    { metrics: [aRawMetric({ provider: { prometheus: {}, job: {} } })], error: 'metrics[0]: multiple providers specified' },
    { metrics: [aRawMetric({ provider: { plugin: { 'a/b': {}, 'c/d': {} } } })], error: 'metrics[0]: multiple providers specified' },
    { metrics: [aRawMetric({ provider: { crystalBall: {} } })], error: "metrics[0]: unknown provider 'crystalBall'" },
    { metrics: [aRawMetric({ provider: { web: {} } })], error: "metrics[0]: unknown provider 'web'; known: job, prometheus" },
    { metrics: [aRawMetric({ count: 'abc' })], error: 'metrics[0]: count must be a whole number: "abc"' },
    {
      metrics: [aRawMetric({ successCondition: 'result[0] >' })],
      error: 'metrics[0]: could not compile successCondition "result[0] >": unexpected token EOF',
    },
    {
      metrics: [aRawMetric({ failureCondition: 'results == 1' })],
      error: 'metrics[0]: could not compile failureCondition "results == 1": unknown name results',
    },
    { metrics: [aRawMetric({})], spec: { dryRun: [{ metricName: 'zzz' }] }, error: "dryRun[0]: Rule didn't match any metric name(s)" },
    { metrics: [aRawMetric({})], spec: { dryRun: [{ metricName: '*' }] }, error: "dryRun[0]: Rule didn't match any metric name(s)" },
    {
      metrics: [aRawMetric({})],
      spec: { measurementRetention: [{ metricName: 'zzz', limit: 1 }] },
      error: "measurementRetention[0]: Rule didn't match any metric name(s)",
    },
  ])('refuses: $error', ({ metrics, spec, error }) => {
    expect(errorOf(metrics, spec)).toBe(`Analysis spec invalid: ${error}`);
  });

  it.each([
    { args: [{ name: 'a' }], error: 'argument "a" was not supplied' },
    { args: [{ name: 'a', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }], error: 'argument "a" was not supplied' },
    { args: [], error: 'failed to resolve {{args.b}}' },
  ])('cannot resolve: $error', ({ args, error }) => {
    const metric = aRawMetric({ provider: { prometheus: { query: 'x{{args.b}}' } } });
    expect(errorOf([metric], { args })).toBe(`Unable to resolve metric arguments: ${error}`);
  });

  it('takes counts and limits as text, so that arguments can be used', () => {
    const metric = aRawMetric({ count: '{{args.n}}', interval: '{{ args.every }}', failureLimit: '1' });
    const read = readRunSpec(
      aRun({
        metrics: [metric],
        spec: {
          args: [
            { name: 'n', value: '7' },
            { name: 'every', value: '1m30s' },
          ],
        },
      }).spec,
      providers,
    );
    expect(read).toMatchObject({ ok: true, value: { metrics: [{ count: 7, intervalMs: 90_000, failureLimit: 1 }] } });
  });

  it.each([
    { raw: {}, count: 1 },
    { raw: { count: 0 }, count: 1 },
    { raw: { interval: '1s' }, count: undefined },
    { raw: { interval: '1s', count: 0 }, count: undefined },
    { raw: { interval: '1s', count: 3 }, count: 3 },
  ])('an effective count of $count for $raw', ({ raw, count }) => {
    const read = readRunSpec(aRun({ metrics: [aRawMetric(raw)] }).spec, providers);
    expect(read.ok && read.value.metrics[0]?.count).toBe(count);
  });

  it('matches dry-run and retention rules anywhere in a name; the last retention rule wins', () => {
    const metrics = ['success-rate', 'latency'].map((name) => aRawMetric({ name }));
    const spec = {
      dryRun: [{ metricName: 'rate' }],
      measurementRetention: [
        { metricName: '.*', limit: 5 },
        { metricName: '^lat', limit: 2 },
      ],
    };
    const read = readRunSpec(aRun({ metrics, spec }).spec, providers);
    expect(read.ok && [...read.value.dryRun]).toEqual(['success-rate']);
    expect(read.ok && Object.fromEntries(read.value.retention)).toEqual({ 'success-rate': 5, latency: 2 });
  });

  it('leaves a condition that holds a secret until it is measured', () => {
    const args = [{ name: 'token', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }];
    expect(errorOf([aRawMetric({ successCondition: 'result == {{args.token}}' })], { args })).toBe('valid');
  });
});

import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from './kube.js';
import { parseAnalysisTemplate } from './parse-analysis.js';
import { parseMetric } from './parse-metric.js';
import { validateAnalysisTemplate } from './validate-analysis.js';
import { metricProblem } from './validate-metric.js';

const prometheus = { prometheus: { address: 'http://p', query: 'up' } };

function aMetric(fields: JsonObject = {}): JsonObject {
  return { name: 'm', provider: prometheus, ...fields };
}

function textsOf(raw: JsonObject): readonly string[] {
  return parseMetric(raw, 'metrics[0]').errors.map(({ path, detail }) => `${path}: ${detail}`);
}

describe('parseMetric', () => {
  it('fills in every default', () => {
    expect(parseMetric(aMetric(), 'metrics[0]')).toEqual({
      metric: {
        name: 'm',
        count: 1,
        successCondition: '',
        failureCondition: '',
        failureLimit: 0,
        inconclusiveLimit: 0,
        consecutiveErrorLimit: 4,
        consecutiveSuccessLimit: 0,
        providerKind: 'prometheus',
        provider: prometheus.prometheus,
      },
      errors: [],
    });
  });

  it('reads numbers from numbers and from text', () => {
    const raw = aMetric({
      interval: '1m30s',
      initialDelay: '0',
      count: '3',
      failureLimit: -1,
      inconclusiveLimit: '1',
      consecutiveErrorLimit: 0,
      consecutiveSuccessLimit: '2',
      successCondition: 'result > 1',
      failureCondition: 'result < 1',
    });
    expect(parseMetric(raw, 'metrics[0]')).toMatchObject({
      metric: {
        intervalMs: 90_000,
        initialDelayMs: 0,
        count: 3,
        failureLimit: -1,
        inconclusiveLimit: 1,
        consecutiveErrorLimit: 0,
        consecutiveSuccessLimit: 2,
        successCondition: 'result > 1',
        failureCondition: 'result < 1',
      },
      errors: [],
    });
  });

  it.each([
    { count: undefined, interval: undefined, effective: 1 },
    { count: 0, interval: undefined, effective: 1 },
    { count: undefined, interval: '1m', effective: undefined },
    { count: '0', interval: '1m', effective: undefined },
    { count: 5, interval: '1m', effective: 5 },
    { count: 1, interval: undefined, effective: 1 },
  ])('count $count with interval $interval means $effective', ({ count, interval, effective }) => {
    const raw = aMetric({ ...(count === undefined ? {} : { count }), ...(interval === undefined ? {} : { interval }) });
    expect(parseMetric(raw, 'metrics[0]').metric.count).toBe(effective);
  });

  it.each([
    { rule: 'a name', raw: { provider: prometheus }, error: 'metrics[0].name: Required value' },
    { rule: 'a count that is a number', raw: aMetric({ count: 'abc' }), error: 'metrics[0]: count must be a whole number: "abc"' },
    { rule: 'a whole count', raw: aMetric({ count: '5.0' }), error: 'metrics[0]: count must be a whole number: "5.0"' },
    { rule: 'a count without blanks', raw: aMetric({ count: ' 5' }), error: 'metrics[0]: count must be a whole number: " 5"' },
    { rule: 'no percentage', raw: aMetric({ failureLimit: '50%' }), error: 'metrics[0]: failureLimit must be a whole number: "50%"' },
    {
      rule: 'a limit that fits',
      raw: aMetric({ failureLimit: 1e12 }),
      error: 'metrics[0]: failureLimit must be a whole number: 1000000000000',
    },
    {
      rule: 'an interval',
      raw: aMetric({ interval: 'soon' }),
      error: 'metrics[0]: invalid interval string: time: invalid duration "soon"',
    },
    {
      rule: 'an interval with a unit',
      raw: aMetric({ interval: '5' }),
      error: 'metrics[0]: invalid interval string: time: missing unit in duration "5"',
    },
    {
      rule: 'an interval forward',
      raw: aMetric({ interval: '-5m' }),
      error: 'metrics[0]: invalid interval string: must not be negative: "-5m"',
    },
    {
      rule: 'an initial delay',
      raw: aMetric({ initialDelay: '1d' }),
      error: 'metrics[0]: invalid startDelay string: time: unknown unit "d" in duration "1d"',
    },
    { rule: 'a provider', raw: aMetric({ provider: {} }), error: 'metrics[0]: no provider specified' },
    { rule: 'a plugin', raw: aMetric({ provider: { plugin: {} } }), error: 'metrics[0]: no provider specified' },
    { rule: 'one provider', raw: aMetric({ provider: { web: {}, job: {} } }), error: 'metrics[0]: multiple providers specified' },
    { rule: 'one plugin', raw: aMetric({ provider: { plugin: { a: {}, b: {} } } }), error: 'metrics[0]: multiple providers specified' },
    { rule: 'a known provider', raw: aMetric({ provider: { oracle: {} } }), error: "metrics[0]: unknown provider 'oracle'" },
    { rule: 'a condition that is text', raw: aMetric({ successCondition: true }), error: 'metrics[0].successCondition: must be a string' },
  ])('wants $rule', ({ raw, error }) => {
    expect(textsOf(raw)).toEqual([error]);
  });

  it('reads a plugin with its configuration', () => {
    expect(parseMetric(aMetric({ provider: { plugin: { 'a/b': { x: 1 } } } }), '').metric).toMatchObject({
      providerKind: 'plugin',
      provider: { 'a/b': { x: 1 } },
    });
  });
});

describe('metricProblem', () => {
  it.each([
    { fields: {}, error: undefined },
    { fields: { consecutiveSuccessLimit: -1 }, error: 'consecutiveSuccessLimit must be >= 0' },
    { fields: { failureLimit: -2 }, error: 'failureLimit must be >= 0, or -1 to be disabled' },
    { fields: { failureLimit: -1 }, error: 'failureLimit and consecutiveSuccessLimit cannot both be disabled' },
    { fields: { inconclusiveLimit: -1 }, error: 'inconclusiveLimit must be >= 0' },
    { fields: { consecutiveErrorLimit: -1 }, error: 'consecutiveErrorLimit must be >= 0' },
    { fields: { count: -1 }, error: 'count must be >= 0' },
    { fields: { count: 1, failureLimit: 3 }, error: 'count (1) must be >= failureLimit + consecutiveSuccessLimit (3 + 0) if both >= 0' },
    {
      fields: { count: 3, failureLimit: 2, consecutiveSuccessLimit: 2 },
      error: 'count (3) must be >= failureLimit + consecutiveSuccessLimit (2 + 2) if both >= 0',
    },
    { fields: { count: 2, failureLimit: -1, consecutiveSuccessLimit: 3 }, error: 'count must be >= consecutiveSuccessLimit' },
    { fields: { count: 1, inconclusiveLimit: 2 }, error: 'count must be >= inconclusiveLimit' },
    { fields: { count: 2 }, error: 'interval must be specified when count > 1' },
    { fields: { count: 2, interval: '1s' }, error: undefined },
    { fields: { count: 0, failureLimit: 3 }, error: undefined },
    { fields: { failureLimit: 3 }, error: undefined },
  ])('says $error of $fields', ({ fields, error }) => {
    const raw = aMetric(fields);
    expect(metricProblem(parseMetric(raw, '').metric, raw)).toBe(error);
  });
});

describe('validateAnalysisTemplate', () => {
  function problemsOf(spec: JsonObject, compile: (source: string) => string | undefined = () => undefined): readonly string[] {
    const metadata = { name: 't', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
    const { template, errors } = parseAnalysisTemplate({ apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisTemplate', metadata, spec });
    return validateAnalysisTemplate(template, errors, compile).map(({ path, detail }) => `${path}: ${detail}`);
  }

  it.each([
    { rule: 'some metric', spec: { metrics: [] }, error: 'spec.metrics: no metrics specified' },
    { rule: 'names that differ', spec: { metrics: [aMetric(), aMetric()] }, error: "spec.metrics[1]: duplicate name 'm'" },
    {
      rule: 'limits that fit',
      spec: { metrics: [aMetric({ count: 2 })] },
      error: 'spec.metrics[0]: interval must be specified when count > 1',
    },
    { rule: 'one provider', spec: { metrics: [aMetric({ provider: {} })] }, error: 'spec.metrics[0]: no provider specified' },
  ])('wants $rule', ({ spec, error }) => {
    expect(problemsOf(spec)).toEqual([error]);
  });

  it('accepts a template that only refers to others', () => {
    expect(problemsOf({ templates: [{ templateName: 'base' }] })).toEqual([]);
  });

  it('compiles conditions', () => {
    const spec = { metrics: [aMetric({ successCondition: 'result >', failureCondition: 'result < 1' })] };
    const compile = (source: string): string | undefined => (source === 'result >' ? 'unexpected end' : undefined);
    expect(problemsOf(spec, compile)).toEqual(['spec.metrics[0].successCondition: unexpected end']);
  });

  it('leaves placeholders and what depends on them alone', () => {
    const spec = {
      args: [{ name: 'n' }],
      metrics: [
        aMetric({ count: '{{args.n}}', failureLimit: 3 }),
        aMetric({ name: 'other', interval: '{{args.n}}', count: 5 }),
        aMetric({ name: 'third', successCondition: 'result > {{args.n}}' }),
      ],
    };
    expect(problemsOf(spec, () => 'never asked')).toEqual([]);
  });
});

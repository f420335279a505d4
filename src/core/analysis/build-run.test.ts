import { describe, expect, it } from '@jest/globals';
import type { AnalysisTemplate } from '../../api/analysis-types.js';
import type { JsonObject, KubeObject } from '../../api/kube.js';
import { aRawMetric, aTemplate } from '../../testing/analysis.js';
import type { BuildRunInput } from './build-run.js';
import { buildAnalysisRun, runName, sameRun } from './build-run.js';

const owner = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Rollout',
  name: 'app',
  uid: 'uid-app',
  controller: true,
  blockOwnerDeletion: true,
};
const metric = (name: string, fields: JsonObject = {}): JsonObject => aRawMetric({ name, ...fields });
const path = 'spec.strategy.canary.steps[1].analysis';

function build(templates: readonly AnalysisTemplate[], input: Partial<BuildRunInput> = {}): ReturnType<typeof buildAnalysisRun> {
  return buildAnalysisRun({
    name: 'app-abc-2-1',
    namespace: 'shop',
    owner,
    templates: templates.slice(0, 1).map(({ metadata, clusterScope }) => ({ templateName: metadata.name, clusterScope })),
    find: ({ templateName, clusterScope }) =>
      templates.find((each) => each.metadata.name === templateName && each.clusterScope === clusterScope),
    args: [],
    dryRun: [],
    measurementRetention: [],
    path,
    mustEnd: true,
    ...input,
  });
}

function specOf(built: ReturnType<typeof buildAnalysisRun>): JsonObject {
  if ('errors' in built) throw new Error(JSON.stringify(built.errors));
  return built.run['spec'] as JsonObject;
}

function errorOf(built: ReturnType<typeof buildAnalysisRun>): string {
  return 'errors' in built ? built.errors.map((error) => `${error.path}: ${error.value ?? ''}: ${error.detail}`).join('; ') : 'none';
}

describe('buildAnalysisRun (analysis 2.8)', () => {
  it('makes a run of one template, owned by the rollout', () => {
    expect(build([aTemplate('rate')], { labels: { app: 'app' } })).toEqual({
      run: {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'AnalysisRun',
        metadata: { name: 'app-abc-2-1', namespace: 'shop', labels: { app: 'app' }, ownerReferences: [owner] },
        spec: { metrics: [aRawMetric()] },
      },
    });
  });

  it('puts a template before its nested ones, namespaced before cluster-wide, each once', () => {
    const templates = [
      aTemplate('outer', { metrics: [metric('b')], templates: [{ templateName: 'wide', clusterScope: true }, { templateName: 'inner' }] }),
      aTemplate('inner', { metrics: [metric('c')] }),
      aTemplate('wide', { metrics: [metric('a')], templates: [{ templateName: 'inner' }] }, true),
    ];
    expect((specOf(build(templates))['metrics'] as JsonObject[]).map(({ name }) => name)).toEqual(['b', 'c', 'a']);
  });

  it.each([
    {
      when: 'a template is missing',
      templates: [],
      refs: [{ templateName: 'x', clusterScope: false }],
      error: `${path}.templates: "x": AnalysisTemplate 'x' not found`,
    },
    {
      when: 'a cluster template is missing',
      templates: [aTemplate('x')],
      refs: [{ templateName: 'x', clusterScope: true }],
      error: `${path}.templates: "x": ClusterAnalysisTemplate 'x' not found`,
    },
    {
      when: 'a nested one is missing',
      templates: [aTemplate('x', { metrics: [metric('m')], templates: [{ templateName: 'y' }] })],
      error: `spec.templates: "y": AnalysisTemplate 'y' not found`,
    },
    {
      when: 'a template names itself',
      templates: [aTemplate('x', { metrics: [metric('m')], templates: [{ templateName: 'x' }] })],
      error: `spec.templates: "x": AnalysisTemplate 'x' refers to itself: x -> x`,
    },
    {
      when: 'templates name each other',
      templates: [
        aTemplate('x', { metrics: [metric('m')], templates: [{ templateName: 'y' }] }),
        aTemplate('y', { metrics: [metric('n')], templates: [{ templateName: 'x' }] }),
      ],
      error: `spec.templates: "x": AnalysisTemplate 'x' refers to itself: x -> y -> x`,
    },
    {
      when: 'two metrics have one name',
      templates: [aTemplate('x', { metrics: [metric('m'), metric('m')] })],
      error: `${path}.templates: "x": two metrics have the same name 'm'`,
    },
    {
      when: 'two dry-run rules are the same',
      templates: [aTemplate('x', { metrics: [metric('m')], dryRun: [{ metricName: 'm' }, { metricName: 'm' }] })],
      error: `${path}.templates: "x": two Dry-Run metric rules have the same name 'm'`,
    },
    {
      when: 'two retention rules are the same',
      templates: [
        aTemplate('x', {
          metrics: [metric('m')],
          measurementRetention: [
            { metricName: 'm', limit: 1 },
            { metricName: 'm', limit: 2 },
          ],
        }),
      ],
      error: `${path}.templates: "x": two Measurement Retention metric rules have the same name 'm'`,
    },
    {
      when: 'a rule matches nothing',
      templates: [aTemplate('x', { metrics: [metric('m')], dryRun: [{ metricName: 'z' }] })],
      error: `${path}.templates: "x": dryRun[0]: Rule didn't match any metric name(s)`,
    },
    {
      when: 'an argument has no value',
      templates: [aTemplate('x', { metrics: [metric('m')], args: [{ name: 'service' }] })],
      error: `${path}.templates: "x": args.service was not resolved`,
    },
    {
      when: 'a metric never ends',
      templates: [aTemplate('x', { metrics: [metric('m', { interval: '1s' })] })],
      error: `${path}.templates: "x": metric 'm' runs indefinitely. Invalid value for count: <nil>`,
    },
  ])('says where and why when $when', ({ templates, refs, error }) => {
    expect(errorOf(build(templates, refs === undefined ? {} : { templates: refs }))).toBe(error);
  });

  it('lets a background run go on for ever', () => {
    expect(errorOf(build([aTemplate('x', { metrics: [metric('m', { interval: '1s' })] })], { mustEnd: false }))).toBe('none');
  });

  describe('arguments', () => {
    const secret = { valueFrom: { secretKeyRef: { name: 's', key: 'k' } } };
    const argsOf = (first: JsonObject[], second: JsonObject[], supplied: BuildRunInput['args'] = []): unknown => {
      const templates = [
        aTemplate('x', { metrics: [metric('m')], args: first, templates: [{ templateName: 'y' }] }),
        aTemplate('y', { metrics: [metric('n')], args: second }),
      ];
      const built = build(templates, { args: supplied });
      return 'errors' in built ? built.errors[0]?.detail : (built.run['spec'] as JsonObject)['args'];
    };
    it.each([
      {
        when: 'a value is supplied',
        first: [{ name: 'a', value: '1' }],
        second: [],
        supplied: [{ name: 'a', value: '2' }],
        args: [{ name: 'a', value: '2' }],
      },
      { when: 'nobody declares it', first: [], second: [], supplied: [{ name: 'a', value: '2' }], args: undefined },
      {
        when: 'a secret is declared: it stays, and wins',
        first: [{ name: 'a', ...secret }],
        second: [],
        supplied: [{ name: 'a', value: '2' }],
        args: [{ name: 'a', value: '2', ...secret }],
      },
      {
        when: 'a later template has the value',
        first: [{ name: 'a' }, { name: 'b', value: '1' }],
        second: [{ name: 'a', value: '3' }],
        supplied: [],
        args: [
          { name: 'a', value: '3' },
          { name: 'b', value: '1' },
        ],
      },
      {
        when: 'a later template declares it bare',
        first: [{ name: 'a', ...secret }],
        second: [{ name: 'a' }],
        supplied: [],
        args: [{ name: 'a', ...secret }],
      },
      {
        when: 'two values differ',
        first: [{ name: 'a', value: '1' }],
        second: [{ name: 'a', value: '2' }],
        supplied: [{ name: 'a', value: '3' }],
        args: "Argument `a` specified multiple times with different values: '1', '2'",
      },
    ])('when $when', ({ first, second, supplied, args }) => {
      expect(argsOf(first, second, supplied)).toEqual(args);
    });
  });

  it('joins rules of the rollout and of the templates', () => {
    const template = aTemplate('x', {
      metrics: [metric('m')],
      dryRun: [{ metricName: 'm' }],
      measurementRetention: [{ metricName: '.*', limit: 2 }],
    });
    expect(
      specOf(build([template], { dryRun: [{ metricName: '^m' }], measurementRetention: [{ metricName: 'm', limit: 3 }] })),
    ).toMatchObject({
      dryRun: [{ metricName: '^m' }, { metricName: 'm' }],
      measurementRetention: [
        { metricName: 'm', limit: 3 },
        { metricName: '.*', limit: 2 },
      ],
    });
  });
});

describe('sameRun', () => {
  const built = build([aTemplate('rate')]);
  const wanted = 'run' in built ? built.run : undefined;
  const existing = (change: Partial<KubeObject> = {}): KubeObject => ({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisRun',
    metadata: { name: 'app-abc-2-1', namespace: 'shop', uid: 'u', resourceVersion: '1', creationTimestamp: '', ownerReferences: [owner] },
    spec: {
      metrics: [
        { ...aRawMetric(), provider: { prometheus: { address: 'http://prometheus.example:9090', query: 'up', authentication: {} } } },
      ],
    },
    ...change,
  });
  it.each([
    { when: 'the server only added defaults', object: existing(), same: true },
    { when: 'it is completed', object: existing({ status: { phase: 'Failed' } }), same: false },
    { when: 'it runs', object: existing({ status: { phase: 'Running' } }), same: true },
    {
      when: 'another controller owns it',
      object: existing({ metadata: { ...existing().metadata, ownerReferences: [{ ...owner, uid: 'other' }] } }),
      same: false,
    },
    { when: 'a metric differs', object: existing({ spec: { metrics: [aRawMetric({ count: 2 })] } }), same: false },
    { when: 'it has a metric more', object: existing({ spec: { metrics: [aRawMetric(), metric('n')] } }), same: false },
  ])('is $same when $when', ({ object, same }) => {
    expect(wanted && sameRun(object, wanted)).toBe(same);
  });

  it('names the next one to try', () => {
    expect([0, 1, 2].map((n) => runName('app-abc-2', n))).toEqual(['app-abc-2', 'app-abc-2.1', 'app-abc-2.2']);
  });
});

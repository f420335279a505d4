import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatFieldError } from './field-error.js';
import { recordedManifests } from './fixtures/recorded.js';
import type { JsonObject, KubeObject } from './kube.js';
import { parseAnalysisRun, parseAnalysisTemplate } from './parse-analysis.js';
import { parseExperiment } from './parse-experiment.js';
import { parseRollout } from './parse-rollout.js';
import { validateRollout } from './validate-rollout.js';
import type { FieldError } from './workload-types.js';

const metadata = { name: 'app', namespace: 'ns', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };

function anObject(kind: string, spec: unknown, status?: unknown): KubeObject {
  // What an API server sends may hold anything; these tests are about exactly that.
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind,
    metadata,
    spec: spec as JsonObject,
    ...(status === undefined ? {} : { status: status as JsonObject }),
  };
}

function parsedSpec(spec: unknown): ReturnType<typeof parseRollout>['rollout']['spec'] {
  return parseRollout(anObject('Rollout', spec)).rollout.spec;
}

function errorsOf(spec: unknown): readonly string[] {
  return parseRollout(anObject('Rollout', spec)).errors.map(formatFieldError);
}

function canary(fields: unknown): unknown {
  return { strategy: { canary: fields } };
}

describe('parseRollout', () => {
  it('fills in every default', () => {
    expect(parsedSpec({ strategy: { canary: {} } })).toEqual({
      replicas: undefined,
      selector: undefined,
      template: undefined,
      minReadySeconds: 0,
      revisionHistoryLimit: 10,
      paused: false,
      progressDeadlineSeconds: 600,
      progressDeadlineAbort: false,
      successfulRunHistoryLimit: 5,
      unsuccessfulRunHistoryLimit: 5,
      strategy: {
        kind: 'canary',
        steps: [],
        rawSteps: undefined,
        maxSurge: { kind: 'percent', percent: 25 },
        maxUnavailable: { kind: 'percent', percent: 25 },
        dynamicStableScale: false,
      },
    });
    expect(parsedSpec({ strategy: { blueGreen: { activeService: 'a' } } }).strategy).toEqual({
      kind: 'blueGreen',
      activeService: 'a',
      autoPromotionEnabled: true,
      autoPromotionSeconds: 0,
      maxUnavailable: { kind: 'percent', percent: 25 },
    });
  });

  it('reads every field of the top level', () => {
    const spec = {
      replicas: 0,
      selector: { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'c', operator: 'In', values: ['d'] }] },
      template: { metadata: { labels: { a: 'b' } }, future: [1] },
      workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd', scaleDown: 'onsuccess' },
      minReadySeconds: 3,
      rollbackWindow: { revisions: 2 },
      revisionHistoryLimit: 0,
      paused: true,
      progressDeadlineSeconds: 60,
      progressDeadlineAbort: true,
      restartAt: '2026-08-17T10:00:00Z',
      analysis: { successfulRunHistoryLimit: 1, unsuccessfulRunHistoryLimit: 0 },
      strategy: { canary: {} },
    };
    expect(parsedSpec(spec)).toMatchObject({
      replicas: 0,
      selector: spec.selector,
      template: spec.template,
      workloadRef: spec.workloadRef,
      minReadySeconds: 3,
      rollbackWindowRevisions: 2,
      revisionHistoryLimit: 0,
      paused: true,
      progressDeadlineSeconds: 60,
      progressDeadlineAbort: true,
      restartAt: 1786960800000,
      successfulRunHistoryLimit: 1,
      unsuccessfulRunHistoryLimit: 0,
    });
    expect(errorsOf(spec)).toEqual([]);
  });

  it.each([
    { when: 'a weight', step: { setWeight: 20 }, read: { kind: 'setWeight', weight: 20 } },
    { when: 'an endless pause', step: { pause: {} }, read: { kind: 'pause' } },
    { when: 'a pause in seconds', step: { pause: { duration: 10 } }, read: { kind: 'pause', durationMs: 10_000 } },
    { when: 'a pause in text', step: { pause: { duration: '1m30s' } }, read: { kind: 'pause', durationMs: 90_000 } },
    { when: 'no pause at all', step: { pause: { duration: 0 } }, read: { kind: 'pause', durationMs: 0 } },
    {
      when: 'a scale in pods',
      step: { setCanaryScale: { replicas: 3 } },
      read: { kind: 'setCanaryScale', replicas: 3, matchTrafficWeight: false },
    },
    {
      when: 'a scale by weight',
      step: { setCanaryScale: { weight: 200 } },
      read: { kind: 'setCanaryScale', weight: 200, matchTrafficWeight: false },
    },
    {
      when: 'a scale beside a weight',
      step: { setWeight: 5, setCanaryScale: { matchTrafficWeight: true } },
      read: { kind: 'setCanaryScale', matchTrafficWeight: true, also: [{ kind: 'setWeight', weight: 5 }] },
    },
    {
      when: 'an analysis',
      step: {
        analysis: {
          templates: [{ templateName: 't' }, { templateName: 'c', clusterScope: true }],
          args: [
            { name: 'a', value: 'v' },
            { name: 'b', valueFrom: { podTemplateHashValue: 'Latest' } },
            { name: 'c', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          ],
          dryRun: [{ metricName: '.*' }],
          measurementRetention: [{ metricName: 'm', limit: 3 }],
          analysisRunMetadata: { labels: { x: 'y' } },
        },
      },
      read: {
        kind: 'analysis',
        templates: [
          { templateName: 't', clusterScope: false },
          { templateName: 'c', clusterScope: true },
        ],
        args: [
          { name: 'a', value: 'v' },
          { name: 'b', podTemplateHashValue: 'Latest' },
          { name: 'c', fieldPath: 'metadata.name' },
        ],
        dryRun: [{ metricName: '.*' }],
        measurementRetention: [{ metricName: 'm', limit: 3 }],
        analysisRunMetadata: { labels: { x: 'y' } },
      },
    },
    {
      when: 'an experiment',
      step: {
        experiment: {
          templates: [
            { name: 'baseline', specRef: 'stable', replicas: 1, metadata: { labels: { l: '1' } }, weight: 5, service: { name: 's' } },
          ],
          duration: '1h',
          analyses: [{ name: 'a', templateName: 't', requiredForCompletion: true }],
          scaleDownDelaySeconds: 0,
        },
      },
      read: {
        kind: 'experiment',
        templates: [
          { name: 'baseline', specRef: 'stable', replicas: 1, metadata: { labels: { l: '1' } }, weight: 5, service: { name: 's' } },
        ],
        durationMs: 3_600_000,
        analyses: [{ name: 'a', templateName: 't', clusterScope: false, args: [], requiredForCompletion: true }],
        dryRun: [],
        scaleDownDelaySeconds: 0,
      },
    },
    {
      when: 'a header route',
      step: { setHeaderRoute: { name: 'h', match: [{ headerName: 'X', headerValue: { prefix: 'p' } }] } },
      read: { kind: 'setHeaderRoute', name: 'h', match: [{ headerName: 'X', headerValue: { kind: 'prefix', value: 'p' } }] },
    },
    { when: 'the end of a header route', step: { setHeaderRoute: { name: 'h' } }, read: { kind: 'setHeaderRoute', name: 'h', match: [] } },
    {
      when: 'a mirror route',
      step: {
        setMirrorRoute: {
          name: 'm',
          percentage: 35,
          match: [{ method: { exact: 'GET' }, path: { prefix: '/' }, headers: { h: { regex: '.' } } }],
        },
      },
      read: {
        kind: 'setMirrorRoute',
        name: 'm',
        percentage: 35,
        match: [
          { method: { kind: 'exact', value: 'GET' }, path: { kind: 'prefix', value: '/' }, headers: { h: { kind: 'regex', value: '.' } } },
        ],
      },
    },
    {
      when: 'a plugin',
      step: { plugin: { name: 'org/p', config: { a: [1] } } },
      read: { kind: 'plugin', name: 'org/p', config: { a: [1] } },
    },
  ])('reads $when', ({ step, read }) => {
    const spec = canary({ steps: [step] });
    expect(parsedSpec(spec).strategy).toMatchObject({ steps: [read], rawSteps: [step] });
    expect(errorsOf(spec)).toEqual([]);
  });

  it('reads traffic routing, routers and plugins staying raw', () => {
    const trafficRouting = {
      nginx: { stableIngress: 'web' },
      plugins: { 'argoproj-labs/gatewayAPI': { httpRoute: 'r' } },
      managedRoutes: [{ name: 'h' }],
      maxTrafficWeight: 1000,
    };
    const spec = canary({ trafficRouting, steps: [{ setWeight: 999 }], pingPong: { pingService: 'a', pongService: 'b' } });
    expect(parsedSpec(spec).strategy).toMatchObject({
      pingPong: { pingService: 'a', pongService: 'b' },
      trafficRouting: {
        routers: { nginx: trafficRouting.nginx },
        plugins: trafficRouting.plugins,
        managedRoutes: ['h'],
        maxTrafficWeight: 1000,
      },
    });
    expect(errorsOf(spec)).toEqual([]);
  });

  it.each([
    { value: 3, read: { kind: 'pods', pods: 3 } },
    { value: 0, read: { kind: 'pods', pods: 0 } },
    { value: '30%', read: { kind: 'percent', percent: 30 } },
    { value: '3', read: { kind: 'percent', percent: 3 } },
  ])('takes maxSurge $value for $read', ({ value, read }) => {
    expect(parsedSpec(canary({ maxSurge: value })).strategy).toMatchObject({ maxSurge: read });
  });

  it.each([
    { spec: { replicas: '3' }, error: 'spec.replicas: Invalid value: "3": must be a whole number' },
    { spec: { replicas: 1.5 }, error: 'spec.replicas: Invalid value: 1.5: must be a whole number' },
    { spec: { replicas: -1 }, error: 'spec.replicas: Invalid value: -1: must be greater than or equal to 0' },
    { spec: { replicas: 1e10 }, error: 'spec.replicas: Invalid value: 10000000000: must be between -2147483647 and 2147483647' },
    { spec: { replicas: Number.POSITIVE_INFINITY }, error: 'spec.replicas: Invalid value: Infinity: must be a whole number' },
    { spec: { minReadySeconds: Number.NaN }, error: 'spec.minReadySeconds: Invalid value: NaN: must be a whole number' },
    { spec: { revisionHistoryLimit: true }, error: 'spec.revisionHistoryLimit: Invalid value: true: must be a whole number' },
    { spec: { paused: 'yes' }, error: 'spec.paused: Invalid value: "yes": must be true or false' },
    { spec: { selector: 'a=b' }, error: 'spec.selector: Invalid value: "a=b": must be an object' },
    { spec: { selector: { matchLabels: { a: 1 } } }, error: 'spec.selector.matchLabels.a: Invalid value: 1: must be a string' },
    { spec: { template: [] }, error: 'spec.template: Invalid value: []: must be an object' },
    { spec: { restartAt: 'now' }, error: 'spec.restartAt: Invalid value: "now": must be an RFC 3339 time, e.g. 2006-01-02T15:04:05Z' },
    {
      spec: { workloadRef: { scaleDown: 'at once' } },
      error: 'spec.workloadRef.scaleDown: Unsupported value: "at once": supported values: "never", "onsuccess", "progressively"',
    },
    {
      spec: { rollbackWindow: { revisions: -1 } },
      error: 'spec.rollbackWindow.revisions: Invalid value: -1: must be greater than or equal to 0',
    },
    { spec: canary({ steps: {} }), error: 'spec.strategy.steps: Invalid value: {}: must be a list' },
    { spec: canary({ steps: ['x'] }), error: 'spec.strategy.steps[0]: Invalid value: "x": must be an object' },
    {
      spec: canary({ steps: [{ setWeight: 101 }] }),
      error: 'spec.strategy.steps[0].setWeight: Invalid value: 101: SetWeight needs to be between 0 and 100',
    },
    {
      spec: canary({ steps: [{ pause: { duration: 'soon' } }] }),
      error: 'spec.strategy.steps[0].pause.duration: Invalid value: -1: Duration needs to be greater than 0',
    },
    {
      spec: canary({ steps: [{ pause: { duration: -5 } }] }),
      error: 'spec.strategy.steps[0].pause.duration: Invalid value: -5: Duration needs to be greater than 0',
    },
    {
      spec: canary({ steps: [{ pause: { duration: [] } }] }),
      error: 'spec.strategy.steps[0].pause.duration: Invalid value: -1: Duration needs to be greater than 0',
    },
    {
      spec: canary({ steps: [{ setCanaryScale: { replicas: -1 } }] }),
      error: 'spec.strategy.steps[0].setCanaryScale.replicas: Invalid value: -1: must be greater than or equal to 0',
    },
    {
      spec: canary({ steps: [{ analysis: { templates: [{}] } }] }),
      error: 'spec.strategy.steps[0].analysis.templates[0].templateName: Required value',
    },
    {
      spec: canary({ steps: [{ experiment: { duration: '1d' } }] }),
      error: 'spec.strategy.steps[0].experiment.duration: Invalid value: "1d": time: unknown unit "d" in duration "1d"',
    },
    {
      spec: canary({ steps: [{ setMirrorRoute: { name: 'm', percentage: 101 } }] }),
      error: 'spec.strategy.steps[0].setMirrorRoute.percentage: Invalid value: 101: must be between 0 and 100',
    },
    {
      spec: canary({ maxSurge: 'many' }),
      error: `spec.strategy.maxSurge: Invalid value: "many": must be a number of pods or a percentage, e.g. 1 or '25%'`,
    },
    { spec: canary({ maxUnavailable: -1 }), error: 'spec.strategy.maxUnavailable: Invalid value: -1: must be greater than or equal to 0' },
    {
      spec: canary({ maxUnavailable: '-5%' }),
      error: `spec.strategy.maxUnavailable: Invalid value: "-5%": must be a number of pods or a percentage, e.g. 1 or '25%'`,
    },
    {
      spec: canary({ minPodsPerReplicaSet: -1 }),
      error: 'spec.strategy.minPodsPerReplicaSet: Invalid value: -1: must be greater than or equal to 0',
    },
    {
      spec: canary({ replicaProgressThreshold: { type: 'Pod', value: 1 } }),
      error: 'spec.strategy.replicaProgressThreshold.type: Unsupported value: "Pod": supported values: "Percent", "Pods"',
    },
    {
      spec: canary({ replicaProgressThreshold: { type: 'Percent', value: 101 } }),
      error: 'spec.strategy.replicaProgressThreshold.value: Invalid value: 101: must be between 0 and 100',
    },
    {
      spec: canary({ trafficRouting: { maxTrafficWeight: 0, nginx: {} } }),
      error: 'spec.strategy.trafficRouting.maxTrafficWeight: Invalid value: 0: must be greater than or equal to 1',
    },
    {
      spec: canary({ trafficRouting: { caddy: {} } }),
      error: 'spec.strategy.trafficRouting.caddy: Invalid value: "caddy": unknown traffic router',
    },
    {
      spec: canary({ trafficRouting: { nginx: 'web' } }),
      error: 'spec.strategy.trafficRouting.nginx: Invalid value: "web": must be an object',
    },
    {
      spec: canary({ antiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: { weight: 0 } } }),
      error: 'spec.strategy.antiAffinity.weight: Invalid value: 0: AntiAffinity weight must be between 1-100',
    },
    {
      spec: canary({ abortScaleDownDelaySeconds: -1 }),
      error: 'spec.strategy.abortScaleDownDelaySeconds: Invalid value: -1: must be greater than or equal to 0',
    },
    { spec: { strategy: { blueGreen: { activeService: 1 } } }, error: 'spec.strategy.activeService: Invalid value: 1: must be a string' },
    {
      spec: { strategy: { blueGreen: { autoPromotionSeconds: -1 } } },
      error: 'spec.strategy.autoPromotionSeconds: Invalid value: -1: must be greater than or equal to 0',
    },
    {
      spec: { strategy: { blueGreen: { previewReplicaCount: -1 } } },
      error: 'spec.strategy.previewReplicaCount: Invalid value: -1: must be greater than or equal to 0',
    },
    { spec: { strategy: 'canary' }, error: 'spec.strategy: Invalid value: "canary": must be an object' },
    { spec: 5, error: 'spec: Invalid value: 5: must be an object' },
  ])('names the path of $error', ({ spec, error }) => {
    expect(errorsOf(spec)).toEqual([error]);
  });

  it('reads on past a wrong field: scale, pause and strategy stay usable', () => {
    const { rollout, errors } = parseRollout(
      anObject('Rollout', { replicas: 7, minReadySeconds: 'x', strategy: { canary: { steps: [{ setWeight: 'x' }, { setWeight: 5 }] } } }),
    );
    expect(errors).toHaveLength(2);
    expect(rollout.spec).toMatchObject({
      replicas: 7,
      minReadySeconds: 0,
      strategy: { steps: [{ kind: 'pause' }, { kind: 'setWeight', weight: 5 }], rawSteps: [{ setWeight: 'x' }, { setWeight: 5 }] },
    });
  });

  it('takes null for absent, as Go does', () => {
    expect(
      errorsOf({ replicas: null, selector: null, strategy: { canary: { steps: null, trafficRouting: null, analysis: null } } }),
    ).toEqual([]);
  });

  it('cuts a monstrous value in its message', () => {
    const [error = ''] = errorsOf({ replicas: 'x'.repeat(10_000_000) });
    expect(error.length).toBeLessThan(1_200);
  });
});

describe('the parsers of the API', () => {
  const parsers: readonly { readonly kind: string; readonly parse: (raw: KubeObject) => { readonly errors: readonly FieldError[] } }[] = [
    { kind: 'Rollout', parse: parseRollout },
    { kind: 'AnalysisTemplate', parse: parseAnalysisTemplate },
    { kind: 'ClusterAnalysisTemplate', parse: parseAnalysisTemplate },
    { kind: 'AnalysisRun', parse: parseAnalysisRun },
    { kind: 'Experiment', parse: parseExperiment },
  ];

  // Any JSON, with a liking for the keys the parsers look at.
  const names = [
    'spec',
    'status',
    'strategy',
    'canary',
    'blueGreen',
    'steps',
    'setWeight',
    'pause',
    'duration',
    'analysis',
    'experiment',
    'templates',
  ];
  const moreNames = [
    'args',
    'metrics',
    'provider',
    'interval',
    'conditions',
    'weights',
    'additional',
    'trafficRouting',
    'selector',
    'matchExpressions',
  ];
  const oddNames = ['__proto__', 'constructor', 'toString', ''];
  const key = fc.oneof(fc.constantFrom(...names, ...moreNames, ...oddNames), fc.string());
  const numbers = fc.constantFrom(1e308, -1e308, Number.POSITIVE_INFINITY, Number.NaN, -0, 2 ** 31, 2 ** 53, 0.1);
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'large', withCrossShrink: true },
      fc.constant(null),
      fc.boolean(),
      fc.integer(),
      numbers,
      fc.string(),
      tie('list'),
      tie('map'),
    ),
    list: fc.array(tie('tree'), { maxLength: 4 }),
    map: fc.array(fc.tuple(key, tie('tree')), { maxLength: 6 }).map((entries) => Object.fromEntries(entries)),
  }));

  it.each(parsers)('never throw over any $kind', ({ kind, parse }) => {
    fc.assert(
      fc.property(tree, tree, (spec, status) => {
        const { errors } = parse(anObject(kind, spec, status));
        for (const error of errors) expect(formatFieldError(error)).toMatch(/^spec/);
      }),
      { numRuns: 500 },
    );
  });

  it('leave nothing for validation to stumble over', () => {
    fc.assert(
      fc.property(tree, (spec) => {
        const { rollout, errors } = parseRollout(anObject('Rollout', spec));
        expect(validateRollout(rollout, errors, { template: rollout.spec.template ?? {} }).length).toBeGreaterThanOrEqual(errors.length);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each(recordedManifests())('read $object.kind $object.metadata.name of $recording without an error', ({ object }) => {
    const parse = parsers.find(({ kind }) => kind === object.kind)?.parse;
    expect(parse?.({ ...object, metadata: { ...metadata, name: object.metadata.name }, spec: object.spec }).errors).toEqual([]);
  });
});

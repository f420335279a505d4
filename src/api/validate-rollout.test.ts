import { describe, expect, it } from '@jest/globals';
import { invalidSpecMessage } from './field-error.js';
import { recordedInvalidSpecs, recordedManifests } from './fixtures/recorded.js';
import { blueGreen, canary, container, errorsOf, expectFirst, istio, services, template, validSpec, withSpec } from './fixtures/specs.js';
import { parseRollout } from './parse-rollout.js';
import { validateRollout } from './validate-rollout.js';

describe('validateRollout on what Argo Rollouts refused', () => {
  // These rules ask for Services and templates, and are checked where those are at hand.
  const needsObjects = [
    'service-missing',
    'service-unmatched',
    'template-missing',
    'cluster-template-missing',
    'background-missing',
    'bg-missing',
  ];

  it.each(recordedInvalidSpecs().filter(({ name }) => !needsObjects.includes(name)))(
    'says of $name what Argo Rollouts says',
    ({ name, spec, message }) => {
      const { rollout, errors } = parseRollout({
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Rollout',
        metadata: { name, uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
        spec,
      });
      const [first] = validateRollout(rollout, errors);
      expect(first && invalidSpecMessage(name, first)).toBe(message);
    },
  );

  it.each(recordedInvalidSpecs().filter(({ name }) => needsObjects.includes(name)))(
    'leaves $name to whoever has the other objects',
    ({ spec }) => {
      expect(errorsOf(spec)).toEqual([]);
    },
  );

  it.each(recordedManifests().filter(({ object }) => object.kind === 'Rollout'))(
    'accepts what it accepted: $object.metadata.name of $recording',
    ({ object }) => {
      const workload = { template: validSpec.template, selector: validSpec.selector };
      expect(errorsOf(object.spec, workload)).toEqual([]);
    },
  );
});

describe('validateRollout: top level', () => {
  it('accepts a plain canary', () => {
    expect(errorsOf(validSpec)).toEqual([]);
  });

  expectFirst([
    {
      rule: 'replicas not negative',
      spec: withSpec({ replicas: -1 }),
      error: 'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    },
    {
      rule: 'minReadySeconds not negative',
      spec: withSpec({ minReadySeconds: -1 }),
      error: 'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0',
    },
    {
      rule: 'revisionHistoryLimit not negative',
      spec: withSpec({ revisionHistoryLimit: -1 }),
      error: 'spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
    },
    {
      rule: 'progressDeadlineSeconds not negative',
      spec: withSpec({ progressDeadlineSeconds: -1 }),
      error: 'spec.progressDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0',
    },
    {
      rule: 'deadline above minReadySeconds',
      spec: withSpec({ minReadySeconds: 600 }),
      error: 'spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds',
    },
    {
      rule: 'selector there',
      spec: { ...validSpec, selector: undefined },
      error: "spec.selector: Required value: Rollout has missing field '.spec.selector'",
    },
    {
      rule: 'selector not empty',
      spec: withSpec({ selector: { matchLabels: {} } }),
      error: 'spec.selector: Invalid value: {"matchLabels":{}}: empty selector is invalid for deployment',
    },
    {
      rule: 'selector with an unknown operator',
      spec: withSpec({ selector: { matchExpressions: [{ key: 'app', operator: 'Near' }] } }),
      error: 'spec.selector.matchExpressions[0].operator: Invalid value: "Near": not a valid selector operator',
    },
    {
      rule: 'selector without values for In',
      spec: withSpec({ selector: { matchExpressions: [{ key: 'app', operator: 'In' }] } }),
      error: "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    },
    {
      rule: 'selector with values for Exists',
      spec: withSpec({ selector: { matchExpressions: [{ key: 'app', operator: 'Exists', values: ['x'] }] } }),
      error: "spec.selector.matchExpressions[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
    },
    {
      rule: 'selector with a bad key',
      spec: withSpec({ selector: { matchLabels: { 'a/': 'x' } } }),
      error: 'spec.selector.matchLabels: Invalid value: "a/": name part must be non-empty',
    },
    {
      rule: 'template there',
      spec: { ...validSpec, template: undefined },
      error: "spec.template: Required value: Rollout has missing field '.spec.template'",
    },
    {
      rule: 'template labels match the selector',
      spec: withSpec({ template: { spec: { containers: [container] } } }),
      error: 'spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`',
    },
    {
      rule: 'one strategy: none',
      spec: withSpec({ strategy: {} }),
      error: "spec.strategy.strategy: Required value: Rollout has missing field '.spec.strategy.canary or .spec.strategy.blueGreen'",
    },
    {
      rule: 'one strategy: both',
      spec: withSpec({ strategy: { canary: {}, blueGreen: { activeService: 'a' } } }),
      error: 'spec.strategy.strategy: Invalid value: "blueGreen: true canary: true": Multiple Strategies can not be listed',
    },
    {
      rule: 'strategy of a wrong type',
      spec: withSpec({ strategy: 'canary' }),
      error: 'spec.strategy: Invalid value: "canary": must be an object',
    },
  ]);

  it('returns every error, those of the parser in the place of the rule', () => {
    const spec = {
      ...validSpec,
      replicas: -1,
      selector: undefined,
      minReadySeconds: 'x',
      paused: 'x',
      strategy: { canary: { maxSurge: 0, maxUnavailable: 0, steps: [{ setWeight: 101 }, {}] } },
    };
    expect(errorsOf(spec).map((error) => error.slice(0, error.indexOf(':')))).toEqual([
      'spec.replicas',
      'spec.selector',
      'spec.minReadySeconds',
      'spec.strategy.maxSurge',
      'spec.strategy.steps[0].setWeight',
      'spec.strategy.steps[1]',
      'spec.paused',
    ]);
  });
});

describe('validateRollout: workload reference', () => {
  const referring = { replicas: 1, workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' }, strategy: { canary: {} } };

  it('judges the resolved template', () => {
    expect(errorsOf(referring)).toEqual([]);
    expect(errorsOf(referring, { template, selector: { matchLabels: { app: 'app' } } })).toEqual([]);
    expect(errorsOf(referring, { template: {}, selector: { matchLabels: { app: 'app' } } })[0]).toMatch(/^spec.template.metadata.labels: /);
  });

  expectFirst([
    {
      rule: 'template empty: labels',
      spec: { ...referring, template: { metadata: { labels: { a: 'b' } } } },
      error: 'template must be empty for workload reference rollout',
    },
    {
      rule: 'template empty: annotations',
      spec: { ...referring, template: { metadata: { annotations: { a: 'b' } } } },
      error: 'template must be empty for workload reference rollout',
    },
    {
      rule: 'kind known',
      spec: { ...referring, workloadRef: { apiVersion: 'batch/v1', kind: 'Job', name: 'j' } },
      error: 'workload of type batch/Job is not supported',
    },
    {
      rule: 'name given',
      spec: { ...referring, workloadRef: { apiVersion: 'v1', kind: 'PodTemplate', name: '' } },
      error: 'spec.workloadRef.name: Required value',
    },
    {
      rule: 'scaleDown known',
      spec: { ...referring, workloadRef: { ...referring.workloadRef, scaleDown: 'soon' } },
      error: 'spec.workloadRef.scaleDown: Unsupported value: "soon": supported values: "never", "onsuccess", "progressively"',
    },
  ]);
});

describe('validateRollout: blue-green', () => {
  expectFirst([
    {
      rule: 'active and preview differ',
      spec: blueGreen({ previewService: 'active' }),
      error:
        'spec.strategy.activeService: Invalid value: "active": This rollout uses the same service for the active and preview services, but two different services are required.',
    },
    {
      rule: 'active and preview both empty',
      spec: blueGreen({ activeService: '' }),
      error:
        'spec.strategy.activeService: Invalid value: "": This rollout uses the same service for the active and preview services, but two different services are required.',
    },
    {
      rule: 'active given',
      spec: blueGreen({ activeService: '', previewService: 'p' }),
      error: 'spec.strategy.activeService: Required value',
    },
    {
      rule: 'history holds the lingering versions',
      spec: blueGreen({ scaleDownDelayRevisionLimit: 11 }),
      error:
        "spec.strategy.scaleDownDelayRevisionLimit: Invalid value: 11: This rollout's revision history limit can not be smaller than the rollout's scale down limit",
    },
    {
      rule: 'one anti-affinity: none',
      spec: blueGreen({ antiAffinity: {} }),
      error:
        'spec.strategy.antiAffinity: Invalid value: "antiAffinity.PreferredDuringSchedulingIgnoredDuringExecution: false antiAffinity.RequiredDuringSchedulingIgnoredDuringExecution: false": AntiAffinity must have exactly one strategy listed',
    },
    {
      rule: 'one anti-affinity: both',
      spec: blueGreen({
        antiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {},
          preferredDuringSchedulingIgnoredDuringExecution: { weight: 1 },
        },
      }),
      error:
        'spec.strategy.antiAffinity: Invalid value: "antiAffinity.PreferredDuringSchedulingIgnoredDuringExecution: true antiAffinity.RequiredDuringSchedulingIgnoredDuringExecution: true": AntiAffinity must have exactly one strategy listed',
    },
    {
      rule: 'anti-affinity weight',
      spec: blueGreen({ antiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: { weight: 101 } } }),
      error: 'spec.strategy.antiAffinity.weight: Invalid value: 101: AntiAffinity weight must be between 1-100',
    },
    {
      rule: 'autoPromotionSeconds not negative',
      spec: blueGreen({ autoPromotionSeconds: -1 }),
      error: 'spec.strategy.autoPromotionSeconds: Invalid value: -1: must be greater than or equal to 0',
    },
    {
      rule: 'scaleDownDelaySeconds not negative',
      spec: blueGreen({ scaleDownDelaySeconds: -1 }),
      error: 'spec.strategy.scaleDownDelaySeconds: Invalid value: -1: must be greater than or equal to 0',
    },
  ]);

  it('accepts a limit equal to the history, and no preview', () => {
    expect(errorsOf(blueGreen({ scaleDownDelayRevisionLimit: 10 }))).toEqual([]);
  });
});

describe('validateRollout: canary', () => {
  const bothServices =
    'spec.strategy.stableService: Invalid value: "": Canary service and Stable service must to be set to use Traffic Routing';
  const pingPong = { pingService: 'ping', pongService: 'pong' };

  expectFirst([
    {
      rule: 'room to move',
      spec: canary({ maxSurge: '0%', maxUnavailable: 0 }),
      error: 'spec.strategy.maxSurge: Invalid value: "0%": MaxSurge and MaxUnavailable both can not be zero',
    },
    {
      rule: 'stable and canary differ',
      spec: canary({ stableService: 'x', canaryService: 'x' }),
      error:
        'spec.strategy.stableService: Invalid value: "x": This rollout uses the same service for the stable and canary services, but two different services are required.',
    },
    ...['smi', 'apisix', 'ambassador', 'nginx', 'appMesh', 'traefik', 'alb', 'istio'].map((router) => ({
      rule: `both services for ${router}`,
      spec: canary({ canaryService: 'c', trafficRouting: { [router]: {} } }),
      error: bothServices,
    })),
    {
      rule: 'ping-pong routers',
      spec: canary({ ...services, pingPong, trafficRouting: { nginx: {} } }),
      error: 'spec.strategy.trafficRouting.alb: Invalid value: null: Ping-pong feature works with the ALB and Istio traffic routers only',
    },
    {
      rule: 'ping given',
      spec: canary({ pingPong: { pingService: '', pongService: 'b' } }),
      error: 'spec.strategy.pingPong.pingService: Invalid value: "": Ping service and Pong service must to be set to use Ping-Pong feature',
    },
    {
      rule: 'pong given',
      spec: canary({ pingPong: { pingService: 'a' } }),
      error: 'spec.strategy.pingPong.pongService: Invalid value: "": Ping service and Pong service must to be set to use Ping-Pong feature',
    },
    {
      rule: 'ping and pong differ',
      spec: canary({ pingPong: { pingService: 'a', pongService: 'a' } }),
      error:
        'spec.strategy.pingPong.pingService: Invalid value: "a": This rollout uses the same service for the ping and pong services, but two different services are required.',
    },
    {
      rule: 'root service for ping-pong by ALB',
      spec: canary({ pingPong, trafficRouting: { alb: {} } }),
      error:
        'spec.strategy.trafficRouting.alb.rootService: Invalid value: "": Root service field is required for the configuration with ALB and ping-pong feature enabled',
    },
    {
      rule: 'scaleDownDelaySeconds needs a router',
      spec: canary({ scaleDownDelaySeconds: 0 }),
      error: 'spec.strategy.scaleDownDelaySeconds: Invalid value: 0: Canary scaleDownDelaySeconds can only be used with traffic routing',
    },
    {
      rule: 'dynamicStableScale needs a router',
      spec: canary({ dynamicStableScale: true }),
      error: 'spec.strategy.dynamicStableScale: Invalid value: true: Canary dynamicStableScale can only be used with traffic routing',
    },
    {
      rule: 'dynamicStableScale or scaleDownDelaySeconds',
      spec: canary({ ...istio, dynamicStableScale: true, scaleDownDelaySeconds: 5 }),
      error: 'spec.strategy.dynamicStableScale: Invalid value: true: Canary dynamicStableScale cannot be used with scaleDownDelaySeconds',
    },
    {
      rule: 'maxTrafficWeight needs nginx or a plugin',
      spec: canary({ ...services, trafficRouting: { istio: {}, maxTrafficWeight: 100 } }),
      error:
        'spec.strategy.trafficRouting.maxTrafficWeight: Invalid value: 100: Canary maxTrafficWeight in traffic routing only supported in Nginx and Plugins',
    },
    {
      rule: 'known routers',
      spec: canary({ ...services, trafficRouting: { caddy: {} } }),
      error: 'spec.strategy.trafficRouting.caddy: Invalid value: "caddy": unknown traffic router',
    },
    {
      rule: 'one anti-affinity',
      spec: canary({ antiAffinity: {} }),
      error:
        'spec.strategy.antiAffinity: Invalid value: "antiAffinity.PreferredDuringSchedulingIgnoredDuringExecution: false antiAffinity.RequiredDuringSchedulingIgnoredDuringExecution: false": AntiAffinity must have exactly one strategy listed',
    },
  ]);

  it.each([
    { what: 'Istio by subsets without services', fields: { trafficRouting: { istio: { destinationRule: { name: 'dr' } } } } },
    { what: 'a plugin without services', fields: { trafficRouting: { plugins: { 'a/b': {} } } } },
    { what: 'ping-pong by Istio without services', fields: { pingPong, trafficRouting: { istio: {} } } },
    { what: 'ping-pong by ALB with a root service', fields: { pingPong, trafficRouting: { alb: { rootService: 'r' } } } },
    { what: 'an empty traffic routing', fields: { trafficRouting: {}, scaleDownDelaySeconds: 5 } },
    {
      what: 'a large weight with nginx',
      fields: { ...services, trafficRouting: { nginx: {}, maxTrafficWeight: 1000 }, steps: [{ setWeight: 1000 }] },
    },
    { what: 'no surge but some unavailability', fields: { maxSurge: 0, maxUnavailable: 1 } },
  ])('accepts $what', ({ fields }) => {
    expect(errorsOf(canary(fields))).toEqual([]);
  });
});

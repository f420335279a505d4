import { describe, expect, it } from '@jest/globals';
import { formatFieldError, invalidSpecMessage } from './field-error.js';
import { recordedInvalidSpecs, recordedManifests } from './fixtures/recorded.js';
import type { JsonObject } from './kube.js';
import { parseRollout } from './parse-rollout.js';
import type { ResolvedWorkload } from './validate-rollout.js';
import { validateRollout } from './validate-rollout.js';

const container = { name: 'demo', image: 'example.io/demo:v1' };
const template = { metadata: { labels: { app: 'app' } }, spec: { containers: [container] } };
const validSpec = { replicas: 2, selector: { matchLabels: { app: 'app' } }, template, strategy: { canary: {} } };

function errorsOf(spec: unknown, workload?: ResolvedWorkload): readonly string[] {
  const metadata = { name: 'app', namespace: 'ns', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
  // A user's spec may be anything; the tests are about that.
  const { rollout, errors } = parseRollout({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata, spec: spec as JsonObject });
  return validateRollout(rollout, errors, workload).map(formatFieldError);
}

interface Row {
  readonly rule: string;
  readonly spec: unknown;
  readonly error: string;
}

/** The first error is what users see; a row may cause others behind it. */
function expectFirst(rows: readonly Row[]): void {
  it.each(rows)('$rule', ({ spec, error }) => {
    expect(errorsOf(spec)[0]).toBe(error);
  });
}

function withSpec(fields: JsonObject): JsonObject {
  return { ...validSpec, ...fields };
}

function canary(fields: JsonObject): JsonObject {
  return withSpec({ strategy: { canary: fields } });
}

function blueGreen(fields: JsonObject): JsonObject {
  return withSpec({ strategy: { blueGreen: { activeService: 'active', ...fields } } });
}

const services = { stableService: 's', canaryService: 'c' };
const istio = { ...services, trafficRouting: { istio: { virtualService: { name: 'vs' } } } };

function step(fields: JsonObject, strategy: JsonObject = {}): JsonObject {
  return canary({ ...strategy, steps: [fields] });
}

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

describe('validateRollout: steps', () => {
  const managed = { ...services, trafficRouting: { istio: {}, managedRoutes: [{ name: 'h' }] } };
  const byAlb = { ...services, trafficRouting: { alb: {}, managedRoutes: [{ name: 'h' }] } };
  const exact = { exact: 'v' };
  const oneOf = 'Step must have one of the following set: experiment, setWeight, setCanaryScale, plugin or pause';
  const header = (match: readonly JsonObject[]): JsonObject => ({ setHeaderRoute: { match, name: 'h' } });
  const mirror = (match: readonly JsonObject[]): JsonObject => ({ setMirrorRoute: { name: 'h', match } });
  const onlyOne = 'StringMatch match value must have exactly one of the following: exact, regex, prefix';
  const experiment = (...templates: readonly JsonObject[]): JsonObject => ({ experiment: { templates } });

  expectFirst([
    {
      rule: 'a key',
      spec: step({ future: {} }),
      error: `spec.strategy.steps[0]: Invalid value: "step.Experiment: true step.Pause: true step.SetWeight: true step.Analysis: true step.SetCanaryScale: true step.SetHeaderRoute: true step.SetMirrorRoute: true step.Plugin: true": ${oneOf}`,
    },
    {
      rule: 'one key',
      spec: step({ setWeight: 1, analysis: { templates: [] } }),
      error: `spec.strategy.steps[0]: Invalid value: "step.Experiment: false step.Pause: false step.SetWeight: true step.Analysis: true": ${oneOf}`,
    },
    {
      rule: 'weight not negative',
      spec: step({ setWeight: -1 }),
      error: 'spec.strategy.steps[0].setWeight: Invalid value: -1: SetWeight needs to be between 0 and 100',
    },
    {
      rule: 'weight at most the maximum',
      spec: canary({ ...services, trafficRouting: { nginx: {}, maxTrafficWeight: 1000 }, steps: [{ setWeight: 1001 }] }),
      error: 'spec.strategy.steps[0].setWeight: Invalid value: 1001: SetWeight needs to be between 0 and 1000',
    },
    {
      rule: 'pause not negative',
      spec: step({ pause: { duration: '-1m' } }),
      error: 'spec.strategy.steps[0].pause.duration: Invalid value: -60: Duration needs to be greater than 0',
    },
    {
      rule: 'setCanaryScale needs a router',
      spec: step({ setCanaryScale: { replicas: 1 } }),
      error: 'spec.strategy.trafficRouting: Required value: SetCanaryScale requires TrafficRouting to be set',
    },
    {
      rule: 'setCanaryScale not negative',
      spec: step({ setCanaryScale: { weight: -1 } }, istio),
      error: 'spec.strategy.steps[0].setCanaryScale.weight: Invalid value: -1: must be greater than or equal to 0',
    },
    {
      rule: 'setHeaderRoute needs a router that can',
      spec: step(header([{ headerValue: { prefix: 'b' }, headerName: 'a' }]), { ...services, trafficRouting: { nginx: {} } }),
      error:
        'spec.strategy.steps[0].setHeaderRoute: Invalid value: {"name":"h","match":[{"headerName":"a","headerValue":{"prefix":"b"}}]}: SetHeaderRoute requires TrafficRouting, supports Istio and ALB and Apisix',
    },
    {
      rule: 'header value there',
      spec: step(header([{ headerName: 'a' }]), managed),
      error:
        'spec.strategy.steps[0].setHeaderRoute.match[0]: Invalid value: {"headerName":"a"}: StringMatch value missed, match value must have one of the following: exact, regex, prefix',
    },
    {
      rule: 'header value with one matcher: none',
      spec: step(header([{ headerName: 'a', headerValue: {} }]), managed),
      error: `spec.strategy.steps[0].setHeaderRoute.match[0]: Invalid value: {"headerName":"a","headerValue":{}}: ${onlyOne}`,
    },
    {
      rule: 'header value with one matcher: two',
      spec: step(header([{ headerName: 'a', headerValue: { prefix: 'p', exact: 'e' } }]), managed),
      error: `spec.strategy.steps[0].setHeaderRoute.match[0]: Invalid value: {"headerName":"a","headerValue":{"exact":"e","prefix":"p"}}: ${onlyOne}`,
    },
    {
      rule: 'ALB matches headers exactly',
      spec: step(header([{ headerName: 'a', headerValue: { prefix: 'p' } }]), byAlb),
      error: `spec.strategy.steps[0].setHeaderRoute.match[0]: Invalid value: {"headerName":"a","headerValue":{"prefix":"p"}}: SetHeaderRoute match value invalid. ALB supports 'exact' value only`,
    },
    {
      rule: 'setHeaderRoute needs managed routes',
      spec: step(header([]), istio),
      error:
        "spec.strategy.trafficRouting.managedRoutes: Required value: Rollout has missing field 'spec.strategy.canary.trafficRouting.managedRoutes'",
    },
    {
      rule: 'setHeaderRoute is managed',
      spec: step({ setHeaderRoute: { name: 'other' } }, managed),
      error:
        'spec.strategy.steps[0].setHeaderRoute: Invalid value: {"name":"other"}: the route "other" must be listed in spec.strategy.canary.trafficRouting.managedRoutes',
    },
    {
      rule: 'setMirrorRoute needs a router that can',
      spec: step(mirror([]), byAlb),
      error:
        'spec.strategy.steps[0].setMirrorRoute: Invalid value: {"name":"h","match":[]}: SetMirrorRoute requires TrafficRouting, supports Istio only',
    },
    {
      rule: 'mirror method with one matcher',
      spec: step(mirror([{ method: { exact: 'GET', prefix: 'G' } }]), managed),
      error: `spec.strategy.steps[0].setMirrorRoute.match[0]: Invalid value: {"method":{"exact":"GET","prefix":"G"}}: ${onlyOne}`,
    },
    {
      rule: 'mirror path with one matcher',
      spec: step(mirror([{ path: {} }]), managed),
      error: `spec.strategy.steps[0].setMirrorRoute.match[0]: Invalid value: {"path":{}}: ${onlyOne}`,
    },
    {
      rule: 'setMirrorRoute needs managed routes',
      spec: step(mirror([]), istio),
      error:
        "spec.strategy.trafficRouting.managedRoutes: Required value: Rollout has missing field 'spec.strategy.canary.trafficRouting.managedRoutes'",
    },
    {
      rule: 'setMirrorRoute is managed',
      spec: step({ setMirrorRoute: { name: 'x' } }, managed),
      error:
        'spec.strategy.steps[0].setMirrorRoute: Invalid value: {"name":"x"}: the route "x" must be listed in spec.strategy.canary.trafficRouting.managedRoutes',
    },
    {
      rule: 'experiment weight needs a router',
      spec: step(experiment({ name: 'a', specRef: 'stable', weight: 5 })),
      error:
        'spec.strategy.steps[0].experiment.templates[0].weight: Invalid value: 5: Experiment template weight cannot be set unless TrafficRouting is enabled',
    },
    {
      rule: 'experiment weight needs a router that can',
      spec: step(experiment({ name: 'a', specRef: 'stable', weight: 5 }), { ...services, trafficRouting: { nginx: {} } }),
      error:
        'spec.strategy.steps[0].experiment.templates[0].weight: Invalid value: 5: Experiment template weight is only available for TrafficRouting with SMI, ALB, and Istio at this time',
    },
    {
      rule: 'experiment template names differ',
      spec: step(experiment({ name: 'a', specRef: 'stable' }, { name: 'a', specRef: 'canary' })),
      error: 'spec.strategy.steps[0].experiment.templates[1].name: Duplicate value: "a"',
    },
    {
      rule: 'experiment template of a known version',
      spec: step(experiment({ name: 'a', specRef: 'newest' })),
      error: 'spec.strategy.steps[0].experiment.templates[0].specRef: Unsupported value: "newest": supported values: "canary", "stable"',
    },
    {
      rule: 'arguments from the downward API',
      spec: step({
        analysis: {
          templates: [{ templateName: 't' }],
          args: [{ name: 'a', valueFrom: { fieldRef: { fieldPath: 'metadata.generation' } } }],
        },
      }),
      error:
        'spec.strategy.steps[0].analyses: Invalid value: "metadata.generation": Analysis arguments must refer to valid object metadata supported by downwardAPI',
    },
    {
      rule: 'threshold of a known type',
      spec: canary({ replicaProgressThreshold: { type: 'percent', value: 50 } }),
      error: 'spec.strategy.replicaProgressThreshold.type: Unsupported value: "percent": supported values: "Percent", "Pods"',
    },
  ]);

  it.each([
    { what: 'a scale beside a weight', spec: step({ setWeight: 10, setCanaryScale: { replicas: 1 } }, istio) },
    { what: 'a header route', spec: step(header([{ headerName: 'a', headerValue: exact }]), managed) },
    { what: 'the removal of a header route', spec: step({ setHeaderRoute: { name: 'h' } }, managed) },
    {
      what: 'a mirror route whose headers have several matchers',
      spec: step(mirror([{ headers: { a: { exact: 'x', prefix: 'y' } } }]), managed),
    },
    { what: 'a plugin', spec: step({ plugin: { name: 'a/b', config: {} } }) },
    {
      what: 'arguments from labels and from other paths',
      spec: step({
        analysis: {
          templates: [{ templateName: 't' }],
          args: [
            { name: 'a', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app.kubernetes.io/name']" } } },
            { name: 'b', valueFrom: { fieldRef: { fieldPath: 'status.currentPodHash' } } },
          ],
        },
      }),
    },
  ])('accepts $what', ({ spec }) => {
    expect(errorsOf(spec)).toEqual([]);
  });
});

describe('validateRollout: pod template', () => {
  const pod = (spec: JsonObject, metadata: JsonObject = {}): JsonObject =>
    withSpec({ template: { metadata: { labels: { app: 'app' }, ...metadata }, spec: { containers: [container], ...spec } } });
  const one = (fields: JsonObject): JsonObject => pod({ containers: [{ ...container, ...fields }] });
  const at = 'spec.template.spec.containers[0]';

  expectFirst([
    { rule: 'containers', spec: pod({ containers: [] }), error: 'spec.template.spec.containers: Required value' },
    { rule: 'container name', spec: pod({ containers: [{ image: 'i' }] }), error: `${at}.name: Required value` },
    {
      rule: 'container names differ',
      spec: pod({ containers: [container, container] }),
      error: 'spec.template.spec.containers[1].name: Duplicate value: "demo"',
    },
    {
      rule: 'init container names differ',
      spec: pod({ initContainers: [container] }),
      error: 'spec.template.spec.initContainers[0].name: Duplicate value: "demo"',
    },
    { rule: 'image', spec: pod({ containers: [{ name: 'a' }] }), error: `${at}.image: Required value` },
    {
      rule: 'image without blanks',
      spec: one({ image: ' i' }),
      error: `${at}.image: Invalid value: " i": must not have leading or trailing whitespace`,
    },
    {
      rule: 'pull policy',
      spec: one({ imagePullPolicy: 'Sometimes' }),
      error: `${at}.imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"`,
    },
    { rule: 'port there', spec: one({ ports: [{ name: 'http' }] }), error: `${at}.ports[0].containerPort: Required value` },
    {
      rule: 'port range',
      spec: one({ ports: [{ containerPort: 65536 }] }),
      error: `${at}.ports[0].containerPort: Invalid value: 65536: must be between 1 and 65535, inclusive`,
    },
    {
      rule: 'host port range',
      spec: one({ ports: [{ containerPort: 1, hostPort: -1 }] }),
      error: `${at}.ports[0].hostPort: Invalid value: -1: must be between 1 and 65535, inclusive`,
    },
    {
      rule: 'port protocol',
      spec: one({ ports: [{ containerPort: 1, protocol: 'HTTP' }] }),
      error: `${at}.ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"`,
    },
    {
      rule: 'port names differ',
      spec: one({
        ports: [
          { name: 'a', containerPort: 1 },
          { name: 'a', containerPort: 2 },
        ],
      }),
      error: `${at}.ports[1].name: Duplicate value: "a"`,
    },
    { rule: 'variable name', spec: one({ env: [{ value: 'x' }] }), error: `${at}.env[0].name: Required value` },
    {
      rule: 'mounted volume there',
      spec: one({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
      error: `${at}.volumeMounts[0].name: Not found: "v"`,
    },
    {
      rule: 'quantity readable',
      spec: one({ resources: { limits: { cpu: 'much' } } }),
      error: `${at}.resources.limits[cpu]: Invalid value: "much": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
    },
    {
      rule: 'quantity not negative',
      spec: one({ resources: { limits: { cpu: '-1' } } }),
      error: `${at}.resources.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0`,
    },
    {
      rule: 'request within limit',
      spec: one({ resources: { limits: { cpu: '1' }, requests: { cpu: '1500m' } } }),
      error: `${at}.resources.requests: Invalid value: "1500m": must be less than or equal to cpu limit of 1`,
    },
    {
      rule: 'volume names differ',
      spec: pod({ volumes: [{ name: 'v' }, { name: 'v' }] }),
      error: 'spec.template.spec.volumes[1].name: Duplicate value: "v"',
    },
    {
      rule: 'restart policy',
      spec: pod({ restartPolicy: 'OnFailure' }),
      error: 'spec.template.spec.restartPolicy: Unsupported value: "OnFailure": supported values: "Always"',
    },
    {
      rule: 'no active deadline',
      spec: pod({ activeDeadlineSeconds: 5 }),
      error: 'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported',
    },
    {
      rule: 'grace period not negative',
      spec: pod({ terminationGracePeriodSeconds: -1 }),
      error: 'spec.template.spec.terminationGracePeriodSeconds: Invalid value: -1: must be greater than or equal to 0',
    },
    {
      rule: 'no shared writable disk',
      spec: pod({ volumes: [{ name: 'v', gcePersistentDisk: { pdName: 'd' } }] }),
      error:
        'spec.template.spec.volumes[0].gcePersistentDisk.readOnly: Invalid value: false: must be read-only for replicated pods > 1; GCE PD can only be mounted on multiple machines if it is read-only',
    },
    {
      rule: 'label value',
      spec: pod({}, { labels: { app: 'app', x: 'a/b' } }),
      error: `spec.template.metadata.labels: Invalid value: "a/b": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
    },
    {
      rule: 'annotation key',
      spec: pod({}, { annotations: { 'a/': 'x' } }),
      error: 'spec.template.metadata.annotations: Invalid value: "a/": name part must be non-empty',
    },
  ]);

  it.each([
    {
      what: 'a rich container',
      spec: one({
        ports: [
          { name: 'http', containerPort: 80 },
          { containerPort: 80, protocol: 'UDP' },
        ],
        env: [{ name: 'A', value: '' }],
        resources: { limits: { cpu: 1, memory: '1Gi' }, requests: { cpu: '500m', memory: '1Gi', 'x.io/y': '1' } },
      }),
    },
    {
      what: 'a mounted volume',
      spec: pod({ volumes: [{ name: 'v', emptyDir: {} }], containers: [{ ...container, volumeMounts: [{ name: 'v', mountPath: '/v' }] }] }),
    },
    { what: 'privilege', spec: one({ securityContext: { privileged: true } }) },
    { what: 'fields of a newer Kubernetes', spec: pod({ futureField: { a: 1 } }) },
  ])('accepts $what', ({ spec }) => {
    expect(errorsOf(spec)).toEqual([]);
  });
});

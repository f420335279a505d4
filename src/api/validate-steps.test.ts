import { describe, expect, it } from '@jest/globals';
import { canary, errorsOf, expectFirst, istio, services, step } from './fixtures/specs.js';
import type { JsonObject } from './kube.js';

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

import { resources, type JsonObject, type NewObject, type Resource } from '../../api/kube.js';
import type { Scenario, User } from '../scenario.js';
import { virtualServices } from '../world.js';
import { aRollout, aService, anAnalysisTemplate, errorRate } from './objects.js';

/** Releases behind traffic routers. The store has Ingresses by itself; meshes get a definition without a schema. */
interface Router {
  readonly name: 'nginx' | 'istio';
  readonly section: JsonObject;
  install(user: User): Promise<void>;
  /** Canary weight that the objects say; undefined while nothing is there. */
  weight(user: User): number | undefined;
}

const destinationRules: Resource = { ...virtualServices, resource: 'destinationrules', kind: 'DestinationRule' };

const nginx: Router = {
  name: 'nginx',
  section: { nginx: { stableIngress: 'web' } },
  install: (user) => user.apply(anIngress('web', 'app-stable')),
  weight: (user) => {
    const canary = user.all(resources.ingresses).find(({ metadata }) => metadata.name === 'app-web-canary');
    const text = canary?.metadata.annotations?.['nginx.ingress.kubernetes.io/canary-weight'];
    return text === undefined ? undefined : Number(text);
  },
};

const istio: Router = {
  name: 'istio',
  section: { istio: { virtualService: { name: 'web' } } },
  install: async (user) => {
    await user.apply(definitionOf(virtualServices), definitionOf(destinationRules));
    await user.create(virtualServices, aVirtualService('web'));
  },
  weight: (user) => {
    const [web] = user.all(virtualServices);
    // The shape is the one made below.
    const spec = web?.spec as { http?: { route: { destination: { host: string }; weight?: number }[] }[] } | undefined;
    return spec?.http?.[0]?.route.find(({ destination }) => destination.host === 'app-canary')?.weight;
  },
};

function anIngress(name: string, service: string): NewObject {
  const backend = { service: { name: service, port: { number: 80 } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name },
    spec: { ingressClassName: 'nginx', rules: [{ host: 'a.example', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] },
  };
}

function aVirtualService(name: string): NewObject {
  const route = [
    { destination: { host: 'app-stable' }, weight: 100 },
    { destination: { host: 'app-canary' }, weight: 0 },
  ];
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name },
    spec: { hosts: ['a.example'], http: [{ name: 'primary', route }] },
  };
}

function definitionOf({ group, version, resource, kind }: Resource): NewObject {
  const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${resource}.${group}` },
    spec: {
      group,
      names: { plural: resource, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      scope: 'Namespaced',
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}

const steps: readonly JsonObject[] = [{ setWeight: 25 }, { pause: {} }, { setWeight: 75 }, { pause: { duration: '30s' } }];

async function deploy(user: User, router: Router, canary: JsonObject = {}, replicas = 4): Promise<void> {
  await router.install(user);
  const strategy = {
    canary: { stableService: 'app-stable', canaryService: 'app-canary', trafficRouting: router.section, steps, ...canary },
  };
  await user.apply(aService('app-stable', 'app'), aService('app-canary', 'app'), aRollout('app', { replicas, strategy }));
  await user.untilPhase('app', 'Healthy');
}

function expect(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(`at the end not true: ${what}`);
}

function weightIs(user: User, router: Router, weight: number): void {
  const said = router.weight(user);
  expect(said === weight, `the router says ${weight} (it says ${said})`);
}

function endsPromoted(router: Router): (user: User) => void {
  return (user) => {
    const { status } = user.rollout('app');
    expect(status.stableRS === status.currentPodHash && status.availableReplicas === 4, 'the new version is stable with 4 pods');
    weightIs(user, router, 0);
    const wanted = user.all(resources.replicaSets).map(({ spec }) => Number(spec?.['replicas']));
    expect(wanted.filter((n) => n > 0).length === 1, 'no earlier version has pods');
  };
}

function scenariosFor(router: Router): readonly Scenario[] {
  const { name } = router;
  return [
    {
      name: `${name}: a good release goes out by weights`,
      play: async (user) => {
        await deploy(user, router);
        await user.setImage('app', 'example.io/demo:v2');
        await user.untilPausedAt('app', 1);
        weightIs(user, router, 25);
        await user.promote('app');
        await user.untilPausedAt('app', 3);
        weightIs(user, router, 75);
        await user.untilPhase('app', 'Healthy');
      },
      check: endsPromoted(router),
    },
    {
      name: `${name}: a person aborts and retries`,
      play: async (user) => {
        await deploy(user, router);
        await user.setImage('app', 'example.io/demo:v2');
        await user.untilPausedAt('app', 1);
        await user.promote('app');
        await user.untilPausedAt('app', 3);
        await user.abort('app');
        await user.untilPhase('app', 'Degraded', 'RolloutAborted');
        await user.until('nothing goes to the canary', () => router.weight(user) === 0);
        await user.until('the canary is gone', () => user.rollout('app').status.updatedReplicas === 0);
        await user.retry('app');
        await user.untilPausedAt('app', 1);
        weightIs(user, router, 25);
        await user.promoteFull('app');
        await user.untilPhase('app', 'Healthy');
      },
      check: endsPromoted(router),
    },
    {
      name: `${name}: a failed analysis brings all traffic back`,
      play: async (user) => {
        user.world.metrics.set('errors', { kind: 'value', value: [0.5] });
        await user.apply(anAnalysisTemplate('errors', errorRate()));
        const measured = [{ setWeight: 50 }, { analysis: { templates: [{ templateName: 'errors' }] } }, { pause: {} }];
        await deploy(user, router, { steps: measured });
        await user.setImage('app', 'example.io/demo:v2');
        await user.untilPhase('app', 'Degraded', 'RolloutAborted');
      },
      check: (user) => {
        weightIs(user, router, 0);
        expect(user.rollout('app').status.updatedReplicas === 0, 'no canary pod is left');
      },
    },
    {
      name: `${name}: a third version arrives in the middle`,
      play: async (user) => {
        await deploy(user, router);
        await user.setImage('app', 'example.io/demo:v2');
        await user.untilPausedAt('app', 1);
        await user.promote('app');
        await user.untilPausedAt('app', 3);
        await user.setImage('app', 'example.io/demo:v3');
        await user.untilPausedAt('app', 1);
        weightIs(user, router, 25);
        await user.promoteFull('app');
        await user.untilPhase('app', 'Healthy');
      },
      check: endsPromoted(router),
    },
    {
      name: `${name}: the stable version is applied again in the middle`,
      play: async (user) => {
        await deploy(user, router);
        await user.setImage('app', 'example.io/demo:v2');
        await user.untilPausedAt('app', 1);
        await user.setImage('app', 'example.io/demo:v1');
        await user.untilPhase('app', 'Healthy');
      },
      check: endsPromoted(router),
    },
    {
      name: `${name}: a weight falls from step to step`,
      play: async (user) => {
        await deploy(user, router, { steps: [{ setWeight: 75 }, { pause: {} }, { setWeight: 25 }, { pause: {} }] });
        await user.setImage('app', 'example.io/demo:v2');
        await user.untilPausedAt('app', 1);
        await user.promote('app');
        await user.untilPausedAt('app', 3);
        weightIs(user, router, 25);
        expect(user.rollout('app').status.updatedReplicas === 1, 'one canary pod is left');
        await user.promote('app');
        await user.untilPhase('app', 'Healthy');
      },
      check: endsPromoted(router),
    },
    {
      name: `${name}: an abort while stable is short of pods, and an autoscaler takes more`,
      play: async (user) => {
        await deploy(user, router, { steps: [{ setWeight: 75 }, { pause: {} }] });
        await user.setImage('app', 'example.io/demo:v2');
        await user.untilPausedAt('app', 1);
        await user.scale('app', 8);
        await user.abort('app');
        await user.untilPhase('app', 'Degraded', 'RolloutAborted');
        await user.until('nothing goes to the canary', () => router.weight(user) === 0);
        await user.until('the canary is gone', () => user.rollout('app').status.updatedReplicas === 0);
        await user.scale('app', 4);
      },
      check: (user) => {
        weightIs(user, router, 0);
        expect(user.rollout('app').status.availableReplicas === 4, 'stable has 4 pods');
      },
    },
    {
      name: `${name}: everybody is promoted at once, with pods that setCanaryScale gave`,
      play: async (user) => {
        await deploy(user, router, { steps: [{ setCanaryScale: { replicas: 1 } }, { setWeight: 50 }, { pause: {} }] });
        await user.setImage('app', 'example.io/demo:v2');
        await user.untilPausedAt('app', 2);
        weightIs(user, router, 50);
        expect(user.rollout('app').status.updatedReplicas === 1, 'the canary has the one pod it was given');
        await user.promoteFull('app');
        await user.untilPhase('app', 'Healthy');
      },
      check: endsPromoted(router),
    },
    {
      name: `${name}: stable shrinks while the canary grows`,
      play: async (user) => {
        await deploy(user, router, { dynamicStableScale: true });
        await user.setImage('app', 'example.io/demo:v2');
        await user.untilPausedAt('app', 1);
        await user.promote('app');
        await user.untilPausedAt('app', 3);
        await user.untilPhase('app', 'Healthy');
      },
      check: endsPromoted(router),
    },
    {
      name: `${name}: an abort while stable has shrunk`,
      play: async (user) => {
        await deploy(user, router, { dynamicStableScale: true, steps: [{ setWeight: 75 }, { pause: {} }] });
        await user.setImage('app', 'example.io/demo:v2');
        await user.untilPausedAt('app', 1);
        await user.wait(30_000);
        await user.abort('app');
        await user.untilPhase('app', 'Degraded', 'RolloutAborted');
      },
      check: (user) => {
        weightIs(user, router, 0);
        expect(user.rollout('app').status.updatedReplicas === 0, 'no canary pod is left');
        expect(user.rollout('app').status.availableReplicas === 4, 'stable has 4 pods');
      },
    },
  ];
}

export const routedScenarios: readonly Scenario[] = [nginx, istio].flatMap(scenariosFor);

import { describe, expect, it } from '@jest/globals';
import { resources, type JsonObject, type NewObject } from '../api/kube.js';
import type { TrafficSplit } from '../core/traffic/types.js';
import { http, ref, route, routeSpec } from '../testing/gateway-fixtures.js';
import { to, virtualService, vs } from '../testing/istio-fixtures.js';
import { aSplit, trafficWorld, type TrafficWorld } from '../testing/traffic-world.js';
import { trafficRouters } from './registry.js';
import type { RouterUse } from './router.js';

const rule = (stable: number, canary: number): JsonObject => ({ backendRefs: [ref('app-stable', stable), ref('app-canary', canary)] });
const primary = (stable: number, canary: number): JsonObject => ({
  http: [{ name: 'primary', route: [to('app-stable', stable), to('app-canary', canary)] }],
});
const path = { path: '/', pathType: 'Prefix', backend: { service: { name: 'app-stable', port: { number: 80 } } } };
const web: NewObject = {
  ...{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'web' } },
  spec: { rules: [{ host: 'a.io', http: { paths: [path] } }] },
};

/** NGINX at the edge, Istio within, a gateway for partners: all for one Rollout. */
async function threeRouters(maxTrafficWeight = 100): Promise<{ readonly world: TrafficWorld; readonly uses: readonly RouterUse[] }> {
  const routing = {
    routers: { nginx: { stableIngress: 'web' }, istio: { virtualService: { name: 'vs', routes: ['primary'] } } },
    plugins: { 'argoproj-labs/gatewayAPI': { httpRoute: 'r' } },
    ...{ managedRoutes: ['hdr'], maxTrafficWeight },
  };
  let uses: readonly RouterUse[] = [];
  const world = await trafficWorld({
    router: (deps) => {
      uses = trafficRouters(deps).routersFor(routing).routers;
      // The world wants one of its own; these tests call all of them.
      return uses[0]?.router ?? fail();
    },
    kinds: [vs, http],
    objects: [[resources.ingresses, web], virtualService(primary(100, 0)), route({ rules: [rule(100, 0)] })],
    target: { section: {} },
  });
  return { world, uses };
}

function fail(): never {
  throw new Error('there is no router');
}

async function applyAll({ world, uses }: Awaited<ReturnType<typeof threeRouters>>, split: TrafficSplit): Promise<readonly number[]> {
  const writes: number[] = [];
  for (const { router, settings } of uses) writes.push(await router.apply({ ...world.target, ...settings }, split, world.signal));
  return writes;
}

const weightOfIngress = (world: TrafficWorld): unknown =>
  world.get(resources.ingresses, 'app-web-canary')?.metadata.annotations?.['nginx.ingress.kubernetes.io/canary-weight'];

describe('several routers for one Rollout', () => {
  it('all say the same split, and once', async () => {
    const three = await threeRouters();
    expect(await applyAll(three, aSplit(25))).toEqual([1, 1, 1]);
    expect(weightOfIngress(three.world)).toBe('25');
    expect(three.world.get(vs, 'vs')?.spec).toEqual(primary(75, 25));
    expect(routeSpec(three.world)).toEqual({ rules: [rule(75, 25)] });
    expect(await applyAll(three, aSplit(25))).toEqual([0, 0, 0]);
  });

  it('each honour maxTrafficWeight in their own way (traffic 1.12: others compute 100 less the weight)', async () => {
    const three = await threeRouters(1000);
    await applyAll(three, aSplit(250, { maxWeight: 1000 }));
    expect(weightOfIngress(three.world)).toBe('250');
    expect(three.world.get(vs, 'vs')?.spec).toEqual(primary(75, 25));
    expect(routeSpec(three.world)).toEqual({ rules: [rule(750, 250)] });
    for (const { router, settings } of three.uses) {
      const seen = await router.observe({ ...three.world.target, ...settings }, aSplit(250, { maxWeight: 1000 }), three.world.signal);
      expect(seen).toMatchObject({ upToDate: true, canaryWeight: { min: 250, max: 250 } });
    }
  });

  it('are taken away one by one', async () => {
    const three = await threeRouters();
    await applyAll(three, aSplit(25));
    const [istio] = three.uses;
    if (istio === undefined) fail();
    await istio.router.remove({ ...three.world.target, ...istio.settings }, three.world.signal);
    expect(three.world.get(vs, 'vs')?.spec).toEqual(primary(100, 0));
    expect(weightOfIngress(three.world)).toBe('25');
    expect(routeSpec(three.world)).toEqual({ rules: [rule(75, 25)] });
  });
});

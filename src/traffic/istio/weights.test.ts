import { describe, expect, it } from '@jest/globals';
import type { JsonObject, NewObject, Resource } from '../../api/kube.js';
import {
  vs,
  dr,
  virtualService,
  destinationRule,
  to,
  split100,
  primary,
  assets,
  fixture,
  managedRoutes,
  byRoutes,
  world,
  specOf,
  told,
  bySubsets,
  subsetRoute,
  rule,
} from '../../testing/istio-fixtures.js';
import { aSplit, trafficWorld } from '../../testing/traffic-world.js';
import { istioRouter } from './index.js';

describe('Istio, case 1: weights (traffic 3.6)', () => {
  it('changes two weights and nothing else', async () => {
    const w = await world();
    expect(await w.apply(aSplit(10, { managedRoutes }))).toBe(1);
    expect(specOf(w)).toEqual({ ...fixture, http: [primary(90, 10), assets] });
    expect(told(w)).toEqual(["Updated VirtualService: VirtualService `vs` set to desiredWeight '10'"]);
  });

  it('goes to 0/100 and back', async () => {
    const w = await world();
    await w.apply(aSplit(100));
    expect(specOf(w)).toEqual({ ...fixture, http: [primary(0, 100), assets] });
    await w.apply(aSplit(0));
    expect(specOf(w)).toEqual(fixture);
  });

  it('keeps fields it has never heard of, in the spec, the route, the destination, and the metadata', async () => {
    const odd = { x: [1, { y: null }] };
    const http = [{ ...primary(), odd, route: [{ ...to('app-stable', 100, { odd }), odd }, to('app-canary', 0)] }];
    const w = await world({ objects: [virtualService({ ...fixture, http, odd })] });
    await w.patch(vs, 'vs', { metadata: { labels: { team: 'blue' }, annotations: { a: 'b' } } });
    const before = w.get(vs, 'vs');
    await w.apply(aSplit(10));
    await w.apply(aSplit(0));
    const after = w.get(vs, 'vs');
    expect(after?.spec).toEqual(before?.spec);
    expect(after?.metadata).toMatchObject({ labels: { team: 'blue' }, annotations: { a: 'b' } });
  });

  it.each(['tls', 'tcp'] as const)('does the same in an object with %s only', async (protocol) => {
    const route = (stable: number, canary: number): JsonObject => ({
      match: [{ port: 443, sniHosts: ['a'] }],
      route: split100(stable, canary),
    });
    const w = await world({ section: byRoutes(), objects: [virtualService({ hosts: ['app'], [protocol]: [route(100, 0)] })] });
    await w.apply(aSplit(10));
    expect(specOf(w)).toEqual({ hosts: ['app'], [protocol]: [route(90, 10)] });
  });

  it('reads an absent weight as the other controller writes 0', async () => {
    const http = [{ name: 'primary', route: [to('app-stable', 100), to('app-canary')] }];
    const w = await world({ objects: [virtualService({ http })] });
    expect(await w.apply(aSplit(0))).toBe(0);
    await w.apply(aSplit(10));
    expect(specOf(w)).toEqual({ http: [{ name: 'primary', route: [to('app-stable', 90), to('app-canary', 10)] }] });
  });

  it('takes hosts for the same up to their first dot', async () => {
    const long = (stable: number, canary: number): JsonObject => ({
      http: [{ route: [to('app-stable.shop.svc.cluster.local', stable), to('app-canary.shop', canary)] }],
    });
    const w = await world({ section: byRoutes(), objects: [virtualService(long(100, 0))] });
    await w.apply(aSplit(10));
    expect(specOf(w)).toEqual(long(90, 10));
  });

  it('edits every route that is listed, and lists of unnamed ones by being the only one', async () => {
    const spec = (stable: number, canary: number): JsonObject => ({
      http: [{ ...primary(stable, canary) }, assets, { ...primary(stable, canary), name: 'second' }],
    });
    const w = await world({ section: byRoutes('primary', 'second'), objects: [virtualService(spec(100, 0))] });
    await w.apply(aSplit(10));
    expect(specOf(w)).toEqual(spec(90, 10));
  });

  it('selects tls and tcp routes by port and SNI hosts in any order', async () => {
    const tls = (stable: number, canary: number): readonly JsonObject[] => [
      {
        match: [
          { port: 443, sniHosts: ['b', 'a'] },
          { port: 443, sniHosts: ['a'] },
        ],
        route: split100(stable, canary),
      },
      { match: [{ port: 443, sniHosts: ['a'] }], route: split100() },
    ];
    const tcp = (stable: number, canary: number): readonly JsonObject[] => [
      { match: [{ port: 3306 }], route: split100(stable, canary) },
      { match: [{ port: 3306 }, { port: 3307 }], route: split100() },
    ];
    const section = { virtualService: { name: 'vs', tlsRoutes: [{ port: 443, sniHosts: ['a', 'b'] }], tcpRoutes: [{ port: 3306 }] } };
    const w = await world({ section, objects: [virtualService({ tls: tls(100, 0), tcp: tcp(100, 0) })] });
    await w.apply(aSplit(25));
    expect(specOf(w)).toEqual({ tls: tls(75, 25), tcp: tcp(75, 25) });
  });

  it('leaves a kind of route alone that the Rollout does not list and that has none of its Services', async () => {
    const tcp = [{ route: [to('database')] }, { route: [to('cache')] }];
    const w = await world({ objects: [virtualService({ ...fixture, tcp })] });
    await w.apply(aSplit(10));
    expect(specOf(w)).toEqual({ ...fixture, http: [primary(90, 10), assets], tcp });
  });

  it('scales weights of another maximum to hundredths', async () => {
    const w = await world();
    await w.apply(aSplit(333, { maxWeight: 1000 }));
    expect(specOf(w)).toMatchObject({ http: [primary(67, 33), assets] });
    await w.apply(aSplit(5, { maxWeight: 1000 }));
    expect(specOf(w)).toMatchObject({ http: [primary(99, 1), assets] });
  });
});

describe('Istio, case 5: ping-pong (traffic 3.6)', () => {
  const route = (ping: number, pong: number): JsonObject => ({ http: [{ route: [to('ping', ping), to('pong', pong)] }] });
  const as = (stableService: string, canaryService: string): object => ({ stableService, canaryService });

  it('rests at 0/100 once pong is stable, and goes the other way then', async () => {
    const section = byRoutes();
    const first = await world({ section, objects: [virtualService(route(100, 0))], target: as('ping', 'pong') });
    await first.apply(aSplit(25));
    expect(specOf(first)).toEqual(route(75, 25));
    await first.apply(aSplit(100));
    const promoted = { ...first.target, ...as('pong', 'ping') };
    expect(await first.router.apply(promoted, aSplit(0), first.signal)).toBe(0);
    expect(specOf(first)).toEqual(route(0, 100));
    await first.router.apply(promoted, aSplit(25), first.signal);
    expect(specOf(first)).toEqual(route(25, 75));
  });
});

describe('Istio, case 7: drift and other namespaces (traffic 3.6)', () => {
  it('sees drift and repairs it', async () => {
    const w = await world();
    await w.apply(aSplit(10));
    await w.patch(vs, 'vs', { spec: { http: [primary(100, 0), assets] } });
    expect(await w.observe(aSplit(10))).toMatchObject({ upToDate: false, canaryWeight: { min: 0, max: 0 } });
    expect(await w.apply(aSplit(10))).toBe(1);
    expect(specOf(w)).toEqual({ ...fixture, http: [primary(90, 10), assets] });
  });

  it.each(['vs.other', 'vs.other.svc.cluster.local', 'vs.other.cluster.local'])('edits %s in the namespace other', async (name) => {
    const [kind, object] = virtualService(fixture);
    const there: readonly [Resource, NewObject] = [kind, { ...object, metadata: { ...object.metadata, namespace: 'other' } }];
    const w = await world({ section: { virtualService: { name, routes: ['primary'] } }, objects: [there, virtualService(fixture)] });
    await w.apply(aSplit(10));
    expect(specOf(w, 'vs', 'other')).toEqual({ ...fixture, http: [primary(90, 10), assets] });
    expect(specOf(w)).toEqual(fixture);
    expect(w.router.watches(w.target)).toEqual([{ resource: vs, namespace: 'other', name: 'vs' }]);
  });

  it('needs the namespace behind a name with dots', async () => {
    const w = await world({
      section: { virtualService: { name: 'a.b.shop' } },
      objects: [virtualService({ http: [primary()] }, 'a.b')],
    });
    await w.apply(aSplit(10));
    expect(specOf(w, 'a.b')).toEqual({ http: [primary(90, 10)] });
  });

  it('edits several VirtualServices and tells the range of their weights', async () => {
    const section = { virtualServices: [{ name: 'vs', routes: ['primary'] }, { name: 'vs2' }] };
    const w = await world({ section, objects: [virtualService(fixture), virtualService({ http: [primary()] }, 'vs2')] });
    expect(await w.apply(aSplit(25))).toBe(2);
    expect(specOf(w, 'vs2')).toEqual({ http: [primary(75, 25)] });
    await w.patch(vs, 'vs2', { spec: { http: [primary(40, 60)] } });
    expect(await w.observe(aSplit(25))).toMatchObject({ canaryWeight: { min: 25, max: 60 }, stableWeight: { min: 40, max: 75 } });
  });

  it('counts every route that leads to the canary besides, as pinned', async () => {
    const w = await world({ objects: [virtualService({ http: [{ name: 'always', route: [to('app-canary')] }, primary()] })] });
    expect(await w.observe(aSplit(0))).toMatchObject({ pinned: true, canaryWeight: { min: 0, max: 0 }, upToDate: true });
  });
});

describe('Istio, case 9: destinations of others (traffic 3.6)', () => {
  it('leaves additional subsets their weight', async () => {
    const exp = { destination: { host: 'app', subset: 'exp' }, weight: 20 };
    const of = (stable: number, canary: number): JsonObject => {
      const route = subsetRoute(stable, canary);
      return { ...route, route: [...(route['route'] as readonly JsonObject[]), exp] }; // a list in the fixture above
    };
    const w = await trafficWorld({
      ...{ router: istioRouter, kinds: [vs, dr] },
      objects: [virtualService({ http: [of(80, 0)] }), destinationRule(rule('v1', 'v2'))],
      target: {
        section: { ...bySubsets, destinationRule: { ...(bySubsets['destinationRule'] as JsonObject), additionalSubsetNames: ['exp'] } },
      }, // an object in the fixture above
    });
    await w.apply(aSplit(10));
    expect(specOf(w)).toEqual({ http: [of(70, 10)] });
  });

  it('leaves a destination of somebody else its weight too, and the weights add up', async () => {
    const route = (stable: number, canary: number): JsonObject => ({
      http: [{ route: [...split100(stable, canary), to('elsewhere', 5)] }],
    });
    const w = await world({ section: byRoutes(), objects: [virtualService(route(95, 0))] });
    await w.apply(aSplit(10));
    expect(specOf(w)).toEqual(route(85, 10));
    await w.apply(aSplit(100));
    expect(specOf(w)).toEqual(route(0, 95));
  });
});

import { describe, expect, it } from '@jest/globals';
import {
  group,
  vs,
  dr,
  virtualService,
  destinationRule,
  to,
  split100,
  fixture,
  hdr,
  managedRoutes,
  hdrRoute,
  byRoutes,
  world,
  specOf,
  bySubsets,
  subsetRoute,
  rule,
  subsetWorld,
} from '../../testing/istio-fixtures.js';
import { aSplit, trafficNamespace } from '../../testing/traffic-world.js';

describe('Istio, case 8: what is wrong is told, and nothing is touched (traffic 3.6)', () => {
  const path = 'spec.strategy.canary.trafficRouting.istio';
  const name = `${path}.virtualService.name`;
  const http = (text: string): string => `Istio VirtualService has invalid HTTP routes. Error: ${text}`;

  it.each([
    {
      when: 'a listed route is missing',
      setting: { section: byRoutes('nosuch') },
      error: { path: name, value: '"vs"', detail: http("HTTP Route 'nosuch' is not found in the defined Virtual Service.") },
    },
    {
      when: 'the route has no canary destination',
      setting: { objects: [virtualService({ http: [{ name: 'primary', route: [to('app-stable')] }] })] },
      error: { path: name, detail: http("HTTP Route 'primary': canary Service 'app-canary' is not found in it.") },
    },
    {
      when: 'the route has a destination twice',
      setting: { objects: [virtualService({ http: [{ name: 'primary', route: [...split100(), to('app-canary', 0)] }] })] },
      error: { path: name, detail: http("HTTP Route 'primary': canary Service 'app-canary' is in it 2 times.") },
    },
    {
      when: 'there are two routes and none is listed',
      setting: { section: byRoutes() },
      error: { path: name, detail: http('there are 2 HTTP routes, and none is named in the Rollout.') },
    },
    {
      when: 'there are two tls routes and none is listed',
      setting: { section: byRoutes(), objects: [virtualService({ tls: [{ route: split100() }, { route: split100() }] })] },
      error: {
        path: name,
        detail: 'Istio VirtualService has invalid TLS routes. Error: there are 2 TLS routes, and none is named in the Rollout.',
      },
    },
    {
      when: 'no tcp route has the port',
      setting: {
        section: { virtualService: { name: 'vs', tcpRoutes: [{ port: 3306 }] } },
        objects: [virtualService({ tcp: [{ match: [{ port: 1 }], route: split100() }] })],
      },
      error: {
        path: name,
        detail: "Istio VirtualService has invalid TCP routes. Error: TCP Route '3306' is not found in the defined Virtual Service.",
      },
    },
    {
      when: 'the object has no routes at all',
      setting: { section: byRoutes(), objects: [virtualService({ hosts: ['app'] })] },
      error: { path: name, detail: 'Istio VirtualService has no HTTP, TLS or TCP route with the stable and the canary destination' },
    },
    {
      when: 'the VirtualService is missing',
      setting: { objects: [] },
      error: { path: name, value: '"vs"', detail: 'virtualservices.networking.istio.io "vs" not found' },
    },
    {
      when: 'the second of several is missing',
      setting: { section: { virtualServices: [{ name: 'vs', routes: ['primary'] }, { name: 'vs2' }] } },
      error: { path: `${path}.virtualServices[1].name`, value: '"vs2"', detail: 'virtualservices.networking.istio.io "vs2" not found' },
    },
    {
      when: 'one is listed twice',
      setting: {
        section: {
          virtualServices: [
            { name: 'vs', routes: ['primary'] },
            { name: 'vs.shop', routes: ['primary'] },
          ],
        },
      },
      error: { path: `${path}.virtualServices[1].name`, detail: 'the VirtualService is listed twice' },
    },
    {
      when: 'both forms are used',
      setting: {
        section: { ...byRoutes('primary'), virtualServices: [{ name: 'vs2' }] },
        objects: [virtualService(fixture), virtualService(fixture, 'vs2')],
      },
      error: { path, kind: 'internal', detail: 'Either .virtualService or .virtualServices must be configured' },
    },
    {
      when: 'neither form is used',
      setting: { section: {} },
      error: { path, kind: 'internal', detail: 'Either .virtualService or .virtualServices must be configured' },
    },
    {
      when: 'the DestinationRule is missing',
      setting: { section: bySubsets, objects: [virtualService({ http: [subsetRoute(100, 0)] })] },
      error: { path: `${path}.destinationRule.name`, value: '"dr"', detail: 'destinationrules.networking.istio.io "dr" not found' },
    },
    {
      when: 'a subset is missing from the DestinationRule',
      setting: {
        section: bySubsets,
        objects: [virtualService({ http: [subsetRoute(100, 0)] }), destinationRule({ host: 'app', subsets: [{ name: 'stable' }] })],
      },
      error: { path: `${path}.destinationRule.canarySubsetName`, value: '"canary"', detail: 'DestinationRule "dr" has no subset "canary"' },
    },
    {
      when: 'a subset is missing from the VirtualService',
      setting: {
        section: bySubsets,
        objects: [virtualService({ http: [{ name: 'primary', route: [to('app')] }] }), destinationRule(rule())],
      },
      error: {
        path: name,
        detail: http(
          "HTTP Route 'primary': stable subset 'stable' is not found in it, and stable Service 'app-stable' is not found in it.",
        ),
      },
    },
    {
      when: 'the cluster has no Istio',
      setting: { kinds: [], objects: [] },
      error: { path: name, detail: 'the cluster does not serve virtualservices.networking.istio.io' },
    },
  ])('when $when', async ({ setting, error }) => {
    const w = await world(setting);
    const objects = JSON.stringify(w.store.peekAll(vs).concat(w.store.peekAll(dr)));
    expect((await w.validate())[0]).toMatchObject({ kind: 'invalid', ...error });
    await expect(w.apply(aSplit(10))).rejects.toMatchObject({ code: 'invalid-spec', message: error.detail, fields: { path: error.path } });
    expect(await w.observe(aSplit(10))).toMatchObject({ upToDate: false });
    expect(JSON.stringify(w.store.peekAll(vs).concat(w.store.peekAll(dr)))).toBe(objects);
    expect(w.writes()).toEqual([]);
  });

  it('finds nothing wrong with the fixtures', async () => {
    expect(await (await world()).validate()).toEqual([]);
    expect(await (await subsetWorld()).validate()).toEqual([]);
  });

  it('recovers as soon as the object is there, or right', async () => {
    const w = await world({ objects: [] });
    expect(await w.validate()).toHaveLength(1);
    await w.store.create(vs, {
      apiVersion: `${group}/v1`,
      kind: 'VirtualService',
      metadata: { name: 'vs', namespace: trafficNamespace },
      spec: fixture,
    });
    expect(await w.validate()).toEqual([]);
    expect(await w.apply(aSplit(10))).toBe(1);
  });

  it('removes what it can from an object that has become wrong', async () => {
    const w = await world();
    await w.apply(aSplit(10, { headerRoutes: [hdr], managedRoutes }));
    await w.patch(vs, 'vs', { spec: { http: [hdrRoute, { name: 'renamed', route: split100(90, 10) }] } });
    await w.remove();
    expect(specOf(w)).toEqual({ ...fixture, http: [{ name: 'renamed', route: split100(90, 10) }] });
  });
});

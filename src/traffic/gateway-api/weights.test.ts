import { describe, expect, it } from '@jest/globals';
import { resources, type JsonObject, type NewObject, type Resource } from '../../api/kube.js';
import {
  gatewayRoutes,
  gatewayWorld,
  http,
  inProgress,
  labels,
  ref,
  route,
  routeKind,
  routeSpec,
  rules,
  sourceRule,
} from '../../testing/gateway-fixtures.js';
import { aSplit, trafficNamespace } from '../../testing/traffic-world.js';

const named = (name: string): JsonObject => ({ httpRoutes: [{ name }] });

describe('Gateway API, case 1: weights (traffic 5.4)', () => {
  it('are 100/0 after the first deployment, and a backend of somebody else keeps its own', async () => {
    const w = await gatewayWorld();
    expect(await w.apply(aSplit(0))).toBe(1);
    expect(routeSpec(w)).toEqual({ rules: [sourceRule(100, 0)] });
    expect(labels(w)).toEqual({});
  });

  it('are 70/30 with a label at setWeight 30, and 100/0 without it in the end', async () => {
    const w = await gatewayWorld();
    await w.apply(aSplit(30));
    expect(routeSpec(w)).toEqual({ rules: [sourceRule(70, 30)] });
    expect(labels(w)).toEqual(inProgress);
    await w.apply(aSplit(100));
    expect(routeSpec(w)).toEqual({ rules: [sourceRule(0, 100)] });
    expect(labels(w)).toEqual(inProgress);
    await w.apply(aSplit(0));
    expect(routeSpec(w)).toEqual({ rules: [sourceRule(100, 0)] });
    expect(labels(w)).toEqual({});
  });

  it('are seen as what both Services get of each other', async () => {
    const w = await gatewayWorld();
    await w.apply(aSplit(30));
    expect(await w.observe(aSplit(30))).toEqual({
      ...{ kind: 'gatewayAPI', subsetHashes: [], upToDate: true },
      ...{ canaryWeight: { min: 30, max: 30 }, stableWeight: { min: 70, max: 70 } },
    });
  });

  it('count as 1 each where there are none yet', async () => {
    const w = await gatewayWorld();
    expect(await w.observe(aSplit(0))).toMatchObject({ upToDate: false, canaryWeight: { min: 50, max: 50 } });
  });

  it('are of maxTrafficWeight', async () => {
    const w = await gatewayWorld();
    await w.apply(aSplit(5, { maxWeight: 1000 }));
    expect(routeSpec(w)).toEqual({ rules: [sourceRule(995, 5)] });
    expect((await w.observe(aSplit(5, { maxWeight: 1000 }))).canaryWeight).toEqual({ min: 5, max: 5 });
    await expect(w.apply(aSplit(5, { maxWeight: 2_000_000 }))).rejects.toMatchObject({ code: 'invalid-spec' });
  });

  it('are set in every rule that has both Services, and a rule with one of them is the user’s own', async () => {
    const only = (name: string): JsonObject => ({ name: `always-${name}`, backendRefs: [ref(name)] });
    const w = await gatewayWorld({ objects: [route({ rules: [only('c'), sourceRule(), only('s'), sourceRule()] })] });
    await w.apply(aSplit(30));
    expect(rules(w)).toEqual([only('c'), sourceRule(70, 30), only('s'), sourceRule(70, 30)]);
    expect((await w.observe(aSplit(30))).pinned).toBe(true);
  });

  it('leave fields we have never heard of alone', async () => {
    const odd = { x: { y: [1] } };
    const rule = { ...sourceRule(), odd, backendRefs: [{ ...ref('s'), odd }, ref('c')] };
    const w = await gatewayWorld({ objects: [route({ odd, parentRefs: [{ name: 'gw' }], rules: [rule] })] });
    await w.apply(aSplit(30));
    await w.remove();
    const back = { ...rule, backendRefs: [{ ...ref('s', 100), odd }, ref('c', 0)] };
    expect(routeSpec(w)).toEqual({ odd, parentRefs: [{ name: 'gw' }], rules: [back] });
  });

  it('are repaired when somebody edits them', async () => {
    const w = await gatewayWorld();
    await w.apply(aSplit(30));
    await w.patch(http, 'r', {
      spec: { rules: [sourceRule(100, 0)] },
      metadata: { labels: { 'rollouts.argoproj.io/gatewayapi-canary': null } },
    });
    expect((await w.observe(aSplit(30))).upToDate).toBe(false);
    expect(await w.apply(aSplit(30))).toBe(1);
    expect(routeSpec(w)).toEqual({ rules: [sourceRule(70, 30)] });
    expect(labels(w)).toEqual(inProgress);
  });
});

describe('Gateway API, case 5: other kinds of routes (traffic 5.4)', () => {
  it.each([
    ['grpc', 'v1'],
    ['grpc', 'v1alpha2'],
    ['tcp', 'v1'],
    ['tcp', 'v1alpha2'],
    ['tls', 'v1'],
    ['tls', 'v1alpha3'],
    ['tls', 'v1alpha2'],
  ] as const)('weighs %s routes in %s', async (protocol, version) => {
    const kind = routeKind(protocol, version);
    const of = (stable?: number, canary?: number): JsonObject => ({ rules: [{ backendRefs: [ref('s', stable), ref('c', canary)] }] });
    const [, object] = route(of(), 'r', protocol);
    const objects = [[kind, { ...object, apiVersion: `gateway.networking.k8s.io/${version}` }] as const];
    const w = await gatewayWorld({ section: { [`${protocol}Route`]: 'r' }, kinds: [kind], objects });
    await w.apply(aSplit(30));
    expect(routeSpec(w, 'r', kind)).toEqual(of(70, 30));
    expect(labels(w, 'r', kind)).toEqual(inProgress);
    await w.apply(aSplit(0));
    expect(routeSpec(w, 'r', kind)).toEqual(of(100, 0));
    expect(labels(w, 'r', kind)).toEqual({});
    expect(w.router.needs(w.target)).toEqual([kind]);
  });

  it('uses v1beta1 of HTTPRoutes where there is no v1', async () => {
    const kind = routeKind('http', 'v1beta1');
    const [, object] = route({ rules: [sourceRule()] });
    const w = await gatewayWorld({ kinds: [kind], objects: [[kind, { ...object, apiVersion: 'gateway.networking.k8s.io/v1beta1' }]] });
    await w.apply(aSplit(30));
    expect(routeSpec(w, 'r', kind)).toEqual({ rules: [sourceRule(70, 30)] });
    expect(w.router.watches(w.target)).toEqual([{ resource: kind, namespace: trafficNamespace, name: 'r' }]);
  });

  it('weighs several routes of several kinds, and tells the range of their weights', async () => {
    const section = { httpRoute: 'r', tcpRoutes: [{ name: 't' }] };
    const tcp = (stable?: number, canary?: number): JsonObject => ({ rules: [{ backendRefs: [ref('s', stable), ref('c', canary)] }] });
    const w = await gatewayWorld({ section, objects: [route({ rules: [sourceRule()] }), route(tcp(), 't', 'tcp')] });
    expect(await w.apply(aSplit(30))).toBe(2);
    await w.patch(routeKind('tcp'), 't', { spec: tcp(40, 60) });
    expect(await w.observe(aSplit(30))).toMatchObject({ canaryWeight: { min: 30, max: 60 }, stableWeight: { min: 40, max: 70 } });
  });
});

describe('Gateway API, case 6: selected routes (traffic 5.4)', () => {
  const app = { labels: { app: 'x' } };
  const three = [
    route({ rules: [sourceRule()] }, 'one', 'http', app),
    route({ rules: [sourceRule()] }, 'two', 'http', app),
    route({ rules: [sourceRule()] }, 'unlabelled'),
  ];

  it.each([
    ['labels', { matchLabels: { app: 'x' } }],
    ['expressions', { matchExpressions: [{ key: 'app', operator: 'In', values: ['x', 'y'] }] }],
  ])('changes routes selected by %s together, and no other', async (_what, httpRouteSelector) => {
    const w = await gatewayWorld({ section: { httpRouteSelector }, objects: three });
    expect(await w.apply(aSplit(30))).toBe(2);
    expect([rules(w, 'one'), rules(w, 'two'), rules(w, 'unlabelled')]).toEqual([
      [sourceRule(70, 30)],
      [sourceRule(70, 30)],
      [sourceRule()],
    ]);
    expect(labels(w, 'one')).toEqual({ app: 'x', ...inProgress });
  });

  it('changes one that is also named only once', async () => {
    const w = await gatewayWorld({ section: { ...named('one'), httpRouteSelector: { matchLabels: { app: 'x' } } }, objects: three });
    expect(await w.apply(aSplit(30))).toBe(2);
  });

  it('edits routes in another namespace', async () => {
    const elsewhere = route({ rules: [sourceRule()] }, 'r', 'http', { namespace: 'other' });
    const w = await gatewayWorld({
      section: { ...named('r'), namespace: 'other' },
      objects: [elsewhere, route({ rules: [sourceRule()] })],
    });
    await w.apply(aSplit(30));
    expect(routeSpec(w, 'r', http, 'other')).toEqual({ rules: [sourceRule(70, 30)] });
    expect(rules(w)).toEqual([sourceRule()]);
  });
});

describe('Gateway API, case 9: the label of a canary in progress (traffic 5.4)', () => {
  it.each([
    ['none when it is disabled', { disableInProgressLabel: true }, {}],
    ['another key and value', { inProgressLabelKey: 'x.io/canary', inProgressLabelValue: 'yes' }, { 'x.io/canary': 'yes' }],
  ])('is %s', async (_what, more, expected) => {
    const w = await gatewayWorld({
      section: { ...named('r'), ...more },
      objects: [route({ rules: [sourceRule()] }, 'r', 'http', { labels: { a: 'b' } })],
    });
    await w.apply(aSplit(30));
    expect(labels(w)).toEqual({ a: 'b', ...expected });
    await w.apply(aSplit(0));
    expect(labels(w)).toEqual({ a: 'b' });
  });
});

describe('Gateway API, experiments (traffic 5.2)', () => {
  const service = (name: string, ...ports: readonly JsonObject[]): readonly [Resource, NewObject] => [
    resources.services,
    { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: { app: 'x' }, ports } },
  ];
  const trial = { weight: 20, serviceName: 'trial' };
  const objects = [
    route({ rules: [sourceRule()] }),
    service('trial', { name: 'metrics', port: 9090 }, { name: 'http', port: 8080 }),
    service('first', { name: 'a', port: 7000 }, { name: 'b', port: 7001 }),
  ];
  const extra = (name: string, port: number, weight: number): JsonObject => ({ group: '', kind: 'Service', name, port, weight });

  it('get a backend with the port named http, or the first, and the weights add up', async () => {
    const w = await gatewayWorld({ objects });
    const wanted = aSplit(10, { additional: [trial, { weight: 5, serviceName: 'first' }] });
    await w.apply(wanted);
    const { backendRefs, ...rule } = sourceRule(65, 10);
    expect(rules(w)).toEqual([
      { ...rule, backendRefs: [...(backendRefs as readonly JsonObject[]), extra('trial', 8080, 20), extra('first', 7000, 5)] }, // a list in the fixture
    ]);
    expect(await w.observe(wanted)).toMatchObject({
      ...{ upToDate: true, canaryWeight: { min: 10, max: 10 }, stableWeight: { min: 65, max: 65 } },
    });
    expect(await w.apply(wanted)).toBe(0);
  });

  it('leave nothing behind', async () => {
    const w = await gatewayWorld({ objects });
    await w.apply(aSplit(10, { additional: [trial] }));
    await w.apply(aSplit(10));
    expect(rules(w)).toEqual([sourceRule(90, 10)]);
    expect(w.get(http, 'r')?.metadata.annotations ?? {}).toEqual({});
  });

  it('leave their share to stable while their Service is missing', async () => {
    const w = await gatewayWorld();
    await w.apply(aSplit(10, { additional: [trial] }));
    expect(rules(w)).toEqual([sourceRule(90, 10)]);
  });
});

describe('Gateway API, taken out of a Rollout', () => {
  it('leaves all traffic with stable and no trace', async () => {
    const w = await gatewayWorld();
    await w.apply(aSplit(30, { managedRoutes: gatewayRoutes }));
    expect(await w.remove()).toBe(1);
    expect(routeSpec(w)).toEqual({ rules: [sourceRule(100, 0)] });
    expect(labels(w)).toEqual({});
    expect(await w.remove()).toBe(0);
  });

  it('has nothing to do where a route is gone', async () => {
    const w = await gatewayWorld({ objects: [] });
    expect(await w.remove()).toBe(0);
  });
});

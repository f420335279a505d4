import { describe, expect, it } from '@jest/globals';
import type { JsonObject, NewObject } from '../../api/kube.js';
import type { MirrorRoute, TrafficSplit } from '../../core/traffic/types.js';
import {
  anyPath,
  canaryRef,
  filters,
  gatewayRoutes,
  gatewayWorld,
  hdr,
  hdr2,
  hdrHeaders,
  hdrRule,
  header,
  http,
  mirror,
  ref,
  route,
  routeKind,
  rules,
  sourceRule,
} from '../../testing/gateway-fixtures.js';
import { aSplit } from '../../testing/traffic-world.js';

const at = (weight: number, more: Partial<TrafficSplit> = {}): TrafficSplit => aSplit(weight, { managedRoutes: gatewayRoutes, ...more });
const hdr2Rule: JsonObject = {
  ...hdrRule({ ...anyPath, headers: [header('X-Two', 'a|b', 'RegularExpression')] }),
  name: 'hdr2',
};

describe('Gateway API, case 2: header routes (traffic 5.4)', () => {
  it('are rules of their own behind the others, with all headers at once', async () => {
    const w = await gatewayWorld();
    await w.apply(at(30, { headerRoutes: [hdr] }));
    expect(rules(w)).toEqual([sourceRule(70, 30), hdrRule({ ...anyPath, headers: hdrHeaders })]);
    expect((await w.observe(at(30, { headerRoutes: [hdr] }))).pinned).toBe(true);
  });

  it('stay as they are while weights move and others come and go', async () => {
    const w = await gatewayWorld();
    const one = hdrRule({ ...anyPath, headers: hdrHeaders });
    await w.apply(at(30, { headerRoutes: [hdr] }));
    await w.apply(at(60, { headerRoutes: [hdr, hdr2] }));
    expect(rules(w)).toEqual([sourceRule(40, 60), one, hdr2Rule]);
    expect(await w.apply(at(60, { headerRoutes: [hdr2, hdr] }))).toBe(0);
    await w.apply(at(90, { headerRoutes: [hdr, hdr2] }));
    expect(rules(w)).toEqual([sourceRule(10, 90), one, hdr2Rule]);
    await w.apply(at(90, { headerRoutes: [hdr2] }));
    expect(rules(w)).toEqual([sourceRule(10, 90), hdr2Rule]);
    await w.apply(at(90));
    expect(rules(w)).toEqual([sourceRule(10, 90)]);
  });

  it('are asserted again when somebody removes or changes them', async () => {
    const w = await gatewayWorld();
    const wanted = at(30, { headerRoutes: [hdr] });
    await w.apply(wanted);
    const right = rules(w);
    await w.patch(http, 'r', { spec: { rules: [sourceRule(70, 30)] } });
    expect((await w.observe(wanted)).upToDate).toBe(false);
    await w.apply(wanted);
    expect(rules(w)).toEqual(right);
    await w.patch(http, 'r', {
      spec: { rules: [sourceRule(70, 30), { ...hdrRule({ ...anyPath, headers: hdrHeaders }), backendRefs: [ref('s')] }] },
    });
    await w.apply(wanted);
    expect(rules(w)).toEqual(right);
  });

  it('have timeouts and all else of the rule they were made from', async () => {
    const more = { timeouts: { request: '5s' }, retry: { attempts: 2 } };
    const w = await gatewayWorld({ objects: [route({ rules: [{ ...sourceRule(), ...more, name: 'mine' }] })] });
    await w.apply(at(30, { headerRoutes: [hdr] }));
    expect(rules(w)).toEqual([
      { ...sourceRule(70, 30), ...more, name: 'mine' },
      { ...hdrRule({ ...anyPath, headers: hdrHeaders }), ...more },
    ]);
  });

  it('ask for the path every rule without matches has', async () => {
    const { matches: _matches, ...bare } = sourceRule();
    const w = await gatewayWorld({ objects: [route({ rules: [bare] })] });
    await w.apply(at(0, { headerRoutes: [hdr] }));
    expect(rules(w)).toMatchObject([{}, hdrRule({ ...anyPath, headers: hdrHeaders })]);
    expect(rules(w)).toMatchObject([{ backendRefs: [{ weight: 100 }, { weight: 0 }, { weight: 7 }] }, {}]);
  });

  it('take a prefix literally', async () => {
    const w = await gatewayWorld();
    const dotted = { ...hdr, match: [{ headerName: 'X-V', headerValue: { kind: 'prefix' as const, value: '1.2' } }] };
    await w.apply(at(0, { headerRoutes: [dotted] }));
    expect(rules(w)).toMatchObject([{}, { matches: [{ headers: [header('X-V', '1\\.2.*', 'RegularExpression')] }] }]);
  });
});

describe('Gateway API, cases 3 and 4: several source rules, and rules with headers (traffic 5.4)', () => {
  it('makes a rule for each, numbered from the second on', async () => {
    const byQuery = { ...anyPath, queryParams: [{ name: 'q', value: '1' }] };
    const byHeader = { ...anyPath, headers: [header('X-Region', 'eu')] };
    const two = (stable?: number, canary?: number): readonly JsonObject[] => [
      { ...sourceRule(stable, canary), matches: [byQuery] },
      { ...sourceRule(stable, canary), matches: [byHeader] },
    ];
    const w = await gatewayWorld({ objects: [route({ rules: two() })] });
    await w.apply(at(30, { headerRoutes: [hdr] }));
    expect(rules(w)).toEqual([
      ...two(70, 30),
      hdrRule({ ...byQuery, headers: hdrHeaders }),
      { ...hdrRule({ ...byHeader, headers: [header('X-Region', 'eu'), ...hdrHeaders] }), name: 'hdr-1' },
    ]);
    await w.apply(at(0));
    expect(rules(w)).toEqual(two(100, 0));
  });

  it('asks for the headers of the source rule too, and restores it exactly', async () => {
    const secure = (stable?: number, canary?: number): JsonObject => ({
      ...sourceRule(stable, canary),
      matches: [{ ...anyPath, headers: [header('X-Security', 'on')] }],
    });
    const w = await gatewayWorld({ objects: [route({ rules: [secure()] })] });
    await w.apply(at(30, { headerRoutes: [hdr] }));
    expect(rules(w)).toMatchObject([{}, { matches: [{ headers: [header('X-Security', 'on'), ...hdrHeaders] }] }]);
    await w.apply(at(0));
    expect(rules(w)).toEqual([secure(100, 0)]);
  });

  it('cannot ask for a header twice, says so, and leaves the route alone', async () => {
    const rule = { ...sourceRule(), matches: [{ ...anyPath, headers: [header('x-test', 'other')] }] };
    const w = await gatewayWorld({ objects: [route({ rules: [rule] })] });
    await expect(w.apply(at(30, { headerRoutes: [hdr] }))).rejects.toMatchObject({
      code: 'invalid-spec',
      message: 'HTTPRoute "r": header X-Test is matched twice',
    });
    expect((await w.observe(at(30, { headerRoutes: [hdr] }))).upToDate).toBe(false);
    expect(w.writes()).toEqual([]);
  });

  it('does not ask twice for what the rule asks for already', async () => {
    const rule = { ...sourceRule(), matches: [{ ...anyPath, headers: [{ name: 'X-Test', value: 'test' }] }] };
    const w = await gatewayWorld({ objects: [route({ rules: [rule] })] });
    await w.apply(at(30, { headerRoutes: [hdr] }));
    expect(rules(w)).toMatchObject([{}, { matches: [{ headers: [{ name: 'X-Test', value: 'test' }, hdrHeaders[1]] }] }]);
  });
});

describe('Gateway API, case 5: who gets header routes (traffic 5.4)', () => {
  it('makes them in GRPCRoutes too', async () => {
    const grpc = routeKind('grpc');
    const method = { method: { type: 'Exact', service: 'shop.Cart', method: 'Add' } };
    const of = (stable?: number, canary?: number): JsonObject => ({ matches: [method], backendRefs: [ref('s', stable), ref('c', canary)] });
    const w = await gatewayWorld({ section: { grpcRoute: 'r' }, objects: [route({ rules: [of()] }, 'r', 'grpc')] });
    await w.apply(at(30, { headerRoutes: [hdr] }));
    expect(rules(w, 'r', grpc)).toEqual([
      of(70, 30),
      { name: 'hdr', matches: [{ ...method, headers: hdrHeaders }], backendRefs: [canaryRef] },
    ]);
    await w.apply(at(0));
    expect(rules(w, 'r', grpc)).toEqual([of(100, 0)]);
  });

  it('weighs a route with useHeaderRoutes false and makes none in it', async () => {
    const section = { httpRoutes: [{ name: 'r' }, { name: 'with', useHeaderRoutes: true }] };
    const w = await gatewayWorld({ section, objects: [route({ rules: [sourceRule()] }), route({ rules: [sourceRule()] }, 'with')] });
    await w.apply(at(30, { headerRoutes: [hdr] }));
    expect(rules(w)).toEqual([sourceRule(70, 30)]);
    expect(rules(w, 'with')).toHaveLength(2);
  });

  it.each([
    ['no route uses them', { httpRoutes: [{ name: 'r' }] }, [route({ rules: [sourceRule()] })]],
    ['only a TCPRoute does', { tcpRoute: 'r' }, [route({ rules: [sourceRule()] }, 'r', 'tcp')]],
  ])('says that it cannot when %s', async (_when, section, objects) => {
    const w = await gatewayWorld({ section, objects });
    await expect(w.apply(at(30, { headerRoutes: [hdr] }))).rejects.toMatchObject({
      code: 'invalid-spec',
      message: 'header and mirror routes need an HTTPRoute or GRPCRoute with useHeaderRoutes: true',
    });
    expect(w.writes()).toEqual([]);
  });
});

describe('Gateway API, case 8: rules of the user (traffic 5.4)', () => {
  it('survive, also one that leads to the canary alone', async () => {
    const always: JsonObject = { name: 'always-canary', matches: [anyPath], backendRefs: [ref('c')] };
    const w = await gatewayWorld({ objects: [route({ rules: [sourceRule(), always] })] });
    await w.apply(at(30, { headerRoutes: [hdr] }));
    expect(rules(w)).toEqual([sourceRule(70, 30), always, hdrRule({ ...anyPath, headers: hdrHeaders })]);
    await w.apply(at(0));
    expect(rules(w)).toEqual([sourceRule(100, 0), always]);
    await w.remove();
    expect(rules(w)).toEqual([sourceRule(100, 0), always]);
  });
});

describe('Gateway API, mirror routes', () => {
  const mirrored = (percent?: number): JsonObject => ({
    type: 'RequestMirror',
    requestMirror: { backendRef: { group: '', kind: 'Service', name: 'c', port: 80 }, ...(percent === undefined ? {} : { percent }) },
  });
  const mirrorRule = (stable: number, canary: number, ...matches: readonly JsonObject[]): JsonObject => ({
    ...{ name: 'mirror', matches, filters: [...filters, mirrored(35)] },
    backendRefs: [ref('s', stable), ref('c', canary), ref('extra', 7)],
  });
  const byGet = { ...anyPath, method: 'GET' };

  it('stand before the rule they were made from, with its weights', async () => {
    const w = await gatewayWorld();
    await w.apply(at(10, { mirrorRoutes: [mirror] }));
    expect(rules(w)).toEqual([mirrorRule(90, 10, byGet), sourceRule(90, 10)]);
    await w.apply(at(40, { mirrorRoutes: [mirror] }));
    expect(rules(w)).toEqual([mirrorRule(60, 40, byGet), sourceRule(60, 40)]);
    expect((await w.observe(at(40, { mirrorRoutes: [mirror] }))).canaryWeight).toEqual({ min: 40, max: 40 });
    await w.apply(at(0));
    expect(rules(w)).toEqual([sourceRule(100, 0)]);
  });

  it('never take a request from a header route: it asks for what they narrow too', async () => {
    const w = await gatewayWorld();
    await w.apply(at(10, { headerRoutes: [hdr], mirrorRoutes: [mirror] }));
    expect(rules(w)).toEqual([
      mirrorRule(90, 10, byGet),
      sourceRule(90, 10),
      hdrRule({ ...anyPath, headers: hdrHeaders }, { ...byGet, headers: hdrHeaders }),
    ]);
  });

  const matchesFor = async (source: JsonObject, match: MirrorRoute['match']): Promise<unknown> => {
    const w = await gatewayWorld({ objects: [route({ rules: [{ ...sourceRule(), matches: [source] }] })] });
    await w.apply(at(10, { mirrorRoutes: [{ name: 'mirror', match }] }));
    const [first] = rules(w) as readonly JsonObject[]; // a list, as the router has written it
    return first?.['name'] === 'mirror' ? first['matches'] : 'none';
  };
  const under = (type: string, value: string): JsonObject => ({ path: { type, value } });

  it.each([
    ['a path within the prefix', under('PathPrefix', '/api'), [{ path: { kind: 'exact', value: '/api/x' } }], [under('Exact', '/api/x')]],
    [
      'a prefix within the prefix',
      under('PathPrefix', '/api/'),
      [{ path: { kind: 'prefix', value: '/api/v1' } }],
      [under('PathPrefix', '/api/v1')],
    ],
    ['a prefix around the path', under('Exact', '/api/x'), [{ path: { kind: 'prefix', value: '/api' } }], [under('Exact', '/api/x')]],
    ['a prefix that is none by whole elements', under('PathPrefix', '/api'), [{ path: { kind: 'prefix', value: '/apis' } }], 'none'],
    ['any path by a regular expression', anyPath, [{ path: { kind: 'regex', value: '/a.*' } }], [under('RegularExpression', '/a.*')]],
    ['another method', { ...anyPath, method: 'POST' }, [{ method: { kind: 'exact', value: 'GET' } }], 'none'],
    ['a header', anyPath, [{ headers: { 'X-A': { kind: 'exact', value: '1' } } }], [{ ...anyPath, headers: [header('X-A', '1')] }]],
    [
      'either of two',
      anyPath,
      [{ method: { kind: 'exact', value: 'GET' } }, { method: { kind: 'exact', value: 'HEAD' } }],
      [
        { ...anyPath, method: 'GET' },
        { ...anyPath, method: 'HEAD' },
      ],
    ],
  ] as const)('narrow the source rule to %s', async (_what, source, match, expected) => {
    expect(await matchesFor(source, match)).toEqual(expected);
  });

  it.each([
    ['a method by prefix', anyPath, [{ method: { kind: 'prefix', value: 'G' } }], /a method can be matched exactly only/],
    [
      'a regular expression within a prefix',
      under('PathPrefix', '/api'),
      [{ path: { kind: 'regex', value: '/a.*' } }],
      /cannot be combined/,
    ],
  ] as const)('cannot express %s', async (_what, source, match, text) => {
    await expect(matchesFor(source, match)).rejects.toMatchObject({ code: 'invalid-spec', message: expect.stringMatching(text) });
  });

  it('mirror gRPC by headers only', async () => {
    const of: JsonObject = { rules: [{ backendRefs: [ref('s'), ref('c')] }] };
    const world = (): ReturnType<typeof gatewayWorld> => gatewayWorld({ section: { grpcRoute: 'r' }, objects: [route(of, 'r', 'grpc')] });
    const byHeader = { name: 'mirror', match: [{ headers: { a: { kind: 'exact' as const, value: '1' } } }] };
    const w = await world();
    await w.apply(at(10, { mirrorRoutes: [byHeader] }));
    expect(rules(w, 'r', routeKind('grpc'))).toEqual([
      { name: 'mirror', matches: [{ headers: [header('a', '1')] }], filters: [mirrored()], backendRefs: [ref('s', 90), ref('c', 10)] },
      { backendRefs: [ref('s', 90), ref('c', 10)] },
    ]);
    await expect((await world()).apply(at(10, { mirrorRoutes: [mirror] }))).rejects.toMatchObject({
      message: 'GRPCRoute "r": a GRPCRoute can mirror by headers only',
    });
  });
});

describe('Gateway API, limits of the API', () => {
  it('refuses more than 16 rules, and leaves the route alone', async () => {
    const w = await gatewayWorld({ objects: [route({ rules: Array.from({ length: 9 }, () => sourceRule()) })] });
    await expect(w.apply(at(10, { headerRoutes: [hdr] }))).rejects.toMatchObject({
      code: 'invalid-spec',
      message: 'with header and mirror routes it would have 18 rules, and the API allows 16',
    });
    expect(w.writes()).toEqual([]);
    expect(await w.apply(at(10))).toBe(1);
  });

  it('refuses more than 64 matches in a rule', async () => {
    const many = Array.from({ length: 40 }, (_, i) => ({ path: { type: 'PathPrefix', value: `/${i}` } }));
    const w = await gatewayWorld({ objects: [route({ rules: [{ ...sourceRule(), matches: many }] })] });
    await expect(w.apply(at(10, { headerRoutes: [hdr], mirrorRoutes: [mirror] }))).rejects.toMatchObject({
      message: 'with header and mirror routes it would have 80 matches in a rule, and the API allows 64',
    });
  });
});

/** The parts of the real definition that fill in and drop fields. */
function definition(ruleFields: JsonObject): NewObject {
  const text = { type: 'string' };
  const odd = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const list = (items: JsonObject, more: JsonObject = {}): JsonObject => ({ type: 'array', items, ...more });
  const object = (properties: JsonObject): JsonObject => ({ type: 'object', properties });
  const path = {
    ...object({ type: { ...text, default: 'PathPrefix' }, value: { ...text, default: '/' } }),
    default: { type: 'PathPrefix', value: '/' },
  };
  const headers = list(object({ name: text, type: { ...text, default: 'Exact' }, value: text }));
  const backendRef = object({
    ...{ group: { ...text, default: '' }, kind: { ...text, default: 'Service' }, name: text },
    ...{ port: { type: 'integer' }, weight: { type: 'integer', default: 1 }, unheard: { ...text, default: 'of' } },
  });
  const rule = object({
    ...ruleFields,
    matches: list(object({ path, headers, method: text }), { default: [{ path: { type: 'PathPrefix', value: '/' } }] }),
    filters: list(odd),
    backendRefs: list(backendRef),
  });
  const spec = object({ rules: list(rule) });
  const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: object({ spec }) } };
  return {
    ...{
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'httproutes.gateway.networking.k8s.io' },
    },
    spec: {
      group: 'gateway.networking.k8s.io',
      scope: 'Namespaced',
      names: { plural: 'httproutes', kind: 'HTTPRoute' },
      versions: [version],
    },
  };
}

describe('Gateway API, definitions that fill in and drop fields', () => {
  const withNames = { kinds: [], definitions: [definition({ name: { type: 'string' } })] };
  const withoutNames = { kinds: [], definitions: [definition({})] };
  const wanted = at(30, { headerRoutes: [hdr], mirrorRoutes: [mirror] });

  it('writes once, whatever the API server fills in, even what we have never heard of', async () => {
    const { matches: _matches, ...bare } = sourceRule();
    const w = await gatewayWorld({ ...withNames, objects: [route({ rules: [bare] })] });
    expect(await w.apply(wanted)).toBe(1);
    expect(await w.observe(wanted)).toMatchObject({ upToDate: true });
    expect(await w.apply(wanted)).toBe(0);
    expect(rules(w)).toHaveLength(3);
    await w.apply(at(0));
    expect(rules(w)).toMatchObject([{ matches: [anyPath] }]);
    expect(rules(w)).toHaveLength(1);
  });

  it('makes no header route where rules have no names, for nobody could tell it from the user’s', async () => {
    const w = await gatewayWorld({ ...withoutNames });
    const before = JSON.stringify(rules(w));
    await expect(w.apply(wanted)).rejects.toMatchObject({
      code: 'invalid-spec',
      message: 'the HTTPRoute definition of this cluster drops fields that header and mirror routes need: install a newer Gateway API',
    });
    expect(JSON.stringify(rules(w))).toBe(before);
    expect(w.writes()).toEqual([]);
    expect(await w.apply(at(30))).toBe(1);
  });
});

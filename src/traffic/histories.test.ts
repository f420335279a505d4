import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject, KubeObject } from '../api/kube.js';
import type { HeaderRoute, MirrorRoute, TrafficSplit } from '../core/traffic/types.js';
import { fieldOf, objectsOf } from '../lib/json.js';
import { aSplit } from '../testing/traffic-world.js';
import { isManaged } from './gateway-api/refs.js';
import { renderRoute } from './gateway-api/render.js';
import { findRoutes } from './istio/routes.js';
import { renderVirtualService } from './istio/render.js';
import { patchTo } from './objects.js';
import type { TrafficTarget } from './router.js';

/* Histories of random splits over objects with whatever users put there: what is not ours is what it was, and weights add up. */

const managedRoutes = ['mirror', 'hdr', 'two'];
const target: TrafficTarget = {
  ...{ namespace: 'shop', rolloutName: 'app', rolloutUid: 'u', canaryService: 'c', stableService: 's' },
  ...{ section: {}, path: '', managedRoutes },
};
const services = { canary: 'c', stable: 's' };
const header = (name: string, value: string): HeaderRoute => ({
  name,
  match: [{ headerName: 'X-U', headerValue: { kind: 'exact', value } }],
});
const mirror: MirrorRoute = { name: 'mirror', percentage: 10, match: [{ method: { kind: 'exact', value: 'GET' } }] };

const splits: fc.Arbitrary<TrafficSplit> = fc
  .record({
    weight: fc.integer({ min: 0, max: 100 }),
    extra: fc.subarray([
      { serviceName: 'trial', weight: 7 },
      { serviceName: 'app-6f4-2-1-base', weight: 13 },
    ]),
    headerRoutes: fc.subarray([header('hdr', 'a'), header('two', 'b')]),
    mirrorRoutes: fc.subarray([mirror]),
  })
  .map(({ weight, extra, headerRoutes, mirrorRoutes }) => {
    const most = 100 - extra.reduce((sum, each) => sum + each.weight, 0);
    return aSplit(Math.min(weight, most), { additional: extra, headerRoutes, mirrorRoutes, managedRoutes });
  });
const nothing = aSplit(0, { managedRoutes });

const anything: fc.Arbitrary<JsonObject> = fc.dictionary(
  fc.constantFrom('timeout', 'retries', 'unheard', 'fault'),
  fc.oneof(fc.string(), fc.integer(), fc.constant({ deep: [1, { x: true }] })),
  { maxKeys: 3 },
);
const anObject = (kind: string, spec: JsonObject): KubeObject => ({
  ...{ apiVersion: 'x/v1', kind, spec },
  metadata: { name: 'x', namespace: 'shop', uid: 'x', resourceVersion: '1', creationTimestamp: '' },
});

const sum = (weights: readonly number[]): number => weights.reduce((total, weight) => total + weight, 0);
const weightsIn = (value: unknown): readonly number[] => objectsOf(value).map(({ weight }) => (typeof weight === 'number' ? weight : 0));

describe('Istio, random histories', () => {
  const foreign = fc.record({ host: fc.constantFrom('x', 'y.other', 'z'), weight: fc.integer({ min: 0, max: 20 }) });
  const virtualServices = fc
    .record({
      before: fc.array(anything, { maxLength: 2 }),
      after: fc.array(anything, { maxLength: 2 }),
      main: anything,
      others: fc.array(foreign, { maxLength: 2 }),
      spec: anything,
    })
    .map(({ before, after, main, others, spec }) => {
      const named = (list: readonly JsonObject[], stem: string): readonly JsonObject[] =>
        list.map((each, index) => ({ ...each, name: `${stem}${index}`, route: [{ destination: { host: 'q' } }] }));
      const fixed = others.map(({ host, weight }) => ({ destination: { host }, weight }));
      const route = [
        { destination: { host: 's' }, weight: 100 - sum(weightsIn(fixed)) },
        ...fixed,
        { destination: { host: 'c' }, weight: 0 },
      ];
      return anObject('VirtualService', { ...spec, http: [...named(before, 'a'), { ...main, name: 'main', route }, ...named(after, 'b')] });
    });
  const config = { ...{ text: 'x', name: 'x', namespace: 'shop', path: '' }, routes: ['main'], tlsRoutes: [], tcpRoutes: [] };
  const render = (live: KubeObject, split: TrafficSplit): KubeObject => {
    const { routes, problems } = findRoutes(live, config, { hosts: services }, new Set(managedRoutes));
    expect(problems).toEqual([]);
    return renderVirtualService(live, { target, sides: { hosts: services }, split, routes });
  };

  it('keeps everything of others, adds up to 100, is idempotent, and leads back to where it began', () => {
    fc.assert(
      fc.property(virtualServices, fc.array(splits, { maxLength: 6 }), (first, history) => {
        const end = history.reduce((live, split) => {
          const next = render(live, split);
          expect(patchTo(next, render(next, split))).toBeUndefined();
          const http = objectsOf(fieldOf(next.spec, 'http'));
          for (const route of http.filter(({ name }) => name === 'main' || name === 'mirror'))
            expect(sum(weightsIn(route['route']))).toBe(100);
          expect(http.filter(({ name }) => name !== 'main' && !managedRoutes.includes(String(name)))).toEqual(
            objectsOf(fieldOf(first.spec, 'http')).filter(({ name }) => name !== 'main'),
          );
          return next;
        }, first);
        expect(render(end, nothing).spec).toEqual(first.spec);
        expect(render(end, nothing).metadata.annotations ?? {}).toEqual({});
      }),
      { numRuns: 300 },
    );
  });
});

describe('Gateway API, random histories', () => {
  const rule = fc
    .record({
      more: anything,
      path: fc.constantFrom('/', '/a', '/b'),
      others: fc.subarray([{ name: 'x', weight: 3 }, { name: 'y' }]),
      isOurs: fc.boolean(),
    })
    .map(({ more, path, others, isOurs }): JsonObject => ({
      ...more,
      matches: [{ path: { type: 'PathPrefix', value: path } }],
      backendRefs: isOurs
        ? [{ name: 's', port: 1, weight: 100 }, ...others, { name: 'c', port: 1, weight: 0 }]
        : [{ name: 'c', port: 1 }, ...others],
    }));
  const routes = fc
    .record({ rules: fc.array(rule, { minLength: 1, maxLength: 3 }), spec: anything })
    .map(({ rules, spec }) => anObject('HTTPRoute', { ...spec, rules }));
  const ports = new Map([
    ['trial', 80],
    ['app-6f4-2-1-base', 81],
  ]);
  const render = (live: KubeObject, split: TrafficSplit): KubeObject =>
    renderRoute(live, {
      ...{ target, services, split, protocol: 'http', usesHeaderRoutes: true, ports },
      inProgressLabel: { key: 'x.io/canary', value: 'yes' },
    });
  const counted = ['s', 'c', ...ports.keys()];

  it('keeps everything of others, adds up to 100, is idempotent, and leads back to where it began', () => {
    fc.assert(
      fc.property(routes, fc.array(splits, { maxLength: 6 }), (first, history) => {
        const end = history.reduce((live, split) => {
          const next = render(live, split);
          expect(patchTo(next, render(next, split))).toBeUndefined();
          const rules = objectsOf(fieldOf(next.spec, 'rules'));
          for (const { backendRefs } of rules) {
            const ours = objectsOf(backendRefs).filter(({ name }) => counted.includes(String(name)));
            if (ours.length > 1) expect(sum(weightsIn(ours))).toBe(100);
          }
          const names = rules.map(({ name }) => name).filter((name) => name !== undefined);
          expect(new Set(names).size).toBe(names.length);
          expect(rules.filter((each) => !isManaged(each, managedRoutes))).toHaveLength(objectsOf(fieldOf(first.spec, 'rules')).length);
          return next;
        }, first);
        expect(render(end, nothing).spec).toEqual(first.spec);
        expect(render(end, nothing).metadata.annotations ?? {}).toEqual({});
        expect(render(end, nothing).metadata.labels ?? {}).toEqual({});
      }),
      { numRuns: 300 },
    );
  });
});

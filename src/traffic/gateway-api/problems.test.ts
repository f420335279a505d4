import { describe, expect, it } from '@jest/globals';
import type { JsonObject, KubeObject } from '../../api/kube.js';
import { gatewayPath, gatewayWorld, http, ref, route, rules, sourceRule } from '../../testing/gateway-fixtures.js';
import { aSplit } from '../../testing/traffic-world.js';
import { acceptanceOf, acceptanceOfAll } from './status.js';

describe('Gateway API, case 7: what is wrong is told, and nothing is touched (traffic 5.4)', () => {
  const at = (field: string): string => `${gatewayPath}.${field}`;
  const name = at('httpRoutes[0].name');

  it.each([
    {
      when: 'the canary is missing',
      setting: { objects: [route({ rules: [{ backendRefs: [ref('s')] }] })] },
      error: { path: name, value: '"r"', detail: 'no rule has a backendRef to "c"' },
    },
    {
      when: 'both are there, never in one rule',
      setting: { objects: [route({ rules: [{ backendRefs: [ref('s')] }, { backendRefs: [ref('c')] }] })] },
      error: { path: name, detail: 'no rule has backendRefs to both "s" and "c"' },
    },
    {
      when: 'the route is missing',
      setting: { objects: [] },
      error: { path: name, value: '"r"', detail: 'httproutes.gateway.networking.k8s.io "r" not found' },
    },
    {
      when: 'the one route of a kind is missing',
      setting: { section: { tcpRoute: 't' } },
      error: { path: at('tcpRoute'), value: '"t"', detail: 'tcproutes.gateway.networking.k8s.io "t" not found' },
    },
    {
      when: 'nothing is configured',
      setting: { section: { configMap: 'ignored' } },
      error: { path: gatewayPath, kind: 'internal', detail: 'at least one route or route selector must be configured' },
    },
    {
      when: 'nothing is selected',
      setting: { section: { httpRouteSelector: { matchLabels: { app: 'x' } } } },
      error: { path: at('httpRouteSelector'), value: '"app=x"', detail: 'no route has these labels' },
    },
    {
      when: 'a selector would select everything',
      setting: { section: { httpRouteSelector: {} } },
      error: { path: at('httpRouteSelector'), detail: 'the selector must not be empty' },
    },
    {
      when: 'a selector is none',
      setting: { section: { httpRouteSelector: { matchExpressions: [{ key: 'a', operator: 'Near' }] } } },
      error: { path: at('httpRouteSelector') },
    },
    {
      when: 'the Rollout has no Services',
      setting: { target: { canaryService: undefined as never } }, // as a Rollout without the field has it
      error: { path: gatewayPath, detail: 'canaryService and stableService must be set to weight routes of the Gateway API' },
    },
    {
      when: 'the cluster has no such kind',
      setting: { kinds: [], objects: [] },
      error: { path: name, detail: 'the cluster does not serve httproutes.gateway.networking.k8s.io' },
    },
    {
      when: 'rules of one managed route could be taken for those of another',
      setting: { target: { managedRoutes: ['hdr', 'hdr-1'] } },
      error: {
        path: gatewayPath,
        value: '"hdr-1"',
        detail: 'managed route "hdr-1" cannot be told from the rules of a managed route whose name it begins with',
      },
    },
  ])('when $when', async ({ setting, error }) => {
    const w = await gatewayWorld(setting);
    const before = JSON.stringify(w.store.peekAll(http));
    const [first] = await w.validate();
    expect(first).toMatchObject({ kind: 'invalid', ...error });
    await expect(w.apply(aSplit(10))).rejects.toMatchObject({ code: 'invalid-spec', fields: { path: error.path } });
    expect((await w.observe(aSplit(10))).upToDate).toBe(false);
    expect(JSON.stringify(w.store.peekAll(http))).toBe(before);
    expect(w.writes()).toEqual([]);
  });

  it('finds nothing wrong with the fixture, and ignores fields of older plugins', async () => {
    const w = await gatewayWorld({ section: { httpRoute: 'r', configMap: 'argo-gatewayapi-configmap' } });
    expect(await w.validate()).toEqual([]);
  });

  it('recovers as soon as the route is right', async () => {
    const w = await gatewayWorld({ objects: [route({ rules: [{ backendRefs: [ref('s')] }] })] });
    expect(await w.validate()).toHaveLength(1);
    await w.patch(http, 'r', { spec: { rules: [sourceRule()] } });
    expect(await w.apply(aSplit(10))).toBe(1);
    expect(rules(w)).toEqual([sourceRule(90, 10)]);
  });
});

describe('acceptanceOf', () => {
  const condition = (type: string, more: JsonObject = {}): JsonObject => ({
    ...{ type, status: 'True', observedGeneration: 3, reason: type },
    ...more,
  });
  const both = [condition('Accepted'), condition('ResolvedRefs')];
  const report = (conditions: readonly JsonObject[], parentRef: JsonObject = { name: 'gw' }): JsonObject => ({ parentRef, conditions });
  const aRoute = (parents: readonly JsonObject[], parentRefs: readonly JsonObject[] = [{ name: 'gw' }]): KubeObject => ({
    ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' },
    metadata: { name: 'r', namespace: 'shop', uid: 'u', resourceVersion: '1', creationTimestamp: '', generation: 3 },
    spec: { parentRefs },
    status: { parents },
  });
  const notYet = 'gateway "gw" has not taken up HTTPRoute "r" yet';

  it.each([
    ['takes over', [report(both)], true, undefined],
    ['has never reported', [], undefined, undefined],
    ['reports an older generation', [report([condition('Accepted'), condition('ResolvedRefs', { observedGeneration: 2 })])], false, notYet],
    ['reports half of it', [report([condition('Accepted')])], false, notYet],
    ['tells no generation', [report(both.map(({ observedGeneration: _g, ...rest }) => rest))], true, undefined],
    [
      'refuses',
      [report([condition('Accepted', { status: 'False', reason: 'NotAllowedByListeners', message: 'no' }), condition('ResolvedRefs')])],
      false,
      'gateway "gw" refuses HTTPRoute "r": NotAllowedByListeners: no',
    ],
    [
      'does not find a backend',
      [report([condition('Accepted'), condition('ResolvedRefs', { status: 'False', reason: 'BackendNotFound', message: '' })])],
      false,
      'gateway "gw" refuses HTTPRoute "r": BackendNotFound',
    ],
    ['is not the one that is asked any more', [report([], { name: 'former' })], undefined, undefined],
    ['is another listener', [report(both, { name: 'gw', sectionName: 'http' })], undefined, undefined],
    [
      'is named in full',
      [report(both, { name: 'gw', namespace: 'shop', kind: 'Gateway', group: 'gateway.networking.k8s.io' })],
      true,
      undefined,
    ],
    ['one of two reports', [report([condition('Accepted')]), report(both)], false, notYet],
  ])('when a gateway %s', (_what, parents, verified, waitingFor) => {
    expect(acceptanceOf(aRoute(parents))).toEqual({ verified, ...(waitingFor === undefined ? {} : { waitingFor }) });
  });

  it('waits for the slowest of several routes', () => {
    const [done, late, silent] = [aRoute([report(both)]), aRoute([report([])]), aRoute([])];
    expect(acceptanceOfAll([done, late, silent])).toEqual({ verified: false, waitingFor: notYet });
    expect(acceptanceOfAll([silent, done])).toEqual({ verified: true });
    expect(acceptanceOfAll([silent])).toEqual({ verified: undefined });
    expect(acceptanceOfAll([])).toEqual({ verified: undefined });
  });

  it('follows a write: not verified until the gateway has seen its generation', async () => {
    const w = await gatewayWorld({ objects: [route({ parentRefs: [{ name: 'gw' }], rules: [sourceRule()] })] });
    const reportNow = async (): Promise<void> => {
      const { generation = 0 } = w.get(http, 'r')?.metadata ?? {};
      const conditions = both.map((each) => ({ ...each, observedGeneration: generation }));
      const ref = { resource: http, namespace: w.target.namespace, name: 'r' };
      await w.store.patch(ref, { kind: 'merge', body: { status: { parents: [report(conditions)] } } }, { subresource: 'status' });
    };
    await reportNow();
    expect((await w.observe()).verified).toBe(true);
    await w.apply(aSplit(30));
    expect(await w.observe(aSplit(30))).toMatchObject({ upToDate: true, verified: false, waitingFor: notYet });
    await reportNow();
    expect(await w.observe(aSplit(30))).toMatchObject({ upToDate: true, verified: true });
  });
});

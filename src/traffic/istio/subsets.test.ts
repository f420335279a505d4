import { describe, expect, it } from '@jest/globals';
import { keys, resources } from '../../api/kube.js';
import {
  vs,
  dr,
  virtualService,
  destinationRule,
  fixture,
  hdr,
  managedRoutes,
  world,
  specOf,
  told,
  bySubsets,
  hdrRoute,
  subsetRoute,
  rule,
  subsetWorld,
  order,
  type Setting,
} from '../../testing/istio-fixtures.js';
import { aRollout, aSplit, trafficWorld, type TrafficWorld } from '../../testing/traffic-world.js';
import { istioRouter } from './index.js';

describe('Istio, case 4: subsets (traffic 3.4, 3.6)', () => {
  it('weighs subsets, gives them their hashes, and marks the DestinationRule', async () => {
    const w = await subsetWorld();
    expect(await w.apply(aSplit(10))).toBe(2);
    expect(specOf(w)).toEqual({ http: [subsetRoute(90, 10)] });
    expect(w.get(dr, 'dr')).toMatchObject({ metadata: { annotations: { [keys.managedBy]: 'app' } }, spec: rule('v1', 'v2') });
    expect(w.get(dr, 'dr')?.spec).toEqual(rule('v1', 'v2'));
    expect(told(w)).toContain('UpdatedDestinationRule: DestinationRule dr subset updated (canary: v2, stable: v1)');
    expect((await w.observe()).subsetHashes).toEqual(['v1', 'v2']);
  });

  it('gives a subset its hash before its weight rises', async () => {
    const w = await subsetWorld();
    await w.apply(aSplit(10));
    expect(order(w)).toEqual(['dr', 'vs']);
  });

  it('takes the weight off a subset before a third version gets it', async () => {
    const w = await subsetWorld([50, 50], rule('v1', 'v2'));
    await w.apply(aSplit(0, { canary: { weight: 0, podTemplateHash: 'v3' } }));
    expect(order(w)).toEqual(['vs', 'dr']);
    expect(w.get(dr, 'dr')?.spec).toEqual(rule('v1', 'v3'));
  });

  it('gives the stable subset the new version before it gets the traffic back', async () => {
    const w = await subsetWorld([0, 100], rule('v1', 'v2'));
    const at: (readonly string[])[] = [];
    w.store.onChange(({ object }) => {
      if (object.kind === 'VirtualService') at.push(['vs', JSON.stringify(w.get(dr, 'dr')?.spec?.['subsets'])]);
    });
    await w.apply(aSplit(0, { canary: { weight: 0, podTemplateHash: 'v2' }, stable: { weight: 100, podTemplateHash: 'v2' } }));
    expect(at).toEqual([['vs', JSON.stringify(rule('v2', 'v2')['subsets'])]]);
  });

  it('takes a hash away where the split names none', async () => {
    const w = await subsetWorld([100, 0], rule('v1', 'v2'));
    await w.apply(aSplit(0, { canary: { weight: 0, podTemplateHash: '' } }));
    expect(w.get(dr, 'dr')?.spec).toEqual(rule('v1'));
  });

  it('leaves a hash alone that it is told nothing of', async () => {
    const w = await subsetWorld([100, 0], rule('v1', 'v2'));
    await w.apply(aSplit(0, { canary: { weight: 0 }, stable: { weight: 100 } }));
    expect(w.get(dr, 'dr')?.spec).toEqual(rule('v1', 'v2'));
  });

  it('makes header routes to the canary subset', async () => {
    const w = await subsetWorld();
    await w.apply(aSplit(10, { headerRoutes: [hdr], managedRoutes }));
    expect(specOf(w)?.['http']).toEqual([
      { ...hdrRoute, route: [{ destination: { host: 'app', subset: 'canary' }, weight: 100 }] },
      subsetRoute(90, 10),
    ]);
  });

  it('is not confused by a Service that both subsets belong to', async () => {
    const w = await trafficWorld({
      ...{ router: istioRouter, kinds: [vs, dr] },
      objects: [virtualService({ http: [subsetRoute(100, 0)] }), destinationRule(rule())],
      target: { section: bySubsets, canaryService: 'app' },
    });
    await w.apply(aSplit(10));
    expect(specOf(w)).toEqual({ http: [subsetRoute(90, 10)] });
  });

  it('leaves all to stable when it is taken away, and the DestinationRule as it was found', async () => {
    const w = await subsetWorld();
    await w.apply(aSplit(10, { headerRoutes: [hdr], managedRoutes }));
    await w.remove();
    expect(specOf(w)).toEqual({ http: [subsetRoute(100, 0)] });
    expect(w.get(dr, 'dr')?.spec).toEqual(rule());
    expect(w.get(dr, 'dr')?.metadata.annotations ?? {}).toEqual({});
    expect(order(w).slice(-2)).toEqual(['vs', 'dr']);
  });

  it('finds the DestinationRule it has marked when the spec does not name it any more', async () => {
    const w = await subsetWorld();
    await w.apply(aSplit(10));
    await w.router.remove({ ...w.target, section: {} }, w.signal);
    expect(w.get(dr, 'dr')?.spec).toEqual(rule());
  });

  it('lets go of a DestinationRule once another one is named', async () => {
    const w = await world({ objects: [virtualService(fixture), destinationRule(rule('v1', 'v2'), { [keys.managedBy]: 'app' })] });
    expect((await w.observe(aSplit(0))).upToDate).toBe(false);
    expect(await w.apply(aSplit(0))).toBe(1);
    expect(w.get(dr, 'dr')?.spec).toEqual(rule());
    expect((await w.observe(aSplit(0))).upToDate).toBe(true);
  });

  it('does not touch the DestinationRule of another Rollout', async () => {
    const of = (objects: Setting['objects']): Promise<TrafficWorld> => world({ section: bySubsets, objects: objects ?? [] });
    const objects = [virtualService({ http: [subsetRoute(100, 0)] }), destinationRule(rule('v1', 'v2'), { [keys.managedBy]: 'web' })];
    const w = await of([...objects, [resources.rollouts, aRollout('web')]]);
    await expect(w.apply(aSplit(10))).rejects.toMatchObject({
      code: 'invalid-spec',
      message: 'DestinationRule "dr" is managed by another Rollout "web"',
      fields: { path: 'spec.strategy.canary.trafficRouting.istio.destinationRule.name' },
    });
    expect(w.writes()).toEqual([]);
    const orphaned = await of(objects);
    expect(await orphaned.apply(aSplit(10))).toBe(2);
    expect(orphaned.get(dr, 'dr')?.metadata.annotations).toEqual({ [keys.managedBy]: 'app' });
  });
});

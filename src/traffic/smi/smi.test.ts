import { describe, expect, it } from '@jest/globals';
import type { JsonObject, NewObject, Resource } from '../../api/kube.js';
import { aSplit, trafficNamespace, trafficWorld, type TrafficWorld } from '../../testing/traffic-world.js';
import { smiRouter } from './index.js';

const inVersion = (version: string): Resource => ({
  ...{ group: 'split.smi-spec.io', version, resource: 'trafficsplits' },
  ...{ kind: 'TrafficSplit', namespaced: true },
});
const v1alpha1 = inVersion('v1alpha1');
const foreign = (name: string): readonly [Resource, NewObject] => [
  v1alpha1,
  { apiVersion: 'split.smi-spec.io/v1alpha1', kind: 'TrafficSplit', metadata: { name }, spec: { service: 'x', backends: [] } },
];
const path = 'spec.strategy.canary.trafficRouting.smi';
const world = (section: JsonObject = {}, kinds: readonly Resource[] = [v1alpha1], objects: readonly ReturnType<typeof foreign>[] = []) =>
  trafficWorld({ router: smiRouter, kinds, objects, target: { section, path } });
const specOf = (w: TrafficWorld, name = 'app', kind = v1alpha1): JsonObject | undefined => w.get(kind, name)?.spec;
const backends = (...pairs: readonly (readonly [string, number | string])[]): readonly JsonObject[] =>
  pairs.map(([service, weight]) => ({ service, weight }));

describe('SMI TrafficSplit (traffic 4.1)', () => {
  it('is made with the Rollout as owner, and split', async () => {
    const w = await world();
    expect(await w.apply(aSplit(0))).toBe(1);
    expect(w.get(v1alpha1, 'app')?.metadata.ownerReferences).toMatchObject([{ kind: 'Rollout', name: 'app', controller: true }]);
    expect(specOf(w)).toEqual({ service: 'app-stable', backends: backends(['app-canary', '0'], ['app-stable', '100']) });
    expect(await w.apply(aSplit(5))).toBe(1);
    expect(specOf(w)?.['backends']).toEqual(backends(['app-canary', '5'], ['app-stable', '95']));
    expect(await w.apply(aSplit(5))).toBe(0);
    expect(w.events).toEqual([{ type: 'Normal', reason: 'TrafficSplitCreated', message: 'TrafficSplit `app` created' }]);
  });

  it('has a backend for each experiment, and none afterwards', async () => {
    const w = await world();
    await w.apply(aSplit(5, { additional: [{ weight: 5, serviceName: 'exp' }] }));
    expect(specOf(w)?.['backends']).toEqual(backends(['app-canary', '5'], ['exp', '5'], ['app-stable', '90']));
    expect(await w.observe(aSplit(5, { additional: [{ weight: 5, serviceName: 'exp' }] }))).toEqual({
      ...{ kind: 'smi', subsetHashes: [], upToDate: true },
      ...{ canaryWeight: { min: 5, max: 5 }, stableWeight: { min: 90, max: 90 } },
    });
    await w.apply(aSplit(0));
    expect(specOf(w)?.['backends']).toEqual(backends(['app-canary', '0'], ['app-stable', '100']));
  });

  it('takes root Service and name from the Rollout', async () => {
    const w = await world({ rootService: 'app', trafficSplitName: 'web' });
    await w.apply(aSplit(5));
    expect(specOf(w, 'web')?.['service']).toBe('app');
    expect(w.router.watches(w.target)).toEqual([{ resource: v1alpha1, namespace: trafficNamespace, name: 'web' }]);
  });

  it.each(['v1alpha2', 'v1alpha3'])('has numbers in %s', async (version) => {
    const kind = inVersion(version);
    const w = await world({}, [kind]);
    await w.apply(aSplit(5));
    expect(specOf(w, 'app', kind)?.['backends']).toEqual(backends(['app-canary', 5], ['app-stable', 95]));
    expect((await w.observe(aSplit(5))).upToDate).toBe(true);
    expect(w.router.needs(w.target)).toEqual([kind]);
  });

  it('repairs drift and leaves fields it does not know', async () => {
    const w = await world();
    await w.apply(aSplit(5));
    await w.patch(v1alpha1, 'app', { spec: { odd: { x: 1 }, backends: backends(['app-canary', '50'], ['app-stable', '500m']) } });
    expect(await w.observe(aSplit(5))).toMatchObject({ upToDate: false, canaryWeight: { max: expect.closeTo(99.01, 2) } });
    await w.apply(aSplit(5));
    expect(specOf(w)).toEqual({ odd: { x: 1 }, service: 'app-stable', backends: backends(['app-canary', '5'], ['app-stable', '95']) });
  });

  it('does not touch the TrafficSplit of somebody else', async () => {
    const w = await world({}, [v1alpha1], [foreign('app')]);
    const before = JSON.stringify(w.get(v1alpha1, 'app'));
    const detail = 'TrafficSplit "app" exists and is not controlled by rollout "app"';
    expect(await w.validate()).toEqual([{ path, kind: 'invalid', value: '"app"', detail }]);
    await expect(w.apply(aSplit(5))).rejects.toMatchObject({ code: 'invalid-spec', message: detail });
    expect(await w.observe(aSplit(5))).toEqual({ kind: 'smi', subsetHashes: [], upToDate: false });
    expect(await w.remove()).toBe(0);
    expect(JSON.stringify(w.get(v1alpha1, 'app'))).toBe(before);
  });

  it('deletes its own of a former name, and all of them when it is taken out', async () => {
    const w = await world({ trafficSplitName: 'old' });
    await w.apply(aSplit(5));
    const renamed = { ...w.target, section: { trafficSplitName: 'new' } };
    expect(await w.router.apply(renamed, aSplit(5), w.signal)).toBe(2);
    expect(specOf(w, 'old')).toBeUndefined();
    expect(await w.router.remove({ ...w.target, section: {} }, w.signal)).toBe(1);
    expect(w.store.peekAll(v1alpha1)).toEqual([]);
  });

  it('says that the cluster has no such kind', async () => {
    const w = await world({ trafficSplitName: 'web' }, []);
    const detail = 'the cluster does not serve trafficsplits.split.smi-spec.io';
    expect(await w.validate()).toEqual([{ path: `${path}.trafficSplitName`, kind: 'invalid', value: '"web"', detail }]);
    await expect(w.apply(aSplit(5))).rejects.toMatchObject({ code: 'invalid-spec', message: detail });
    expect(await w.remove()).toBe(0);
  });
});

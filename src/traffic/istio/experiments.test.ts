import { describe, expect, it } from '@jest/globals';
import { keys, type JsonObject } from '../../api/kube.js';
import {
  vs,
  dr,
  virtualService,
  to,
  split100,
  primary,
  assets,
  fixture,
  byRoutes,
  world,
  specOf,
  rule,
  subsetWorld,
} from '../../testing/istio-fixtures.js';
import { aSplit } from '../../testing/traffic-world.js';

describe('Istio, case 6: experiments (traffic 3.6)', () => {
  const trial = { weight: 20, serviceName: 'app-6f64-2-1-trial', podTemplateHash: 'v9' };
  const other = { weight: 5, serviceName: 'app-6f64-2-1-base', podTemplateHash: 'v8' };
  const bare = (host: string, weight: number): JsonObject => ({ destination: { host }, weight });

  it('adds destinations, sorted by host, and takes them away afterwards without a trace', async () => {
    const w = await world();
    await w.apply(aSplit(10, { additional: [trial, other] }));
    expect(specOf(w)?.['http']).toEqual([
      { ...primary(65, 10), route: [...split100(65, 10), bare(other.serviceName, 5), bare(trial.serviceName, 20)] },
      assets,
    ]);
    expect(await w.apply(aSplit(10, { additional: [trial, other] }))).toBe(0);
    await w.apply(aSplit(10));
    expect(specOf(w)).toEqual({ ...fixture, http: [primary(90, 10), assets] });
    expect(w.get(vs, 'vs')?.metadata.annotations ?? {}).toEqual({});
  });

  it('takes away one whose Service has a name of its own, and not that of somebody else', async () => {
    const foreign = bare('elsewhere', 5);
    const route = [...split100(), foreign];
    const w = await world({ objects: [virtualService({ http: [{ name: 'primary', route }] })] });
    await w.apply(aSplit(10, { additional: [{ weight: 20, serviceName: 'my-trial' }] }));
    expect(specOf(w)?.['http']).toEqual([{ name: 'primary', route: [...split100(65, 10), foreign, bare('my-trial', 20)] }]);
    await w.apply(aSplit(10));
    expect(specOf(w)?.['http']).toEqual([{ name: 'primary', route: [...split100(85, 10), foreign] }]);
  });

  it('takes away what another controller added before it handed over', async () => {
    const route = [...split100(70, 10), bare(trial.serviceName, 20)];
    const w = await world({ objects: [virtualService({ http: [{ name: 'primary', route }] })] });
    await w.apply(aSplit(10));
    expect(specOf(w)?.['http']).toEqual([{ name: 'primary', route: split100(90, 10) }]);
  });

  it('keeps the notes of two Rollouts in one VirtualService apart', async () => {
    const http = [primary(), { name: 'web', route: [to('web-stable', 100), to('web-canary', 0)] }];
    const w = await world({ objects: [virtualService({ http })] });
    const web = {
      ...w.target,
      ...{ rolloutName: 'web', canaryService: 'web-canary', stableService: 'web-stable', section: byRoutes('web') },
    };
    const mine = aSplit(10, { additional: [{ weight: 20, serviceName: 'one' }] });
    const theirs = aSplit(30, { additional: [{ weight: 5, serviceName: 'two' }] });
    await w.apply(mine);
    await w.router.apply(web, theirs, w.signal);
    expect(await w.apply(mine)).toBe(0);
    await w.apply(aSplit(0));
    expect(await w.router.apply(web, theirs, w.signal)).toBe(0);
    await w.router.apply(web, aSplit(0), w.signal);
    expect(specOf(w)).toEqual({ http });
    expect(w.get(vs, 'vs')?.metadata.annotations ?? {}).toEqual({});
  });

  it('gives experiments subsets of their own and takes them away', async () => {
    const w = await subsetWorld([100, 0], rule('v1', 'v2'));
    await w.apply(aSplit(0, { additional: [trial] }));
    expect(w.get(dr, 'dr')?.spec?.['subsets']).toEqual([
      ...(rule('v1', 'v2')['subsets'] as readonly JsonObject[]), // a list in the fixture above
      { name: trial.serviceName, labels: { [keys.podTemplateHash]: 'v9' } },
    ]);
    await w.apply(aSplit(0));
    expect(w.get(dr, 'dr')?.spec).toEqual(rule('v1', 'v2'));
  });

  it('leaves no subset behind when it is taken away in the middle of an experiment', async () => {
    const w = await subsetWorld();
    await w.apply(aSplit(10, { additional: [{ weight: 20, serviceName: 'my-trial', podTemplateHash: 'v9' }] }));
    await w.remove();
    expect(w.get(dr, 'dr')?.spec).toEqual(rule());
  });

  it('gives the canary what experiments leave', async () => {
    const w = await world();
    await w.apply(aSplit(100, { stable: { weight: 0 }, additional: [trial] }));
    expect(specOf(w)?.['http']).toMatchObject([{ route: [{ weight: 0 }, { weight: 80 }, { weight: 20 }] }, assets]);
    expect((await w.observe()).stableWeight).toEqual({ min: 0, max: 0 });
  });
});

import { describe, expect, it } from '@jest/globals';
import {
  vs,
  virtualService,
  to,
  split100,
  primary,
  assets,
  fixture,
  hdr,
  mirror,
  managedRoutes,
  hdrRoute,
  mirrorRoute,
  byRoutes,
  world,
  specOf,
  told,
} from '../../testing/istio-fixtures.js';
import { aSplit } from '../../testing/traffic-world.js';

describe('Istio, cases 2 and 3: header and mirror routes (traffic 3.6)', () => {
  it('puts a header route first', async () => {
    const w = await world();
    await w.apply(aSplit(10, { headerRoutes: [hdr], managedRoutes }));
    expect(specOf(w)).toEqual({ ...fixture, http: [hdrRoute, primary(90, 10), assets] });
    expect((await w.observe(aSplit(10, { headerRoutes: [hdr], managedRoutes }))).pinned).toBe(true);
  });

  it('puts managed routes in the order of managedRoutes, whichever came first', async () => {
    const w = await world();
    await w.apply(aSplit(10, { headerRoutes: [hdr], managedRoutes }));
    await w.apply(aSplit(10, { headerRoutes: [hdr], mirrorRoutes: [mirror], managedRoutes }));
    expect(specOf(w)).toEqual({ ...fixture, http: [mirrorRoute(90, 10), hdrRoute, primary(90, 10), assets] });
  });

  it('moves the weights of a mirror route with those of its source, and leaves the header route at 100', async () => {
    const w = await world();
    await w.apply(aSplit(10, { headerRoutes: [hdr], mirrorRoutes: [mirror], managedRoutes }));
    await w.apply(aSplit(40, { headerRoutes: [hdr], mirrorRoutes: [mirror], managedRoutes }));
    expect(specOf(w)).toEqual({ ...fixture, http: [mirrorRoute(60, 40), hdrRoute, primary(60, 40), assets] });
  });

  it('removes what is not wanted any more, and says so once', async () => {
    const w = await world();
    await w.apply(aSplit(10, { headerRoutes: [hdr], mirrorRoutes: [mirror], managedRoutes }));
    await w.apply(aSplit(10, { mirrorRoutes: [mirror], managedRoutes }));
    expect(specOf(w)).toEqual({ ...fixture, http: [mirrorRoute(90, 10), primary(90, 10), assets] });
    await w.apply(aSplit(0, { managedRoutes }));
    expect(specOf(w)).toEqual(fixture);
    expect(told(w).filter((text) => text.endsWith('removed all managed routes.'))).toEqual([
      'Updated VirtualService: VirtualService `vs` removed all managed routes.',
    ]);
  });

  it.each([
    ['the only route, named', { ...fixture, http: [primary()] }],
    ['the only route, unnamed', { ...fixture, http: [{ route: split100() }] }],
  ])('still edits %s when no routes are listed and a header route stands before it', async (_what, spec) => {
    const w = await world({ section: byRoutes(), objects: [virtualService(spec)] });
    await w.apply(aSplit(10, { headerRoutes: [hdr], managedRoutes }));
    await w.apply(aSplit(40, { headerRoutes: [hdr], managedRoutes }));
    expect(specOf(w)?.['http']).toEqual([hdrRoute, { ...spec.http[0], route: split100(60, 40) }]);
  });

  it('re-asserts a header route that somebody removed', async () => {
    const w = await world();
    const wanted = aSplit(10, { headerRoutes: [hdr], managedRoutes });
    await w.apply(wanted);
    await w.patch(vs, 'vs', { spec: { http: [primary(90, 10), assets] } });
    expect((await w.observe(wanted)).upToDate).toBe(false);
    expect(await w.apply(wanted)).toBe(1);
    expect(specOf(w)).toEqual({ ...fixture, http: [hdrRoute, primary(90, 10), assets] });
  });

  it('does not duplicate unnamed routes of others', async () => {
    const unnamed = [
      { match: [{ uri: { prefix: '/a' } }], route: [to('a')] },
      { match: [{ uri: { prefix: '/b' } }], route: [to('b')] },
    ];
    const w = await world({ objects: [virtualService({ http: [...unnamed, primary()] })] });
    await w.apply(aSplit(10, { headerRoutes: [hdr], managedRoutes }));
    expect(specOf(w)).toEqual({ http: [hdrRoute, ...unnamed, primary(90, 10)] });
  });

  it('says that it cannot when no route is HTTP', async () => {
    const w = await world({ section: byRoutes(), objects: [virtualService({ tcp: [{ route: split100() }] })] });
    await expect(w.apply(aSplit(10, { headerRoutes: [hdr], managedRoutes }))).rejects.toMatchObject({ code: 'invalid-spec' });
    expect(w.writes()).toEqual([]);
  });
});

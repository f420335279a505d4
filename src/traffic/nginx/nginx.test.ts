import { describe, expect, it } from '@jest/globals';
import { resources, type JsonObject, type KubeObject, type NewObject, type OwnerReference } from '../../api/kube.js';
import type { TrafficTarget } from '../router.js';
import { aSplit, trafficNamespace, trafficWorld, type TrafficWorld } from '../../testing/traffic-world.js';
import { nginxRouter } from './index.js';

const { ingresses } = resources;
const prefix = 'nginx.ingress.kubernetes.io';
const backend = (name: string): JsonObject => ({ service: { name, port: { number: 80 } } });
const path = (at: string, to: JsonObject): JsonObject => ({ path: at, pathType: 'Prefix', backend: to });
const rule = (host: string, ...paths: readonly JsonObject[]): JsonObject => ({ host, http: { paths } });
const stableRule = rule('a.io', path('/', backend('app-stable')), path('/other', backend('other')));
const canaryRule = rule('a.io', path('/', backend('app-canary')), path('/other', backend('other')));
const tls = [{ hosts: ['a.io'], secretName: 'a-tls' }];
const webSpec = { tls, defaultBackend: backend('fallback'), rules: [stableRule, rule('b.io', path('/', backend('other')))] };

const ingress = (name: string, spec: JsonObject = webSpec, metadata: object = {}): readonly [typeof ingresses, NewObject] => [
  ingresses,
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, annotations: { [`${prefix}/rewrite-target`]: '/', 'kubernetes.io/ingress.class': 'nginx' }, ...metadata },
    spec,
  },
];

interface Setting {
  readonly section?: JsonObject;
  readonly objects?: Parameters<typeof trafficWorld>[0]['objects'];
  readonly target?: Partial<TrafficTarget>;
}
const world = ({ section = { stableIngress: 'web' }, objects = [ingress('web')], target = {} }: Setting = {}): Promise<TrafficWorld> =>
  trafficWorld({ router: nginxRouter, objects, target: { section, path: 'spec.strategy.canary.trafficRouting.nginx', ...target } });
const canaryOf = (w: TrafficWorld, name = 'app-web-canary'): KubeObject | undefined => w.get(ingresses, name);
const annotationsOf = (w: TrafficWorld, name?: string): unknown => canaryOf(w, name)?.metadata.annotations;
const told = (w: TrafficWorld): readonly string[] => w.events.map(({ reason, message }) => `${reason}: ${message}`);
const ownerOf = (w: TrafficWorld): OwnerReference => ({
  ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'app', uid: w.target.rolloutUid },
  ...{ controller: true, blockOwnerDeletion: true },
});

describe('NGINX, case 1: the canary Ingress (traffic 2.3)', () => {
  it('is made from the rules that lead to the stable Service', async () => {
    const w = await world();
    const before = JSON.stringify(w.get(ingresses, 'web'));
    expect(await w.apply(aSplit(0))).toBe(1);
    expect(canaryOf(w)).toMatchObject({
      metadata: {
        namespace: trafficNamespace,
        ownerReferences: [ownerOf(w)],
        annotations: { 'kubernetes.io/ingress.class': 'nginx', [`${prefix}/canary`]: 'true', [`${prefix}/canary-weight`]: '0' },
      },
    });
    expect(canaryOf(w)?.spec).toEqual({ tls, rules: [canaryRule] });
    expect(annotationsOf(w)).not.toHaveProperty(`${prefix}/rewrite-target`);
    expect(canaryOf(w)?.metadata.labels).toBeUndefined();
    expect(JSON.stringify(w.get(ingresses, 'web'))).toBe(before);
    expect(told(w)).toEqual(['CreatingCanaryIngress: Creating canary ingress `app-web-canary` with weight `0`']);
  });

  it('has the class by name where the stable one has', async () => {
    const w = await world({ objects: [ingress('web', { ...webSpec, ingressClassName: 'nginx' }, { annotations: {} })] });
    await w.apply(aSplit(0));
    expect(canaryOf(w)?.spec).toEqual({ tls, ingressClassName: 'nginx', rules: [canaryRule] });
    expect(annotationsOf(w)).toEqual({ [`${prefix}/canary`]: 'true', [`${prefix}/canary-weight`]: '0' });
  });

  it('has a name of at most 253 characters', async () => {
    const name = 'x'.repeat(250);
    const w = await world({ section: { stableIngress: name }, objects: [ingress(name)] });
    await w.apply(aSplit(0));
    expect(canaryOf(w, `${`app-${name}`.slice(0, 246)}-canary`)).toBeDefined();
  });

  it('tolerates paths that lead to no Service and hosts without paths', async () => {
    const odd = rule('a.io', { path: '/', pathType: 'Prefix', backend: { resource: { kind: 'Bucket', name: 'b', apiGroup: 'x.io' } } });
    const mixed = rule('c.io', path('/', backend('app-stable')), ...(odd as { http: { paths: JsonObject[] } }).http.paths); // as built above
    const w = await world({ objects: [ingress('web', { rules: [{ host: 'empty.io' }, odd, mixed] })] });
    await w.apply(aSplit(0));
    expect(canaryOf(w)?.spec?.['rules']).toMatchObject([
      { host: 'c.io', http: { paths: [{ backend: backend('app-canary') }, { path: '/' }] } },
    ]);
  });
});

describe('NGINX, cases 2 and 3: weights (traffic 2.3)', () => {
  it('changes the weight and nothing else, once', async () => {
    const w = await world();
    await w.apply(aSplit(0));
    const before = canaryOf(w);
    expect(await w.apply(aSplit(20))).toBe(1);
    expect(annotationsOf(w)).toEqual({ ...before?.metadata.annotations, [`${prefix}/canary-weight`]: '20' });
    expect(canaryOf(w)?.spec).toEqual(before?.spec);
    const { resourceVersion } = canaryOf(w)?.metadata ?? {};
    expect(await w.apply(aSplit(20))).toBe(0);
    expect(canaryOf(w)?.metadata.resourceVersion).toBe(resourceVersion);
    expect(told(w).slice(1)).toEqual(["PatchingCanaryIngress: Updating Ingress `app-web-canary` to desiredWeight '20'"]);
  });

  it('stays with weight 0 after an abort or a promotion', async () => {
    const w = await world();
    for (const weight of [20, 100, 0]) await w.apply(aSplit(weight));
    expect(annotationsOf(w)).toMatchObject({ [`${prefix}/canary-weight`]: '0' });
    expect(await w.observe(aSplit(0))).toEqual({ kind: 'nginx', canaryWeight: { min: 0, max: 0 }, subsetHashes: [], upToDate: true });
  });

  it('has nothing to tell of before it has made anything', async () => {
    const w = await world();
    expect(await w.observe(aSplit(0))).toEqual({ kind: 'nginx', subsetHashes: [], upToDate: false });
  });
});

describe('NGINX, case 4: maxTrafficWeight (traffic 2.3)', () => {
  it('is the total', async () => {
    const w = await world();
    await w.apply(aSplit(5, { maxWeight: 1000 }));
    expect(annotationsOf(w)).toMatchObject({ [`${prefix}/canary-weight`]: '5', [`${prefix}/canary-weight-total`]: '1000' });
    expect(await w.observe(aSplit(5, { maxWeight: 1000 }))).toMatchObject({ canaryWeight: { min: 5, max: 5 }, upToDate: true });
  });

  it('goes again, for 20 of 1000 is not 20 of 100', async () => {
    const w = await world();
    await w.apply(aSplit(20, { maxWeight: 1000 }));
    expect((await w.observe(aSplit(20))).canaryWeight).toEqual({ min: 2, max: 2 });
    await w.apply(aSplit(20));
    expect(annotationsOf(w)).not.toHaveProperty(`${prefix}/canary-weight-total`);
  });
});

describe('NGINX, case 5: header and cookie routes (traffic 2.3)', () => {
  const section = {
    ...{ stableIngress: 'web', annotationPrefix: 'custom.io' },
    additionalIngressAnnotations: { 'canary-by-header': 'X-C', 'custom.io/canary-by-header-value': 'yes' },
    canaryIngressAnnotations: { 'foo.io/a': 'b', 'custom.io/canary-weight': '50' },
  };
  const byHeader = { 'custom.io/canary-by-header': 'X-C', 'custom.io/canary-by-header-value': 'yes' };
  const base = { 'kubernetes.io/ingress.class': 'nginx', 'foo.io/a': 'b', 'custom.io/canary': 'true', 'custom.io/canary-weight': '20' };

  it('are annotations as the user gave them; the weight is ours', async () => {
    const w = await world({ section });
    await w.apply(aSplit(20));
    expect(annotationsOf(w)).toEqual({ ...base, ...byHeader });
    expect((await w.observe()).pinned).toBe(true);
  });

  it('go when they are taken out of the Rollout', async () => {
    const w = await world({ section });
    await w.apply(aSplit(20));
    const without = { ...w.target, section: { ...section, additionalIngressAnnotations: {} } };
    await w.router.apply(without, aSplit(20), w.signal);
    expect(annotationsOf(w)).toEqual(base);
    expect((await w.router.observe(without, aSplit(20), w.signal)).pinned).toBeUndefined();
  });

  it('may be cookies', async () => {
    const w = await world({ section: { stableIngress: 'web', additionalIngressAnnotations: { 'canary-by-cookie': 'beta' } } });
    await w.apply(aSplit(0));
    expect(annotationsOf(w)).toMatchObject({ [`${prefix}/canary-by-cookie`]: 'beta', [`${prefix}/canary-weight`]: '0' });
    expect((await w.observe()).pinned).toBe(true);
  });
});

describe('NGINX, case 6: drift and ownership (traffic 2.3)', () => {
  it('repairs a weight somebody wrote', async () => {
    const w = await world();
    await w.apply(aSplit(20));
    await w.patch(ingresses, 'app-web-canary', { metadata: { annotations: { [`${prefix}/canary-weight`]: '77' } } });
    expect(await w.observe(aSplit(20))).toMatchObject({ upToDate: false, canaryWeight: { min: 77, max: 77 } });
    expect(await w.apply(aSplit(20))).toBe(1);
    expect(annotationsOf(w)).toMatchObject({ [`${prefix}/canary-weight`]: '20' });
  });

  it('leaves labels and annotations of others on the canary Ingress', async () => {
    const w = await world();
    await w.apply(aSplit(20));
    await w.patch(ingresses, 'app-web-canary', { metadata: { labels: { team: 'blue' }, annotations: { 'x.io/y': 'z' } } });
    expect(await w.apply(aSplit(20))).toBe(0);
    await w.apply(aSplit(40));
    expect(canaryOf(w)?.metadata).toMatchObject({ labels: { team: 'blue' }, annotations: { 'x.io/y': 'z' } });
  });

  it('does not touch a canary Ingress of somebody else', async () => {
    const w = await world({ objects: [ingress('web'), ingress('app-web-canary')] });
    const before = JSON.stringify(canaryOf(w));
    await expect(w.apply(aSplit(20))).rejects.toMatchObject({
      code: 'invalid-spec',
      message: 'ingress "app-web-canary" exists and is not controlled by rollout "app"',
      fields: { path: 'spec.strategy.canary.trafficRouting.nginx.stableIngress' },
    });
    expect(JSON.stringify(canaryOf(w))).toBe(before);
    await w.remove();
    expect(JSON.stringify(canaryOf(w))).toBe(before);
  });

  it('goes on when its own canary Ingress was made by a list ago', async () => {
    const w = await world();
    const stop = w.store.intercept({
      before: async (call) => {
        if (call.caller !== 'router' || call.verb !== 'create') return;
        stop();
        await w.store.create(ingresses, {
          ...ingress('app-web-canary')[1],
          metadata: { name: 'app-web-canary', namespace: trafficNamespace, ownerReferences: [ownerOf(w)] },
        });
      },
    });
    await w.apply(aSplit(20));
    expect(canaryOf(w)?.spec).toEqual({ tls, rules: [canaryRule] });
    expect(annotationsOf(w)).toMatchObject({ [`${prefix}/canary-weight`]: '20' });
  });
});

describe('NGINX, case 7: the stable Ingress is edited (traffic 2.3)', () => {
  it('follows a new tls entry and a new path', async () => {
    const w = await world();
    await w.apply(aSplit(20));
    const more = [...tls, { hosts: ['c.io'], secretName: 'c-tls' }];
    await w.patch(ingresses, 'web', { spec: { tls: more, rules: [stableRule, rule('c.io', path('/new', backend('app-stable')))] } });
    expect((await w.observe(aSplit(20))).upToDate).toBe(false);
    expect(await w.apply(aSplit(20))).toBe(1);
    expect(canaryOf(w)?.spec).toEqual({ tls: more, rules: [canaryRule, rule('c.io', path('/new', backend('app-canary')))] });
  });

  it('follows tls and class that are taken away', async () => {
    const w = await world({ objects: [ingress('web', { ...webSpec, ingressClassName: 'nginx' })] });
    await w.apply(aSplit(20));
    await w.patch(ingresses, 'web', {
      spec: { tls: null, ingressClassName: null },
      metadata: { annotations: { 'kubernetes.io/ingress.class': null } },
    });
    await w.apply(aSplit(20));
    expect(canaryOf(w)?.spec).toEqual({ rules: [canaryRule] });
    expect(annotationsOf(w)).not.toHaveProperty('kubernetes.io/ingress.class');
  });

  it('freezes when no rule leads to the stable Service, says so, and recovers', async () => {
    const w = await world();
    await w.apply(aSplit(20));
    await w.patch(ingresses, 'web', { spec: { rules: [rule('a.io', path('/', backend('renamed')))] } });
    expect(await w.validate()).toMatchObject([
      {
        path: 'spec.strategy.canary.trafficRouting.nginx.stableIngress',
        kind: 'invalid',
        value: '"web"',
        detail: 'ingress "web" has no rules using service app-stable backend',
      },
    ]);
    await expect(w.apply(aSplit(40))).rejects.toMatchObject({ code: 'invalid-spec' });
    expect(await w.observe(aSplit(20))).toMatchObject({ canaryWeight: { min: 20, max: 20 }, upToDate: false });
    expect(annotationsOf(w)).toMatchObject({ [`${prefix}/canary-weight`]: '20' });
    await w.patch(ingresses, 'web', { spec: { rules: [stableRule] } });
    expect(await w.validate()).toEqual([]);
    expect(await w.apply(aSplit(40))).toBe(1);
  });

  it('makes one canary Ingress for each of several', async () => {
    const w = await world({ section: { stableIngresses: ['web', 'web2'] }, objects: [ingress('web'), ingress('web2')] });
    expect(await w.apply(aSplit(20))).toBe(2);
    expect(annotationsOf(w, 'app-web2-canary')).toMatchObject({ [`${prefix}/canary-weight`]: '20' });
    await w.patch(ingresses, 'app-web2-canary', { metadata: { annotations: { [`${prefix}/canary-weight`]: '60' } } });
    expect((await w.observe(aSplit(20))).canaryWeight).toEqual({ min: 20, max: 60 });
    await w.store.delete({ resource: ingresses, namespace: trafficNamespace, name: 'app-web-canary' });
    expect((await w.observe(aSplit(20))).canaryWeight).toEqual({ min: 0, max: 60 });
  });

  it('deletes the canary Ingress of a stable one that is not named any more', async () => {
    const w = await world({ section: { stableIngresses: ['web', 'web2'] }, objects: [ingress('web'), ingress('web2')] });
    await w.apply(aSplit(20));
    const one = { ...w.target, section: { stableIngress: 'web' } };
    expect(await w.router.observe(one, aSplit(20), w.signal)).toMatchObject({ upToDate: false, canaryWeight: { min: 20, max: 20 } });
    expect(await w.router.apply(one, aSplit(20), w.signal)).toBe(1);
    expect(canaryOf(w, 'app-web2-canary')).toBeUndefined();
    expect(canaryOf(w)).toBeDefined();
  });
});

describe('NGINX, case 8: what is wrong is told, and nothing is made (traffic 2.3)', () => {
  const at = 'spec.strategy.canary.trafficRouting.nginx';
  const either = { path: at, kind: 'internal', detail: 'Either .stableIngress or .stableIngresses must be configured' };
  const long = 'x'.repeat(248);

  it.each([
    { when: 'both fields are set', setting: { section: { stableIngress: 'web', stableIngresses: ['web'] } }, error: either },
    { when: 'neither is', setting: { section: {} }, error: either },
    {
      when: 'the Ingress is missing',
      setting: { objects: [] },
      error: { path: `${at}.stableIngress`, kind: 'invalid', value: '"web"', detail: 'ingress "web" not found' },
    },
    {
      when: 'the second one is missing',
      setting: { section: { stableIngresses: ['web', 'nosuch'] } },
      error: { path: `${at}.stableIngresses[1]`, value: '"nosuch"', detail: 'ingress "nosuch" not found' },
    },
    {
      when: 'two would share a canary Ingress',
      setting: { section: { stableIngresses: [`${long}1`, `${long}2`] }, objects: [ingress(`${long}1`), ingress(`${long}2`)] },
      error: { path: `${at}.stableIngresses[1]`, kind: 'invalid' },
    },
  ])('when $when', async ({ setting, error }) => {
    const w = await world(setting);
    expect((await w.validate())[0]).toMatchObject(error);
    await expect(w.apply(aSplit(0))).rejects.toMatchObject({ code: 'invalid-spec', fields: { path: error.path } });
    expect(w.writes()).toEqual([]);
  });

  it('watches the Ingresses it reads and those it makes', async () => {
    const w = await world();
    const ref = { resource: ingresses, namespace: trafficNamespace };
    expect(w.router.watches(w.target)).toEqual([
      { ...ref, name: 'web' },
      { ...ref, name: 'app-web-canary' },
    ]);
  });
});

describe('NGINX, taken out of a Rollout', () => {
  it('leaves nothing behind, even when the spec does not name its Ingresses any more', async () => {
    const w = await world({ section: { stableIngresses: ['web', 'web2'] }, objects: [ingress('web'), ingress('web2')] });
    await w.apply(aSplit(20));
    expect(await w.router.remove({ ...w.target, section: {} }, w.signal)).toBe(2);
    expect(w.store.peekAll(ingresses).map(({ metadata }) => metadata.name)).toEqual(['web', 'web2']);
    expect(await w.remove()).toBe(0);
  });
});

import { describe, expect, it } from '@jest/globals';
import type { JsonObject, KubeObject, NewObject, Resource } from '../api/kube.js';
import type { HeaderRoute, MirrorRoute, TrafficSplit } from '../core/traffic/types.js';
import { ControllerError } from '../lib/errors.js';
import type { RouterDeps, TrafficRouter, TrafficTarget } from '../traffic/router.js';
import { aSplit, trafficNamespace, trafficWorld, type TrafficWorld } from './traffic-world.js';

/** Weights of one place in a router's objects where requests are shared out. */
export interface DeclaredSplit {
  readonly canary: number;
  readonly stable: number;
  readonly others?: number;
  /** Sum the place has when it is right; default 100. */
  readonly total?: number;
}

type Objects = readonly (readonly [Resource, NewObject])[];

/** Something a user may get wrong. */
export interface Mistake {
  readonly when: string;
  readonly section?: JsonObject;
  readonly objects?: Objects;
  readonly kinds?: readonly Resource[];
  /** Field the error is about, relative to the router's section; '' for the section itself. */
  readonly field: string;
}

/** What a router needs to be tried. */
export interface RouterSubject {
  readonly router: (deps: RouterDeps) => TrafficRouter;
  readonly kinds: readonly Resource[];
  readonly section: JsonObject;
  /** With all traffic at stable, so that this is what must be left in the end. */
  readonly objects: Objects;
  /** The object that says the weights, and how to read them from it. */
  readonly main: { readonly resource: Resource; readonly name: string };
  readonly declared: (object: KubeObject) => readonly DeclaredSplit[];
  /** Merge patch that makes the object say 100/0, and one that puts fields of others into it. */
  readonly drift: (object: KubeObject) => JsonObject;
  readonly foreign: JsonObject;
  /** The object under its name made by somebody else; only where the router makes it. */
  readonly occupied?: NewObject;
  readonly mistakes: readonly Mistake[];
  readonly target?: Partial<TrafficTarget>;
  /** Cases it skips, and why. */
  readonly skips?: Partial<Record<CaseName, string>>;
}

export type CaseName = 'header routes' | 'mirror routes' | 'experiments' | 'foreign owner' | 'subset hashes';

const hdr: HeaderRoute = { name: 'hdr', match: [{ headerName: 'X-User', headerValue: { kind: 'exact', value: 'beta' } }] };
const mirror: MirrorRoute = { name: 'mirror', match: [{ method: { kind: 'exact', value: 'GET' } }] };
const managedRoutes = ['mirror', 'hdr'];
const at = (weight: number, more: Partial<TrafficSplit> = {}): TrafficSplit => aSplit(weight, { managedRoutes, ...more });
const withRoutes = (weight: number): TrafficSplit => at(weight, { headerRoutes: [hdr], mirrorRoutes: [mirror] });

/** What every router keeps to. */
export function describeRouterConformance(name: string, subject: RouterSubject): void {
  const path = `spec.strategy.canary.trafficRouting.${name}`;
  const { main, skips = {} } = subject;

  const start = (changes: Pick<Mistake, 'section' | 'objects' | 'kinds'> = {}): Promise<TrafficWorld> =>
    trafficWorld({
      router: subject.router,
      kinds: changes.kinds ?? subject.kinds,
      objects: changes.objects ?? subject.objects,
      target: { section: changes.section ?? subject.section, path, managedRoutes, ...subject.target },
    });
  const mainOf = (world: TrafficWorld): KubeObject => {
    const object = world.get(main.resource, main.name);
    if (object === undefined) throw new Error(`there is no ${main.resource.kind} ${main.name}`);
    return object;
  };
  const splitsOf = (world: TrafficWorld): readonly DeclaredSplit[] => subject.declared(mainOf(world));
  const everything = (world: TrafficWorld): string =>
    JSON.stringify(world.store.kinds().map(({ resource }) => world.store.peekAll(resource, trafficNamespace)));
  const conforms = (which: CaseName, text: string, check: () => Promise<void>): void => {
    // A reason in the subject is the record of what is left out; jest's skips would count against the list of expected ones.
    if (skips[which] === undefined) it(text, check);
  };

  describe(`${name} router, as every router`, () => {
    it('writes a split once: a second time there is nothing to write', async () => {
      const world = await start();
      for (const weight of [0, 20, 100, 0]) {
        expect(await world.apply(at(weight))).toBeGreaterThanOrEqual(weight === 0 ? 0 : 1);
        const before = world.store.resourceVersion;
        expect(await world.apply(at(weight))).toBe(0);
        expect(world.store.resourceVersion).toBe(before);
      }
    });

    it('tells how many writes it made', async () => {
      const world = await start();
      const told = (await world.apply(at(20))) + (await world.apply(at(60))) + (await world.remove());
      expect(world.writes()).toHaveLength(told);
    });

    it.each([0, 1, 33, 50, 99, 100])('declares weights within range that add up, and sees them, at %i', async (weight) => {
      const world = await start();
      await world.apply(at(weight));
      for (const { canary, stable, others = 0, total = 100 } of splitsOf(world)) {
        expect(canary + stable + others).toBe(total);
        expect(Math.min(canary, stable)).toBeGreaterThanOrEqual(0);
      }
      expect(splitsOf(world).length).toBeGreaterThan(0);
      expect(await world.observe(at(weight))).toMatchObject({ upToDate: true, canaryWeight: { min: weight, max: weight } });
    });

    it('sees that nothing was asked for yet', async () => {
      expect((await (await start()).observe()).upToDate).toBe(false);
    });

    it('finds nothing wrong with a good object, and writes nothing while it looks', async () => {
      const world = await start();
      expect(await world.validate()).toEqual([]);
      await world.observe(at(20));
      expect(world.writes()).toEqual([]);
    });

    it('leaves fields of others as they are', async () => {
      const world = await start();
      await world.apply(at(0));
      await world.patch(main.resource, main.name, subject.foreign);
      await world.apply(at(20));
      await world.apply(at(0));
      expect(mainOf(world)).toMatchObject(subject.foreign);
    });

    it('sees drift, also in the middle of nothing else, and repairs it', async () => {
      const world = await start();
      await world.apply(at(20));
      const right = splitsOf(world);
      await world.patch(main.resource, main.name, subject.drift(mainOf(world)));
      expect(splitsOf(world)).not.toEqual(right);
      expect((await world.observe(at(20))).upToDate).toBe(false);
      await world.apply(at(20));
      expect(splitsOf(world)).toEqual(right);
    });

    it('keeps what somebody else wrote between its reading and its writing', async () => {
      const world = await start();
      await world.apply(at(0));
      const stop = beforeItsPatch(world, async () => {
        stop();
        await world.patch(main.resource, main.name, subject.foreign);
      });
      await world.apply(at(20));
      expect(mainOf(world)).toMatchObject(subject.foreign);
      expect(splitsOf(world)[0]).toMatchObject({ canary: 20 });
      expect(world.writes().filter(({ failed }) => failed === 'conflict')).toHaveLength(1);
    });

    it('gives up with a conflict when somebody always writes in between', async () => {
      const world = await start();
      await world.apply(at(0));
      let times = 0;
      beforeItsPatch(world, async () => {
        times += 1;
        await world.patch(main.resource, main.name, { metadata: { annotations: { 'x.io/times': String(times) } } });
      });
      await expect(world.apply(at(20))).rejects.toMatchObject({ code: 'conflict' });
      expect(splitsOf(world)[0]).toMatchObject({ canary: 0 });
    });

    it('hands on that a permission is missing', async () => {
      const world = await start();
      world.store.intercept({
        before: ({ caller, verb }) => {
          if (caller === 'router' && (verb === 'patch' || verb === 'create')) throw new ControllerError('forbidden', 'no', { verb });
        },
      });
      await expect(world.apply(at(20))).rejects.toMatchObject({ code: 'forbidden' });
    });

    it('leaves all traffic with stable and nothing of its own when it is taken away', async () => {
      const world = await start();
      const before = everything(world);
      await world.apply(at(0));
      await world.apply(skips['header routes'] === undefined ? withRoutes(40) : at(40));
      await world.remove();
      expect(withoutMade(world, everything(world))).toEqual(withoutMade(world, before));
      expect(await world.remove()).toBe(0);
    });

    it('can be taken away where it never was, and where its objects are gone', async () => {
      expect(await (await start()).remove()).toBeGreaterThanOrEqual(0);
      expect(await (await start({ objects: [] })).remove()).toBe(0);
      expect(await (await start({ objects: [], kinds: [] })).remove()).toBe(0);
    });

    it('names what it reads and watches', async () => {
      const world = await start();
      await world.validate();
      const { target, router } = world;
      expect(router.needs(target)).toContainEqual(main.resource);
      expect(router.watches(target)).toContainEqual({ resource: main.resource, namespace: trafficNamespace, name: main.name });
    });

    it.each(subject.mistakes)(
      'tells with the field’s path, and touches nothing, when $when',
      async ({ field, when: _when, ...changes }) => {
        const world = await start(changes);
        const before = everything(world);
        const errorPath = field === '' ? path : `${path}.${field}`;
        const [first] = await world.validate();
        expect(first?.path).toBe(errorPath);
        expect(first?.detail).not.toBe('');
        await expect(world.apply(at(20))).rejects.toMatchObject({ code: 'invalid-spec', fields: { path: errorPath } });
        expect((await world.observe(at(20))).upToDate).toBe(false);
        expect(everything(world)).toBe(before);
      },
    );

    conforms('foreign owner', 'does not touch an object of its name that is somebody else’s', async () => {
      const world = await start({
        objects: [...subject.objects, ...(subject.occupied === undefined ? [] : [[main.resource, subject.occupied] as const])],
      });
      const before = everything(world);
      await expect(world.apply(at(20))).rejects.toMatchObject({ code: 'invalid-spec' });
      await world.remove();
      expect(everything(world)).toBe(before);
    });

    conforms(
      'header routes',
      'asserts header routes again that somebody removed, and removes them when they are not asked for',
      async () => {
        const world = await start();
        const wanted = at(20, { headerRoutes: [hdr] });
        await world.apply(wanted);
        const right = mainOf(world);
        expect(await world.observe(wanted)).toMatchObject({ upToDate: true, pinned: true });
        expect(await world.apply(wanted)).toBe(0);
        await world.patch(main.resource, main.name, subject.drift(right));
        await world.apply(wanted);
        expect(mainOf(world).spec).toEqual(right.spec);
        await world.apply(at(20));
        expect(JSON.stringify(mainOf(world).spec)).not.toContain('hdr');
        expect((await world.observe(at(20))).pinned).toBeUndefined();
      },
    );

    conforms('mirror routes', 'moves weights of mirror routes along, and removes them when they are not asked for', async () => {
      const world = await start();
      for (const weight of [20, 60]) {
        await world.apply(withRoutes(weight));
        expect(await world.observe(withRoutes(weight))).toMatchObject({ upToDate: true, canaryWeight: { min: weight, max: weight } });
        expect(await world.apply(withRoutes(weight))).toBe(0);
      }
      await world.apply(at(60));
      expect(JSON.stringify(mainOf(world).spec)).not.toContain('mirror');
    });

    conforms('experiments', 'gives experiments their share, and nothing once they are over', async () => {
      const world = await start();
      await world.apply(at(10));
      const before = JSON.stringify(mainOf(world).spec);
      const wanted = at(10, { additional: [{ weight: 20, serviceName: 'trial', podTemplateHash: 'v9' }] });
      await world.store.create({ group: '', version: 'v1', resource: 'services', kind: 'Service', namespaced: true }, trialService);
      await world.apply(wanted);
      for (const { canary, stable, others = 0, total = 100 } of splitsOf(world)) {
        expect([canary, stable, canary + stable + others]).toEqual([10, 70, total]);
      }
      expect(await world.observe(wanted)).toMatchObject({ upToDate: true, stableWeight: { min: 70, max: 70 } });
      await world.apply(at(10));
      expect(JSON.stringify(mainOf(world).spec)).toBe(before);
    });

    conforms('subset hashes', 'tells which pod template hashes its subsets select', async () => {
      const world = await start();
      await world.apply(at(20));
      expect([...(await world.observe(at(20))).subsetHashes].sort()).toEqual(['v1', 'v2']);
    });
  });
}

const trialService: NewObject = {
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'trial', namespace: trafficNamespace } },
  spec: { selector: { app: 'trial' }, ports: [{ name: 'http', port: 80 }] },
};

/** Runs `meanwhile` each time the router is about to patch. @returns how to stop it */
function beforeItsPatch(world: TrafficWorld, meanwhile: () => Promise<void>): () => void {
  return world.store.intercept({
    before: async ({ caller, verb, dryRun }) => {
      if (caller === 'router' && verb === 'patch' && !dryRun) await meanwhile();
    },
  });
}

/** Objects of the user, without what counts writes and without objects the router owns. */
function withoutMade(world: TrafficWorld, text: string): readonly unknown[] {
  // What `everything` above has printed: lists of objects, one for each kind.
  const kinds = JSON.parse(text) as readonly (readonly KubeObject[])[];
  return kinds.flat().flatMap((object) => {
    if (object.metadata.ownerReferences?.some(({ uid }) => uid === world.target.rolloutUid) === true) return [];
    const { resourceVersion: _version, generation: _generation, annotations = {}, labels = {}, ...metadata } = object.metadata;
    return [{ ...object, metadata: { ...metadata, annotations, labels } }];
  });
}

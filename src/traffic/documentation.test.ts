import { readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import { describe, expect, it } from '@jest/globals';
import { formatFieldError, parseRollout, validateRollout } from '../api/index.js';
import { resources, type NewObject, type Resource } from '../api/kube.js';
import type { CanaryStrategy, Rollout } from '../api/rollout-types.js';
import { foldManagedRoutes } from '../core/traffic/managed-routes.js';
import { aSplit, trafficNamespace, trafficWorld, type TrafficWorld } from '../testing/traffic-world.js';
import { trafficRouters } from './registry.js';
import type { RouterUse } from './router.js';

const text = readFileSync(new URL('../../docs/traffic.md', import.meta.url), 'utf8');
/** Each block of YAML is a whole example. */
const examples = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = '']) => loadAll(yaml) as readonly NewObject[]); // manifests, as the page shows them

const foreign = (group: string, version: string, kind: string): Resource => ({
  ...{ group, version, kind, namespaced: true },
  resource: `${kind.toLowerCase()}s`,
});
const kinds = [
  foreign('networking.istio.io', 'v1', 'VirtualService'),
  foreign('networking.istio.io', 'v1', 'DestinationRule'),
  foreign('gateway.networking.k8s.io', 'v1', 'HTTPRoute'),
  foreign('split.smi-spec.io', 'v1alpha1', 'TrafficSplit'),
];
const known: readonly Resource[] = [...kinds, resources.services, resources.ingresses];

function rolloutOf(example: readonly NewObject[]): Rollout {
  const found = example.find(({ kind }) => kind === 'Rollout');
  if (found === undefined) throw new Error('an example without a Rollout');
  const metadata = { namespace: trafficNamespace, uid: 'u', resourceVersion: '1', creationTimestamp: '', name: '', ...found.metadata };
  return parseRollout({ ...found, metadata }).rollout;
}

function canaryOf({ spec: { strategy } }: Rollout): CanaryStrategy {
  if (strategy.kind !== 'canary') throw new Error('an example that is no canary');
  return strategy;
}

interface Shown {
  readonly world: TrafficWorld;
  readonly uses: readonly RouterUse[];
  readonly strategy: CanaryStrategy;
}

async function show(example: readonly NewObject[]): Promise<Shown> {
  const rollout = rolloutOf(example);
  const strategy = canaryOf(rollout);
  const objects = example.flatMap((object): readonly (readonly [Resource, NewObject])[] => {
    const resource = known.find(({ kind }) => kind === object.kind);
    return resource === undefined ? [] : [[resource, object]];
  });
  let uses: readonly RouterUse[] = [];
  const world = await trafficWorld({
    router: (deps) => {
      const registry = trafficRouters(deps);
      if (strategy.trafficRouting !== undefined) uses = registry.routersFor(strategy.trafficRouting).routers;
      const [first] = uses;
      if (first === undefined) throw new Error('an example without a router');
      return first.router;
    },
    ...{ kinds, objects },
    target: {
      ...{ section: {}, rolloutName: rollout.metadata.name },
      ...(strategy.canaryService === undefined ? {} : { canaryService: strategy.canaryService }),
      ...(strategy.stableService === undefined ? {} : { stableService: strategy.stableService }),
    },
  });
  return { world, uses, strategy };
}

describe('docs/traffic.md', () => {
  it('has an example for each router', async () => {
    const shown = await Promise.all(examples.map(show));
    expect(new Set(shown.flatMap(({ uses }) => uses.map(({ router }) => router.kind)))).toEqual(
      new Set(['nginx', 'istio', 'gatewayAPI', 'smi']),
    );
  });

  it.each(examples.map((example) => [rolloutOf(example).metadata.name, example] as const))('shows a valid Rollout %s', (_name, example) => {
    const { rollout, errors } = parseRollout(rolloutOf(example).raw);
    expect(validateRollout(rollout, errors).map(formatFieldError)).toEqual([]);
  });

  it.each(examples.map((example) => [rolloutOf(example).metadata.name, example] as const))(
    'shows objects that %s can be routed with, at every step',
    async (_name, example) => {
      const { world, uses, strategy } = await show(example);
      const managedRoutes = strategy.trafficRouting?.managedRoutes ?? [];
      for (const { router, settings } of uses) {
        const target = { ...world.target, ...settings };
        expect(await router.validate(target, world.signal)).toEqual([]);
        for (let index = 0; index < strategy.steps.length; index += 1) {
          const step = strategy.steps[index];
          const weight = step?.kind === 'setWeight' ? step.weight : 0;
          const split = aSplit(weight, { ...foldManagedRoutes(strategy.steps, index), managedRoutes });
          await router.apply(target, split, world.signal);
          expect((await router.observe(target, split, world.signal)).upToDate).toBe(true);
        }
        expect(await router.remove(target, world.signal)).toBeGreaterThan(0);
      }
    },
  );
});

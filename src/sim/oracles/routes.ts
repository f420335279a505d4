import type { KubeObject } from '../../api/kube.js';
import type { CanaryStrategy, Rollout } from '../../api/rollout-types.js';
import type { ReplicaSet } from '../../api/workload-types.js';
import { fieldOf, objectsOf } from '../../lib/json.js';
import { hashOf, keyOf, lastingPods, ownedBy, sameRollout, type Picture, type Violation, type WriteSeen } from './picture.js';

/*
 * Oracles for routed canaries. They read routes from the objects by themselves and share nothing with the routers and the barrier they judge.
 */

/** Smallest number of pods a pass that led to this write may have wanted. */
type DesiredRange = (rollout: Rollout) => { readonly min: number; readonly max: number };

/** I3: no ReplicaSet shrinks below what is sent to it. I2: nothing is sent to where no pod is, unless it came from such a place. */
export function judgeRoutes(write: WriteSeen, desired: DesiredRange): readonly Violation[] {
  return write.after.rollouts.flatMap((after) => {
    const before = sameRollout(write.before, after);
    const { strategy } = after.spec;
    if (before === undefined || after.metadata.deletionTimestamp !== undefined) return [];
    if (strategy.kind !== 'canary' || strategy.trafficRouting === undefined) return [];
    const then = loadsOf(write.before, before, strategy);
    const now = loadsOf(write.after, after, strategy);
    const { min } = desired(after);
    return now.flatMap((load) => {
      const earlier = then.find(({ rs }) => rs.metadata.uid === load.rs.metadata.uid);
      return earlier === undefined ? [] : judgeLoad(write, after, strategy, earlier, load, then, min);
    });
  });
}

/** What reaches a ReplicaSet. */
interface Load {
  readonly rs: ReplicaSet;
  readonly weight: number;
  readonly pods: number;
}

function judgeLoad(
  write: WriteSeen,
  rollout: Rollout,
  strategy: CanaryStrategy,
  before: Load,
  after: Load,
  all: readonly Load[],
  replicas: number,
): readonly Violation[] {
  const tell = (invariant: 'I2' | 'I3', text: string): readonly Violation[] => [
    { invariant, at: write.after.at, rollout: keyOf(rollout), text: `${write.verb} ${write.resource.resource}/${write.name}: ${text}` },
  ];
  const { name } = after.rs.metadata;
  const needed = podsFor(after.weight, replicas, strategy);
  if (after.pods < before.pods && after.pods < needed)
    return tell('I3', `${name} shrinks from ${before.pods} to ${after.pods} pods that last, while weight ${after.weight} takes ${needed}`);
  const comesFromNowhere = all.some(({ weight, pods }) => weight > 0 && pods === 0);
  if (after.weight > before.weight && after.pods < needed && !comesFromNowhere)
    return tell(
      after.pods === 0 ? 'I2' : 'I3',
      `weight on ${name} rises from ${before.weight} to ${after.weight}, which takes ${needed} pods, and it has ${after.pods}`,
    );
  return [];
}

/** Rounded down, so that an abort need not wait for the last pod; setCanaryScale is the user's own word on how many are enough. */
function podsFor(weight: number, replicas: number, strategy: CanaryStrategy): number {
  if (weight === 0 || replicas === 0) return 0;
  const isScaled = strategy.steps.some((step) => [step, ...(step.also ?? [])].some(({ kind }) => kind === 'setCanaryScale'));
  const max = strategy.trafficRouting?.maxTrafficWeight ?? 100;
  return isScaled ? 1 : Math.max(1, Math.floor((weight * replicas) / max));
}

function loadsOf(picture: Picture, rollout: Rollout, strategy: CanaryStrategy): readonly Load[] {
  const max = strategy.trafficRouting?.maxTrafficWeight ?? 100;
  const canary = canaryWeightIn(picture, rollout, strategy);
  const [canaryHash, stableHash] = [strategy.canaryService, strategy.stableService].map((name) => hashIn(picture, rollout, name));
  return ownedBy(picture.replicaSets, rollout).map((rs) => ({
    rs,
    weight: (rs.hash === canaryHash ? canary : 0) + (rs.hash === stableHash ? max - canary : 0),
    pods: lastingPods(rs),
  }));
}

function hashIn({ services }: Picture, { metadata }: Rollout, name: string | undefined): string | undefined {
  const found = services.find((service) => service.metadata.namespace === metadata.namespace && service.metadata.name === name);
  return found === undefined ? undefined : hashOf(found);
}

/** Canary weight in the objects of the first router that has any. */
function canaryWeightIn({ ingresses, virtualServices }: Picture, rollout: Rollout, { canaryService }: CanaryStrategy): number {
  const isHere = ({ metadata }: KubeObject): boolean => metadata.namespace === rollout.metadata.namespace;
  const annotated = ingresses.filter(isHere).map(({ metadata }) => metadata.annotations?.['nginx.ingress.kubernetes.io/canary-weight']);
  const routes = virtualServices
    .filter(isHere)
    .flatMap(({ spec }) => objectsOf(spec?.['http']).flatMap((http) => objectsOf(http['route'])));
  const toCanary = routes.filter((route) => fieldOf(route['destination'], 'host') === canaryService).map((route) => route['weight']);
  return Math.max(0, ...[...annotated, ...toCanary].map(Number).filter((weight) => !Number.isNaN(weight)));
}

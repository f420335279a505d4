import { parseRollout } from '../../api/index.js';
import { objectKey, type KubeObject } from '../../api/kube.js';
import type { CanaryStrategy, Rollout } from '../../api/rollout-types.js';
import type { FieldError } from '../../api/workload-types.js';
import { sideServices, splitAskedFor } from '../../core/rollout/canary/routed/asked.js';
import type { SeenTraffic } from '../../core/rollout/types.js';
import type { ObservedTraffic, TrafficSplit } from '../../core/traffic/types.js';
import { errorMessage, hasCode } from '../../lib/errors.js';
import type { RouterRegistry, RouterUse, TrafficRouter, TrafficTarget } from '../../traffic/router.js';
import type { RouterObjects } from './router-objects.js';

/** What a Rollout's routers say, and what is written to them: all routers of one Rollout in upstream's order (traffic 1.2). */
export class RolloutTraffic {
  constructor(
    private readonly registry: RouterRegistry,
    private readonly objects: RouterObjects,
  ) {}

  /**
   * @returns undefined when the Rollout names no routers
   * @throws ControllerError of a read that may succeed later; a missing permission is an error of the spec, for somebody has to act
   */
  async observe(rollout: Rollout, signal: AbortSignal): Promise<SeenTraffic | undefined> {
    const strategy = routedStrategy(rollout);
    if (strategy === undefined) {
      this.objects.forget(objectKey(rollout.metadata));
      return undefined;
    }
    const { uses, errors } = this.#usesOf(rollout, strategy);
    const asked = splitAskedFor(rollout.status, strategy);
    const looks: Look[] = [];
    for (const use of uses) looks.push(await look(use, asked, signal));
    await this.objects.follow(
      objectKey(rollout.metadata),
      uses.flatMap(({ router, target }) => router.needs(target)),
      uses.flatMap(({ router, target }) => router.watches(target)),
    );
    return { routers: looks.map(({ observed }) => observed), errors: [...errors, ...looks.flatMap((each) => each.errors)] };
  }

  /**
   * Makes all routers say the split. One that fails does not keep the others from it: when traffic has to leave a version, it leaves by all ways.
   * @throws the first failure
   */
  async apply(rollout: Rollout, split: TrafficSplit, signal: AbortSignal): Promise<void> {
    const strategy = routedStrategy(rollout);
    if (strategy === undefined) return;
    const lowers = split.canary.weight <= (rollout.status.canary.weights?.canary.weight ?? 0);
    let failure: { readonly error: unknown } | undefined;
    for (const { router, target } of this.#usesOf(rollout, strategy).uses) {
      try {
        await router.apply(target, split, signal);
      } catch (error) {
        if (!lowers || hasCode(error, 'aborted', 'not-leader')) throw error;
        failure ??= { error };
      }
    }
    if (failure !== undefined) throw failure.error;
  }

  /** Takes back what the router made for a Rollout that does not name it any more. */
  async remove(rollout: Rollout, kind: string, signal: AbortSignal): Promise<void> {
    const router = this.registry.routers.find((each) => each.kind === kind);
    if (router === undefined) return;
    await router.remove({ ...targetBase(rollout), section: {}, path: 'spec.strategy.canary.trafficRouting', managedRoutes: [] }, signal);
  }

  /** The same for all routers of a Rollout that is gone, as far as its last version is known. */
  async removeAll(raw: KubeObject, signal: AbortSignal): Promise<void> {
    const { rollout } = parseRollout(raw);
    this.objects.forget(objectKey(rollout.metadata));
    const strategy = routedStrategy(rollout);
    if (strategy === undefined) return;
    for (const { router, target } of this.#usesOf(rollout, strategy).uses) await router.remove(target, signal);
  }

  #usesOf(rollout: Rollout, strategy: CanaryStrategy): { readonly uses: readonly Use[]; readonly errors: readonly FieldError[] } {
    if (strategy.trafficRouting === undefined) return { uses: [], errors: [] };
    const { routers, errors } = this.registry.routersFor(strategy.trafficRouting);
    return { uses: routers.map((use) => ({ router: use.router, target: targetOf(rollout, strategy, use) })), errors };
  }
}

interface Use {
  readonly router: TrafficRouter;
  readonly target: TrafficTarget;
}

interface Look {
  readonly observed: ObservedTraffic;
  readonly errors: readonly FieldError[];
}

/** A router that cannot be looked at may say anything: nothing that depends on it moves. */
async function look({ router, target }: Use, asked: TrafficSplit | undefined, signal: AbortSignal): Promise<Look> {
  try {
    const errors = await router.validate(target, signal);
    return { observed: await router.observe(target, asked, signal), errors };
  } catch (error) {
    if (!hasCode(error, 'forbidden', 'invalid-spec')) throw error;
    const { path } = target;
    const denied: FieldError = { path, kind: 'invalid', value: router.kind, detail: errorMessage(error) };
    return { observed: { kind: router.kind, subsetHashes: [], upToDate: false, waitingFor: errorMessage(error) }, errors: [denied] };
  }
}

function routedStrategy({ spec: { strategy } }: Rollout): CanaryStrategy | undefined {
  return strategy.kind === 'canary' && strategy.trafficRouting !== undefined ? strategy : undefined;
}

function targetBase({ metadata }: Rollout): Pick<TrafficTarget, 'namespace' | 'rolloutName' | 'rolloutUid'> {
  return { namespace: metadata.namespace ?? '', rolloutName: metadata.name, rolloutUid: metadata.uid };
}

function targetOf(rollout: Rollout, strategy: CanaryStrategy, { settings }: RouterUse): TrafficTarget {
  const { canary, stable } = sideServices(strategy, rollout.status);
  return {
    ...targetBase(rollout),
    ...settings,
    ...(canary === undefined ? {} : { canaryService: canary }),
    ...(stable === undefined ? {} : { stableService: stable }),
  };
}

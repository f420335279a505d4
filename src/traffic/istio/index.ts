import { keys, resources } from '../../api/kube.js';
import type { FieldError } from '../../api/workload-types.js';
import type { ObjectRef } from '../../cluster/cluster.js';
import type { ObservedTraffic, TrafficSplit } from '../../core/traffic/types.js';
import { readObject, refuseFirst } from '../objects.js';
import type { RouterDeps, TrafficRouter, TrafficTarget } from '../router.js';
import { parseIstioConfig } from './config.js';
import { foreignMark, problemsOf, unmadeRoutes } from './problems.js';
import { subsetHashes } from './render.js';
import { declaredIn, istioKinds, readState, type IstioKinds, type IstioState } from './state.js';
import { hashesInOrder, isAsWanted, releaseRules, writeRule, writeVirtualServices, type Change } from './write.js';

/**
 * Istio by weights of VirtualServices, on Services or on the subsets of a DestinationRule. Semantics: traffic 3.
 *
 * A subset is given its hash before its weight rises and after it has fallen, so that no weight meets a subset that is about to change.
 * Istio does not tell what its proxies have taken over, so nothing is verified.
 */
export function istioRouter(deps: RouterDeps): TrafficRouter {
  const { cluster } = deps;
  const kinds = istioKinds(deps);
  const read = (target: TrafficTarget, managed: readonly string[], signal: AbortSignal): Promise<IstioState> =>
    readState(cluster, kinds, target, managed, signal);
  /** A mark of a Rollout that exists no more is taken over. */
  const foreign = async (target: TrafficTarget, state: IstioState, signal: AbortSignal): Promise<readonly FieldError[]> => {
    const mark = foreignMark(state, target);
    if (mark === undefined) return [];
    const owner = { resource: resources.rollouts, namespace: target.namespace, name: mark.owner };
    return (await readObject(cluster, owner, signal)) === undefined ? [] : [mark.error];
  };
  const problems = async (target: TrafficTarget, state: IstioState, signal: AbortSignal): Promise<readonly FieldError[]> => [
    ...problemsOf(target, state, kinds),
    ...(await foreign(target, state, signal)),
  ];

  return {
    kind: 'istio',
    needs: (target) => [
      kinds.virtualServices.likely,
      ...(parseIstioConfig(target).config.destinationRule === undefined ? [] : [kinds.destinationRules.likely]),
    ],
    watches: (target) => refsOf(target, kinds),
    validate: async (target, signal) => problems(target, await read(target, target.managedRoutes, signal), signal),
    observe: async (target, desired, signal): Promise<ObservedTraffic> => {
      const state = await read(target, desired?.managedRoutes ?? target.managedRoutes, signal);
      const isWhole = (await problems(target, state, signal)).length === 0;
      return {
        ...declaredOf(state, desired),
        subsetHashes: state.rule === undefined ? [] : subsetHashes(state.rule),
        upToDate: desired !== undefined && isWhole && isAsWanted({ deps, kinds, target, state, split: desired, signal }),
      };
    },
    apply: async (target, split, signal) => {
      const state = await read(target, split.managedRoutes, signal);
      refuseFirst([...(await problems(target, state, signal)), ...unmadeRoutes(target, state, split)]);
      const change: Change = { deps, kinds, target, state, split, signal };
      const { early, late } = hashesInOrder(state.rule, state.config.destinationRule, declaredIn(state, split.maxWeight), split);
      const first = await writeRule(change, state.rule, early);
      const routes = await writeVirtualServices(change);
      const second = await writeRule(change, first.object, late);
      return first.writes + routes + second.writes + (await releaseRules(change, state.leftRules));
    },
    remove: async (target, signal) => {
      const state = await read(target, target.managedRoutes, signal);
      const change: Change = { deps, kinds, target, state, split: nothingOfOurs(target), signal };
      const routes = await writeVirtualServices(change);
      const isOwn = state.rule?.metadata.annotations?.[keys.managedBy] === target.rolloutName;
      return routes + (await releaseRules(change, [...(isOwn && state.rule !== undefined ? [state.rule] : []), ...state.leftRules]));
    },
  };
}

/** All traffic to stable and no route of ours. */
function nothingOfOurs({ managedRoutes }: TrafficTarget): TrafficSplit {
  return {
    ...{ maxWeight: 100, canary: { weight: 0 }, stable: { weight: 100 }, additional: [] },
    ...{ headerRoutes: [], mirrorRoutes: [], managedRoutes },
  };
}

function declaredOf(
  state: IstioState,
  desired: TrafficSplit | undefined,
): Pick<ObservedTraffic, 'kind' | 'canaryWeight' | 'stableWeight' | 'pinned'> {
  const { canary, stable, pinned } = declaredIn(state, desired?.maxWeight ?? 100);
  return {
    kind: 'istio',
    ...(canary === undefined ? {} : { canaryWeight: canary }),
    ...(stable === undefined ? {} : { stableWeight: stable }),
    ...(pinned ? { pinned } : {}),
  };
}

function refsOf(target: TrafficTarget, { virtualServices, destinationRules }: IstioKinds): readonly ObjectRef[] {
  const { config } = parseIstioConfig(target);
  const rules = config.destinationRule === undefined ? [] : [config.destinationRule];
  return [
    ...config.virtualServices.map(({ namespace, name }) => ({ resource: virtualServices.likely, namespace, name })),
    ...rules.map(({ name }) => ({ resource: destinationRules.likely, namespace: target.namespace, name })),
  ];
}

import type { ObservedTraffic, TrafficSplit } from '../../core/traffic/types.js';
import { refuseFirst } from '../objects.js';
import type { RouterDeps, TrafficRouter, TrafficTarget } from '../router.js';
import { parseGatewayConfig } from './config.js';
import { routeKinds, type RouteKinds } from './kinds.js';
import { declaredWeights } from './observe.js';
import { problemsOf, splitProblems } from './problems.js';
import { readState, type GatewayState } from './state.js';
import { acceptanceOfAll } from './status.js';
import { isAsWanted, readPorts, renderProblems, writeRoutes, type Change } from './write.js';

/**
 * Routes of the Gateway API, by weights of their backendRefs. Semantics: traffic 5, what the plugin argoproj-labs/gatewayAPI does.
 * Gateways report in a route's status which generation they have taken over, so this router can tell.
 */
export function gatewayApiRouter({ cluster }: RouterDeps): TrafficRouter {
  const kinds = routeKinds(cluster);
  const changeTo = async (target: TrafficTarget, state: GatewayState, split: TrafficSplit, signal: AbortSignal): Promise<Change> => {
    const ports = split.additional.length === 0 ? new Map<string, number>() : await readPorts(cluster, target, split, signal);
    return { cluster, target, state, split, ports, signal };
  };
  const isUpToDate = async (target: TrafficTarget, state: GatewayState, split: TrafficSplit, signal: AbortSignal): Promise<boolean> => {
    if ([...problemsOf(target, state), ...splitProblems(target, state, split)].length > 0) return false;
    const change = await changeTo(target, state, split, signal);
    return renderProblems(change).length === 0 && isAsWanted(change);
  };

  return {
    kind: 'gatewayAPI',
    needs: (target) => neededKinds(target, kinds),
    watches: (target) => {
      const { named, namespace } = parseGatewayConfig(target).config;
      return named.map(({ protocol, name }) => ({ resource: kinds[protocol].likely, namespace, name }));
    },
    validate: async (target, signal) => problemsOf(target, await readState(cluster, kinds, target, signal)),
    observe: async (target, desired, signal): Promise<ObservedTraffic> => {
      const state = await readState(cluster, kinds, target, signal);
      const upToDate = desired !== undefined && (await isUpToDate(target, state, desired, signal));
      return { ...seenIn(target, state, desired), upToDate };
    },
    apply: async (target, split, signal) => {
      const state = await readState(cluster, kinds, target, signal);
      refuseFirst([...problemsOf(target, state), ...splitProblems(target, state, split)]);
      const change = await changeTo(target, state, split, signal);
      refuseFirst(renderProblems(change));
      return writeRoutes(change);
    },
    remove: async (target, signal) => {
      const state = await readState(cluster, kinds, target, signal);
      return writeRoutes(await changeTo(target, state, nothingOfOurs(target), signal));
    },
  };
}

/** All traffic to stable and no rule of ours. */
function nothingOfOurs({ managedRoutes }: TrafficTarget): TrafficSplit {
  return {
    ...{ maxWeight: 100, canary: { weight: 0 }, stable: { weight: 100 }, additional: [] },
    ...{ headerRoutes: [], mirrorRoutes: [], managedRoutes },
  };
}

function neededKinds(target: TrafficTarget, kinds: RouteKinds): ReturnType<TrafficRouter['needs']> {
  const { named, selected } = parseGatewayConfig(target).config;
  return [...new Set([...named, ...selected].map(({ protocol }) => kinds[protocol].likely))];
}

function seenIn(
  target: TrafficTarget,
  { services, routes }: GatewayState,
  desired: TrafficSplit | undefined,
): Omit<ObservedTraffic, 'upToDate'> {
  const live = routes.flatMap((route) => (route.live === undefined ? [] : [route.live]));
  const acceptance = acceptanceOfAll(live);
  return {
    kind: 'gatewayAPI',
    ...(services === undefined ? {} : declaredWeights(live, target, services, desired?.maxWeight ?? 100)),
    subsetHashes: [],
    ...(acceptance.verified === undefined ? {} : { verified: acceptance.verified }),
    ...(acceptance.verified === false ? { waitingFor: acceptance.waitingFor } : {}),
  };
}

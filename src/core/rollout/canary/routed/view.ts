import { keys } from '../../../../api/kube.js';
import type { CanaryStrategy, TrafficDestination } from '../../../../api/rollout-types.js';
import type { ReplicaSet, Service } from '../../../../api/workload-types.js';
import { meetsThreshold } from '../../../replicas/at-size.js';
import type { Capacity } from '../../../traffic/barrier.js';
import { canaryRange, routerFeeds, settlementOf, type Feed } from '../../../traffic/feeds.js';
import type { ObservedTraffic, TrafficSplit, WeightRange } from '../../../traffic/types.js';
import type { RolloutContext } from '../../context.js';
import { lifecycleOf } from '../../lifecycle.js';
import { selectedHash } from '../../services.js';
import { wholeSecond } from '../../traffic-memory.js';
import type { TrafficMemory } from '../../types.js';
import { maxWeightOf } from '../weight.js';
import { sideServices, splitAskedFor } from './asked.js';

/** One side of the routers: what its requests meet. */
export interface Side {
  readonly name: 'canary' | 'stable';
  readonly serviceName: string | undefined;
  readonly service: Service | undefined;
  /** Pod template hashes it leads to now: by its Service, and by a subset. Empty: to nobody of ours, or to everybody. */
  readonly hashes: readonly string[];
  /** The ReplicaSet that serves it; undefined unless exactly one does. */
  readonly rs: ReplicaSet | undefined;
}

/** What is seen of traffic, in the terms of core/traffic. */
export interface TrafficView {
  readonly maxWeight: number;
  readonly replicas: number;
  readonly drainMs: number;
  readonly routers: readonly ObservedTraffic[];
  readonly declared: WeightRange;
  readonly asked: TrafficSplit | undefined;
  /** Every router says what was asked for, and none knows that it is not served yet. */
  readonly isSettled: boolean;
  readonly memory: TrafficMemory;
  readonly canary: Side;
  readonly stable: Side;
  readonly usesSubsets: boolean;
}

/** Requests under way get this long after a route has changed; whoever sets a shorter scaleDownDelaySeconds has said that less will do. */
const longestDrainSeconds = 10;

export function trafficViewOf(context: RolloutContext, strategy: CanaryStrategy): TrafficView {
  const { status, seen, replicas } = context;
  const asked = splitAskedFor(status, strategy);
  const routers = seen.traffic?.routers ?? [];
  const usesSubsets = routers.some(({ subsetHashes }) => subsetHashes.length > 0);
  const isSettled = routers.every((each) => settlementOf(each) === 'settled');
  const services = sideServices(strategy, status);
  const side = (name: Side['name']): Side => sideOf(context, name, services[name], usesSubsets ? asked?.[name] : undefined);
  return {
    maxWeight: maxWeightOf(strategy),
    replicas,
    drainMs: Math.min(longestDrainSeconds, strategy.scaleDownDelaySeconds ?? longestDrainSeconds) * 1_000,
    routers,
    declared: canaryRange(routers),
    asked,
    isSettled,
    memory: memoryAfter(context, routers),
    canary: side('canary'),
    stable: side('stable'),
    usesSubsets,
  };
}

function sideOf(
  { seen, owned }: RolloutContext,
  name: Side['name'],
  serviceName: string | undefined,
  subset: TrafficDestination | undefined,
): Side {
  const service = serviceName === undefined ? undefined : seen.services.get(serviceName);
  const found = [selectedHash(service), subset?.podTemplateHash].filter((hash) => hash !== undefined && hash !== '');
  const hashes = [...new Set(found)].filter((hash) => hash !== undefined);
  const [only] = hashes.length === 1 ? hashes : [];
  return { name, serviceName, service, hashes, rs: only === undefined ? undefined : owned.find((rs) => rs.hash === only) };
}

/** Since when each router is settled, this look included. */
function memoryAfter({ status, seen }: RolloutContext, routers: readonly ObservedTraffic[]): TrafficMemory {
  const { traffic } = lifecycleOf(status);
  const settled = routers.filter((each) => settlementOf(each) === 'settled');
  const since = settled.map(({ kind }) => [kind, traffic?.settledSince[kind] ?? wholeSecond(seen.now)] as const);
  // Those the strategy no longer names are kept until they are taken back.
  const left = Object.entries(traffic?.settledSince ?? {}).filter(([kind]) => !routers.some((each) => each.kind === kind));
  const { routesStep } = traffic ?? {};
  return { settledSince: Object.fromEntries([...left, ...since]), ...(routesStep === undefined ? {} : { routesStep }) };
}

export function leadsTo(side: Side, rs: ReplicaSet | undefined): boolean {
  return rs !== undefined && side.hashes.includes(rs.hash);
}

/**
 * What the routers send to a ReplicaSet.
 * @param isChanging a new split is written in this very pass: nobody may rely on the old one
 */
export function feedsOf(
  view: TrafficView,
  sides: { readonly canary: boolean; readonly stable: boolean },
  isChanging: boolean,
): readonly Feed[] {
  const feeds = routerFeeds(view.routers, view.maxWeight, sides, (kind) => view.memory.settledSince[kind]);
  return isChanging ? feeds.map((feed) => ({ ...feed, settlement: 'unwritten' as const })) : feeds;
}

/** Pods that can serve what comes by way of a side. */
export function capacityOf(context: RolloutContext, strategy: CanaryStrategy, side: Side, pledged?: number): Capacity {
  const { replicas, seen } = context;
  const available = side.rs?.available ?? unmanagedPods(context, side);
  const threshold = strategy.replicaProgressThreshold;
  const published = side.serviceName === undefined ? undefined : seen.live.endpoints?.get(side.serviceName);
  return {
    available,
    ...(published === undefined ? {} : { published: side.rs === undefined ? published.length : countOf(published, side.rs) }),
    ...(pledged === undefined ? {} : { pledged }),
    ...(threshold !== undefined && meetsThreshold(available, replicas, threshold) ? { enough: true } : {}),
  };
}

/** A Service without our key reaches the pods of all versions. */
function unmanagedPods({ owned }: RolloutContext, side: Side): number {
  return side.hashes.length > 0 ? 0 : owned.reduce((sum, rs) => sum + rs.available, 0);
}

/** Kubernetes names a pod after its ReplicaSet and cuts that name at 58 characters. */
function countOf(pods: readonly string[], rs: ReplicaSet): number {
  const stem = `${rs.metadata.name}-`.slice(0, 58);
  return pods.filter((pod) => pod.startsWith(stem)).length;
}

/** Whether a Service is marked as this Rollout's, or selects by our key already. */
export function isAdopted({ service, hashes }: Side): boolean {
  return hashes.length > 0 || service?.metadata.annotations?.[keys.managedBy] !== undefined;
}

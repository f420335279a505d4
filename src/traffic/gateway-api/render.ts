import type { JsonObject, KubeObject } from '../../api/kube.js';
import type { TrafficSplit } from '../../core/traffic/types.js';
import { addedDestinations, isNamedAsExperiment, noteDestinations } from '../added-destinations.js';
import type { TrafficTarget } from '../router.js';
import { textOf } from '../texts.js';
import type { GatewayConfig } from './config.js';
import type { Protocol } from './kinds.js';
import { managedRules } from './managed-rules.js';
import { isManaged, isSplit, refsOf, refTo, rulesOf, says, type Fields, type SideServices } from './refs.js';

export interface RouteRendering {
  readonly target: TrafficTarget;
  readonly services: SideServices;
  readonly split: TrafficSplit;
  readonly protocol: Protocol;
  /** Whether header and mirror routes are made in it. */
  readonly usesHeaderRoutes: boolean;
  readonly inProgressLabel: GatewayConfig['inProgressLabel'];
  /** Ports of experiments' Services, by name. */
  readonly ports: ReadonlyMap<string, number>;
}

/**
 * A route for a split: weights of the rules that have both Services, managed rules, and the label that tells GitOps tools of a canary.
 *
 * Semantics: traffic 5.2, 5.3. Differs: a rule that has only one of the Services is the user's own and stays as it is; experiments share
 * what the canary leaves, in every split rule; maxTrafficWeight is honoured
 *
 * @throws Inexpressible
 */
export function renderRoute(live: KubeObject, rendering: RouteRendering): KubeObject {
  const { target, split, inProgressLabel } = rendering;
  const rules = renderRules(rulesOf(live), rendering, addedDestinations(live, target));
  // Parts of the route's own rules and of a parsed Rollout: JSON throughout.
  const weighted = rules.length === 0 ? live : { ...live, spec: { ...live.spec, rules } as unknown as JsonObject };
  const names = experimentsOf(rendering).map(({ serviceName }) => serviceName);
  return withLabel(noteDestinations(weighted, target, names), inProgressLabel, split.canary.weight > 0);
}

function renderRules(all: readonly Fields[], rendering: RouteRendering, added: ReadonlySet<string>): readonly Fields[] {
  const { split, services, protocol, usesHeaderRoutes } = rendering;
  const isOwn = (rule: Fields): boolean => !isManaged(rule, split.managedRoutes);
  const weigh = (rule: Fields): Fields => weighed(rule, rendering, added);
  if (!usesHeaderRoutes) return all.map((rule) => (isOwn(rule) ? weigh(rule) : rule));
  const own = all.filter(isOwn).map(weigh);
  const { mirrors, headers } = managedRules(own, protocol, split, services);
  // A rule that says all of it already stays as the API server has completed it.
  const asLive = (rule: Fields): Fields => all.find((each) => each['name'] === rule['name'] && says(each, rule)) ?? rule;
  return [...mirrors.map(asLive), ...own, ...headers.map(asLive)];
}

interface RoutedExperiment {
  readonly serviceName: string;
  readonly weight: number;
  readonly port: number;
}

/** Experiments get requests by HTTP and gRPC; what the others would get stays with stable. */
function experimentsOf({ split, ports, protocol }: RouteRendering): readonly RoutedExperiment[] {
  if (protocol !== 'http' && protocol !== 'grpc') return [];
  return split.additional.flatMap(({ serviceName, weight }) => {
    const port = serviceName === undefined ? undefined : ports.get(serviceName);
    return serviceName === undefined || port === undefined ? [] : [{ serviceName, weight, port }];
  });
}

function weighed(rule: Fields, rendering: RouteRendering, added: ReadonlySet<string>): Fields {
  const { target, services, split } = rendering;
  if (!isSplit(rule, services)) return rule;
  const experiments = experimentsOf(rendering);
  const extra = new Map(experiments.map((each) => [each.serviceName, each.weight]));
  const stable = split.maxWeight - split.canary.weight - experiments.reduce((sum, { weight }) => sum + weight, 0);
  const present = refsOf(rule).flatMap((ref) => {
    const name = textOf(ref['name']);
    if (name === services.canary) return [{ ...ref, weight: split.canary.weight }];
    if (name === services.stable) return [{ ...ref, weight: Math.max(0, stable) }];
    const wanted = extra.get(name);
    if (wanted !== undefined) return [{ ...ref, weight: wanted }];
    return added.has(name) || isNamedAsExperiment(name, target) ? [] : [ref];
  });
  const missing = experiments.filter(({ serviceName }) => !present.some((ref) => ref['name'] === serviceName));
  const namespace = refTo(rule, services.canary)?.['namespace'];
  return { ...rule, backendRefs: [...present, ...missing.map((each) => experimentRef(each, namespace))] };
}

function experimentRef({ serviceName, weight, port }: RoutedExperiment, namespace: unknown): Fields {
  return { group: '', kind: 'Service', name: serviceName, ...(namespace === undefined ? {} : { namespace }), port, weight };
}

function withLabel(route: KubeObject, label: GatewayConfig['inProgressLabel'], isInProgress: boolean): KubeObject {
  if (label === undefined) return route;
  const { [label.key]: _before, ...others } = route.metadata.labels ?? {};
  const labels = isInProgress ? { ...others, [label.key]: label.value } : others;
  const { labels: had, ...metadata } = route.metadata;
  return { ...route, metadata: had === undefined && Object.keys(labels).length === 0 ? metadata : { ...metadata, labels } };
}

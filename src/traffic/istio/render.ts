import { keys, type JsonObject, type KubeObject } from '../../api/kube.js';
import type { RouteMatch, StringMatch, TrafficDestination } from '../../api/rollout-types.js';
import type { HeaderRoute, MirrorRoute, TrafficSplit } from '../../core/traffic/types.js';
import { fieldOf, isPlainObject, objectsOf } from '../../lib/json.js';
import { addedDestinations, isNamedAsExperiment, noteDestinations } from '../added-destinations.js';
import type { TrafficTarget } from '../router.js';
import type { DestinationRuleConfig } from './config.js';
import { destinationsOf, hostOf, sideOf, weightsOf, type Fields, type Side, type Sides, type Trait } from './destinations.js';
import { nameOf, protocols, routesIn, type FoundRoute, type Protocol } from './routes.js';

export interface RouteRendering {
  readonly target: TrafficTarget;
  readonly sides: Sides;
  /** Weights of 100 (`inHundredths`). */
  readonly split: TrafficSplit;
  /** What `findRoutes` found in the very object that is rendered. */
  readonly routes: readonly FoundRoute[];
}

/**
 * A VirtualService for a split: weights of the routes found, and managed routes in front of all others. Everything else is left as it is.
 *
 * Semantics: traffic 3.3, 3.5. Differs: destinations of others keep their weight, and stable gets the less; experiments' destinations
 * are known by a note and not by being unknown; unnamed routes are not duplicated when managed ones are put in order
 */
export function renderVirtualService(live: KubeObject, rendering: RouteRendering): KubeObject {
  const { target, split } = rendering;
  const added = addedDestinations(live, target);
  const weighed = weighRoutes(live, rendering, added);
  const http = withManagedRoutes(weighed.http, rendering);
  const spec = { ...live.spec, ...weighed, ...(http === undefined ? {} : { http }) };
  const services = [...experimentsOf(split).keys()];
  // Built from parts of the object's own spec and from a parsed Rollout: JSON throughout.
  return noteDestinations({ ...live, spec: spec as JsonObject }, target, services);
}

type RouteLists = { readonly [P in Protocol]?: readonly unknown[] };

function weighRoutes(live: KubeObject, { routes, ...rendering }: RouteRendering, added: ReadonlySet<string>): RouteLists {
  const lists = protocols.flatMap((protocol) => {
    const list = routesIn(live, protocol);
    if (list === undefined) return [];
    const found = new Map(routes.filter((route) => route.protocol === protocol).map(({ index, trait }) => [index, trait]));
    const weighed = list.map((route, index) => {
      const trait = found.get(index);
      return trait === undefined || !isPlainObject(route) ? route : weighRoute(route, trait, rendering, added);
    });
    return [[protocol, weighed] as const];
  });
  return Object.fromEntries(lists);
}

/** Canary first, experiments as asked, destinations of others as they are, stable the rest of 100. */
function weighRoute(route: Fields, trait: Trait, rendering: Omit<RouteRendering, 'routes'>, added: ReadonlySet<string>): Fields {
  const { sides, split } = rendering;
  const extras = new Map([...experimentsOf(split)].map(([name, { weight }]) => [name, weight]));
  const weights = weightsOf(route);
  const parts = destinationsOf(route).map((entry, index) => ({
    entry,
    weight: weights[index] ?? 0,
    side: sideOf(entry, trait, sides),
    isExtra: isExperiment(entry, rendering.target, added, extras),
  }));
  const fixed = parts.reduce((sum, { side, isExtra, weight }) => sum + (side === undefined && !isExtra ? weight : 0), 0);
  const room = Math.max(0, 100 - fixed - [...extras.values()].reduce((sum, weight) => sum + weight, 0));
  const canary = Math.min(split.canary.weight, room);
  const present = parts.flatMap(({ entry, side, isExtra, weight }) => {
    if (side !== undefined) return [reweighed(entry, side === 'canary' ? canary : room - canary)];
    if (!isExtra) return [reweighed(entry, weight)];
    const wanted = extras.get(hostOf(entry));
    return wanted === undefined ? [] : [reweighed(entry, wanted)];
  });
  const hosts = new Set(present.map(hostOf));
  const missing = [...extras].filter(([host]) => !hosts.has(host)).sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...route, route: [...present, ...missing.map(([host, weight]) => ({ destination: { host }, weight }))] };
}

/** Experiments that can be reached, by the name of their Service. */
function experimentsOf(split: TrafficSplit): ReadonlyMap<string, TrafficDestination> {
  return new Map(split.additional.flatMap((each) => (each.serviceName === undefined ? [] : [[each.serviceName, each] as const])));
}

/** A weight of 0 may also be absent, as other controllers write it. */
function reweighed(entry: Fields, weight: number): Fields {
  return (entry['weight'] ?? 0) === weight ? entry : { ...entry, weight };
}

/** A destination that an experiment of this Rollout has, or has had. */
function isExperiment(entry: Fields, target: TrafficTarget, added: ReadonlySet<string>, extras: ReadonlyMap<string, number>): boolean {
  const host = hostOf(entry);
  const isBare = Object.keys(entry).every((key) => key === 'destination' || key === 'weight') && isOnlyHost(entry['destination']);
  return extras.has(host) || (isBare && (added.has(host) || isNamedAsExperiment(host, target)));
}

function isOnlyHost(destination: unknown): boolean {
  return isPlainObject(destination) && Object.keys(destination).every((key) => key === 'host');
}

/** `http` with the managed routes that must exist, in the order of `managedRoutes`, before everything else. */
function withManagedRoutes(http: readonly unknown[] | undefined, rendering: RouteRendering): readonly unknown[] | undefined {
  if (http === undefined) return undefined;
  const { split, routes } = rendering;
  const source = routes.find(({ protocol }) => protocol === 'http');
  const model = source === undefined ? undefined : http[source.index];
  const wanted = source === undefined || !isPlainObject(model) ? [] : managedRoutes(model, source.trait, rendering);
  const names = new Set([...split.managedRoutes, ...wanted.map(nameOf)]);
  const others = http.filter((route) => !names.has(nameOf(route)));
  return wanted.length === 0 && others.length === http.length ? http : [...inOrder(wanted, split.managedRoutes), ...others];
}

function inOrder(routes: readonly Fields[], names: readonly string[]): readonly Fields[] {
  const place = (route: Fields): number => {
    const index = names.indexOf(nameOf(route));
    return index < 0 ? names.length : index;
  };
  return [...routes].sort((a, b) => place(a) - place(b));
}

function managedRoutes(model: Fields, trait: Trait, { split, sides }: RouteRendering): readonly Fields[] {
  const canary = destinationsOf(model).find((entry) => sideOf(entry, trait, sides) === 'canary') ?? {};
  return [
    ...split.headerRoutes.map((route) => renderHeaderRoute(route, canary)),
    ...split.mirrorRoutes.map((route) => renderMirrorRoute(route, canary, model)),
  ];
}

/** One match block for each header: any of them will do. */
function renderHeaderRoute({ name, match }: HeaderRoute, canary: Fields): Fields {
  return {
    name,
    match: match.map(({ headerName, headerValue }) => ({ headers: { [headerName]: renderMatch(headerValue) } })),
    route: [{ ...canary, weight: 100 }],
  };
}

function renderMirrorRoute({ name, match, percentage = 100 }: MirrorRoute, canary: Fields, model: Fields): Fields {
  return {
    name,
    match: match.map(renderRouteMatch),
    route: destinationsOf(model).map(({ weight, ...entry }) => (weight === 0 || weight === undefined ? entry : { ...entry, weight })),
    mirror: canary['destination'],
    mirrorPercentage: { value: percentage },
  };
}

function renderRouteMatch({ method, path, headers }: RouteMatch): Fields {
  return {
    ...(method === undefined ? {} : { method: renderMatch(method) }),
    ...(path === undefined ? {} : { uri: renderMatch(path) }),
    ...(headers === undefined
      ? {}
      : { headers: Object.fromEntries(Object.entries(headers).map(([header, value]) => [header, renderMatch(value)])) }),
  };
}

function renderMatch({ kind, value }: StringMatch): Fields {
  return { [kind]: value };
}

/** Hash each side's subset is to select; an absent side is left as it is, '' takes the key away. */
export type SubsetHashes = { readonly [S in Side]?: string };

/**
 * A DestinationRule whose subsets select the hashes, marked as this Rollout's.
 *
 * Semantics: traffic 3.4. Differs: subsets of others stay (upstream deletes them, traffic 8 #9); those of experiments are known by having
 * the hash as their only label
 */
export function renderDestinationRule(
  live: KubeObject,
  config: DestinationRuleConfig,
  { target, split }: Pick<RouteRendering, 'target' | 'split'>,
  hashes: SubsetHashes,
): KubeObject {
  const extras = new Map([...experimentsOf(split)].map(([name, { podTemplateHash = '' }]) => [name, podTemplateHash]));
  const kept = objectsOf(fieldOf(live.spec, 'subsets')).flatMap((subset) => {
    const name = nameOf(subset);
    if (name === config.canarySubset) return [withHash(subset, hashes.canary)];
    if (name === config.stableSubset) return [withHash(subset, hashes.stable)];
    if (extras.has(name)) return [withHash(subset, extras.get(name))];
    return isExperimentSubset(subset) && !config.additionalSubsets.includes(name) ? [] : [subset];
  });
  const present = new Set(kept.map(nameOf));
  const missing = [...extras].filter(([name]) => !present.has(name)).map(([name, hash]) => withHash({ name }, hash));
  const annotations = { ...live.metadata.annotations, [keys.managedBy]: target.rolloutName };
  return withSubsets({ ...live, metadata: { ...live.metadata, annotations } }, [...kept, ...missing]);
}

/**
 * A DestinationRule without the Rollout's mark and hashes, and without the subsets of its experiments.
 * @param config the rule's settings; without them only subsets named as experiments are can be told from the user's own
 */
export function renderReleasedRule(live: KubeObject, target: TrafficTarget, config: DestinationRuleConfig | undefined): KubeObject {
  const { [keys.managedBy]: _mark, ...annotations } = live.metadata.annotations ?? {};
  const isTheUsers = (name: string): boolean =>
    config === undefined
      ? !isNamedAsExperiment(name, target)
      : [config.canarySubset, config.stableSubset, ...config.additionalSubsets].includes(name);
  const subsets = objectsOf(fieldOf(live.spec, 'subsets')).filter((subset) => !isExperimentSubset(subset) || isTheUsers(nameOf(subset)));
  return withSubsets(
    { ...live, metadata: { ...live.metadata, annotations } },
    subsets.map((subset) => withHash(subset, '')),
  );
}

function withSubsets(rule: KubeObject, subsets: readonly Fields[]): KubeObject {
  // Parts of the object's own subsets with a label more or less: JSON throughout.
  return { ...rule, spec: { ...rule.spec, subsets } as unknown as JsonObject };
}

function withHash(subset: Fields, hash: string | undefined): Fields {
  if (hash === undefined) return subset;
  const { labels: before, ...rest } = subset;
  const { [keys.podTemplateHash]: _old, ...others } = isPlainObject(before) ? before : {};
  const labels = hash === '' ? others : { ...others, [keys.podTemplateHash]: hash };
  return Object.keys(labels).length === 0 ? rest : { ...rest, labels };
}

/** Nothing but a name and a hash. */
function isExperimentSubset(subset: Fields): boolean {
  const labels = isPlainObject(subset['labels']) ? Object.keys(subset['labels']) : [];
  return (
    labels.length === 1 && labels[0] === keys.podTemplateHash && Object.keys(subset).every((key) => key === 'name' || key === 'labels')
  );
}

/** Hashes the subsets of a rule select. */
export function subsetHashes(rule: KubeObject): readonly string[] {
  const hashes = objectsOf(fieldOf(rule.spec, 'subsets')).map(hashOf);
  return [...new Set(hashes.filter((hash) => hash !== undefined))];
}

/** The hash one subset selects; undefined without one. */
export function subsetHash(rule: KubeObject, name: string): string | undefined {
  return hashOf(objectsOf(fieldOf(rule.spec, 'subsets')).find((subset) => nameOf(subset) === name));
}

function hashOf(subset: Fields | undefined): string | undefined {
  const hash = fieldOf(fieldOf(subset, 'labels'), keys.podTemplateHash);
  return typeof hash === 'string' && hash !== '' ? hash : undefined;
}

import type { KubeObject } from '../../api/kube.js';
import { isEqual } from '../../lib/equal.js';
import { fieldOf, isPlainObject, objectsOf } from '../../lib/json.js';
import { textOf, textsOf } from '../texts.js';
import type { VirtualServiceConfig } from './config.js';
import { isOurs, traitOf, type Fields, type Sides, type Trait } from './destinations.js';

export const protocols = ['http', 'tls', 'tcp'] as const;
export type Protocol = (typeof protocols)[number];

/** A route whose weights are ours to set. */
export interface FoundRoute {
  readonly protocol: Protocol;
  /** Place in `spec.<protocol>`. */
  readonly index: number;
  readonly trait: Trait;
}

export interface FoundRoutes {
  readonly routes: readonly FoundRoute[];
  /** What is wrong, as a sentence that ends the InvalidSpec message. */
  readonly problems: readonly string[];
}

/** The entries of `spec.<protocol>`, in place; undefined when there is no such list. */
export function routesIn(virtualService: KubeObject, protocol: Protocol): readonly unknown[] | undefined {
  const list = fieldOf(virtualService.spec, protocol);
  return Array.isArray(list) ? list : undefined;
}

export function nameOf(route: unknown): string {
  return textOf(fieldOf(route, 'name'));
}

/**
 * Which routes are edited.
 *
 * Semantics: traffic 3.2. Differs: managed routes are never taken for the route they were made from; a kind of route the Rollout does not list and
 * that has none of its destinations is somebody else's; a destination listed twice is an error, as its weights would not add up
 *
 * @param managed names of managed routes
 */
export function findRoutes(
  virtualService: KubeObject,
  config: VirtualServiceConfig,
  sides: Sides,
  managed: ReadonlySet<string>,
): FoundRoutes {
  const found = protocols.flatMap((protocol) => {
    const list = routesIn(virtualService, protocol);
    return list === undefined ? [] : [findIn(list, protocol, config, sides, managed)];
  });
  const all = { routes: found.flatMap(({ routes }) => routes), problems: found.flatMap(({ problems }) => problems) };
  if (all.routes.length > 0 || all.problems.length > 0) return all;
  return { routes: [], problems: ['Istio VirtualService has no HTTP, TLS or TCP route with the stable and the canary destination'] };
}

function findIn(
  list: readonly unknown[],
  protocol: Protocol,
  config: VirtualServiceConfig,
  sides: Sides,
  managed: ReadonlySet<string>,
): FoundRoutes {
  const own = list.flatMap((route, index) =>
    isPlainObject(route) && !(protocol === 'http' && managed.has(nameOf(route))) ? [{ route, index }] : [],
  );
  const isAsked = selectorsOf(protocol, config).length > 0;
  const others = protocols.some((each) => each !== protocol && selectorsOf(each, config).length > 0);
  if (!isAsked && !own.some(({ route }) => isOurs(route, sides)) && (others || own.length === 0)) return { routes: [], problems: [] };
  const { picked, problems } = isAsked ? pickListed(own, protocol, config) : pickOnly(own, protocol);
  const judged = picked.map(({ route, index }) => ({ index, name: tell(route, index), ...traitOf(route, sides) }));
  return {
    routes: judged.flatMap((each) => ('trait' in each ? [{ protocol, index: each.index, trait: each.trait }] : [])),
    problems: [
      ...problems,
      ...judged.flatMap((each) => ('problem' in each ? [`${protocol.toUpperCase()} Route '${each.name}': ${each.problem}.`] : [])),
    ].map((text) => `Istio VirtualService has invalid ${protocol.toUpperCase()} routes. Error: ${text}`),
  };
}

interface Candidate {
  readonly route: Fields;
  readonly index: number;
}

interface Picked {
  readonly picked: readonly Candidate[];
  readonly problems: readonly string[];
}

function tell(route: Fields, index: number): string {
  return nameOf(route) === '' ? `[${index}]` : nameOf(route);
}

function selectorsOf(protocol: Protocol, config: VirtualServiceConfig): readonly unknown[] {
  return protocol === 'http' ? config.routes : protocol === 'tls' ? config.tlsRoutes : config.tcpRoutes;
}

function pickOnly(own: readonly Candidate[], protocol: Protocol): Picked {
  if (own.length === 1) return { picked: own, problems: [] };
  const kind = protocol.toUpperCase();
  const text =
    own.length === 0 ? `there is no ${kind} route.` : `there are ${own.length} ${kind} routes, and none is named in the Rollout.`;
  return { picked: [], problems: [text] };
}

function pickListed(own: readonly Candidate[], protocol: Protocol, config: VirtualServiceConfig): Picked {
  const picks = selectionsOf(protocol, config).map(({ text, isMeant }) => {
    const picked = own.filter(({ route }) => isMeant(route));
    const missing = `${protocol.toUpperCase()} Route '${text}' is not found in the defined Virtual Service.`;
    return { picked, problems: picked.length === 0 ? [missing] : [] };
  });
  const indexes = new Set(picks.flatMap(({ picked }) => picked.map(({ index }) => index)));
  return { picked: own.filter(({ index }) => indexes.has(index)), problems: picks.flatMap(({ problems }) => problems) };
}

interface Selection {
  readonly text: string;
  readonly isMeant: (route: Fields) => boolean;
}

function selectionsOf(protocol: Protocol, config: VirtualServiceConfig): readonly Selection[] {
  switch (protocol) {
    case 'http':
      return config.routes.map((name) => ({ text: name, isMeant: (route) => nameOf(route) === name }));
    case 'tls':
      return config.tlsRoutes.map(({ port, sniHosts }) => ({
        text: [...(port === 0 ? [] : [String(port)]), ...sniHosts].join(' '),
        isMeant: (route) => portOf(route) === port && isEqual(sniHostsOf(route), [...new Set(sniHosts)].sort()),
      }));
    case 'tcp':
      return config.tcpRoutes.map(({ port }) => ({ text: String(port), isMeant: (route) => portOf(route) === port }));
  }
}

/** The port all match blocks share, 0 for none; undefined when they differ. */
function portOf(route: Fields): number | undefined {
  const ports = new Set(objectsOf(route['match']).map(({ port }) => (typeof port === 'number' ? port : 0)));
  if (ports.size > 1) return undefined;
  return [...ports][0] ?? 0;
}

function sniHostsOf(route: Fields): readonly string[] {
  return [...new Set(objectsOf(route['match']).flatMap(({ sniHosts }) => textsOf(sniHosts)))].sort();
}

import type { HeaderRoute, MirrorRoute, TrafficSplit } from '../../core/traffic/types.js';
import { isEqual } from '../../lib/equal.js';
import { objectsOf } from '../../lib/json.js';
import type { Protocol } from './kinds.js';
import { matchesOf, narrowedTo, withHeaders } from './matches.js';
import { isSplit, refsOf, refTo, type Fields, type SideServices } from './refs.js';

export interface ManagedRules {
  /** To stand before all others: of equally narrow matches the first rule counts. */
  readonly mirrors: readonly Fields[];
  /** To stand behind all others: they are narrower than what they were made from. */
  readonly headers: readonly Fields[];
}

/**
 * Rules for the header and mirror routes, one for each rule that is split.
 *
 * Semantics: traffic 5.3. Differs: timeouts, retries and all else of the source rule are taken over too; mirror routes are made (the plugin
 * ignores them); a header counts before any mirror route, so that a user pinned to the canary stays there
 *
 * @param rules the rules of others, weighted
 * @throws Inexpressible
 */
export function managedRules(rules: readonly Fields[], protocol: Protocol, split: TrafficSplit, services: SideServices): ManagedRules {
  const sources = rules.filter((rule) => isSplit(rule, services));
  return {
    mirrors: inOrder(split.mirrorRoutes, split).flatMap((route) =>
      numbered(sources, route.name, (source) => mirrorRule(source, route, protocol, services)),
    ),
    headers: inOrder(split.headerRoutes, split).flatMap((route) =>
      numbered(sources, route.name, (source) => headerRule(source, route, protocol, split, services)),
    ),
  };
}

function inOrder<R extends { readonly name: string }>(routes: readonly R[], { managedRoutes }: TrafficSplit): readonly R[] {
  const place = ({ name }: R): number => (managedRoutes.includes(name) ? managedRoutes.indexOf(name) : managedRoutes.length);
  return [...routes].sort((a, b) => place(a) - place(b));
}

/** `name`, `name-1`, `name-2` ... */
function numbered(sources: readonly Fields[], name: string, render: (source: Fields) => Fields | undefined): readonly Fields[] {
  return sources.flatMap((source, index) => {
    const rule = render(source);
    return rule === undefined ? [] : [{ ...rule, name: index === 0 ? name : `${name}-${index}` }];
  });
}

function headerRule(
  source: Fields,
  { match }: HeaderRoute,
  protocol: Protocol,
  { mirrorRoutes }: TrafficSplit,
  services: SideServices,
): Fields {
  const wide = matchesOf(source, protocol);
  // A method or a longer path counts before headers, so what a mirror route narrows is asked for here too.
  const narrow = mirrorRoutes.flatMap((route) => mirrorMatches(source, route, protocol));
  const all = [...wide, ...narrow].filter((each, index, list) => list.findIndex((other) => isEqual(other, each)) === index);
  return { ...source, matches: all.map((each) => withHeaders(each, match)), backendRefs: [toCanary(source, services)] };
}

/** Weight 1 of 1 is everything; the fields the API would fill in are there, so that nothing differs afterwards. */
function toCanary(source: Fields, { canary }: SideServices): Fields {
  return { group: '', kind: 'Service', ...refTo(source, canary), weight: 1 };
}

function mirrorRule(source: Fields, route: MirrorRoute, protocol: Protocol, services: SideServices): Fields | undefined {
  const matches = mirrorMatches(source, route, protocol);
  if (matches.length === 0) return undefined;
  const { weight: _weight, filters: _filters, ...backendRef } = toCanary(source, services);
  const percent = route.percentage === undefined || route.percentage === 100 ? {} : { percent: route.percentage };
  const mirror = { type: 'RequestMirror', requestMirror: { backendRef, ...percent } };
  return { ...source, matches, filters: [...objectsOf(source['filters']), mirror], backendRefs: refsOf(source) };
}

function mirrorMatches(source: Fields, route: MirrorRoute, protocol: Protocol): readonly Fields[] {
  const wide = matchesOf(source, protocol);
  return wide.flatMap((each) =>
    route.match.flatMap((match): readonly Fields[] => {
      const narrowed = narrowedTo(each, match, protocol);
      return narrowed === undefined ? [] : [narrowed];
    }),
  );
}

import { fieldOf, objectsOf } from '../../lib/json.js';

export type Fields = Readonly<Record<string, unknown>>;
export type Side = 'canary' | 'stable';

/** By what a destination is known to belong to a side: its Service, or its subset of a DestinationRule. */
export interface Sides {
  readonly hosts?: Readonly<Record<Side, string>>;
  readonly subsets?: Readonly<Record<Side, string>>;
}
export type Trait = 'host' | 'subset';

export function destinationsOf(route: Fields): readonly Fields[] {
  return objectsOf(route['route']);
}

/** Weight as Istio reads it: one destination alone gets everything, of several one without a weight nothing. */
export function weightsOf(route: Fields): readonly number[] {
  const destinations = destinationsOf(route);
  return destinations.map(({ weight }) => (typeof weight === 'number' ? weight : destinations.length === 1 ? 100 : 0));
}

/** Hosts are compared up to their first dot: `app`, `app.ns` and `app.ns.svc.cluster.local` are the same. Semantics: traffic 3.2 */
export function sideOf(destination: Fields, trait: Trait, { hosts, subsets }: Sides): Side | undefined {
  const where = destination['destination'];
  const known = trait === 'host' ? hosts : subsets;
  const found = trait === 'host' ? shortHost(fieldOf(where, 'host')) : fieldOf(where, 'subset');
  if (known === undefined || found === undefined) return undefined;
  if (found === named(known.canary, trait)) return 'canary';
  return found === named(known.stable, trait) ? 'stable' : undefined;
}

function named(name: string, trait: Trait): string {
  return trait === 'host' ? shortHost(name) : name;
}

export function hostOf(destination: Fields): string {
  return shortHost(fieldOf(destination['destination'], 'host'));
}

function shortHost(host: unknown): string {
  return typeof host === 'string' ? (host.split('.')[0] ?? '') : '';
}

/**
 * By which trait a route tells both sides apart: subsets where a DestinationRule is configured and the route uses them, else Services.
 * Only one counts, so that a Service both subsets belong to is not taken for one of the sides (traffic 3.3).
 */
export function traitOf(route: Fields, sides: Sides): { readonly trait: Trait } | { readonly problem: string } {
  const problems: string[] = [];
  for (const trait of ['subset', 'host'] as const) {
    if ((trait === 'subset' ? sides.subsets : sides.hosts) === undefined) continue;
    const problem = problemWith(route, trait, sides);
    if (problem === undefined) return { trait };
    problems.push(problem);
  }
  return { problem: problems.join(', and ') };
}

function problemWith(route: Fields, trait: Trait, sides: Sides): string | undefined {
  const found = destinationsOf(route).map((destination) => sideOf(destination, trait, sides));
  for (const side of ['stable', 'canary'] as const) {
    const name = (trait === 'host' ? sides.hosts : sides.subsets)?.[side] ?? '';
    const times = found.filter((each) => each === side).length;
    if (times === 0) return `${side} ${trait === 'host' ? 'Service' : 'subset'} '${name}' is not found in it`;
    if (times > 1) return `${side} ${trait === 'host' ? 'Service' : 'subset'} '${name}' is in it ${times} times`;
  }
  return undefined;
}

/** Whether any destination belongs to a side, by any trait. */
export function isOurs(route: Fields, sides: Sides): boolean {
  return destinationsOf(route).some(
    (each) => sideOf(each, 'subset', sides) !== undefined || (sides.subsets === undefined && sideOf(each, 'host', sides) !== undefined),
  );
}

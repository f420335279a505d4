import type { KubeObject } from '../../api/kube.js';
import { fieldOf, isPlainObject, objectsOf } from '../../lib/json.js';

export type Fields = Readonly<Record<string, unknown>>;

/** The Services of both sides, by which backendRefs are known. */
export interface SideServices {
  readonly canary: string;
  readonly stable: string;
}

export function rulesOf(route: KubeObject): readonly Fields[] {
  return objectsOf(fieldOf(route.spec, 'rules'));
}

export function refsOf(rule: Fields): readonly Fields[] {
  return objectsOf(rule['backendRefs']);
}

/** Weight as the API reads it: 1 when it is absent. */
export function weightOf(ref: Fields): number {
  return typeof ref['weight'] === 'number' ? ref['weight'] : 1;
}

export function refTo(rule: Fields, service: string): Fields | undefined {
  return refsOf(rule).find(({ name }) => name === service);
}

/** Whether a rule has both sides: these are the rules that are weighted. */
export function isSplit(rule: Fields, { canary, stable }: SideServices): boolean {
  return refTo(rule, canary) !== undefined && refTo(rule, stable) !== undefined;
}

/** Whether a rule was made for one of the managed routes: it has its name, or that name with a number where there are several source rules. */
export function isManaged(rule: Fields, managed: readonly string[]): boolean {
  const { name } = rule;
  return (
    typeof name === 'string' &&
    managed.some((route) => name === route || (name.startsWith(`${route}-`) && /^\d+$/.test(name.slice(route.length + 1))))
  );
}

/**
 * Whether `live` says all that `wanted` says: it may have more fields, which the API server fills in, but no more list entries.
 */
export function says(live: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return Array.isArray(live) && live.length === wanted.length && wanted.every((entry, index) => says(live[index], entry));
  }
  if (!isPlainObject(wanted)) return live === wanted;
  return isPlainObject(live) && Object.entries(wanted).every(([key, value]) => value === undefined || says(fieldOf(live, key), value));
}

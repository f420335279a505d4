import type { HeaderMatch, RouteMatch, StringMatch } from '../../api/rollout-types.js';
import { isEqual } from '../../lib/equal.js';
import { fieldOf, isPlainObject, objectsOf } from '../../lib/json.js';
import { textOf } from '../texts.js';
import type { Protocol } from './kinds.js';
import type { Fields } from './refs.js';

/** What cannot be expressed in this API. */
export class Inexpressible extends Error {}

/** Matches of a rule; the one the API fills in where there are none. */
export function matchesOf(rule: Fields, protocol: Protocol): readonly Fields[] {
  const matches = objectsOf(rule['matches']);
  if (matches.length > 0) return matches;
  return protocol === 'http' ? [{ path: { type: 'PathPrefix', value: '/' } }] : [{}];
}

/**
 * A match that asks for the headers too: all of them, beside what it asks for already.
 *
 * Semantics: traffic 4.8, 5.3: exact is Exact, prefix and regex are RegularExpression. Differs: a prefix is taken literally
 * @throws Inexpressible when it asks for another value of the same header, as a header can be named only once
 */
export function withHeaders(match: Fields, headers: readonly HeaderMatch[]): Fields {
  let list = objectsOf(match['headers']);
  for (const header of headers) list = withHeader(list, renderHeader(header));
  return { ...match, headers: list };
}

function withHeader(list: readonly Fields[], header: Fields): readonly Fields[] {
  const before = list.find(({ name }) => lower(name) === lower(header['name']));
  if (before === undefined) return [...list, header];
  if (isEqual({ type: before['type'] ?? 'Exact', value: before['value'] }, { type: header['type'], value: header['value'] })) return list;
  throw new Inexpressible(`header ${textOf(header['name'])} is matched twice`);
}

function lower(name: unknown): string {
  return typeof name === 'string' ? name.toLowerCase() : '';
}

function renderHeader({ headerName, headerValue }: HeaderMatch): Fields {
  const { kind, value } = headerValue;
  if (kind === 'exact') return { name: headerName, type: 'Exact', value };
  return { name: headerName, type: 'RegularExpression', value: kind === 'regex' ? value : `${literally(value)}.*` };
}

/** A text as a regular expression that matches it alone. */
function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/**
 * A match narrowed to the requests of a mirror step; undefined when no request can meet both.
 * @throws Inexpressible
 */
export function narrowedTo(match: Fields, route: RouteMatch, protocol: Protocol): Fields | undefined {
  if (protocol === 'grpc' && (route.method !== undefined || route.path !== undefined)) {
    throw new Inexpressible('a GRPCRoute can mirror by headers only');
  }
  const method = narrowedMethod(match['method'], route.method);
  const path = narrowedPath(match['path'], route.path);
  if (method === 'none' || path === 'none') return undefined;
  const headers = Object.entries(route.headers ?? {}).map(([headerName, headerValue]) => ({ headerName, headerValue }));
  const narrowed = { ...match, ...(path === undefined ? {} : { path }), ...(method === undefined ? {} : { method }) };
  return headers.length === 0 ? narrowed : withHeaders(narrowed, headers);
}

function narrowedMethod(has: unknown, wanted: StringMatch | undefined): unknown {
  if (wanted === undefined) return has;
  if (wanted.kind !== 'exact') throw new Inexpressible(`a method can be matched exactly only, not by ${wanted.kind}`);
  return has === undefined || has === wanted.value ? wanted.value : 'none';
}

const pathTypes = { exact: 'Exact', prefix: 'PathPrefix', regex: 'RegularExpression' } as const;

/** Of two paths the narrower one, where one lies within the other. */
function narrowedPath(has: unknown, wanted: StringMatch | undefined): Fields | 'none' | undefined {
  const before = isPlainObject(has) ? has : undefined;
  if (wanted === undefined) return before;
  const path = { type: pathTypes[wanted.kind], value: wanted.value };
  if (before === undefined || isAnyPath(before)) return path;
  if (wanted.kind === 'prefix' && isWithin(before, wanted.value)) return before;
  if (wanted.kind === 'regex' || before['type'] === 'RegularExpression') {
    throw new Inexpressible(`path ${wanted.value} cannot be combined with path ${textOf(before['value'])}`);
  }
  return isPrefix(before) && isBelow(wanted.value, textOf(before['value'])) ? path : 'none';
}

function isPrefix(path: Fields): boolean {
  return (path['type'] ?? 'PathPrefix') === 'PathPrefix';
}

function isAnyPath(path: Fields): boolean {
  return isPrefix(path) && (fieldOf(path, 'value') ?? '/') === '/';
}

/** Every path the match allows has the prefix. */
function isWithin(path: Fields, prefix: string): boolean {
  return path['type'] !== 'RegularExpression' && isBelow(textOf(path['value']) || '/', prefix);
}

/** Prefixes count by whole elements: /a/b is below /a and /a/, /ab is not. */
function isBelow(path: string, prefix: string): boolean {
  const bare = prefix.replace(/\/+$/, '');
  return path === bare || path.startsWith(`${bare}/`) || bare === '';
}

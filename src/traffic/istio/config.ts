import { invalid } from '../../api/field-error.js';
import type { FieldError } from '../../api/workload-types.js';
import { fieldOf, isPlainObject, objectsOf } from '../../lib/json.js';
import type { TrafficTarget } from '../router.js';
import { textOf, textsOf } from '../texts.js';

export interface TlsSelection {
  /** 0: none. */
  readonly port: number;
  readonly sniHosts: readonly string[];
}

/** A VirtualService and which of its routes are edited; an empty list: the only one of its kind. */
export interface VirtualServiceConfig {
  /** As the user wrote it. */
  readonly text: string;
  readonly name: string;
  readonly namespace: string;
  readonly routes: readonly string[];
  readonly tlsRoutes: readonly TlsSelection[];
  readonly tcpRoutes: readonly Pick<TlsSelection, 'port'>[];
  /** Path of its name, which errors about the object are about. */
  readonly path: string;
}

export interface DestinationRuleConfig {
  readonly name: string;
  readonly canarySubset: string;
  readonly stableSubset: string;
  readonly additionalSubsets: readonly string[];
  readonly path: string;
}

export interface IstioConfig {
  readonly virtualServices: readonly VirtualServiceConfig[];
  readonly destinationRule?: DestinationRuleConfig;
}

/** traffic 3.1: exactly one of virtualService and virtualServices. What can be read is returned beside the errors. */
export function parseIstioConfig(target: TrafficTarget): { readonly config: IstioConfig; readonly errors: readonly FieldError[] } {
  const { section, path } = target;
  const one = fieldOf(section, 'virtualService');
  const many = objectsOf(fieldOf(section, 'virtualServices'));
  const virtualServices = [
    ...(isPlainObject(one) ? [readVirtualService(one, `${path}.virtualService`, target)] : []),
    ...many.map((each, index) => readVirtualService(each, `${path}.virtualServices[${index}]`, target)),
  ];
  const destinationRule = readDestinationRule(fieldOf(section, 'destinationRule'), `${path}.destinationRule`);
  const config = { virtualServices, ...(destinationRule === undefined ? {} : { destinationRule }) };
  const isOneForm = isPlainObject(one) !== many.length > 0;
  const both = { path, kind: 'internal' as const, detail: 'Either .virtualService or .virtualServices must be configured' };
  return { config, errors: [...(isOneForm ? [] : [both]), ...doubles(virtualServices)] };
}

function readVirtualService(fields: unknown, path: string, target: TrafficTarget): VirtualServiceConfig {
  const text = textOf(fieldOf(fields, 'name'));
  return {
    text,
    ...splitName(text, target.namespace),
    routes: textsOf(fieldOf(fields, 'routes')),
    tlsRoutes: objectsOf(fieldOf(fields, 'tlsRoutes')).map((route) => ({
      port: portOf(route['port']),
      sniHosts: textsOf(route['sniHosts']),
    })),
    tcpRoutes: objectsOf(fieldOf(fields, 'tcpRoutes')).map((route) => ({ port: portOf(route['port']) })),
    path: `${path}.name`,
  };
}

/**
 * `name` or `name.namespace`; a name with dots of its own therefore needs its namespace.
 * Semantics: traffic 3.1. Differs: `.svc.cluster.local` is no part of the namespace
 */
function splitName(text: string, namespace: string): { readonly name: string; readonly namespace: string } {
  const bare = text.replace(/(\.svc)?\.cluster\.local$/, '');
  const dot = bare.lastIndexOf('.');
  return dot <= 0 ? { name: bare, namespace } : { name: bare.slice(0, dot), namespace: bare.slice(dot + 1) };
}

/** Two entries for one object would fight over its managed routes. */
function doubles(virtualServices: readonly VirtualServiceConfig[]): readonly FieldError[] {
  const seen = new Set<string>();
  return virtualServices.flatMap(({ namespace, name, path, text }) => {
    const key = `${namespace}/${name}`;
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [invalid(path, text, 'the VirtualService is listed twice')];
  });
}

function readDestinationRule(fields: unknown, path: string): DestinationRuleConfig | undefined {
  if (!isPlainObject(fields)) return undefined;
  return {
    name: textOf(fields['name']),
    canarySubset: textOf(fields['canarySubsetName']),
    stableSubset: textOf(fields['stableSubsetName']),
    additionalSubsets: textsOf(fields['additionalSubsetNames']),
    path,
  };
}

function portOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

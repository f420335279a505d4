import { keys, type JsonObject, type KubeObject, type NewObject, type Resource } from '../api/kube.js';
import type { HeaderRoute, MirrorRoute } from '../core/traffic/types.js';
import { istioRouter } from '../traffic/istio/index.js';
import { trafficWorld, type TrafficWorld } from './traffic-world.js';

export const group = 'networking.istio.io';
export const inVersion = (version: string): Record<'vs' | 'dr', Resource> => ({
  vs: { group, version, resource: 'virtualservices', kind: 'VirtualService', namespaced: true },
  dr: { group, version, resource: 'destinationrules', kind: 'DestinationRule', namespaced: true },
});
export const { vs, dr } = inVersion('v1');

export const virtualService = (spec: JsonObject, name = 'vs'): readonly [Resource, NewObject] => [
  vs,
  { apiVersion: `${group}/v1`, kind: 'VirtualService', metadata: { name }, spec },
];
export const destinationRule = (spec: JsonObject, annotations: Record<string, string> = {}): readonly [Resource, NewObject] => [
  dr,
  { apiVersion: `${group}/v1`, kind: 'DestinationRule', metadata: { name: 'dr', annotations }, spec },
];
export const to = (host: string, weight?: number, more: JsonObject = {}): JsonObject => ({
  destination: { host, port: { number: 80 }, ...more },
  ...(weight === undefined ? {} : { weight }),
});
export const split100 = (stable = 100, canary = 0): readonly JsonObject[] => [to('app-stable', stable), to('app-canary', canary)];
export const primary = (stable = 100, canary = 0): JsonObject => ({
  name: 'primary',
  retries: { attempts: 3 },
  route: split100(stable, canary),
});
export const assets: JsonObject = { name: 'static', route: [{ destination: { host: 'assets' } }] };
export const fixture = { hosts: ['app'], gateways: ['gw'], http: [primary(), assets] };

export const hdr: HeaderRoute = {
  name: 'hdr',
  match: [
    { headerName: 'agent', headerValue: { kind: 'regex', value: 'firefox.*' } },
    { headerName: 'beta', headerValue: { kind: 'exact', value: '1' } },
  ],
};
export const mirror: MirrorRoute = {
  name: 'mirror-1',
  percentage: 35,
  match: [{ method: { kind: 'exact', value: 'GET' }, path: { kind: 'prefix', value: '/' } }],
};
export const managedRoutes = ['mirror-1', 'hdr'];
export const hdrRoute = {
  name: 'hdr',
  match: [{ headers: { agent: { regex: 'firefox.*' } } }, { headers: { beta: { exact: '1' } } }],
  route: [to('app-canary', 100)],
};
export const mirrorRoute = (stable: number, canary: number): JsonObject => ({
  name: 'mirror-1',
  match: [{ method: { exact: 'GET' }, uri: { prefix: '/' } }],
  route: split100(stable, canary),
  mirror: { host: 'app-canary', port: { number: 80 } },
  mirrorPercentage: { value: 35 },
});

export const byRoutes = (...routes: readonly string[]): JsonObject => ({
  virtualService: { name: 'vs', ...(routes.length > 0 ? { routes } : {}) },
});

export interface Setting {
  readonly section?: JsonObject;
  readonly objects?: readonly (readonly [Resource, NewObject])[];
  readonly kinds?: readonly Resource[];
  readonly target?: object;
  readonly options?: Record<string, string>;
}

export const world = ({
  section = byRoutes('primary'),
  objects = [virtualService(fixture)],
  kinds = [vs, dr],
  target = {},
  options = {},
}: Setting = {}) =>
  trafficWorld({
    ...{ router: istioRouter, kinds, objects, options },
    target: { section, path: 'spec.strategy.canary.trafficRouting.istio', managedRoutes, ...target },
  });
export const specOf = (w: TrafficWorld, name = 'vs', namespace?: string): KubeObject['spec'] => w.get(vs, name, namespace)?.spec;
export const told = (w: TrafficWorld): readonly string[] => w.events.map(({ reason, message }) => `${reason}: ${message}`);

export const bySubsets: JsonObject = {
  ...byRoutes('primary'),
  destinationRule: { name: 'dr', canarySubsetName: 'canary', stableSubsetName: 'stable' },
};
export const subsetRoute = (stable: number, canary: number): JsonObject => ({
  name: 'primary',
  route: [
    { destination: { host: 'app', subset: 'stable' }, weight: stable },
    { destination: { host: 'app', subset: 'canary' }, weight: canary },
  ],
});
export const rule = (stable?: string, canary?: string): JsonObject => ({
  host: 'app',
  trafficPolicy: { loadBalancer: { simple: 'LEAST_CONN' } },
  subsets: [
    { name: 'stable', labels: { app: 'app', ...(stable === undefined ? {} : { [keys.podTemplateHash]: stable }) } },
    {
      name: 'canary',
      labels: { app: 'app', ...(canary === undefined ? {} : { [keys.podTemplateHash]: canary }) },
      trafficPolicy: { tls: { mode: 'SIMPLE' } },
    },
    { name: 'foo' },
  ],
});
/** No Services in the Rollout: subsets alone. */
export const subsetWorld = (weights: readonly [number, number] = [100, 0], of: JsonObject = rule(), more: Setting = {}) =>
  trafficWorld({
    router: istioRouter,
    kinds: [vs, dr],
    objects: [virtualService({ http: [subsetRoute(...weights)] }), destinationRule(of), ...(more.objects ?? [])],
    target: {
      ...{ section: bySubsets, path: 'spec.strategy.canary.trafficRouting.istio', managedRoutes },
      ...{ canaryService: undefined, stableService: undefined },
    } as never, // exactOptionalPropertyTypes: the builder's defaults are to be taken away
  });
export const order = (w: TrafficWorld): readonly string[] => w.writes().map(({ name }) => name ?? '');

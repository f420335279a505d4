import type { JsonObject, KubeObject, NewObject, Resource } from '../api/kube.js';
import type { HeaderRoute, MirrorRoute } from '../core/traffic/types.js';
import { gatewayApiRouter } from '../traffic/gateway-api/index.js';
import type { TrafficTarget } from '../traffic/router.js';
import { trafficWorld, type TrafficWorld } from './traffic-world.js';

export type Protocol = 'http' | 'grpc' | 'tcp' | 'tls';
export const routeGroup = 'gateway.networking.k8s.io';
export const routeKind = (protocol: Protocol, version = 'v1'): Resource => ({
  ...{ group: routeGroup, version, resource: `${protocol}routes` },
  ...{ kind: `${protocol.toUpperCase()}Route`, namespaced: true },
});
export const http = routeKind('http');
export const gatewayPath = 'spec.strategy.canary.trafficRouting.plugins.argoproj-labs/gatewayAPI';
export const gatewayRoutes = ['hdr', 'hdr2', 'mirror'];

export const ref = (name: string, weight?: number): JsonObject => ({ name, port: 80, ...(weight === undefined ? {} : { weight }) });
export const anyPath = { path: { type: 'PathPrefix', value: '/' } };
export const filters = [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'X-E', value: 't' }] } }];

/** The fixture's rule; without weights as a user writes it. */
export const sourceRule = (stable?: number, canary?: number): JsonObject => ({
  ...{ matches: [anyPath], filters },
  backendRefs: [ref('s', stable), ref('c', canary), ref('extra', 7)],
});
export const canaryRef = { group: '', kind: 'Service', name: 'c', port: 80, weight: 1 };
export const hdrRule = (...matches: readonly JsonObject[]): JsonObject => ({ name: 'hdr', matches, filters, backendRefs: [canaryRef] });

export const header = (name: string, value: string, type = 'Exact'): JsonObject => ({ name, type, value });
export const hdr: HeaderRoute = {
  name: 'hdr',
  match: [
    { headerName: 'X-Test', headerValue: { kind: 'exact', value: 'test' } },
    { headerName: 'X-Env', headerValue: { kind: 'prefix', value: 'qa' } },
  ],
};
export const hdrHeaders = [header('X-Test', 'test'), header('X-Env', 'qa.*', 'RegularExpression')];
export const hdr2: HeaderRoute = { name: 'hdr2', match: [{ headerName: 'X-Two', headerValue: { kind: 'regex', value: 'a|b' } }] };
export const mirror: MirrorRoute = {
  name: 'mirror',
  percentage: 35,
  match: [{ method: { kind: 'exact', value: 'GET' }, path: { kind: 'prefix', value: '/' } }],
};

export const route = (spec: JsonObject, name = 'r', protocol: Protocol = 'http', metadata: object = {}): readonly [Resource, NewObject] => {
  const kind = routeKind(protocol);
  return [kind, { apiVersion: `${routeGroup}/v1`, kind: kind.kind, metadata: { name, ...metadata }, spec }];
};

export interface GatewaySetting {
  readonly section?: JsonObject;
  readonly objects?: readonly (readonly [Resource, NewObject])[];
  readonly kinds?: readonly Resource[];
  readonly definitions?: readonly NewObject[];
  readonly target?: Partial<TrafficTarget>;
}

export function gatewayWorld({
  section = { httpRoutes: [{ name: 'r', useHeaderRoutes: true }] },
  objects = [route({ rules: [sourceRule()] })],
  kinds = [http, routeKind('grpc'), routeKind('tcp'), routeKind('tls')],
  definitions = [],
  target = {},
}: GatewaySetting = {}): Promise<TrafficWorld> {
  const services = { canaryService: 'c', stableService: 's', managedRoutes: gatewayRoutes, path: gatewayPath };
  return trafficWorld({ router: gatewayApiRouter, kinds, definitions, objects, target: { section, ...services, ...target } });
}

export const routeSpec = (w: TrafficWorld, name = 'r', kind = http, namespace?: string): KubeObject['spec'] =>
  w.get(kind, name, namespace)?.spec;
export const rules = (w: TrafficWorld, name?: string, kind?: Resource): unknown => routeSpec(w, name, kind)?.['rules'];
export const labels = (w: TrafficWorld, name = 'r', kind = http): unknown => w.get(kind, name)?.metadata.labels ?? {};
export const inProgress = { 'rollouts.argoproj.io/gatewayapi-canary': 'in-progress' };

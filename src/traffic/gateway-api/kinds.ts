import type { Resource } from '../../api/kube.js';
import type { Cluster } from '../../cluster/cluster.js';
import { inVersions, servedKind, type ServedKind } from '../served-kind.js';

/** Kinds of routes by the prefix of their settings. */
export const protocols = ['http', 'grpc', 'tcp', 'tls'] as const;
export type Protocol = (typeof protocols)[number];

const group = 'gateway.networking.k8s.io';
const versions: Readonly<Record<Protocol, readonly string[]>> = {
  http: ['v1', 'v1beta1'],
  grpc: ['v1', 'v1alpha2'],
  tcp: ['v1', 'v1alpha2'],
  tls: ['v1', 'v1alpha3', 'v1alpha2'],
};

export type RouteKinds = Readonly<Record<Protocol, ServedKind>>;

export function routeKinds(cluster: Cluster): RouteKinds {
  const kind = (protocol: Protocol): ServedKind => servedKind(cluster, inVersions(kindOf(protocol), undefined, ...versions[protocol]));
  return { http: kind('http'), grpc: kind('grpc'), tcp: kind('tcp'), tls: kind('tls') };
}

function kindOf(protocol: Protocol): Omit<Resource, 'version'> {
  return { group, resource: `${protocol}routes`, kind: `${protocol.toUpperCase()}Route`, namespaced: true };
}

/** Kinds whose rules can match on headers. */
export function matchesHeaders(protocol: Protocol): boolean {
  return protocol === 'http' || protocol === 'grpc';
}

import type { Schema } from './schema.js';
import { anyObject, count, flag, keyed, list, map, object, text } from './schema.js';

const virtualServiceFields = {
  name: text('Name of the VirtualService, or NAME.NAMESPACE.'),
  routes: list('HTTP routes to edit. Default: the only one there is.', { type: 'string' }),
  tlsRoutes: list(
    'TLS routes to edit.',
    object('One route.', { port: count('Port of the route.'), sniHosts: list('SNI hosts of the route.', { type: 'string' }) }),
  ),
  tcpRoutes: list('TCP routes to edit.', object('One route.', { port: count('Port of the route.') })),
};

const istio = object('Istio.', {
  virtualService: object('The VirtualService whose routes are weighted.', virtualServiceFields, { required: ['name'] }),
  virtualServices: list(
    'Several VirtualServices; instead of virtualService.',
    object('One VirtualService.', virtualServiceFields, { required: ['name'] }),
  ),
  destinationRule: object(
    'Routes by subsets of a DestinationRule instead of by Services.',
    {
      name: text('Name of the DestinationRule, in the namespace of the Rollout.'),
      canarySubsetName: text('Subset of the canary.'),
      stableSubsetName: text('Subset of the stable version.'),
      additionalSubsetNames: list('Subsets for experiments.', { type: 'string' }),
    },
    { required: ['name', 'canarySubsetName', 'stableSubsetName'] },
  ),
});

const nginx = object('NGINX ingress controller.', {
  stableIngress: text('Name of the Ingress that leads to the stable Service.'),
  stableIngresses: list('Several Ingresses; instead of stableIngress.', { type: 'string' }),
  annotationPrefix: text('Prefix of the controller’s annotations. Default: nginx.ingress.kubernetes.io.'),
  additionalIngressAnnotations: map('Annotations for the canary Ingress; names without a prefix get the controller’s.'),
  canaryIngressAnnotations: map('Annotations for the canary Ingress, as they are.'),
});

const alb = object(
  'AWS Load Balancer controller.',
  {
    ingress: text('Name of the Ingress.'),
    ingresses: list('Several Ingresses; instead of ingress.', { type: 'string' }),
    servicePort: count('Port of the Services.', { minimum: 1, maximum: 65_535 }),
    rootService: text('Service the Ingress names. Default: the stable Service.'),
    annotationPrefix: text('Prefix of the controller’s annotations. Default: alb.ingress.kubernetes.io.'),
    stickinessConfig: object(
      'Stickiness of the target groups.',
      {
        enabled: flag('Whether requests of a client stay with a version.'),
        durationSeconds: { ...count('For how many seconds.', { minimum: 1, maximum: 604_800 }), format: 'int64' },
      },
      { required: ['enabled', 'durationSeconds'] },
    ),
  },
  { required: ['servicePort'] },
);

const smi = object('Service Mesh Interface.', {
  rootService: text('Service that clients call. Default: the stable Service.'),
  trafficSplitName: text('Name of the TrafficSplit. Default: that of the Rollout.'),
});

const ambassador = object(
  'Ambassador (Emissary).',
  { mappings: list('Names of the Mappings of the stable Service.', { type: 'string' }) },
  { required: ['mappings'] },
);

const nodeRef = (description: string): Schema => object(description, { name: text('Name of the VirtualNode.') }, { required: ['name'] });

const appMesh = object('AWS App Mesh.', {
  virtualService: object(
    'The VirtualService whose routes are weighted.',
    {
      name: text('Name of the VirtualService.'),
      routes: list('Routes to edit. Default: the only one there is.', { type: 'string' }),
    },
    { required: ['name'] },
  ),
  virtualNodeGroup: object(
    'The VirtualNodes of both versions.',
    { canaryVirtualNodeRef: nodeRef('VirtualNode of the canary.'), stableVirtualNodeRef: nodeRef('VirtualNode of the stable version.') },
    { required: ['canaryVirtualNodeRef', 'stableVirtualNodeRef'] },
  ),
});

const traefik = object(
  'Traefik.',
  { weightedTraefikServiceName: text('Name of the weighted TraefikService.') },
  { required: ['weightedTraefikServiceName'] },
);

const apisix = object('Apache APISIX.', {
  route: object(
    'The ApisixRoute whose backends are weighted.',
    { name: text('Name of the ApisixRoute.'), rules: list('Rules to edit. Default: the one named like the route.', { type: 'string' }) },
    { required: ['name'] },
  ),
});

export const trafficRouting = object('Splits requests by weight instead of by numbers of pods. Several routers may be set.', {
  istio,
  nginx,
  alb,
  smi,
  ambassador,
  appMesh,
  traefik,
  apisix,
  plugins: anyObject('Routers by the name of their plugin, e.g. argoproj-labs/gatewayAPI, with their configuration.'),
  managedRoutes: keyed(
    'Routes that steps may create, in order of precedence.',
    ['name'],
    object('One route.', { name: text('Name of the route.') }, { required: ['name'] }),
  ),
  maxTrafficWeight: count('Weight that means all traffic; with nginx and plugins only. Default: 100.', { minimum: 1 }),
});

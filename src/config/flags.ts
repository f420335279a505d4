import type { Flag } from './flag-parser.js';

const elsewhere = 'the traffic router finds out by itself what the cluster serves';

function text(help: string, more: Partial<Flag> = {}): Flag {
  return { kind: 'text', help, ...more };
}

function integer(help: string, byDefault: number, more: Partial<Flag> = {}): Flag {
  return { kind: 'integer', help, default: String(byDefault), ...more };
}

function bool(help: string, byDefault = false, more: Partial<Flag> = {}): Flag {
  return { kind: 'bool', help, default: String(byDefault), ...more };
}

function duration(help: string, byDefault: string): Flag {
  return { kind: 'duration', help, default: byDefault, least: 1 };
}

/** Every flag of upstream's controller (reference/analysis.md 8.2), kubectl's connection flags, and ours. */
export const flags: Readonly<Record<string, Flag>> = {
  help: bool('Print this and exit', false, { short: 'h' }),
  version: bool('Print the version and exit'),

  namespaced: bool('Look after one namespace only, the one of the service account or --namespace'),
  'instance-id': text('Look after objects that carry this controller instance id; without it, after those that carry none', {
    default: '',
  }),
  controllers: { kind: 'list', help: 'Run only these controllers', oneOf: ['analysis'] },
  'rollout-resync': integer('Seconds after which every object is looked at again at the latest', 900, { least: 1 }),
  'rollout-threads': integer('Rollouts worked on at a time', 10, { least: 1 }),
  'experiment-threads': integer('Experiments worked on at a time', 10, { least: 1 }),
  'analysis-threads': integer('AnalysisRuns worked on at a time', 30, { least: 1 }),
  'service-threads': integer('Services worked on at a time', 10, {
    unused: 'a Service wakes the Rollouts that name it; there is no queue of its own',
  }),
  'ingress-threads': integer('Ingresses worked on at a time', 10, {
    unused: 'an Ingress wakes the Rollouts that name it; there is no queue of its own',
  }),
  'ephemeral-metadata-threads': integer('Pods relabelled at a time', 10, { unused: 'pods are relabelled in the order of the plan' }),
  'ephemeral-metadata-update-pod-retries': integer('Tries to relabel a pod', 3, {
    unused: 'a failed write is tried again by the next pass',
  }),

  loglevel: text('Least severe lines to log', {
    default: 'info',
    oneOf: ['trace', 'debug', 'info', 'warn', 'warning', 'error', 'fatal', 'panic'],
  }),
  logformat: text('Form of log lines', { default: 'text', oneOf: ['', 'text', 'json'] }),
  kloglevel: integer("Verbosity of client-go's log", 0, { unused: 'there is no client-go; use --loglevel=debug' }),
  metricsPort: integer('Port of /metrics', 8090),
  metricsport: integer('Deprecated: use --metricsPort', 8090),
  healthzPort: integer('Port of /healthz and /readyz', 8080),
  'enable-pprof-address': text('Address of a Go profiler', { unused: 'there is no Go; start node with --cpu-prof' }),

  qps: { kind: 'number', help: 'API calls per second in the long run', default: '40', least: 0.1 },
  burst: integer('API calls at once', 80, { least: 1 }),

  'leader-elect': bool('Act only while holding the lease', true),
  'leader-election-lease-duration': duration('How long others wait for a leader that is silent', '15s'),
  'leader-election-renew-deadline': duration('How long the leader acts without having renewed its lease', '10s'),
  'leader-election-retry-period': duration('Pause between tries to take or renew the lease', '2s'),
  'lead-beside': {
    kind: 'list',
    help: 'NAMESPACE/NAME of the lease of an Argo Rollouts controller that looks after other objects, so that leading beside it is safe',
  },

  'analysis-allow-host': {
    kind: 'list',
    help: 'Host, address or network (with :port if need be) that metrics may come from although it is refused by default (loopback, metadata services, the API server); * for all',
  },
  'analysis-only-host': { kind: 'list', help: 'Metrics may come from nowhere but these hosts, addresses and networks' },

  'self-service-notification-enabled': bool('Read notification settings from every namespace', false, {
    unused: 'notifications are not built in yet',
  }),
  'nginx-ingress-classes': { kind: 'list', help: 'Ingress classes of NGINX', default: 'nginx' },
  'alb-ingress-classes': { kind: 'list', help: 'Ingress classes of AWS ALB', default: 'alb' },
  'alb-verify-weight': bool('Deprecated: use --aws-verify-target-group'),
  'aws-verify-target-group': bool('Verify target groups with AWS'),
  'aws-target-group-binding-api-version': text('API version of TargetGroupBinding', { default: 'elbv2.k8s.aws/v1beta1' }),
  'alb-tag-key-resource-id': text('Tag by which AWS resources are found', { default: 'ingress.k8s.aws/resource' }),
  'ingress-api-version': text('API version of Ingress', { default: '', unused: 'it is networking.k8s.io/v1' }),
  'istio-api-version': text('API version of Istio', { default: 'v1alpha3', unused: elsewhere }),
  'traffic-split-api-version': text('API version of SMI TrafficSplit', { default: 'v1alpha1' }),
  'ambassador-api-version': text('API version of Ambassador', { default: 'getambassador.io/v2' }),
  'appmesh-crd-version': text('API version of App Mesh', { default: 'v1beta2' }),
  'traefik-api-group': text('API group of Traefik', { default: 'traefik.io' }),
  'traefik-api-version': text('API version of Traefik', { default: 'traefik.io/v1alpha1' }),

  kubeconfig: text('Kubeconfig file'),
  context: text('Context of the kubeconfig'),
  cluster: text('Cluster of the kubeconfig'),
  user: text('User of the kubeconfig'),
  namespace: text('Namespace to look after with --namespaced', { short: 'n' }),
  server: text('Address of the API server', { short: 's' }),
  token: text('Bearer token'),
  username: text('User name for basic authentication'),
  password: text('Password for basic authentication'),
  as: text('User to act as'),
  'as-group': { kind: 'list', help: 'Group to act as' },
  'as-uid': text('UID to act as'),
  'certificate-authority': text("File with the authority of the server's certificate"),
  'client-certificate': text('File with a client certificate'),
  'client-key': text('File with its key'),
  'insecure-skip-tls-verify': bool("Do not check the server's certificate"),
  'tls-server-name': text("Name in the server's certificate"),
  'request-timeout': text('Longest time for one call; 0 for the default', { default: '0' }),
  'proxy-url': text('Proxy to the server'),
  'disable-compression': bool('Do not compress answers', false, { unused: 'answers are never compressed' }),
};

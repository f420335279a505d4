import { parseFlags, flagValues, renderHelp, type FlagValues, type GivenFlags } from './config/flag-parser.js';
import { flags } from './config/flags.js';
import { parseDurationMs } from './lib/duration.js';
import { ControllerError } from './lib/errors.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything the controller is told from outside, read once. */
export interface Config {
  /** Look after the connection's namespace only. */
  readonly namespaced: boolean;
  readonly instanceId: string;
  readonly controllers: 'all' | 'analysis';
  readonly resyncMs: number;
  readonly workers: { readonly rollouts: number; readonly experiments: number; readonly analysisRuns: number };
  readonly log: { readonly level: 'error' | 'warn' | 'info' | 'debug'; readonly format: 'text' | 'json' };
  readonly metricsPort: number;
  readonly healthzPort: number;
  readonly rateLimit: { readonly qps: number; readonly burst: number };
  readonly leaderElection: {
    readonly enabled: boolean;
    readonly leaseDurationMs: number;
    readonly renewDeadlineMs: number;
    readonly retryPeriodMs: number;
    /** `namespace/name` of leases of upstream controllers that do not keep us from leading. */
    readonly besides: readonly string[];
  };
  /** Where measurements may go: see metric-providers' AddressPolicySettings. */
  readonly analysisHosts: { readonly allow: readonly string[]; readonly only: readonly string[] | undefined };
  /** Settings of traffic routers, by the name of the flag; lists joined by commas. */
  readonly routers: Readonly<Record<string, string>>;
  readonly connection: ConnectionSettings;
  /** ms; undefined: the transport's default. */
  readonly requestTimeoutMs: number | undefined;
  readonly podNamespace: string | undefined;
  readonly prometheusAddress: string;
  readonly datadog: { readonly apiKey: string; readonly appKey: string; readonly address: string } | undefined;
  readonly analysisJobs: { readonly namespace: string | undefined; readonly kubeconfig: string | undefined };
  /** The whole environment: for the kubeconfig, credential plugins and proxies, not for settings. */
  readonly environment: Environment;
  /** Flags that were given and do nothing here, each with the reason. */
  readonly notices: readonly { readonly flag: string; readonly why: string }[];
}

/** kubectl's connection flags; cluster/kube takes them as they are. */
export interface ConnectionSettings {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
  readonly server?: string;
  readonly token?: string;
  readonly username?: string;
  readonly password?: string;
  readonly as?: string;
  readonly asGroups?: readonly string[];
  readonly asUid?: string;
  readonly certificateAuthority?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly tlsServerName?: string;
  readonly proxyUrl?: string;
}

export type Invocation =
  { readonly kind: 'run'; readonly config: Config } | { readonly kind: 'help'; readonly text: string } | { readonly kind: 'version' };

/**
 * Reads the command line and the environment.
 *
 * @param args without node and script
 * @throws ControllerError `invalid-spec`, `fields.path` names the flag or variable
 * Semantics: upstream's controller, reference/analysis.md 8.2; an unknown flag is an error, one without meaning here is a notice
 */
export function readConfig(args: readonly string[], environment: Environment = process.env): Invocation {
  const given = parseFlags(args, flags);
  const values = flagValues(given, flags);
  if (values.bool('help')) return { kind: 'help', text: renderHelp(flags) };
  if (values.bool('version')) return { kind: 'version' };
  return { kind: 'run', config: configOf(values, given, environment) };
}

function configOf(values: FlagValues, given: GivenFlags, environment: Environment): Config {
  return {
    namespaced: values.bool('namespaced'),
    instanceId: values.text('instance-id') ?? '',
    controllers: values.list('controllers').includes('analysis') ? 'analysis' : 'all',
    resyncMs: values.number('rollout-resync') * 1_000,
    workers: {
      rollouts: values.number('rollout-threads'),
      experiments: values.number('experiment-threads'),
      analysisRuns: values.number('analysis-threads'),
    },
    log: { level: logLevelOf(values), format: values.text('logformat') === 'json' ? 'json' : 'text' },
    metricsPort: portOf(values, values.isGiven('metricsport') && !values.isGiven('metricsPort') ? 'metricsport' : 'metricsPort'),
    healthzPort: portOf(values, 'healthzPort'),
    rateLimit: { qps: values.number('qps'), burst: values.number('burst') },
    leaderElection: leaderElectionOf(values),
    analysisHosts: {
      allow: values.list('analysis-allow-host'),
      only: values.isGiven('analysis-only-host') ? values.list('analysis-only-host') : undefined,
    },
    routers: Object.fromEntries(routerFlags.map((name) => [name, values.list(name).join(',')])),
    connection: connectionOf(values),
    requestTimeoutMs: requestTimeoutOf(values),
    ...environmentOf(environment),
    environment,
    notices: noticesOf(given),
  };
}

const routerFlags = [
  ...[
    'nginx-ingress-classes',
    'alb-ingress-classes',
    'alb-verify-weight',
    'aws-verify-target-group',
    'aws-target-group-binding-api-version',
  ],
  ...['alb-tag-key-resource-id', 'traffic-split-api-version', 'ambassador-api-version', 'appmesh-crd-version', 'traefik-api-group'],
  'traefik-api-version',
] as const;

function logLevelOf(values: FlagValues): Config['log']['level'] {
  switch (values.text('loglevel')) {
    case 'trace':
    case 'debug':
      return 'debug';
    case 'warn':
    case 'warning':
      return 'warn';
    case 'error':
    case 'fatal':
    case 'panic':
      return 'error';
    default:
      return 'info';
  }
}

function portOf(values: FlagValues, name: string): number {
  const port = values.number(name);
  if (port > 65_535) throw new ControllerError('invalid-spec', `--${name} is a port, at most 65535, not ${port}`, { path: `--${name}` });
  return port;
}

function leaderElectionOf(values: FlagValues): Config['leaderElection'] {
  const election = {
    enabled: values.bool('leader-elect'),
    leaseDurationMs: values.durationMs('leader-election-lease-duration'),
    renewDeadlineMs: values.durationMs('leader-election-renew-deadline'),
    retryPeriodMs: values.durationMs('leader-election-retry-period'),
    besides: values.list('lead-beside'),
  };
  const { leaseDurationMs, renewDeadlineMs, retryPeriodMs, besides } = election;
  // Otherwise a leader may still write when another one already does.
  if (renewDeadlineMs >= leaseDurationMs) throw tooLong('renew-deadline', 'lease-duration');
  if (retryPeriodMs * 1.2 >= renewDeadlineMs) throw tooLong('retry-period', 'renew-deadline');
  const wrong = besides.find((each) => !/^[^/\s]+\/[^/\s]+$/.test(each));
  if (wrong !== undefined)
    throw new ControllerError('invalid-spec', `--lead-beside is NAMESPACE/NAME, not "${wrong}"`, { path: '--lead-beside' });
  return election;
}

function tooLong(name: string, than: string): ControllerError {
  const flag = `--leader-election-${name}`;
  return new ControllerError('invalid-spec', `${flag} must be shorter than --leader-election-${than}`, { path: flag });
}

/** In pflag's words: a number without a unit is seconds. */
function requestTimeoutOf(values: FlagValues): number | undefined {
  const written = values.text('request-timeout') ?? '0';
  const ms = parseDurationMs(/^\d+$/.test(written) ? `${written}s` : written);
  if (!ms.ok) throw new ControllerError('invalid-spec', `--request-timeout: ${ms.error}`, { path: '--request-timeout' });
  return ms.value > 0 ? ms.value : undefined;
}

function connectionOf(values: FlagValues): ConnectionSettings {
  const texts = {
    ...{ kubeconfig: 'kubeconfig', context: 'context', cluster: 'cluster', user: 'user', namespace: 'namespace', server: 'server' },
    ...{ token: 'token', username: 'username', password: 'password', as: 'as', asUid: 'as-uid' },
    ...{ certificateAuthority: 'certificate-authority', clientCertificate: 'client-certificate', clientKey: 'client-key' },
    ...{ tlsServerName: 'tls-server-name', proxyUrl: 'proxy-url' },
  } as const;
  return {
    ...Object.fromEntries(Object.entries(texts).flatMap(([key, flag]) => (values.isGiven(flag) ? [[key, values.text(flag)]] : []))),
    ...(values.isGiven('as-group') && { asGroups: values.list('as-group') }),
    ...(values.isGiven('insecure-skip-tls-verify') && { insecureSkipTlsVerify: values.bool('insecure-skip-tls-verify') }),
  };
}

function environmentOf(environment: Environment): Pick<Config, 'podNamespace' | 'prometheusAddress' | 'datadog' | 'analysisJobs'> {
  const read = (name: string): string | undefined => (environment[name] === '' ? undefined : environment[name]);
  const [apiKey, appKey, address] = [read('DD_API_KEY'), read('DD_APP_KEY'), read('DD_ADDRESS')];
  return {
    podNamespace: read('POD_NAMESPACE'),
    prometheusAddress: read('ARGO_ROLLOUTS_PROMETHEUS_ADDRESS') ?? '',
    datadog:
      apiKey === undefined && appKey === undefined ? undefined : { apiKey: apiKey ?? '', appKey: appKey ?? '', address: address ?? '' },
    analysisJobs: {
      namespace: read('ARGO_ROLLOUTS_ANALYSIS_JOB_NAMESPACE'),
      kubeconfig: read('ARGO_ROLLOUTS_ANALYSIS_JOB_KUBECONFIG'),
    },
  };
}

function noticesOf(given: GivenFlags): Config['notices'] {
  return [...given.keys()].flatMap((name) => {
    const why = flags[name]?.unused;
    return why === undefined ? [] : [{ flag: `--${name}`, why }];
  });
}

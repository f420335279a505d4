import type { Cluster } from '../cluster/cluster.js';
import { ControllerError } from '../lib/errors.js';
import type { DatadogAccount } from './datadog/index.js';
import type { HttpClient } from './http/client.js';
import { tokenSource } from './http/oauth2.js';
import { sigV4Signer } from './http/sigv4.js';
import type { MetricProvider, ProviderRegistry } from './provider.js';

export interface ProviderSettings {
  /** ARGO_ROLLOUTS_PROMETHEUS_ADDRESS; '' for none. */
  readonly prometheusAddress: string;
  /** DD_API_KEY, DD_APP_KEY, DD_ADDRESS. */
  readonly datadog?: DatadogAccount;
  /** ARGO_ROLLOUTS_ANALYSIS_JOB_NAMESPACE. */
  readonly jobNamespace?: string;
}

export interface RegistryDeps {
  readonly http: HttpClient;
  /** Where Jobs are made. */
  readonly cluster: Cluster;
  /** `cluster` is not the one the runs live in. */
  readonly foreignCluster?: boolean;
  readonly settings: ProviderSettings;
}

type Loader = () => Promise<MetricProvider>;

/** All providers, each loaded when a metric of its kind is first measured. Nothing is opened before that. */
export function metricProviders(deps: RegistryDeps): ProviderRegistry {
  const loaders = new Map(Object.entries(loadersOf(deps)));
  const loaded = new Map<string, Promise<MetricProvider>>();
  return {
    kinds: new Set(loaders.keys()),
    provider: (kind) => {
      const load = loaders.get(kind);
      if (load === undefined) return Promise.reject(new ControllerError('invalid-spec', `unknown metric provider '${kind}'`));
      const known = loaded.get(kind) ?? load();
      loaded.set(kind, known);
      return known;
    },
  };
}

function loadersOf({ http, cluster, foreignCluster = false, settings }: RegistryDeps): Readonly<Record<string, Loader>> {
  const tokens = tokenSource(http);
  return {
    prometheus: async () => {
      const { prometheusProvider } = await import('./prometheus/index.js');
      return prometheusProvider({ http, tokens, signer: sigV4Signer('aps'), defaultAddress: settings.prometheusAddress });
    },
    web: async () => {
      const { webProvider } = await import('./web/index.js');
      return webProvider({ http, tokens });
    },
    datadog: async () => {
      const { datadogProvider } = await import('./datadog/index.js');
      return datadogProvider({ http, ...(settings.datadog === undefined ? {} : { environment: settings.datadog }) });
    },
    kayenta: async () => (await import('./kayenta/index.js')).kayentaProvider({ http }),
    newRelic: async () => (await import('./new-relic/index.js')).newRelicProvider({ http }),
    wavefront: async () => (await import('./wavefront/index.js')).wavefrontProvider({ http }),
    graphite: async () => (await import('./graphite/index.js')).graphiteProvider({ http }),
    influxdb: async () => (await import('./influxdb/index.js')).influxdbProvider({ http }),
    skywalking: async () => (await import('./skywalking/index.js')).skywalkingProvider({ http }),
    cloudWatch: async () => {
      const { cloudWatchProvider, connectCloudWatch } = await import('./cloudwatch/index.js');
      return cloudWatchProvider({ connect: () => connectCloudWatch() });
    },
    job: async () => {
      const { jobProvider } = await import('./job/index.js');
      const { jobNamespace: namespace } = settings;
      return jobProvider({ cluster, foreignCluster, ...(namespace === undefined ? {} : { namespace }) });
    },
  };
}

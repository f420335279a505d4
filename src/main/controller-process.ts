import { hostname } from 'node:os';
import { objectKey, type KubeObject } from '../api/kube.js';
import { connect, type Connection } from '../cluster/kube/index.js';
import type { Config } from '../config.js';
import { composeControllers, type ControllerName, type Controllers } from '../controller/controllers.js';
import type { BuildInfo } from '../lib/build-info.js';
import { hasCode } from '../lib/errors.js';
import type { Scheduler } from '../lib/scheduler.js';
import { addressPolicy } from '../metric-providers/http/address-policy.js';
import { axiosClient } from '../metric-providers/http/axios-client.js';
import type { HttpClient } from '../metric-providers/http/client.js';
import { metricProviders } from '../metric-providers/registry.js';
import {
  alwaysPermitted,
  guardedCluster,
  informers,
  lead,
  runControllers,
  type ControllerSpec,
  type Leadership,
  type RunningInformers,
} from '../runtime/index.js';
import {
  createMetrics,
  eventRecorder,
  serveEndpoints,
  type EventRecorder,
  type KubeEvent,
  type Logger,
  type Metrics,
  type ReconciledKind,
} from '../telemetry/index.js';
import { trafficRouters } from '../traffic/registry.js';
import { logElection } from './log-election.js';
import { PassLog } from './pass-log.js';
import { readinessOf, type Stage } from './readiness.js';
import { describeObjects } from './rollout-telemetry.js';

export interface ProcessDeps {
  readonly scheduler: Scheduler;
  readonly log: Logger;
  readonly build: BuildInfo;
  /** Ends the controller: intake stops, passes in flight end, the lease is given back. */
  readonly signal: AbortSignal;
  /** Told once the ports are open: with port 0, only this says which they are. */
  readonly onListening?: (ports: { readonly health: number; readonly metrics: number }) => void;
}

/** Upstream's lease, so that the two never act at the same time in one namespace. */
const leaseName = 'argo-rollouts-controller-lock';
const upstreamNamespace = 'argo-rollouts';
const lastEventsMs = 5_000;

/** What lives as long as the process; a term of leadership has its own informers, queues and recorder. */
interface Shared {
  readonly config: Config;
  readonly deps: ProcessDeps;
  readonly metrics: Metrics;
  readonly connection: Connection;
  /** Where metric Jobs run, when that is another cluster. */
  readonly jobConnection: Connection | undefined;
  readonly http: HttpClient;
  readonly controllerNamespace: string;
  readonly setStage: (stage: Stage) => void;
}

/**
 * Runs the controller until the signal fires: endpoints, connection, election, and while leading the controllers themselves.
 *
 * @throws ControllerError when it cannot start (a port, a kubeconfig), or a controller broke
 */
export async function runControllerProcess(config: Config, deps: ProcessDeps): Promise<void> {
  const { scheduler, log, build } = deps;
  for (const { flag, why } of config.notices) log.warn('flag has no effect', { flag, why });
  const metrics = createMetrics({ scheduler, version: build.version, commit: build.commit, process: true });
  let stage: Stage = { kind: 'starting' };
  const setStage = (next: Stage): void => {
    stage = next;
    metrics.leading(next.kind === 'leading');
  };
  const servers = await serve(config, deps, metrics, () => stage);
  const connections: Connection[] = [];
  const clients: { close(): void }[] = [];
  try {
    const shared = await connectAll(config, deps, metrics, setStage, connections, clients);
    await leadAndWork(shared);
  } finally {
    setStage({ kind: 'stopping' });
    for (const connection of connections) connection.close();
    for (const client of clients) client.close();
    await Promise.all(servers.map((server) => server.close()));
  }
}

async function serve(
  config: Config,
  deps: ProcessDeps,
  metrics: Metrics,
  stage: () => Stage,
): Promise<readonly { close(): Promise<void> }[]> {
  const health = await serveEndpoints(
    { '/healthz': () => ({ status: 200, text: 'ok' }), '/readyz': () => readinessOf(stage()) },
    config.healthzPort,
  );
  const scrape = await serveEndpoints({ '/metrics': async () => ({ status: 200, ...(await metrics.render()) }) }, config.metricsPort);
  deps.onListening?.({ health: health.port, metrics: scrape.port });
  return [health, scrape];
}

async function connectAll(
  config: Config,
  deps: ProcessDeps,
  metrics: Metrics,
  setStage: (stage: Stage) => void,
  connections: Connection[],
  clients: { close(): void }[],
): Promise<Shared> {
  const { scheduler, build, log } = deps;
  const connectTo = async (flags: Config['connection']): Promise<Connection> => {
    const connection = await connect({
      ...{ flags, env: config.environment, scheduler, userAgent: `sluice-controller/${build.version}`, rateLimit: config.rateLimit },
      ...(config.requestTimeoutMs !== undefined && { timeoutMs: config.requestTimeoutMs }),
      onAnswer: (answer) => metrics.answered(answer),
    });
    connections.push(connection);
    return connection;
  };
  const connection = await connectTo(config.connection);
  const { kubeconfig } = config.analysisJobs;
  const jobConnection = kubeconfig === undefined ? undefined : await connectTo({ kubeconfig });
  const http = axiosClient({ scheduler, policy: addressPolicy(policySettings(config, connection)), userAgent: `sluice/${build.version}` });
  clients.push(http);
  log.info('connected', { server: connection.server, version: build.version, namespaced: config.namespaced });
  const isPod = connection.context === undefined;
  const controllerNamespace = config.podNamespace ?? (isPod ? connection.namespace : upstreamNamespace);
  return { config, deps, metrics, connection, jobConnection, http, controllerNamespace, setStage };
}

function policySettings({ analysisHosts }: Config, { server }: Connection): Parameters<typeof addressPolicy>[0] {
  const { hostname: host, port, protocol } = new URL(server);
  const apiServers = [`${host}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`];
  return { allow: analysisHosts.allow, apiServers, ...(analysisHosts.only && { only: analysisHosts.only }) };
}

async function leadAndWork(shared: Shared): Promise<void> {
  const { config, deps, connection, controllerNamespace, setStage } = shared;
  if (!config.leaderElection.enabled) {
    await work(shared, { permit: alwaysPermitted, signal: deps.signal });
    return;
  }
  setStage({ kind: 'standby' });
  const { leaseDurationMs, renewDeadlineMs, retryPeriodMs, besides } = config.leaderElection;
  await lead(
    {
      ...{ cluster: connection.urgent, scheduler: deps.scheduler, hostname: hostname() },
      lease: { namespace: controllerNamespace, name: config.instanceId === '' ? leaseName : `${leaseName}-${config.instanceId}` },
      ...{ leaseDurationMs, renewDeadlineMs, retryPeriodMs, besides, namespaced: config.namespaced },
      onEvent: (event) => logElection(deps.log, event),
    },
    (leadership) => work(shared, leadership),
    deps.signal,
  );
}

/** One term of leadership: fresh caches and queues, and nothing left of them at its end. */
async function work(shared: Shared, { permit, signal }: Leadership): Promise<void> {
  const { deps, connection, metrics, setStage } = shared;
  const { scheduler, log } = deps;
  const running = informers({
    ...{ cluster: guardedCluster(connection.cluster, permit), scheduler },
    onError: (error, selection, failures) => {
      if (isWorthALine(failures)) log.warn('watch failed', { resource: selection.resource.resource, failures, error });
    },
  });
  const recorder = eventRecorder({
    ...{ cluster: running.cluster, scheduler },
    onEvent: (about, event) => {
      if (about.kind === 'Rollout') metrics.rolloutEvent(objectKey(about.metadata), event);
    },
    onLost: (about, { reason }, error) => log.warn('event could not be written', { object: objectKey(about), reason, error }),
  });
  const passes = new PassLog(log);
  const controllers = compose(shared, running, recorder, passes);
  setStage({
    kind: 'leading',
    unsynced: () => running.all.filter(({ synced }) => !synced).map(({ selection }) => selection.resource.resource),
  });
  const stopDescribing = describeObjects(metrics, running);
  const stopWatching = controllers.specs.map(({ queue }) => metrics.watchQueue(queue));
  try {
    await runControllers(
      controllers.specs.map((spec) => observed(spec, { metrics, scheduler, passes })),
      scheduler,
      signal,
    );
  } finally {
    setStage({ kind: deps.signal.aborted ? 'stopping' : 'standby' });
    stopDescribing();
    for (const stop of stopWatching) stop();
    await controllers.stop();
    await recorder.stop(lastEventsMs);
    await running.stop();
  }
}

function compose(shared: Shared, running: RunningInformers, recorder: EventRecorder, passes: PassLog): Controllers {
  const { config, deps, connection, jobConnection, http, metrics, controllerNamespace } = shared;
  const jobNamespace = config.analysisJobs.namespace;
  return composeControllers({
    ...{ scheduler: deps.scheduler, informers: running, controllerNamespace, workers: config.workers, resyncMs: config.resyncMs },
    providers: metricProviders({
      ...{ http, cluster: jobConnection?.cluster ?? running.cluster, foreignCluster: jobConnection !== undefined },
      settings: {
        prometheusAddress: config.prometheusAddress,
        ...(config.datadog && { datadog: config.datadog }),
        ...(jobNamespace !== undefined && { jobNamespace }),
      },
    }),
    routers: (routerDeps) => trafficRouters({ ...routerDeps, options: config.routers }),
    recordEvent: (about: KubeObject, event: KubeEvent) => recorder.event(about, event),
    onError: (controller, key, error, failures) => {
      logFailure(passes.of(controller, key), error, failures);
      passes.end(controller, key);
    },
    onPlan: (key, { reason }, outcomes) => {
      const log = passes.of('Rollouts', key);
      if (outcomes.length === 0) log.debug('plan applied', { reason });
      else log.info('plan applied', { reason, actions: outcomes.map(({ action, result }) => `${action.kind}: ${result}`) });
    },
    queueHooks: (controller) => metrics.queue(controller),
    scope: {
      ...(config.namespaced && { namespace: connection.namespace }),
      ...(config.instanceId !== '' && { instanceId: config.instanceId }),
    },
    ...(jobNamespace !== undefined && { jobNamespace }),
    ...(config.controllers === 'analysis' && { only: ['AnalysisRuns' as const] }),
  });
}

const expectedCodes = ['conflict', 'not-leader', 'aborted'] as const;

/** Conflicts are how this controller learns that somebody else was faster; they are news only when they go on. */
function logFailure(log: Logger, error: unknown, failures: number): void {
  const fields = { failures, error };
  if (hasCode(error, ...expectedCodes) && failures < 5) log.debug('pass failed', fields);
  else if (isWorthALine(failures)) log.error('pass failed', fields);
}

/** The 1st, 2nd, 4th, 8th ... failure in a row: what goes on for hours must not fill the log. */
function isWorthALine(failures: number): boolean {
  return Number.isInteger(Math.log2(failures));
}

const kinds: Readonly<Record<ControllerName, ReconciledKind>> = {
  Rollouts: 'rollout',
  AnalysisRuns: 'analysis_run',
  Experiments: 'experiment',
};

interface PassObservers {
  readonly metrics: Metrics;
  readonly scheduler: Scheduler;
  readonly passes: PassLog;
}

/** The same controller, its passes numbered for the log and measured. */
function observed(spec: ControllerSpec, { metrics, scheduler, passes }: PassObservers): ControllerSpec {
  // composeControllers names its queues after the controllers.
  const controller = spec.queue.name as ControllerName;
  return {
    ...spec,
    reconcile: async (key, signal) => {
      const startedAt = scheduler.now();
      passes.begin(controller, key);
      try {
        await spec.reconcile(key, signal);
        passes.end(controller, key);
        metrics.reconciled(kinds[controller], key, scheduler.now() - startedAt, false);
      } catch (error) {
        metrics.reconciled(kinds[controller], key, scheduler.now() - startedAt, true);
        throw error;
      }
    },
  };
}

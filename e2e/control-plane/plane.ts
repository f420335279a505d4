import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scheduler } from '../../src/lib/scheduler.js';
import type { E2eConfig } from '../config.js';
import type { CommandOptions, CommandResult } from '../lib/command.js';
import { commandOutput, runCommand } from '../lib/command.js';
import { http } from '../lib/http.js';
import { freePorts } from '../lib/ports.js';
import type { ManagedProcess, ProcessFamily } from '../lib/processes.js';
import { processFamily } from '../lib/processes.js';
import { GiveUp, until } from '../lib/until.js';
import type { PlanePorts } from './arguments.js';
import { apiServerArguments, auditPolicy, controllerManagerArguments, etcdArguments } from './arguments.js';
import type { Credentials, PlaneUser } from './credentials.js';
import { renderKubeconfig, write, writeCredentials } from './credentials.js';
import type { PartState } from './parts.js';
import { findPart } from './parts.js';

/** A running API server with controllers, and what is needed to talk to it. */
export interface Plane {
  readonly url: string;
  /** PEM of the authority that signed the server's certificate. */
  readonly ca: string;
  /** A kubeconfig of an administrator. */
  readonly kubeconfigPath: string;
  /** Absent on a cluster that we did not start. */
  readonly own?: OwnPlane;
  /** Runs kubectl as the administrator, or with another kubeconfig, with a discovery cache of this plane's own. */
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<CommandResult>;
  /** A token for an existing service account, good for an hour. */
  serviceAccountToken(namespace: string, name: string): Promise<string>;
  /** Writes a kubeconfig for a token. @returns its path, inside the plane's folder */
  writeKubeconfig(name: string, token: string, namespace?: string): string;
  /** Stops everything that was started, in reverse order, waits until it is gone, removes the folder. On somebody else's cluster: nothing but the folder. */
  stop(): Promise<void>;
}

export interface KubectlOptions extends CommandOptions {
  /** Default: the administrator's. */
  readonly kubeconfig?: string;
}

/** What can be done to a plane because its processes are ours. */
export interface OwnPlane {
  /** Folder of the plane: logs, keys, etcd's data. */
  readonly directory: string;
  /** One JSON object per line and finished request of a service account or a named user; see auditPolicy. */
  readonly auditLogPath: string;
  readonly adminToken: string;
  /** Tokens of the users named at the start. */
  readonly userTokens: Readonly<Record<string, string>>;
  /** kill -9. Clients see reset connections, then refused ones. */
  killApiServer(): Promise<void>;
  /** Starts it again on its port and waits until it is ready. */
  startApiServer(): Promise<void>;
  /** STOP: connections stay open, nobody answers. */
  pauseApiServer(): void;
  resumeApiServer(): void;
  /** Compacts etcd up to now: older resourceVersions answer 410 once the server's own cache does not have them (after a restart of it). */
  compactEtcd(): Promise<void>;
  /** Processes that are started through it end with the plane. */
  readonly processes: ProcessFamily;
}

export interface PlaneOptions {
  readonly config: E2eConfig;
  readonly scheduler: Scheduler;
  /** Users with tokens beside the administrator; their requests are audited. */
  readonly users?: readonly PlaneUser[];
  /** Keep the folder after stop. Default false. */
  readonly keep?: boolean;
}

/** A plane, or why there is none and what would help. */
export type PlaneStart = { readonly kind: 'running'; readonly plane: Plane } | Extract<PartState, { kind: 'missing' }>;

/** Connects to the cluster of E2E_KUBECONFIG where that is set, otherwise starts a plane of its own (about 5 seconds, about 0.5 GB). */
export async function openPlane(options: PlaneOptions): Promise<PlaneStart> {
  const found = findPart('control-plane', options.config);
  if (found.kind === 'missing') return found;
  const programs = planePrograms(found.programs);
  const plane =
    options.config.kubeconfig === undefined ? startPlane(programs, options) : connectPlane(options.config.kubeconfig, programs.kubectl);
  return { kind: 'running', plane: await plane };
}

interface PlanePrograms {
  readonly etcd: string;
  readonly apiServer: string;
  readonly controllerManager: string;
  readonly kubectl: string;
}

function planePrograms(programs: Readonly<Record<string, string>>): PlanePrograms {
  return {
    etcd: programs['etcd'] ?? 'etcd',
    apiServer: programs['kube-apiserver'] ?? 'kube-apiserver',
    controllerManager: programs['kube-controller-manager'] ?? 'kube-controller-manager',
    kubectl: programs['kubectl'] ?? 'kubectl',
  };
}

const directoryPrefix = join(tmpdir(), 'sluice-plane-');
const adminUser = 'e2e-admin';
const controllerManagerUser = 'e2e-controller-manager';

async function startPlane(programs: PlanePrograms, options: PlaneOptions): Promise<Plane> {
  const directory = await mkdtemp(directoryPrefix);
  const processes = processFamily(directory, options.scheduler, !(options.keep ?? false));
  try {
    return await startParts(programs, directory, processes, options);
  } catch (error) {
    await processes.stopAll();
    throw error;
  }
}

async function startParts(programs: PlanePrograms, directory: string, processes: ProcessFamily, options: PlaneOptions): Promise<Plane> {
  const { scheduler } = options;
  const users = options.users ?? [];
  const admins = [adminUser, controllerManagerUser].map((name) => ({ name, groups: ['system:masters'] }));
  const credentials = writeCredentials(directory, [...admins, ...users]);
  const ports = await planePorts();
  const auditLogPath = join(directory, 'audit.log');
  const auditPolicyFile = write(directory, 'audit-policy.json', auditPolicy(users.map(({ name }) => name)));
  const apiServerArgs = apiServerArguments({ directory, credentials, auditPolicyFile, auditLogPath }, ports);

  const etcd = await processes.start({ name: 'etcd', command: programs.etcd, args: etcdArguments(directory, ports) });
  await etcdHealthy(etcd, ports, scheduler);
  const startApiServer = async (): Promise<ManagedProcess> => {
    const process = await processes.start({ name: 'kube-apiserver', command: programs.apiServer, args: apiServerArgs });
    await apiServerReady(process, directory, credentials, ports, scheduler);
    return process;
  };
  let apiServer = await startApiServer();
  const url = `https://127.0.0.1:${ports.apiServer}`;
  const ca = await readFile(certificateFile(directory), 'utf8');
  const kubeconfigFor = (name: string, token: string, namespace?: string): string =>
    write(directory, `${name}.kubeconfig`, renderKubeconfig({ server: url, ca, token, ...(namespace === undefined ? {} : { namespace }) }));
  await startControllerManager(programs, directory, processes, { credentials, ports, scheduler, ca, url, kubeconfigFor });

  const adminToken = tokenOf(credentials, adminUser);
  const kubeconfigPath = kubeconfigFor('admin', adminToken);
  return {
    url,
    ca,
    kubeconfigPath,
    ...kubectlOf(programs.kubectl, kubeconfigPath, directory),
    writeKubeconfig: kubeconfigFor,
    own: {
      directory,
      auditLogPath,
      adminToken,
      userTokens: Object.fromEntries(users.map(({ name }) => [name, tokenOf(credentials, name)])),
      killApiServer: async () => {
        apiServer.signal('SIGKILL');
        await apiServer.exited;
      },
      startApiServer: async () => {
        apiServer = await startApiServer();
      },
      pauseApiServer: () => apiServer.signal('SIGSTOP'),
      resumeApiServer: () => apiServer.signal('SIGCONT'),
      compactEtcd: () => compactEtcd(ports),
      processes,
    },
    stop: async () => {
      await processes.stopAll();
      if (!(options.keep ?? false)) await rm(directory, { recursive: true, force: true });
    },
  };
}

async function planePorts(): Promise<PlanePorts> {
  const [etcdClient = 0, etcdPeer = 0, apiServer = 0, controllerManager = 0] = await freePorts(4);
  return { etcdClient, etcdPeer, apiServer, controllerManager };
}

function certificateFile(directory: string): string {
  return join(directory, 'api-server-certificates', 'apiserver.crt');
}

function tokenOf(credentials: Credentials, user: string): string {
  const token = credentials.tokens[user];
  if (token === undefined) throw new Error(`no token was made for ${user}`);
  return token;
}

async function etcdHealthy(etcd: ManagedProcess, ports: PlanePorts, scheduler: Scheduler): Promise<void> {
  await whileAlive(etcd, 30_000, scheduler, async () => {
    const { status } = await http(`http://127.0.0.1:${ports.etcdClient}/health`);
    return status === 200 ? true : undefined;
  });
}

async function apiServerReady(
  server: ManagedProcess,
  directory: string,
  credentials: Credentials,
  ports: PlanePorts,
  scheduler: Scheduler,
): Promise<void> {
  const headers = { authorization: `Bearer ${tokenOf(credentials, adminUser)}` };
  await whileAlive(server, 60_000, scheduler, async () => {
    const ca = await readFile(certificateFile(directory), 'utf8');
    const { status, body } = await http(`https://127.0.0.1:${ports.apiServer}/readyz`, { ca, headers });
    if (status !== 200) throw new Error(`/readyz answers ${status}: ${body}`);
    return true;
  });
}

interface ControllerManagerDeps {
  readonly credentials: Credentials;
  readonly ports: PlanePorts;
  readonly scheduler: Scheduler;
  readonly url: string;
  readonly ca: string;
  readonly kubeconfigFor: (name: string, token: string) => string;
}

/** Waits until its work is seen, as its own /healthz answers before the controllers run: pods cannot be made before a namespace has its service account. */
async function startControllerManager(
  programs: PlanePrograms,
  directory: string,
  processes: ProcessFamily,
  deps: ControllerManagerDeps,
): Promise<void> {
  const { credentials, ports, scheduler, url, ca } = deps;
  const kubeconfig = deps.kubeconfigFor('controller-manager', tokenOf(credentials, controllerManagerUser));
  const args = controllerManagerArguments(directory, kubeconfig, credentials, ports);
  const process = await processes.start({ name: 'kube-controller-manager', command: programs.controllerManager, args });
  const headers = { authorization: `Bearer ${tokenOf(credentials, adminUser)}` };
  await whileAlive(process, 60_000, scheduler, async () => {
    const { status } = await http(`${url}/api/v1/namespaces/default/serviceaccounts/default`, { ca, headers });
    return status === 200 ? true : undefined;
  });
}

async function whileAlive(
  process: ManagedProcess,
  timeoutMs: number,
  scheduler: Scheduler,
  probe: () => Promise<true | undefined>,
): Promise<void> {
  const guarded = (): Promise<true | undefined> => {
    if (process.hasExited()) throw new GiveUp(`${process.name} ended while starting:\n${process.logTail()}`);
    return probe();
  };
  await until(guarded, { scheduler, timeoutMs, what: `${process.name} to be ready` });
}

/** Through etcd's JSON gateway: the newest revision, then a compaction up to it. */
async function compactEtcd(ports: PlanePorts): Promise<void> {
  const base = `http://127.0.0.1:${ports.etcdClient}/v3/kv`;
  const post = async (path: string, body: unknown): Promise<string> => {
    const answer = await http(`${base}/${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (answer.status !== 200) throw new Error(`etcd answers ${answer.status} to ${path}: ${answer.body}`);
    return answer.body;
  };
  const revision = /"revision":"(\d+)"/.exec(await post('range', { key: 'AA==' }))?.[1];
  await post('compaction', { revision, physical: true });
}

function kubectlOf(kubectl: string, adminKubeconfig: string, directory: string): Pick<Plane, 'kubectl' | 'serviceAccountToken'> {
  const environment = (kubeconfig: string): Record<string, string> => ({
    KUBECONFIG: kubeconfig,
    KUBECACHEDIR: join(directory, 'kubectl-cache'),
  });
  return {
    kubectl: (args, options = {}) => {
      const { kubeconfig, env, ...rest } = options;
      return runCommand(kubectl, args, { ...rest, env: { ...env, ...environment(kubeconfig ?? adminKubeconfig) } });
    },
    serviceAccountToken: async (namespace, name) => {
      const args = ['create', 'token', name, '--namespace', namespace, '--duration', '1h'];
      return (await commandOutput(kubectl, args, { env: environment(adminKubeconfig) })).trim();
    },
  };
}

/** A cluster that is there already: nothing of it is started, stopped or broken. */
async function connectPlane(kubeconfig: string, kubectl: string): Promise<Plane> {
  const directory = await mkdtemp(directoryPrefix);
  const commands = kubectlOf(kubectl, kubeconfig, directory);
  const shown = await commandOutput(kubectl, ['config', 'view', '--raw', '--minify', '--flatten', '--output', 'json'], {
    env: { KUBECONFIG: kubeconfig },
  });
  const { server, ca } = parseClusterOf(shown);
  return {
    url: server,
    ca,
    kubeconfigPath: kubeconfig,
    ...commands,
    writeKubeconfig: (name, token, namespace) =>
      write(directory, `${name}.kubeconfig`, renderKubeconfig({ server, ca, token, ...(namespace === undefined ? {} : { namespace }) })),
    stop: () => rm(directory, { recursive: true, force: true }),
  };
}

interface MinifiedKubeconfig {
  readonly clusters?: readonly { readonly cluster?: { readonly server?: string; readonly 'certificate-authority-data'?: string } }[];
}

function parseClusterOf(shown: string): { readonly server: string; readonly ca: string } {
  // kubectl wrote it: --minify leaves exactly the current context's cluster.
  const config = JSON.parse(shown) as MinifiedKubeconfig;
  const cluster = config.clusters?.[0]?.cluster;
  if (cluster?.server === undefined) throw new Error('the current context of E2E_KUBECONFIG names no server');
  return { server: cluster.server, ca: Buffer.from(cluster['certificate-authority-data'] ?? '', 'base64').toString('utf8') };
}

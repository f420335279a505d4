import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { KubeConfig, type Cluster as KubeCluster, type Context, type User } from '@kubernetes/client-node';
import { CORE_SCHEMA, load } from 'js-yaml';
import { ControllerError, errorMessage } from '../../lib/errors.js';
import { fieldOf, isPlainObject, objectsOf } from '../../lib/json.js';

/** kubectl's connection flags; each wins over what a kubeconfig says. */
export interface ConnectionFlags {
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

export type Env = Readonly<Record<string, string | undefined>>;

/** Bytes in a file, re-read as it is rotated, or given once. */
export type Material = { readonly file: string } | { readonly bytes: Buffer };

export interface Impersonation {
  readonly user: string | undefined;
  readonly groups: readonly string[];
  readonly uid: string | undefined;
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** How a user proves who it is; the first that is present counts, in kubectl's order. */
export type Login =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'tokenFile'; readonly file: string }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'exec'; readonly exec: unknown; readonly directory: string }
  | { readonly kind: 'authProvider'; readonly user: User };

/** All that is needed to talk to one server as one user. */
export interface Settings {
  readonly server: string;
  readonly namespace: string;
  readonly context: string | undefined;
  readonly ca: Material | undefined;
  readonly cert: Material | undefined;
  readonly key: Material | undefined;
  readonly insecure: boolean;
  readonly tlsServerName: string | undefined;
  readonly proxyUrl: string | undefined;
  readonly login: Login;
  readonly impersonation: Impersonation | undefined;
  /** The cluster's extension for exec plugins, passed on to them. */
  readonly execClusterConfig: unknown;
}

const podFiles = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Where to connect to: `--kubeconfig`, else the files of KUBECONFIG, else ~/.kube/config, else the pod's service account; flags on top.
 *
 * @param podDirectory where a pod finds its token, certificate and namespace
 * @throws ControllerError `invalid-spec` when a file cannot be read, or names a cluster, user or context that is not there
 * Semantics: client-go's clientcmd 1.35. client-node parses each file; merging is ours, as its own fails where clientcmd does not: missing
 * files in KUBECONFIG, names that occur twice. It also drops tokenFile, as-groups, as-uid and extensions, which we read ourselves.
 */
export async function loadSettings(flags: ConnectionFlags, env: Env, podDirectory = podFiles): Promise<Settings> {
  const files = await loadFiles(flags, env);
  const isConfigured = files.some(({ config }) => config.clusters.length > 0) || flags.server !== undefined;
  if (isConfigured) return settingsOf(mergeFiles(files), flags);
  return (await podSettings(flags, env, podDirectory)) ?? notConfigured(flags, env);
}

interface ConfigFile {
  readonly path: string;
  readonly config: KubeConfig;
  readonly raw: unknown;
}

async function loadFiles(flags: ConnectionFlags, env: Env): Promise<readonly ConfigFile[]> {
  if (flags.kubeconfig !== undefined && flags.kubeconfig !== '') return [await loadFile(flags.kubeconfig)];
  const found = await Promise.all(defaultPaths(env).map((each) => loadFile(each).catch(ignoreMissing)));
  return found.filter((file) => file !== undefined);
}

function defaultPaths(env: Env): readonly string[] {
  const listed = (env['KUBECONFIG'] ?? '').split(path.delimiter).filter((each) => each !== '');
  return listed.length > 0 ? listed : [path.join(env['HOME'] ?? homedir(), '.kube', 'config')];
}

async function loadFile(file: string): Promise<ConfigFile> {
  try {
    const text = await readFile(file, 'utf8');
    const config = new KubeConfig();
    const raw = load(text, { schema: CORE_SCHEMA });
    // An empty file is an empty configuration; one bad entry must not spoil the others.
    if (isPlainObject(raw)) config.loadFromString(text, { onInvalidEntry: 'filter' });
    config.makePathsAbsolute(path.dirname(path.resolve(file)));
    return { path: path.resolve(file), config, raw };
  } catch (cause) {
    throw new ControllerError('invalid-spec', `kubeconfig ${file} cannot be read: ${errorMessage(cause)}`, { path: file }, { cause });
  }
}

function ignoreMissing(error: unknown): undefined {
  const cause = error instanceof ControllerError ? error.cause : undefined;
  if (fieldOf(cause, 'code') === 'ENOENT') return undefined;
  throw error;
}

interface Merged {
  readonly currentContext: string | undefined;
  readonly contexts: ReadonlyMap<string, Context>;
  readonly clusters: ReadonlyMap<string, { readonly entry: KubeCluster; readonly execConfig: unknown }>;
  readonly users: ReadonlyMap<string, { readonly entry: User; readonly raw: unknown; readonly directory: string }>;
}

/** The first file that names something wins. */
function mergeFiles(files: readonly ConfigFile[]): Merged {
  const firstOf = <T>(pairs: readonly (readonly [string, T])[]): ReadonlyMap<string, T> => new Map([...pairs].reverse());
  return {
    currentContext: files
      .map(({ raw }) => fieldOf(raw, 'current-context'))
      .find((name): name is string => typeof name === 'string' && name !== ''),
    contexts: firstOf(files.flatMap(({ config }) => config.contexts.map((each) => [each.name, each] as const))),
    clusters: firstOf(
      files.flatMap(({ config, raw }) =>
        config.clusters.map(
          (entry) => [entry.name, { entry, execConfig: execConfigOf(rawEntry(raw, 'clusters', entry.name, 'cluster')) }] as const,
        ),
      ),
    ),
    users: firstOf(
      files.flatMap(({ config, raw, path: file }) =>
        config.users.map(
          (entry) => [entry.name, { entry, raw: rawEntry(raw, 'users', entry.name, 'user'), directory: path.dirname(file) }] as const,
        ),
      ),
    ),
  };
}

function rawEntry(raw: unknown, list: string, name: string, key: string): unknown {
  return fieldOf(
    objectsOf(fieldOf(raw, list)).find((each) => each['name'] === name),
    key,
  );
}

function execConfigOf(cluster: unknown): unknown {
  const found = objectsOf(fieldOf(cluster, 'extensions')).find((each) => each['name'] === 'client.authentication.k8s.io/exec');
  return found?.['extension'];
}

function settingsOf(merged: Merged, flags: ConnectionFlags): Settings {
  const contextName = flags.context ?? merged.currentContext;
  const context = contextName === undefined ? undefined : merged.contexts.get(contextName);
  if (flags.context !== undefined && !context) throw missing('context', flags.context, merged.contexts);
  const clusterName = flags.cluster ?? context?.cluster;
  const cluster = clusterName === undefined ? undefined : merged.clusters.get(clusterName);
  if (!cluster && (flags.cluster !== undefined || flags.server === undefined)) throw missing('cluster', clusterName ?? '', merged.clusters);
  const userName = flags.user ?? context?.user;
  const user = userName === undefined ? undefined : merged.users.get(userName);
  if (flags.user !== undefined && !user) throw missing('user', flags.user, merged.users);
  return {
    server: serverOf(flags.server ?? cluster?.entry.server ?? ''),
    namespace: flags.namespace ?? context?.namespace ?? 'default',
    context: contextName,
    ca: materialOf(flags.certificateAuthority, cluster?.entry.caFile, cluster?.entry.caData),
    cert: materialOf(flags.clientCertificate, user?.entry.certFile, user?.entry.certData),
    key: materialOf(flags.clientKey, user?.entry.keyFile, user?.entry.keyData),
    insecure: flags.insecureSkipTlsVerify ?? cluster?.entry.skipTLSVerify ?? false,
    tlsServerName: flags.tlsServerName ?? cluster?.entry.tlsServerName,
    proxyUrl: flags.proxyUrl ?? cluster?.entry.proxyUrl,
    login: loginOf(flags, user),
    impersonation: impersonationOf(flags, user?.raw),
    execClusterConfig: cluster?.execConfig,
  };
}

function missing(what: string, name: string, known: ReadonlyMap<string, unknown>): ControllerError {
  const message = name === '' ? `no ${what} is chosen; set current-context or pass --context` : `the kubeconfig has no ${what} "${name}"`;
  return new ControllerError('invalid-spec', message, { path: what, known: [...known.keys()].join(', ') });
}

function serverOf(server: string): string {
  const url = server.includes('://') ? server : `https://${server}`;
  if (!URL.canParse(url)) throw new ControllerError('invalid-spec', `"${server}" is no address of a server`, { path: 'server' });
  return url.replace(/\/$/, '');
}

/** An empty entry is none: client-node gives null for what is absent. */
function materialOf(flag: string | undefined, file: string | null | undefined, data: string | null | undefined): Material | undefined {
  if (flag) return { file: flag };
  if (data) return { bytes: Buffer.from(data, 'base64') };
  return file ? { file } : undefined;
}

function loginOf(
  flags: ConnectionFlags,
  user: { readonly entry: User; readonly raw: unknown; readonly directory: string } | undefined,
): Login {
  if (flags.token !== undefined) return { kind: 'token', token: flags.token };
  if (flags.username !== undefined) return { kind: 'basic', username: flags.username, password: flags.password ?? '' };
  if (!user) return { kind: 'none' };
  const { entry, raw, directory } = user;
  const tokenFile = fieldOf(raw, 'tokenFile');
  if (typeof tokenFile === 'string' && tokenFile !== '') return { kind: 'tokenFile', file: path.resolve(directory, tokenFile) };
  if (entry.token) return { kind: 'token', token: entry.token };
  if (entry.username) return { kind: 'basic', username: entry.username, password: entry.password ?? '' };
  if (isPlainObject(entry.exec)) return { kind: 'exec', exec: entry.exec, directory };
  return isPlainObject(entry.authProvider) ? { kind: 'authProvider', user: entry } : { kind: 'none' };
}

function impersonationOf(flags: ConnectionFlags, raw: unknown): Impersonation | undefined {
  const text = (key: string): string | undefined => {
    const value = fieldOf(raw, key);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const impersonation = {
    user: flags.as ?? text('as'),
    groups: flags.asGroups ?? textsOf(fieldOf(raw, 'as-groups')),
    uid: flags.asUid ?? text('as-uid'),
    extra: Object.fromEntries(Object.entries(objectOf(fieldOf(raw, 'as-user-extra'))).map(([key, values]) => [key, textsOf(values)])),
  };
  return impersonation.user === undefined && impersonation.groups.length === 0 && impersonation.uid === undefined
    ? undefined
    : impersonation;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return isPlainObject(value) ? value : {};
}

async function podSettings(flags: ConnectionFlags, env: Env, directory: string): Promise<Settings | undefined> {
  const host = env['KUBERNETES_SERVICE_HOST'];
  const port = env['KUBERNETES_SERVICE_PORT'];
  if (!host || !port) return undefined;
  const namespace = await readFile(path.join(directory, 'namespace'), 'utf8').catch(() => '');
  return {
    ...settingsOf(
      { currentContext: undefined, contexts: new Map(), clusters: new Map(), users: new Map() },
      {
        ...flags,
        server: flags.server ?? `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
        namespace: flags.namespace ?? (namespace.trim() || 'default'),
        certificateAuthority: flags.certificateAuthority ?? path.join(directory, 'ca.crt'),
      },
    ),
    ...(flags.token === undefined && { login: { kind: 'tokenFile', file: path.join(directory, 'token') } }),
  };
}

function notConfigured(flags: ConnectionFlags, env: Env): never {
  const looked = flags.kubeconfig ?? defaultPaths(env).join(', ');
  throw new ControllerError('invalid-spec', `no cluster is configured: ${looked} names none, and this is not a pod`, {
    path: 'kubeconfig',
  });
}

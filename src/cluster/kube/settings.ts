import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { CORE_SCHEMA, load } from 'js-yaml';
import { ControllerError, errorMessage } from '../../lib/errors.js';
import { fieldOf, isPlainObject } from '../../lib/json.js';
import { parseKubeconfig, type ClusterEntry, type ContextEntry, type KubeconfigFile, type UserEntry } from './kubeconfig-file.js';

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
  | { readonly kind: 'authProvider'; readonly name: string; readonly authProvider: unknown };

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
 * Semantics: client-go's clientcmd 1.35. Reading and merging are ours, as client-node fails where clientcmd does not (missing files in
 * KUBECONFIG, names that occur twice) and drops tokenFile, as-groups, as-uid and extensions.
 */
export async function loadSettings(flags: ConnectionFlags, env: Env, podDirectory = podFiles): Promise<Settings> {
  const files = await loadFiles(flags, env);
  const isConfigured = files.some(({ clusters }) => clusters.length > 0) || flags.server !== undefined;
  if (isConfigured) return settingsOf(mergeFiles(files), flags);
  return (await podSettings(flags, env, podDirectory)) ?? notConfigured(flags, env);
}

/** Names of the contexts that `--context` may name. @throws as loadSettings, for files that cannot be read */
export async function contextNames(flags: Pick<ConnectionFlags, 'kubeconfig'>, env: Env): Promise<readonly string[]> {
  return [...mergeFiles(await loadFiles(flags, env)).contexts.keys()].sort();
}

async function loadFiles(flags: Pick<ConnectionFlags, 'kubeconfig'>, env: Env): Promise<readonly KubeconfigFile[]> {
  if (flags.kubeconfig !== undefined && flags.kubeconfig !== '') return [await loadFile(flags.kubeconfig)];
  const found = await Promise.all(defaultPaths(env).map((each) => loadFile(each).catch(ignoreMissing)));
  return found.filter((file) => file !== undefined);
}

function defaultPaths(env: Env): readonly string[] {
  const listed = (env['KUBECONFIG'] ?? '').split(path.delimiter).filter((each) => each !== '');
  return listed.length > 0 ? listed : [path.join(env['HOME'] ?? homedir(), '.kube', 'config')];
}

async function loadFile(file: string): Promise<KubeconfigFile> {
  try {
    const text = await readFile(file, 'utf8');
    return parseKubeconfig(load(text, { schema: CORE_SCHEMA }), path.dirname(path.resolve(file)));
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
  readonly contexts: ReadonlyMap<string, ContextEntry>;
  readonly clusters: ReadonlyMap<string, ClusterEntry>;
  readonly users: ReadonlyMap<string, UserEntry>;
}

/** The first file that names something wins. */
function mergeFiles(files: readonly KubeconfigFile[]): Merged {
  const firstOf = <T extends { readonly name: string }>(entries: readonly T[]): ReadonlyMap<string, T> =>
    new Map(entries.map((entry) => [entry.name, entry] as const).reverse());
  return {
    currentContext: files.map(({ currentContext }) => currentContext).find((name) => name !== undefined),
    contexts: firstOf(files.flatMap(({ contexts }) => contexts)),
    clusters: firstOf(files.flatMap(({ clusters }) => clusters)),
    users: firstOf(files.flatMap(({ users }) => users)),
  };
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
    server: serverOf(flags.server ?? cluster?.server ?? ''),
    namespace: flags.namespace ?? context?.namespace ?? 'default',
    context: contextName,
    ca: materialOf(flags.certificateAuthority, cluster?.caFile, cluster?.caData),
    cert: materialOf(flags.clientCertificate, user?.certFile, user?.certData),
    key: materialOf(flags.clientKey, user?.keyFile, user?.keyData),
    insecure: flags.insecureSkipTlsVerify ?? cluster?.skipTlsVerify ?? false,
    tlsServerName: flags.tlsServerName ?? cluster?.tlsServerName,
    proxyUrl: flags.proxyUrl ?? cluster?.proxyUrl,
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

function materialOf(flag: string | undefined, file: string | undefined, data: string | undefined): Material | undefined {
  if (flag) return { file: flag };
  if (data !== undefined) return { bytes: Buffer.from(data, 'base64') };
  return file === undefined ? undefined : { file };
}

function loginOf(flags: ConnectionFlags, user: UserEntry | undefined): Login {
  if (flags.token !== undefined) return { kind: 'token', token: flags.token };
  if (flags.username !== undefined) return { kind: 'basic', username: flags.username, password: flags.password ?? '' };
  if (!user) return { kind: 'none' };
  const { name, tokenFile, token, username, password = '', exec, authProvider, directory } = user;
  if (tokenFile !== undefined) return { kind: 'tokenFile', file: tokenFile };
  if (token !== undefined) return { kind: 'token', token };
  if (username !== undefined) return { kind: 'basic', username, password };
  if (isPlainObject(exec)) return { kind: 'exec', exec, directory };
  return isPlainObject(authProvider) ? { kind: 'authProvider', name, authProvider } : { kind: 'none' };
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

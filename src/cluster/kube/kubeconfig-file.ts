import path from 'node:path';
import { fieldOf, isPlainObject, objectsOf } from '../../lib/json.js';

/** One kubeconfig file. Paths in it are absolute here; texts that are absent or empty are undefined; a bad entry is left out. */
export interface KubeconfigFile {
  readonly currentContext: string | undefined;
  readonly contexts: readonly ContextEntry[];
  readonly clusters: readonly ClusterEntry[];
  readonly users: readonly UserEntry[];
}

export interface ContextEntry {
  readonly name: string;
  readonly cluster: string | undefined;
  readonly user: string | undefined;
  readonly namespace: string | undefined;
}

export interface ClusterEntry {
  readonly name: string;
  readonly server: string;
  readonly caFile: string | undefined;
  readonly caData: string | undefined;
  readonly skipTlsVerify: boolean;
  readonly tlsServerName: string | undefined;
  readonly proxyUrl: string | undefined;
  /** What the cluster has for exec plugins. */
  readonly execConfig: unknown;
}

export interface UserEntry {
  readonly name: string;
  /** Where the file lies: exec plugins run relative to it. */
  readonly directory: string;
  readonly certFile: string | undefined;
  readonly certData: string | undefined;
  readonly keyFile: string | undefined;
  readonly keyData: string | undefined;
  readonly token: string | undefined;
  readonly tokenFile: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly exec: unknown;
  readonly authProvider: unknown;
  /** `user` as written. */
  readonly raw: unknown;
}

/**
 * Reads the parts of a kubeconfig that we use. Not by client-node, whose import costs a short command more than all its requests.
 *
 * @param raw       the file, parsed; an empty file is an empty configuration
 * @param directory the folder it lies in
 * Semantics: client-go's clientcmd 1.35
 */
export function parseKubeconfig(raw: unknown, directory: string): KubeconfigFile {
  return {
    currentContext: textOf(raw, 'current-context'),
    contexts: named(raw, 'contexts', 'context', (name, context) => ({
      name,
      cluster: textOf(context, 'cluster'),
      user: textOf(context, 'user'),
      namespace: textOf(context, 'namespace'),
    })),
    clusters: named(raw, 'clusters', 'cluster', (name, cluster) => clusterEntry(name, cluster, directory)),
    users: named(raw, 'users', 'user', (name, user) => userEntry(name, user, directory)),
  };
}

function named<T>(raw: unknown, list: string, key: string, read: (name: string, entry: unknown) => T): readonly T[] {
  return objectsOf(fieldOf(raw, list)).flatMap((item) => {
    const name = textOf(item, 'name');
    return name !== undefined && isPlainObject(item[key]) ? [read(name, item[key])] : [];
  });
}

function clusterEntry(name: string, cluster: unknown, directory: string): ClusterEntry {
  const extension = objectsOf(fieldOf(cluster, 'extensions')).find((each) => each['name'] === 'client.authentication.k8s.io/exec');
  return {
    name,
    server: textOf(cluster, 'server') ?? '',
    caFile: fileOf(cluster, 'certificate-authority', directory),
    caData: textOf(cluster, 'certificate-authority-data'),
    skipTlsVerify: fieldOf(cluster, 'insecure-skip-tls-verify') === true,
    tlsServerName: textOf(cluster, 'tls-server-name'),
    proxyUrl: textOf(cluster, 'proxy-url'),
    execConfig: extension?.['extension'],
  };
}

function userEntry(name: string, user: unknown, directory: string): UserEntry {
  return {
    name,
    directory,
    certFile: fileOf(user, 'client-certificate', directory),
    certData: textOf(user, 'client-certificate-data'),
    keyFile: fileOf(user, 'client-key', directory),
    keyData: textOf(user, 'client-key-data'),
    token: textOf(user, 'token'),
    tokenFile: fileOf(user, 'tokenFile', directory),
    username: textOf(user, 'username'),
    password: textOf(user, 'password'),
    exec: fieldOf(user, 'exec'),
    authProvider: fieldOf(user, 'auth-provider'),
    raw: user,
  };
}

function textOf(value: unknown, key: string): string | undefined {
  const text = fieldOf(value, key);
  return typeof text === 'string' && text !== '' ? text : undefined;
}

function fileOf(value: unknown, key: string, directory: string): string | undefined {
  const file = textOf(value, key);
  return file === undefined ? undefined : path.resolve(directory, file);
}

import { readFile } from 'node:fs/promises';
import { ControllerError, errorMessage } from '../../lib/errors.js';
import { isEqual } from '../../lib/equal.js';
import type { EpochMs, Scheduler } from '../../lib/scheduler.js';
import type { Credentials, TlsMaterial } from '../transport.js';
import { runExecPlugin, type ExecCredential } from './exec-plugin.js';
import type { Env, Impersonation, Login, Material, Settings } from './settings.js';

export interface CredentialDeps {
  readonly scheduler: Scheduler;
  readonly env: Env;
  readonly interactive: boolean;
}

/** Service account tokens are rotated in their file long before they expire. Semantics: client-go re-reads once a minute. */
const tokenFileMs = 60_000;
const tlsFilesMs = 300_000;
/** A credential that is about to expire is renewed before a call, not in its middle. */
const expiryMarginMs = 10_000;

interface Authentication {
  readonly headers: Readonly<Record<string, string>>;
  readonly cert?: string;
  readonly key?: string;
}

/** The credentials of the settings, kept fresh: see TransportOptions.credentials. */
export function credentialsOf(settings: Settings, deps: CredentialDeps): (refresh: boolean) => Promise<Credentials> {
  const authenticate = authenticator(settings, deps);
  const tlsFiles = kept(deps.scheduler, tlsFilesMs, () => readTls(settings));
  const impersonation = impersonationHeaders(settings.impersonation);
  let last: Credentials | undefined;
  return async (refresh) => {
    const [own, tls] = [await authenticate(refresh), await tlsFiles(false)];
    const next: Credentials = {
      headers: { ...own.headers, ...impersonation },
      tls: own.cert === undefined ? tls : { ...tls, cert: own.cert, ...(own.key !== undefined && { key: own.key }) },
    };
    // The transport keeps its connections for as long as it gets the same object.
    last = last && isEqual(last.tls, next.tls) ? { headers: next.headers, tls: last.tls } : next;
    return last;
  };
}

function authenticator(settings: Settings, deps: CredentialDeps): (refresh: boolean) => Promise<Authentication> {
  const { login } = settings;
  switch (login.kind) {
    case 'none':
      return async () => ({ headers: {} });
    case 'token':
      return async () => bearer(login.token);
    case 'basic':
      return async () => ({ headers: { authorization: `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}` } });
    case 'tokenFile':
      return kept(deps.scheduler, tokenFileMs, async () => bearer((await readMaterial({ file: login.file })).toString('utf8').trim()));
    case 'exec':
      return execAuthenticator(login, settings, deps);
    case 'authProvider':
      return () => authProviderHeaders(login, settings);
  }
}

function bearer(token: string): Authentication {
  return { headers: { authorization: `Bearer ${token}` } };
}

/** Remembers what was read; at most one reading at a time, and a failed one is forgotten. */
function kept<T>(scheduler: Scheduler, forMs: number, read: () => Promise<T>): (refresh: boolean) => Promise<T> {
  let current: { readonly at: EpochMs; readonly value: Promise<T> } | undefined;
  return (refresh) => {
    const now = scheduler.now();
    if (current && !refresh && now - current.at < forMs && now >= current.at) return current.value;
    const value = read();
    current = { at: now, value };
    value.catch(() => {
      if (current?.value === value) current = undefined;
    });
    return value;
  };
}

function execAuthenticator(
  login: Extract<Login, { kind: 'exec' }>,
  settings: Settings,
  deps: CredentialDeps,
): (refresh: boolean) => Promise<Authentication> {
  let running: Promise<ExecCredential> | undefined;
  let known: ExecCredential | undefined;
  const isGood = (credential: ExecCredential): boolean =>
    credential.expiresAt === undefined || credential.expiresAt - expiryMarginMs > deps.scheduler.now();
  return async (refresh) => {
    if (!known || refresh || !isGood(known)) {
      running ??= clusterInfo(settings).then((info) => runExecPlugin({ ...login, ...deps, clusterInfo: info }));
      try {
        known = await running;
      } finally {
        running = undefined;
      }
    }
    return {
      headers: known.token === undefined ? {} : bearer(known.token).headers,
      ...(known.cert !== undefined && { cert: known.cert }),
      ...(known.key !== undefined && { key: known.key }),
    };
  };
}

async function clusterInfo({
  server,
  tlsServerName,
  insecure,
  ca,
  proxyUrl,
  execClusterConfig,
}: Settings): Promise<Record<string, unknown>> {
  return {
    server,
    ...(tlsServerName !== undefined && { 'tls-server-name': tlsServerName }),
    ...(insecure && { 'insecure-skip-tls-verify': true }),
    ...(ca && { 'certificate-authority-data': (await readMaterial(ca)).toString('base64') }),
    ...(proxyUrl !== undefined && { 'proxy-url': proxyUrl }),
    config: execClusterConfig ?? null,
  };
}

/** kubectl's older plugins (oidc and the like) are client-node's business: it refreshes their tokens too. */
async function authProviderHeaders(login: Extract<Login, { kind: 'authProvider' }>, settings: Settings): Promise<Authentication> {
  const { KubeConfig } = await import('./client-node.js');
  const config = new KubeConfig();
  const { name, authProvider } = login;
  config.loadFromClusterAndUser({ name: 'cluster', server: settings.server, skipTLSVerify: true }, { name, authProvider });
  const options: { headers: Record<string, string> } = { headers: {} };
  try {
    await config.applyToHTTPSOptions(options);
  } catch (cause) {
    throw new ControllerError('unauthorized', `the auth provider failed: ${errorMessage(cause)}`, {}, { cause });
  }
  const authorization = options.headers['Authorization'];
  return { headers: authorization === undefined ? {} : { authorization } };
}

async function readTls({ ca, cert, key, insecure, tlsServerName }: Settings): Promise<TlsMaterial> {
  return {
    ...(ca && !insecure && { ca: await readMaterial(ca) }),
    ...(cert && { cert: await readMaterial(cert) }),
    ...(key && { key: await readMaterial(key) }),
    ...(insecure && { rejectUnauthorized: false }),
    ...(tlsServerName !== undefined && tlsServerName !== '' && { servername: tlsServerName }),
  };
}

async function readMaterial(material: Material): Promise<Buffer> {
  if ('bytes' in material) return material.bytes;
  try {
    return await readFile(material.file);
  } catch (cause) {
    throw new ControllerError(
      'unauthorized',
      `${material.file} cannot be read: ${errorMessage(cause)}`,
      { path: material.file },
      { cause },
    );
  }
}

function impersonationHeaders(impersonation: Impersonation | undefined): Record<string, string | readonly string[]> {
  if (!impersonation) return {};
  const { user, groups, uid, extra } = impersonation;
  return {
    ...(user !== undefined && { 'impersonate-user': user }),
    ...(groups.length > 0 && { 'impersonate-group': groups }),
    ...(uid !== undefined && { 'impersonate-uid': uid }),
    ...Object.fromEntries(
      Object.entries(extra).map(([key, values]) => [`impersonate-extra-${encodeURIComponent(key.toLowerCase())}`, values]),
    ),
  };
}

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A user the API server knows by a token from its start on. Service accounts need none of this: they get theirs from the API. */
export interface PlaneUser {
  readonly name: string;
  readonly groups: readonly string[];
}

export interface Credentials {
  readonly serviceAccountKeyFile: string;
  readonly serviceAccountPublicKeyFile: string;
  readonly tokensFile: string;
  /** Token by user name. */
  readonly tokens: Readonly<Record<string, string>>;
}

/** Makes keys and tokens for one plane, below `directory`. They are worth nothing anywhere else. */
export function writeCredentials(directory: string, users: readonly PlaneUser[]): Credentials {
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const tokens = Object.fromEntries(users.map(({ name }) => [name, randomBytes(16).toString('hex')]));
  return {
    serviceAccountKeyFile: write(directory, 'sa.key', keys.privateKey),
    serviceAccountPublicKeyFile: write(directory, 'sa.pub', keys.publicKey),
    tokensFile: write(directory, 'tokens.csv', renderTokens(users, tokens)),
    tokens,
  };
}

/** Lines `token,user,uid,"group,group"`, as kube-apiserver's --token-auth-file wants them. */
export function renderTokens(users: readonly PlaneUser[], tokens: Readonly<Record<string, string>>): string {
  return users.map(({ name, groups }) => `${tokens[name] ?? ''},${name},${name},"${groups.join(',')}"\n`).join('');
}

export interface KubeconfigContent {
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
  readonly namespace?: string;
}

/** A kubeconfig as JSON, which every client takes for YAML. */
export function renderKubeconfig({ server, ca, token, namespace }: KubeconfigContent): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'e2e',
    clusters: [{ name: 'e2e', cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name: 'e2e', user: { token } }],
    contexts: [{ name: 'e2e', context: { cluster: 'e2e', user: 'e2e', ...(namespace === undefined ? {} : { namespace }) } }],
  });
}

/** Writes a file that only we can read. @returns its path */
export function write(directory: string, name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { generate } from 'selfsigned';
import { resources } from '../../api/kube.js';
import { renderTime } from '../../lib/time.js';
import { virtualScheduler, type VirtualScheduler } from '../../lib/virtual-scheduler.js';
import { answerJson, loopbackServer, type Answer, type LoopbackServer } from '../../testing/loopback-server.js';
import { connect, type ConnectOptions, type Connection } from './index.js';
import { proxyFor } from './proxy.js';
import { loadSettings, type ConnectionFlags, type Env } from './settings.js';

let directory = '';
const closing: (() => Promise<void> | void)[] = [];
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'kube-'));
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await rm(directory, { recursive: true });
});

interface ConfigParts {
  readonly server?: string;
  readonly user?: unknown;
  readonly cluster?: object;
  readonly namespace?: string;
  readonly name?: string;
}

const file = (name: string): string => path.join(directory, name);

async function aKubeconfig(
  { server = 'https://10.0.0.1:6443', user = {}, cluster = {}, namespace, name = 'dev' }: ConfigParts,
  as = 'config',
): Promise<string> {
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': name },
    clusters: [{ name, cluster: { server, ...cluster } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, ...(namespace !== undefined && { namespace }) } }],
  };
  // JSON is YAML.
  await writeFile(file(as), JSON.stringify(config));
  return file(as);
}

const settingsFrom = (flags: ConnectionFlags, env: Env = {}) => loadSettings(flags, { HOME: '/nowhere', ...env }, file('pod'));

describe('where to connect to', () => {
  it('comes from the current context of the kubeconfig', async () => {
    const kubeconfig = await aKubeconfig({ namespace: 'team-a', cluster: { 'tls-server-name': 'api', 'proxy-url': 'http://proxy:3128' } });
    expect(await settingsFrom({ kubeconfig })).toMatchObject({
      ...{ server: 'https://10.0.0.1:6443', namespace: 'team-a', context: 'dev', tlsServerName: 'api', proxyUrl: 'http://proxy:3128' },
      ...{ login: { kind: 'none' }, insecure: false },
    });
  });

  it('merges the files of KUBECONFIG: the first that names something wins, missing files do not count', async () => {
    const first = await aKubeconfig({ server: 'https://first' }, 'first');
    const second = await aKubeconfig({ server: 'https://second', name: 'dev' }, 'second');
    const third = await aKubeconfig({ server: 'https://third', name: 'prod' }, 'third');
    const env = { KUBECONFIG: [file('missing'), first, second, third].join(path.delimiter) };
    expect((await settingsFrom({}, env)).server).toBe('https://first');
    expect((await settingsFrom({ context: 'prod' }, env)).server).toBe('https://third');
  });

  it('is the pod it runs in when there is no kubeconfig', async () => {
    const pod = await loadSettings({}, { HOME: '/nowhere', KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }, directory);
    expect(pod).toMatchObject({
      ...{ server: 'https://[fd00::1]:443', namespace: 'default', ca: { file: file('ca.crt') } },
      login: { kind: 'tokenFile', file: file('token') },
    });
    await writeFile(file('namespace'), 'argo-rollouts\n');
    const named = await loadSettings(
      {},
      { HOME: '/nowhere', KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' },
      directory,
    );
    expect(named.namespace).toBe('argo-rollouts');
  });

  it('obeys the flags before the file', async () => {
    const kubeconfig = await aKubeconfig({
      user: { exec: { command: 'x', apiVersion: 'v1' }, as: 'root', 'as-groups': ['g'] },
      namespace: 'a',
    });
    const settings = await settingsFrom({
      ...{
        kubeconfig,
        namespace: 'b',
        server: 'https://other/',
        token: 't',
        as: 'alice',
        asGroups: ['x', 'y'],
        insecureSkipTlsVerify: true,
      },
      ...{ certificateAuthority: '/ca', clientCertificate: '/cert', clientKey: '/key', tlsServerName: 'n', proxyUrl: 'http://p' },
    });
    expect(settings).toMatchObject({
      ...{
        server: 'https://other',
        namespace: 'b',
        login: { kind: 'token', token: 't' },
        insecure: true,
        tlsServerName: 'n',
        proxyUrl: 'http://p',
      },
      ...{ ca: { file: '/ca' }, cert: { file: '/cert' }, key: { file: '/key' } },
      impersonation: { user: 'alice', groups: ['x', 'y'] },
    });
  });

  it('reads what client-node leaves out: tokenFile, groups, uid and extra of an impersonation', async () => {
    const user = { tokenFile: 'token', as: 'bob', 'as-groups': ['devs'], 'as-uid': '7', 'as-user-extra': { reason: ['test'] } };
    const settings = await settingsFrom({ kubeconfig: await aKubeconfig({ user }) });
    expect(settings.login).toEqual({ kind: 'tokenFile', file: file('token') });
    expect(settings.impersonation).toEqual({ user: 'bob', groups: ['devs'], uid: '7', extra: { reason: ['test'] } });
  });

  it.each<{ readonly when: string; readonly flags: ConnectionFlags; readonly says: RegExp }>([
    { when: 'the context does not exist', flags: { context: 'nope' }, says: /no context "nope"/ },
    { when: 'the cluster does not exist', flags: { cluster: 'nope' }, says: /no cluster "nope"/ },
    { when: 'the user does not exist', flags: { user: 'nope' }, says: /no user "nope"/ },
    { when: 'the address is none', flags: { server: 'https://:::' }, says: /no address of a server/ },
  ])('is refused with a reason when $when', async ({ flags, says }) => {
    const kubeconfig = await aKubeconfig({});
    await expect(settingsFrom({ kubeconfig, ...flags })).rejects.toMatchObject({
      code: 'invalid-spec',
      message: expect.stringMatching(says),
    });
  });

  it('is refused with a reason when there is none, and when the file is missing or broken', async () => {
    await expect(settingsFrom({})).rejects.toMatchObject({
      code: 'invalid-spec',
      message: expect.stringContaining('/nowhere/.kube/config'),
    });
    await expect(settingsFrom({ kubeconfig: file('missing') })).rejects.toMatchObject({
      code: 'invalid-spec',
      fields: { path: file('missing') },
    });
    await writeFile(file('broken'), 'a: [');
    await expect(settingsFrom({ kubeconfig: file('broken') })).rejects.toMatchObject({ code: 'invalid-spec' });
  });
});

interface Bench {
  readonly server: LoopbackServer;
  readonly scheduler: VirtualScheduler;
  readonly connection: Connection;
  readonly authorizations: () => (string | undefined)[];
  readonly call: () => Promise<unknown>;
}

const aPod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'a' } };
const anyPod: Answer = (_, response) => answerJson(response, 200, aPod);

async function aConnection(parts: ConfigParts, options: Partial<ConnectOptions> = {}, answer: Answer = anyPod): Promise<Bench> {
  const server = await loopbackServer(answer);
  const scheduler = virtualScheduler();
  const kubeconfig = await aKubeconfig({ server: server.url, ...parts });
  const connection = await connect({ flags: { kubeconfig }, env: {}, scheduler, userAgent: 'sluice/test', ...options });
  closing.push(
    () => connection.close(),
    () => server.close(),
  );
  return {
    ...{ server, scheduler, connection },
    authorizations: () => server.requests.map(({ headers }) => headers.authorization),
    call: () => connection.cluster.get({ resource: resources.pods, namespace: 'a', name: 'web' }),
  };
}

/** A credential plugin that answers `status`, counts its runs in a file and leaves what it was told in another. */
async function aPlugin(status: object, more: object = {}): Promise<object> {
  await writeFile(
    file('plugin.cjs'),
    `const fs = require('node:fs');
     fs.appendFileSync(${JSON.stringify(file('runs'))}, 'x');
     fs.writeFileSync(${JSON.stringify(file('info'))}, process.env.KUBERNETES_EXEC_INFO + '\\n' + process.env.EXTRA);
     const status = JSON.parse(process.argv[2], (key, value) => (value === 'RUNS' ? 'token-' + fs.readFileSync(${JSON.stringify(file('runs'))}).length : value));
     console.log(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status }));`,
  );
  const args = [file('plugin.cjs'), JSON.stringify(status)];
  return {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: process.execPath,
    args,
    env: [{ name: 'EXTRA', value: 'yes' }],
    ...more,
  };
}

const readText = async (name: string): Promise<string> => (await import('node:fs/promises')).readFile(file(name), 'utf8');

describe('credentials', () => {
  it.each([
    { kind: 'a token', user: { token: 'abc' }, expected: 'Bearer abc' },
    { kind: 'a password', user: { username: 'u', password: 'p' }, expected: 'Basic dTpw' },
    { kind: 'none', user: {}, expected: undefined },
  ])('send $kind', async ({ user, expected }) => {
    const bench = await aConnection({ user });
    await bench.call();
    expect(bench.authorizations()).toEqual([expected]);
  });

  it('send an impersonation', async () => {
    const bench = await aConnection({ user: { token: 't', as: 'bob', 'as-groups': ['g1', 'g2'] } });
    await bench.call();
    expect(bench.server.requests[0]?.headers).toMatchObject({ 'impersonate-user': 'bob', 'impersonate-group': 'g1, g2' });
  });

  it('re-read a token file once a minute, and at once when the server refuses the token', async () => {
    await writeFile(file('token'), 'one\n');
    let refuse = false;
    const bench = await aConnection({ user: { tokenFile: file('token') } }, {}, (request, response, socket) => {
      if (refuse && request.headers.authorization !== 'Bearer three') answerJson(response, 401, { kind: 'Status', code: 401 });
      else anyPod(request, response, socket);
    });
    await bench.call();
    await writeFile(file('token'), 'two');
    await bench.call();
    await bench.scheduler.runFor(60_000);
    await bench.call();
    await writeFile(file('token'), 'three');
    refuse = true;
    await bench.call();
    expect(bench.authorizations()).toEqual(['Bearer one', 'Bearer one', 'Bearer two', 'Bearer two', 'Bearer three']);
  });

  it('run a plugin once until its credential expires', async () => {
    const scheduler = virtualScheduler();
    const exec = await aPlugin({ token: 'RUNS', expirationTimestamp: renderTime(scheduler.now() + 60_000) });
    const bench = await aConnection({ user: { exec } }, { env: { PATH: process.env['PATH'] } });
    await Promise.all([bench.call(), bench.call(), bench.call()]);
    expect(new Set(bench.authorizations())).toEqual(new Set(['Bearer token-1']));
    await bench.scheduler.runFor(51_000);
    await bench.call();
    expect(bench.authorizations().at(-1)).toBe('Bearer token-2');
  });

  it('run a plugin without expiry only again when the server refuses', async () => {
    const bench = await aConnection({ user: { exec: await aPlugin({ token: 'RUNS' }) } }, {}, (request, response, socket) => {
      if (request.headers.authorization === 'Bearer token-1' && bench.server.requests.length > 2) answerJson(response, 401, {});
      else anyPod(request, response, socket);
    });
    await bench.call();
    await bench.scheduler.runFor(86_400_000);
    await bench.call();
    await bench.call();
    expect(bench.authorizations()).toEqual(['Bearer token-1', 'Bearer token-1', 'Bearer token-1', 'Bearer token-2']);
  });

  it('tell a plugin about the cluster in KUBERNETES_EXEC_INFO', async () => {
    const extensions = [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'x' } }];
    const exec = await aPlugin({ token: 't' }, { provideClusterInfo: true });
    const bench = await aConnection({ user: { exec }, cluster: { extensions } });
    await bench.call();
    const [info = '', extra] = (await readText('info')).split('\n');
    expect(JSON.parse(info)).toEqual({
      ...{ kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1' },
      spec: { interactive: false, cluster: { server: bench.server.url, config: { audience: 'x' } } },
    });
    expect(extra).toBe('yes');
  });

  it.each([
    {
      when: 'is missing',
      exec: { apiVersion: 'v1', command: 'no-such-plugin', installHint: 'Get it there.' },
      says: /cannot be started.*\nGet it there/,
    },
    { when: 'needs a terminal', exec: { apiVersion: 'v1', command: 'x', interactiveMode: 'Always' }, says: /needs a terminal/ },
    {
      when: 'fails',
      exec: { apiVersion: 'v1', command: process.execPath, args: ['-e', 'console.error("sign in first"); process.exit(3)'] },
      says: /ended with 3: sign in first/,
    },
    {
      when: 'answers nonsense',
      exec: { apiVersion: 'v1', command: process.execPath, args: ['-e', 'console.log("hello")'] },
      says: /did not answer JSON/,
    },
    {
      when: 'answers another version',
      exec: { apiVersion: 'v1', command: process.execPath, args: ['-e', 'console.log(\'{"apiVersion":"v2","status":{}}\')'] },
      says: /another version/,
    },
  ])('say why when a plugin $when', async ({ exec, says }) => {
    const bench = await aConnection({ user: { exec } });
    await expect(bench.call()).rejects.toMatchObject({ code: 'unauthorized', message: expect.stringMatching(says) });
    expect(bench.server.requests).toHaveLength(0);
  });

  it('find a plugin beside its kubeconfig', async () => {
    const script = '#!/bin/sh\necho \'{"apiVersion":"v1","status":{"token":"local"}}\'\n';
    await writeFile(file('plugin.sh'), script);
    await chmod(file('plugin.sh'), 0o755);
    const bench = await aConnection(
      { user: { exec: { apiVersion: 'v1', command: './plugin.sh' } } },
      { env: { PATH: process.env['PATH'] } },
    );
    await bench.call();
    expect(bench.authorizations()).toEqual(['Bearer local']);
  });

  it('of an older auth provider come from client-node', async () => {
    await writeFile(file('legacy'), 'legacy-token');
    const bench = await aConnection({ user: { 'auth-provider': { name: 'tokenFile', config: { tokenFile: file('legacy') } } } });
    await bench.call();
    expect(bench.authorizations()).toEqual(['Bearer legacy-token']);
  });
});

describe('TLS', () => {
  async function aSecureServer(): Promise<{ readonly url: string; readonly ca: string }> {
    const altNames = [{ type: 7 as const, ip: '127.0.0.1' }];
    const pair = await generate([{ name: 'commonName', value: 'localhost' }], {
      keyType: 'ec',
      extensions: [
        { name: 'basicConstraints', cA: true },
        { name: 'subjectAltName', altNames },
      ],
    });
    const server = await loopbackServer(anyPod, { cert: pair.cert, key: pair.private });
    closing.push(() => server.close());
    return { url: server.url, ca: Buffer.from(pair.cert).toString('base64') };
  }

  it('trusts the authority of the kubeconfig and nobody else', async () => {
    const { url, ca } = await aSecureServer();
    const trusting = await aConnection({ server: url, cluster: { 'certificate-authority-data': ca } });
    await expect(trusting.call()).resolves.toMatchObject({ kind: 'Pod' });
    const strict = await aConnection({ server: url });
    await expect(strict.call()).rejects.toMatchObject({ code: 'unavailable' });
    const careless = await aConnection({ server: url, cluster: { 'insecure-skip-tls-verify': true } });
    await expect(careless.call()).resolves.toMatchObject({ kind: 'Pod' });
  });

  it('goes through the proxy of the kubeconfig', async () => {
    const { url, ca } = await aSecureServer();
    const tunnels: string[] = [];
    const proxy = http.createServer();
    proxy.on('connect', (request, client: net.Socket) => {
      tunnels.push(request.url ?? '');
      const [host = '', port] = (request.url ?? '').split(':');
      const upstream = net.connect(Number(port), host, () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(client).pipe(upstream);
      });
      upstream.on('error', () => client.destroy());
      client.on('error', () => upstream.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    closing.push(() => void proxy.close());
    const proxyUrl = `http://127.0.0.1:${(proxy.address() as net.AddressInfo).port}`;
    const bench = await aConnection({ server: url, cluster: { 'certificate-authority-data': ca, 'proxy-url': proxyUrl } });
    await bench.call();
    await bench.call();
    expect(tunnels).toEqual([url.replace('https://', '')]);
  });
});

describe('proxyFor', () => {
  const env = { HTTPS_PROXY: 'proxy:3128', NO_PROXY: 'internal, .svc ,10.0.0.0/8,192.168.1.5,fd00::/8,exact:8443' };

  it.each([
    { server: 'https://api.example:6443', expected: 'http://proxy:3128' },
    { server: 'http://api.example', expected: undefined },
    { server: 'https://localhost:6443', expected: undefined },
    { server: 'https://127.0.0.1:6443', expected: undefined },
    { server: 'https://internal', expected: undefined },
    { server: 'https://api.internal', expected: undefined },
    { server: 'https://notinternal', expected: 'http://proxy:3128' },
    { server: 'https://kubernetes.svc', expected: undefined },
    { server: 'https://10.96.0.1', expected: undefined },
    { server: 'https://11.96.0.1', expected: 'http://proxy:3128' },
    { server: 'https://192.168.1.5', expected: undefined },
    { server: 'https://[fd00::1]:443', expected: undefined },
    { server: 'https://exact:8443', expected: undefined },
    { server: 'https://exact:6443', expected: 'http://proxy:3128' },
  ])('for $server is $expected', ({ server, expected }) => {
    expect(proxyFor(server, undefined, env)).toBe(expected);
  });

  it('is what the kubeconfig says, whatever the environment says', () => {
    expect(proxyFor('https://localhost', 'socks5://p', env)).toBe('socks5://p');
  });

  it('is none for any server when NO_PROXY is *', () => {
    expect(proxyFor('https://api.example', undefined, { https_proxy: 'http://p', no_proxy: '*' })).toBeUndefined();
  });
});

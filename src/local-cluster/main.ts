import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { httpCluster, transport } from '../cluster/index.js';
import { errorMessage } from '../lib/errors.js';
import { realScheduler } from '../lib/scheduler.js';
import type { HttpsFace } from './https/index.js';
import { startHttpsFace } from './https/index.js';
import { startLocalCluster } from './local-cluster.js';
import { applyObjects, parseManifests } from './manifests.js';
import type { LocalStore } from './store/index.js';

const usage = `usage: local-cluster [--port N] [--kubeconfig FILE] [--crds FOLDER] [--apply FILE]...
A Kubernetes API on loopback with everything that makes pods come and go, until Ctrl-C.
  --port N           default: a free one
  --kubeconfig FILE  default: sluice-local.kubeconfig in the current folder
  --crds FOLDER      definitions to apply first; default: crds beside the bundle's folder, "" for none
  --apply FILE       manifests to apply then; may be given several times`;

const scheduler = realScheduler();

async function main(): Promise<number> {
  const options = readArguments();
  if (options === undefined) return 64;
  const cluster = startLocalCluster({
    scheduler,
    serves: true,
    tracksManagers: true,
    writesEvents: true,
    writesEndpoints: true,
    onError: report,
  });
  const face = await startHttpsFace({ store: cluster.store, scheduler, ...(options.port === undefined ? {} : { port: options.port }) });
  await writeFile(options.kubeconfig, face.kubeconfig, { mode: 0o600 });
  await applyFiles(cluster.store, face, [...(await definitionsIn(options.crds)), ...options.apply]);
  print(`The cluster answers at ${face.url}. Try:\n  kubectl --kubeconfig ${options.kubeconfig} get namespaces`);
  await signalled();
  await face.close();
  await cluster.stop();
  return 0;
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string' },
        kubeconfig: { type: 'string', default: 'sluice-local.kubeconfig' },
        crds: { type: 'string', default: path.resolve(import.meta.dirname, '../crds') },
        apply: { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help || (values.port !== undefined && !/^\d+$/.test(values.port))) throw new TypeError('');
    return { ...values, port: values.port === undefined ? undefined : Number(values.port) };
  } catch (error) {
    process.stderr.write(`${[errorMessage(error), usage].filter((line) => line !== '').join('\n')}\n`);
    return undefined;
  }
}

async function definitionsIn(folder: string): Promise<readonly string[]> {
  if (folder === '') return [];
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort();
  return names.map((name) => path.join(folder, name));
}

/** By the way any client would take: over HTTPS, by server-side apply. */
async function applyFiles(store: LocalStore, face: HttpsFace, files: readonly string[]): Promise<void> {
  const credentials = { headers: { Authorization: `Bearer ${face.token}` }, tls: { ca: face.certificateAuthority } };
  const connection = transport({
    server: face.url,
    scheduler,
    userAgent: 'local-cluster',
    credentials: () => Promise.resolve(credentials),
  });
  const target = { cluster: httpCluster(connection, { fieldManager: 'kubectl' }), kinds: () => store.kinds() };
  for (const file of files) await applyObjects(target, parseManifests(await readFile(file, 'utf8')));
  connection.close();
}

/** Resolves when we are told to stop. */
function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

function report(name: string, key: string, error: unknown): void {
  process.stderr.write(`${name} ${key}: ${errorMessage(error)}\n`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exitCode = await main();

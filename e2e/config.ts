import { existsSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { repoRoot } from './lib/repo-root.js';

/** Everything `e2e/` takes from its environment, read once. */
export interface E2eConfig {
  readonly repoRoot: string;
  /** Git-ignored; kept between runs, keyed by versions. `SLUICE_CACHE`, default `.cache`. */
  readonly cacheDir: string;
  /** `KUBEBUILDER_ASSETS`: a folder with ready-made kube-apiserver, etcd, kubectl. What it lacks is built. */
  readonly assetsDir: string | undefined;
  /** `E2E_KUBECONFIG`: an existing cluster, of which only namespaces of our own are touched. */
  readonly kubeconfig: string | undefined;
  /** `RECORDINGS_DIR`, default `../shared/recordings` beside the repository. */
  readonly recordingsDir: string;
  /** `E2E_ARTEFACTS`, default `.cache/e2e-artefacts`: what is kept of a failed story. */
  readonly artefactsDir: string;
  /** `FLAKES`, default 1: how often each story is to be run. */
  readonly repeats: number;
  /** `E2E_REQUESTS`: requests of a story that counts lost ones. Default 50,000; 5,000 when each story is told more than once. */
  readonly requests: number;
  /** `E2E_SEED`, default 1: seed of virtual schedulers. */
  readonly seed: number;
  /** `go-os-arch`, part of the key of the cache. */
  readonly platform: string;
  /** Folders of PATH, in order. */
  readonly path: readonly string[];
  /** `PROMETHEUS`, `NGINX`, `ENVOY`: a program of this name to be used instead of a fetched one. */
  readonly programs: Readonly<Record<'prometheus' | 'nginx' | 'envoy', string | undefined>>;
  /** `CI`: no colours, no live progress. */
  readonly ci: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @throws Error when FLAKES, E2E_SEED or E2E_REQUESTS is not a whole number of 1 or more
 */
export function readConfig(env: Environment = process.env): E2eConfig {
  const repeats = wholeNumber('FLAKES', env['FLAKES'], 1);
  const cacheDir = resolve(repoRoot, env['SLUICE_CACHE'] ?? '.cache');
  return {
    repoRoot,
    cacheDir,
    assetsDir: given(env['KUBEBUILDER_ASSETS']),
    kubeconfig: given(env['E2E_KUBECONFIG']),
    recordingsDir: resolve(repoRoot, env['RECORDINGS_DIR'] ?? '../shared/recordings'),
    artefactsDir: resolve(repoRoot, env['E2E_ARTEFACTS'] ?? join(cacheDir, 'e2e-artefacts')),
    repeats,
    requests: wholeNumber('E2E_REQUESTS', env['E2E_REQUESTS'], repeats > 1 ? 5_000 : 50_000),
    seed: wholeNumber('E2E_SEED', env['E2E_SEED'], 1),
    platform: `${platform()}-${arch()}`,
    path: (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''),
    programs: { prometheus: given(env['PROMETHEUS']), nginx: given(env['NGINX']), envoy: given(env['ENVOY']) },
    ci: given(env['CI']) !== undefined,
  };
}

/** Where a program is on PATH, or undefined. */
export function findOnPath(config: Pick<E2eConfig, 'path'>, program: string): string | undefined {
  return config.path.map((folder) => join(folder, program)).find((file) => existsSync(file));
}

function given(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value;
}

function wholeNumber(name: string, value: string | undefined, otherwise: number): number {
  if (given(value) === undefined) return otherwise;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new Error(`${name} must be a whole number of 1 or more, not ${value}`);
  return number;
}

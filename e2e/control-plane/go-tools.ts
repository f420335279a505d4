import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { E2eConfig } from '../config.js';
import { findOnPath } from '../config.js';
import { commandOutput } from '../lib/command.js';
import type { GoToolModule } from './pins.js';
import { pinnedVersion } from './pins.js';

/** Receives one line for a person, now and then. */
export type Report = (line: string) => void;

export interface GoBuildDeps {
  readonly config: E2eConfig;
  readonly report: Report;
  /** Wall clock in milliseconds: builds report how long they have been at it. */
  readonly now: () => number;
}

/** Where the built commands of a module are kept: `.cache/control-plane/kubernetes-v1.35.4-linux-x64`. */
export function goToolDirectory(config: E2eConfig, module: GoToolModule): string {
  return join(config.cacheDir, 'control-plane', `${module.name}-${pinnedVersion(module)}-${config.platform}`);
}

/** Whether every command of the module has been built already. */
function isBuilt(config: E2eConfig, module: GoToolModule): boolean {
  const directory = goToolDirectory(config, module);
  return Object.keys(module.commands).every((name) => existsSync(join(directory, name)));
}

/**
 * Builds the commands of a module into the cache, unless they are there.
 * Written beside the target and renamed at the end, so an interrupted build leaves nothing that looks finished.
 *
 * @returns the folder of the commands, or undefined where there is no `go`
 */
export async function buildGoTools(module: GoToolModule, deps: GoBuildDeps): Promise<string | undefined> {
  const target = goToolDirectory(deps.config, module);
  if (isBuilt(deps.config, module)) return target;
  const go = findOnPath(deps.config, 'go');
  if (go === undefined) return undefined;
  await mkdir(dirname(target), { recursive: true });
  const scratch = await mkdtemp(`${target}.building-`);
  try {
    await compile(go, module, scratch, deps);
    await rm(target, { recursive: true, force: true });
    await rename(scratch, target);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return target;
}

async function compile(go: string, module: GoToolModule, outDir: string, deps: GoBuildDeps): Promise<void> {
  const version = pinnedVersion(module);
  const packages = Object.values(module.commands);
  const startedAt = deps.now();
  deps.report(`${module.name} ${version}: fetching modules`);
  const total = await countPackages(go, module, packages);
  deps.report(`${module.name} ${version}: compiling ${total} packages (a first build takes minutes, later ones seconds)`);
  const progress = progressReporter(`${module.name} ${version}`, total, startedAt, deps);
  for (const [name, path] of Object.entries(module.commands)) {
    const args = [
      'build',
      '-v',
      '-mod=readonly',
      '-trimpath',
      '-buildvcs=false',
      '-ldflags',
      linkerFlags(module, version),
      '-o',
      join(outDir, name),
      path,
    ];
    await commandOutput(go, args, { cwd: module.directory, env: goEnvironment, onErrorLine: progress });
  }
  deps.report(`${module.name} ${version}: ${Object.keys(module.commands).join(', ')} ready after ${seconds(deps.now() - startedAt)}`);
}

// A go.work of the user's must not take part.
const goEnvironment = { GOWORK: 'off' };

async function countPackages(go: string, module: GoToolModule, packages: readonly string[]): Promise<number> {
  const list = await commandOutput(go, ['list', '-mod=readonly', '-deps', '-f', '{{.ImportPath}}', ...packages], {
    cwd: module.directory,
    env: goEnvironment,
  });
  return list.split('\n').filter((line) => line !== '').length;
}

function linkerFlags(module: GoToolModule, version: string): string {
  const values = Object.entries(module.linkValues(version)).map(([name, value]) => `-X ${name}=${value}`);
  return ['-s', '-w', ...values].join(' ');
}

const reportEveryMs = 10_000;

function progressReporter(what: string, total: number, startedAt: number, deps: GoBuildDeps): (line: string) => void {
  let compiled = 0;
  let reportedAt = startedAt;
  return (line) => {
    // `go build -v` names each package it compiles; "go: downloading ..." lines are not packages.
    if (!line.startsWith('go: ')) compiled += 1;
    if (deps.now() - reportedAt < reportEveryMs) return;
    reportedAt = deps.now();
    deps.report(`${what}: ${compiled} of at most ${total} packages compiled, ${seconds(reportedAt - startedAt)}`);
  };
}

function seconds(durationMs: number): string {
  return `${Math.round(durationMs / 1000)} s`;
}

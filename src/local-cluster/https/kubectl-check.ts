import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { errorMessage } from '../../lib/errors.js';
import type { Scheduler } from '../../lib/scheduler.js';
import { startLocalCluster } from '../local-cluster.js';
import { applyObjects, parseManifests } from '../manifests.js';
import type { Step } from './kubectl-steps.js';
import { manifests, steps } from './kubectl-steps.js';
import { startHttpsFace } from './server.js';

export interface KubectlCheckOptions {
  readonly scheduler: Scheduler;
  /** The program. */
  readonly kubectl: string;
  /** YAML files with our definitions. */
  readonly definitions: readonly string[];
  readonly print: (line: string) => void;
}

export interface CheckResult {
  readonly passed: number;
  readonly failed: number;
}

/**
 * Plays what people do with kubectl against a local cluster of its own, with a cache of its own: kubectl remembers discovery by address.
 * Prints a line for each step; a failed one shows what came out.
 */
export async function checkKubectl(options: KubectlCheckOptions): Promise<CheckResult> {
  const { scheduler } = options;
  const folder = await mkdtemp(path.join(tmpdir(), 'kubectl-check-'));
  const cluster = startLocalCluster({
    scheduler,
    tracksManagers: true,
    writesEvents: true,
    writesEndpoints: true,
    kubelet: { startMs: 50 },
  });
  const face = await startHttpsFace({ store: cluster.store, scheduler });
  try {
    for (const file of options.definitions) {
      await applyObjects({ cluster: cluster.store, kinds: () => cluster.store.kinds() }, parseManifests(await readFile(file, 'utf8')));
    }
    await writeFile(path.join(folder, 'kubeconfig'), face.kubeconfig);
    for (const [name, text] of Object.entries(manifests)) await writeFile(path.join(folder, name), text);
    return await play(options, folder);
  } finally {
    await face.close();
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function play(options: KubectlCheckOptions, folder: string): Promise<CheckResult> {
  let failed = 0;
  for (const step of steps) {
    const complaint = await complaintAbout(step, options, folder);
    options.print(`${complaint === undefined ? 'ok' : 'FAILED'} kubectl ${step.args.join(' ')}`);
    if (complaint === undefined) continue;
    failed++;
    options.print(complaint.replace(/^/gm, '  | '));
  }
  return { passed: steps.length - failed, failed };
}

/** @returns undefined when the step did what it says */
async function complaintAbout(step: Step, options: KubectlCheckOptions, folder: string): Promise<string | undefined> {
  const { code, output } = await run(options.kubectl, step, folder);
  const wanted = step.code ?? 0;
  const missing = step.says.filter((says) => !says.test(output));
  const unwanted = (step.saysNot ?? []).filter((says) => says.test(output));
  if (code === wanted && missing.length === 0 && unwanted.length === 0) return undefined;
  return [
    ...(code === wanted ? [] : [`exit code ${code}, wanted ${wanted}`]),
    ...missing.map((says) => `does not say ${String(says)}`),
    ...unwanted.map((says) => `says ${String(says)}`),
    output,
  ].join('\n');
}

/** stdin is closed, or kubectl would wait for a user name where a token is missing. */
function run(kubectl: string, step: Step, folder: string): Promise<{ readonly code: number; readonly output: string }> {
  // kubectl diff runs the system's diff.
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: folder,
    KUBECONFIG: path.join(folder, 'kubeconfig'),
    KUBECACHEDIR: path.join(folder, 'cache'),
    ...step.env,
  };
  return new Promise((resolve) => {
    const child = execFile(kubectl, [...step.args], { cwd: folder, env, timeout: 30_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, output: `${stdout}${stderr}${code === -1 ? errorMessage(error) : ''}` });
    });
    child.stdin?.end();
  });
}

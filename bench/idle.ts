import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePorts } from '../e2e/lib/ports.js';
import { resources } from '../src/api/kube.js';
import { realScheduler, sleep } from '../src/lib/scheduler.js';
import { renderKubeconfig, startHttpsFace } from '../src/local-cluster/https/index.js';
import { createStore, isWrite, type LocalStore } from '../src/local-cluster/store/index.js';
import { installCrds } from '../src/sim/crds.js';
import { implant, implantTemplates, type Family } from './lib/family.js';
import { atRest } from './lib/mid-canary.js';
import { report, type Figure } from './lib/report.js';

/**
 * The controller as its own process over HTTPS, looking after Rollouts at rest with three ReplicaSets each: what it needs, how long it takes to
 * be of use, and that it leaves the API server alone, after a restart too. 1,000 of them, with `--full` also 10,000.
 */
const controller = path.join(import.meta.dirname, '..', 'sluice-controller.mjs');
const callerName = 'controller';
const token = 'token-of-the-controller';
const idleMs = 60_000;
const longestWaitMs = 300_000;
const scheduler = realScheduler();

interface Calls {
  writes: number;
  leaseWrites: number;
  reads: number;
}

/** Counts what the controller asks of the API server from now on. */
function countCalls(store: LocalStore): { readonly calls: Calls; readonly stop: () => void } {
  const calls: Calls = { writes: 0, leaseWrites: 0, reads: 0 };
  const stop = store.intercept({
    after: (call) => {
      if (call.caller !== callerName) return;
      if (!isWrite(call)) calls.reads += 1;
      else if (call.resource.resource === resources.leases.resource) calls.leaseWrites += 1;
      else calls.writes += 1;
    },
  });
  return { calls, stop };
}

interface Life {
  readonly process: ChildProcess;
  readonly metricsPort: number;
  /** From the start of the process until it leads with complete copies, ms. */
  readonly readyMs: number;
  /** Until it has looked at every Rollout once, ms. */
  readonly allSeenMs: number;
  /** CPU it has used for that, s. */
  readonly allSeenCpu: number;
}

async function startLife(kubeconfig: string, rollouts: number): Promise<Life> {
  const [healthPort = 0, metricsPort = 0] = await freePorts(2);
  const startedAt = performance.now();
  const flags = [`--kubeconfig=${kubeconfig}`, `--healthzPort=${healthPort}`, `--metricsPort=${metricsPort}`];
  // Node's settings as the Deployment in manifests/ has them.
  const child = spawn(process.execPath, ['--max-old-space-size=768', controller, ...flags], { stdio: ['ignore', 'ignore', 'pipe'] });
  let tail = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (tail = (tail + text).slice(-2_000)));
  const isAlive = (): void => {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the controller has ended: ${tail}`);
  };
  const isLeading = async (): Promise<boolean> => (await read(healthPort, '/readyz')) === 'leading\n';
  await until(isLeading, 'the controller to lead', isAlive, 100);
  const readyMs = performance.now() - startedAt;
  const haveSeenAll = async (): Promise<boolean> => sumOf(await read(metricsPort, '/metrics'), 'rollout_reconcile_count') >= rollouts;
  await until(haveSeenAll, 'every Rollout to be looked at', isAlive, 1_000);
  const allSeenMs = performance.now() - startedAt;
  return { process: child, metricsPort, readyMs, allSeenMs, allSeenCpu: await cpuSeconds(metricsPort) };
}

/** '' while nobody answers. */
async function read(port: number, url: string): Promise<string> {
  try {
    return await (await fetch(`http://127.0.0.1:${port}${url}`)).text();
  } catch {
    return '';
  }
}

async function until(look: () => Promise<boolean>, what: string, check: () => void, everyMs: number): Promise<void> {
  const startedAt = performance.now();
  while (!(await look())) {
    check();
    if (performance.now() - startedAt > longestWaitMs) throw new Error(`waited in vain for ${what}`);
    await sleep(scheduler, everyMs);
  }
}

/** The sum of all series of a metric. */
function sumOf(metrics: string, name: string): number {
  const lines = metrics.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

const mebibyte = 1024 ** 2;

/** The most memory the process ever had, MiB; where the system does not say, what it has now. */
async function peakMemory(life: Life): Promise<number> {
  const status = `/proc/${life.process.pid}/status`;
  const [, kilobytes] = existsSync(status) ? (/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8')) ?? []) : [];
  return kilobytes === undefined ? memory(life.metricsPort) : Number(kilobytes) / 1024;
}

async function memory(metricsPort: number): Promise<number> {
  return sumOf(await read(metricsPort, '/metrics'), 'process_resident_memory_bytes') / mebibyte;
}

async function cpuSeconds(metricsPort: number): Promise<number> {
  return sumOf(await read(metricsPort, '/metrics'), 'process_cpu_seconds_total');
}

async function stop({ process: child }: Life): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

async function fill(store: LocalStore, family: Family, rollouts: number): Promise<void> {
  await installCrds(store);
  await implantTemplates(store, family);
  for (let n = 0; n < rollouts; n++) await implant(store, family, `idle-${n}`);
  // Where the lease is, for a controller outside of a pod.
  await store.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argo-rollouts' } });
}

async function measure(family: Family, rollouts: number): Promise<readonly Figure[]> {
  const store = createStore({ scheduler, auditCapacity: 10 });
  await fill(store, family, rollouts);
  const face = await startHttpsFace({ store, scheduler, tokens: { [token]: callerName } });
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-bench-'));
  const kubeconfig = path.join(folder, 'config');
  await writeFile(kubeconfig, renderKubeconfig({ server: face.url, certificateAuthority: face.certificateAuthority, token }));
  try {
    return await twoLives(store, kubeconfig, rollouts);
  } finally {
    await face.close();
    await rm(folder, { recursive: true });
  }
}

async function twoLives(store: LocalStore, kubeconfig: string, rollouts: number): Promise<readonly Figure[]> {
  const firstCalls = countCalls(store);
  const first = await startLife(kubeconfig, rollouts);
  await sleep(scheduler, 2_000);
  firstCalls.stop();
  const idle = countCalls(store);
  const cpuBefore = await cpuSeconds(first.metricsPort);
  await sleep(scheduler, idleMs);
  const cpu = (await cpuSeconds(first.metricsPort)) - cpuBefore;
  idle.stop();
  const [now, peak] = [await memory(first.metricsPort), await peakMemory(first)];
  await stop(first);
  const afterRestart = countCalls(store);
  const second = await startLife(kubeconfig, rollouts);
  await sleep(scheduler, 10_000);
  afterRestart.stop();
  await stop(second);
  const of = `${rollouts.toLocaleString('en-US')} Rollouts:`;
  const seconds = idleMs / 1_000;
  return [
    { name: `${of} time to ready`, value: first.readyMs / 1_000, unit: 's' },
    { name: `${of} time until all were looked at`, value: first.allSeenMs / 1_000, unit: 's' },
    { name: `${of} CPU for that`, value: first.allSeenCpu, unit: 's' },
    { name: `${of} writes on taking over`, value: firstCalls.calls.writes, unit: '', goal: { exactly: 0 } },
    { name: `${of} memory (RSS)`, value: now, unit: 'MiB', goal: { below: 1_024 } },
    { name: `${of} memory at most`, value: peak, unit: 'MiB', goal: { below: 1_024 } },
    { name: `${of} CPU when idle`, value: (cpu / seconds) * 1_000, unit: 'millicores' },
    { name: `${of} writes a minute, without the lease's`, value: (idle.calls.writes * 60) / seconds, unit: '', goal: { exactly: 0 } },
    { name: `${of} renewals of the lease a minute`, value: (idle.calls.leaseWrites * 60) / seconds, unit: '' },
    { name: `${of} reads a minute`, value: (idle.calls.reads * 60) / seconds, unit: '' },
    { name: `${of} time to ready after a restart`, value: second.readyMs / 1_000, unit: 's' },
    { name: `${of} writes after a restart`, value: afterRestart.calls.writes, unit: '', goal: { exactly: 0 } },
  ];
}

const sizes = process.argv.includes('--full') ? [1_000, 10_000] : [1_000];
const family = await atRest();
const figures: Figure[] = [];
for (const rollouts of sizes) figures.push(...(await measure(family, rollouts)));
report('idle', figures);

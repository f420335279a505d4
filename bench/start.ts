import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { realScheduler } from '../src/lib/scheduler.js';
import { startHttpsFace } from '../src/local-cluster/https/index.js';
import { createStore } from '../src/local-cluster/store/index.js';
import { installCrds } from '../src/sim/crds.js';
import { runToEnd } from './lib/child.js';
import { implant, implantTemplates } from './lib/family.js';
import { atRest } from './lib/mid-canary.js';
import { report } from './lib/report.js';

/**
 * What a person waits for who types a command: the plugin's start, in multiples of a Node that does nothing. Each is started many times, in
 * turn, and the fastest of each counts: whatever else the machine does only ever makes them slower. Goals are judged by CPU time: where others
 * want the cores too, a process that needs a little longer waits a lot longer.
 */
const rounds = 15;
const plugin = path.join(import.meta.dirname, '..', 'kubectl-sluice.mjs');
const rollout = 'web';

interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** Leaves behind how much CPU the process has used, from its very start. */
const tellCpu = `const { writeFileSync } = require('node:fs');
process.on('exit', () => { const { user, system } = process.cpuUsage(); writeFileSync(process.env.BENCH_CPU, String((user + system) / 1000)); });`;

async function fastest(
  commands: Readonly<Record<string, readonly string[]>>,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<Readonly<Record<string, Cost>>> {
  const hook = path.join(folder, 'tell-cpu.cjs');
  const told = path.join(folder, 'cpu');
  await writeFile(hook, tellCpu);
  const costs: Record<string, Cost> = {};
  for (let round = 0; round < rounds; round++) {
    for (const [name, args] of Object.entries(commands)) {
      const { code, output, tookMs } = await runToEnd(process.execPath, ['--require', hook, ...args], { ...env, BENCH_CPU: told });
      if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${output}`);
      const { wallMs, cpuMs } = costs[name] ?? { wallMs: Infinity, cpuMs: Infinity };
      costs[name] = { wallMs: Math.min(wallMs, tookMs), cpuMs: Math.min(cpuMs, Number(await readFile(told, 'utf8'))) };
    }
  }
  return costs;
}

const scheduler = realScheduler();
const store = createStore({ scheduler });
await installCrds(store);
const family = await atRest();
await implantTemplates(store, family);
await implant(store, family, rollout);
const face = await startHttpsFace({ store, scheduler });
const folder = await mkdtemp(path.join(tmpdir(), 'sluice-bench-'));
await writeFile(path.join(folder, 'config'), face.kubeconfig);
const commands = { empty: ['-e', ''], version: [plugin, 'version'], help: [plugin, '--help'], get: [plugin, 'get', 'rollout', rollout] };
const costs = await fastest(commands, folder, { KUBECONFIG: path.join(folder, 'config') });
await face.close();
await rm(folder, { recursive: true });

const nothing: Cost = { wallMs: Number.NaN, cpuMs: Number.NaN };
const of = (name: keyof typeof commands): Cost => costs[name] ?? nothing;
const ratio = (name: keyof typeof commands, what: keyof Cost): number => of(name)[what] / of('empty')[what];
report('plugin start', [
  { name: 'node that does nothing', value: of('empty').wallMs, unit: 'ms' },
  { name: 'the same, CPU', value: of('empty').cpuMs, unit: 'ms' },
  { name: 'version, CPU times that', value: ratio('version', 'cpuMs'), unit: '', goal: { below: 3 } },
  { name: '--help, CPU times that', value: ratio('help', 'cpuMs'), unit: '', goal: { below: 3 } },
  { name: 'get rollout over HTTPS, CPU times that', value: ratio('get', 'cpuMs'), unit: '' },
  { name: 'version, times as long', value: ratio('version', 'wallMs'), unit: '' },
  { name: '--help, times as long', value: ratio('help', 'wallMs'), unit: '' },
  { name: 'get rollout over HTTPS', value: of('get').wallMs, unit: 'ms' },
]);

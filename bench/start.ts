import { mkdtemp, rm, writeFile } from 'node:fs/promises';
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
 * turn, and the fastest of each counts: whatever else the machine does only ever makes them slower.
 */
const rounds = 15;
const plugin = path.join(import.meta.dirname, '..', 'kubectl-sluice.mjs');
const rollout = 'web';

async function fastest(
  commands: Readonly<Record<string, readonly string[]>>,
  env: NodeJS.ProcessEnv,
): Promise<Readonly<Record<string, number>>> {
  const times: Record<string, number> = {};
  for (let round = 0; round < rounds; round++) {
    for (const [name, args] of Object.entries(commands)) {
      const { code, output, tookMs } = await runToEnd(process.execPath, args, env);
      if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${output}`);
      times[name] = Math.min(times[name] ?? Infinity, tookMs);
    }
  }
  return times;
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
const times = await fastest(commands, { KUBECONFIG: path.join(folder, 'config') });
await face.close();
await rm(folder, { recursive: true });

const ratio = (name: keyof typeof commands): number => (times[name] ?? Number.NaN) / (times['empty'] ?? Number.NaN);
report('plugin start', [
  { name: 'node that does nothing', value: times['empty'] ?? Number.NaN, unit: 'ms' },
  { name: 'version, times that', value: ratio('version'), unit: '', goal: { below: 3 } },
  { name: '--help, times that', value: ratio('help'), unit: '', goal: { below: 3 } },
  { name: 'get rollout over HTTPS, times that', value: ratio('get'), unit: '' },
  { name: 'get rollout over HTTPS', value: times['get'] ?? Number.NaN, unit: 'ms' },
]);

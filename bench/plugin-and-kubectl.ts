import { realScheduler, type Scheduler } from '../src/lib/scheduler.js';
import { resources } from '../src/api/kube.js';
import { connect } from '../src/cluster/kube/index.js';
import { customResourceDefinitions } from '../src/api/schema/index.js';
import { readConfig } from '../e2e/config.js';
import { openPlane, type Plane } from '../e2e/control-plane/plane.js';
import { until } from '../e2e/lib/until.js';
import path from 'node:path';
import { runToEnd } from './lib/child.js';
import { quantile } from './lib/clock.js';
import { report } from './lib/report.js';

/**
 * `get rollout` beside `kubectl get` on a real API server, in turn. Upstream's plugin, a Go program, takes 1.8 times as long as kubectl: ours is to
 * take no longer, although Node alone takes most of that to start.
 */
const rounds = 20;
const plugin = path.join(import.meta.dirname, '..', 'kubectl-sluice.mjs');

async function createRollout({ kubeconfigPath }: Plane, scheduler: Scheduler): Promise<void> {
  const connection = await connect({ flags: { kubeconfig: kubeconfigPath }, env: {}, scheduler, userAgent: 'bench' });
  for (const definition of customResourceDefinitions)
    await connection.cluster.create(resources.customResourceDefinitions, { ...definition });
  await until(() => connection.cluster.serves(resources.rollouts), { scheduler, timeoutMs: 30_000, what: 'the CRDs to be served' });
  await connection.cluster.create(resources.rollouts, {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image: 'example.io/web:1' }] } },
      strategy: { canary: {} },
    },
  });
  connection.close();
}

async function timesInTurn(commands: readonly (readonly string[])[], env: NodeJS.ProcessEnv): Promise<readonly (readonly number[])[]> {
  const times = commands.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, [command = '', ...args]] of commands.entries()) {
      const { code, output, tookMs } = await runToEnd(command, args, env);
      if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${output}`);
      // The first round warms caches: kubectl's discovery, the server's, the disk's.
      if (round > 0) times[i]?.push(tookMs);
    }
  }
  return times;
}

const scheduler = realScheduler();
const started = await openPlane({ config: readConfig(), scheduler });
if (started.kind === 'missing') console.log(`skipped: ${started.reason}\n${started.remedy}`);
else {
  const { plane } = started;
  try {
    await createRollout(plane, scheduler);
    const env = { KUBECONFIG: plane.kubeconfigPath, HOME: path.dirname(plane.kubeconfigPath) };
    const commands = [
      ['kubectl', 'get', 'rollouts.argoproj.io', 'web'],
      [process.execPath, plugin, 'get', 'rollout', 'web'],
      [process.execPath, plugin, 'list', 'rollouts'],
      [process.execPath, '-e', ''],
    ];
    const times = await timesInTurn(commands, env);
    const [kubectl = NaN, get = NaN, list = NaN, empty = NaN] = times.map((each) => quantile(each, 0.5));
    report('plugin and kubectl on a real API server, medians', [
      { name: 'kubectl get', value: kubectl, unit: 'ms' },
      { name: 'node that does nothing', value: empty, unit: 'ms' },
      { name: 'get rollout', value: get, unit: 'ms' },
      { name: 'get rollout, times kubectl get', value: get / kubectl, unit: '', goal: { below: 1.8 } },
      { name: 'list rollouts, times kubectl get', value: list / kubectl, unit: '' },
    ]);
  } finally {
    await plane.stop();
  }
}

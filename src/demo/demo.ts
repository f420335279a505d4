import { readdirSync } from 'node:fs';
import path from 'node:path';
import { resources, type NewObject } from '../api/kube.js';
import { connect } from '../cluster/kube/index.js';
import { realScheduler, type Scheduler } from '../lib/scheduler.js';
import { startHttpsFace } from '../local-cluster/https/index.js';
import { startLocalCluster } from '../local-cluster/index.js';
import { applyFile, whenServed } from './apply.js';
import { startControllerProcess } from './controller.js';
import { counts } from './counts.js';
import { startMetricsBackend } from './prometheus.js';
import { demoNamespace } from './release.js';
import type { Stage } from './stage.js';
import { playStory } from './story.js';

export interface DemoOptions {
  /** The repository: where dist, crds and manifests are. */
  readonly root: string;
  /** For the kubeconfig, logs and Prometheus' data. */
  readonly folder: string;
  /** Leave everything up until the signal fires. */
  readonly keep: boolean;
  readonly isTerminal: boolean;
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
  /** Saves a file in the folder and says where it is. */
  readonly save: (name: string, text: string) => string;
}

type Cleanups = (() => Promise<void>)[];

/** @returns whether everything ended as promised */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const scheduler = realScheduler();
  const cleanups: Cleanups = [];
  try {
    const stage = await setUp(options, scheduler, cleanups);
    const isAsPromised = await playStory(stage);
    if (options.keep) await keepUp(stage, options);
    return isAsPromised;
  } finally {
    for (const clean of cleanups.reverse()) await clean();
  }
}

async function setUp(options: DemoOptions, scheduler: Scheduler, cleanups: Cleanups): Promise<Stage> {
  const say = (text: string): void => options.write(`${text}\n`);
  say('1/4  A Kubernetes API of our own, with pods that really answer HTTP on loopback.');
  const local = startLocalCluster({ scheduler, serves: true });
  cleanups.push(() => local.stop());
  const face = await startHttpsFace({ store: local.store, scheduler });
  cleanups.push(() => face.close());
  const kubeconfig = options.save('kubeconfig', face.kubeconfig);
  const connection = await connect({
    ...{ flags: { kubeconfig }, env: process.env, scheduler, userAgent: 'sluice-demo', fieldManager: 'kubectl' },
  });
  const { cluster } = connection;
  cleanups.push(() => Promise.resolve(connection.close()));

  say('2/4  A metrics backend that sees what the requests got, and the controller as a process of its own.');
  const seen = counts(scheduler);
  const metrics = await startMetricsBackend(seen, scheduler, options.folder);
  cleanups.push(() => metrics.stop());
  say(`     Metrics come from ${metrics.name} at ${metrics.url}.`);
  for (const file of crdFiles(options.root)) await applyFile(cluster, file);
  await whenServed(cluster, resources.rollouts, scheduler);
  const controller = startControllerProcess({
    bundle: path.join(options.root, 'dist', 'sluice-controller.mjs'),
    kubeconfig,
    logFile: path.join(options.folder, 'controller.log'),
  });
  cleanups.push(() => controller.stop());

  say('3/4  A shop of 5 pods behind a Service, applied as kubectl would.');
  await applyFile(cluster, path.join(options.root, 'manifests', 'examples', 'demo.yaml'), (object) => withMetricsUrl(object, metrics.url));
  const shopUrl = (await local.serving?.whenProxied(demoNamespace, 'shop')) ?? '';
  const { isTerminal, signal, write } = options;
  return { cluster, controller, counts: seen, kubeconfig, shopUrl, scheduler, isTerminal, signal, write };
}

function crdFiles(root: string): readonly string[] {
  const folder = path.join(root, 'crds');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml') && file !== 'kustomization.yaml')
    .map((file) => path.join(folder, file));
}

/** The example names Prometheus' usual address; here it listens on a free port. */
function withMetricsUrl(object: NewObject, url: string): NewObject {
  // Text for text: the shape stays what it was.
  return JSON.parse(JSON.stringify(object).replaceAll('http://127.0.0.1:9090', url)) as NewObject;
}

async function keepUp({ kubeconfig, shopUrl }: Stage, { root, signal, write }: DemoOptions): Promise<void> {
  const plugin = `node ${path.relative(process.cwd(), path.join(root, 'dist', 'kubectl-sluice.mjs'))}`;
  write(
    [
      '',
      'Everything stays up until Ctrl-C. Try, in another terminal:',
      `  export KUBECONFIG=${kubeconfig}`,
      `  ${plugin} get rollout shop --watch`,
      `  ${plugin} explain shop`,
      `  ${plugin} set image shop shop=example.io/shop:v4`,
      `  ${plugin} promote shop --full`,
      '  kubectl get rollouts,replicasets,analysisruns,pods',
      `  curl -i ${shopUrl}/`,
      '',
    ].join('\n'),
  );
  if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

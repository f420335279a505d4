import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { resources, type KubeObject, type NewObject } from '../api/kube.js';
import type { Cluster } from '../cluster/cluster.js';
import { readConfig, type Config } from '../config.js';
import { fieldOf } from '../lib/json.js';
import { realScheduler, sleep } from '../lib/scheduler.js';
import { startHttpsFace, type HttpsFace } from '../local-cluster/https/index.js';
import { startLocalCluster, type LocalCluster } from '../local-cluster/index.js';
import { installCrds } from '../sim/crds.js';
import { createLogger, silentLogger } from '../telemetry/index.js';
import { runControllerProcess } from './controller-process.js';

const scheduler = realScheduler();
const lease = { resource: resources.leases, namespace: 'argo-rollouts', name: 'argo-rollouts-controller-lock' };

let directory: string;
let local: LocalCluster;
let face: HttpsFace;
let user: Cluster;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'process-'));
  local = startLocalCluster({ scheduler });
  user = local.store.as('user');
  await installCrds(user);
  for (const name of ['argo-rollouts', 'elsewhere']) {
    await user.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  face = await startHttpsFace({ store: local.store, scheduler });
  await writeFile(path.join(directory, 'config'), face.kubeconfig);
});

afterEach(async () => {
  await face.close();
  await local.stop();
  await rm(directory, { recursive: true });
});

interface Running {
  readonly lines: readonly string[];
  readonly get: (path: string) => Promise<string>;
  readonly metrics: () => Promise<string>;
  readonly stop: () => Promise<void>;
}

function configOf(args: readonly string[]): Config {
  const ports = ['--healthzPort=0', '--metricsPort=0', '--kubeconfig', path.join(directory, 'config'), '--loglevel=debug'];
  const invocation = readConfig([...ports, ...args], {});
  if (invocation.kind !== 'run') throw new Error(invocation.kind);
  return invocation.config;
}

async function start(...args: readonly string[]): Promise<Running> {
  const lines: string[] = [];
  const stopping = new AbortController();
  let onListening: (ports: { readonly health: number; readonly metrics: number }) => void = () => undefined;
  const listening = new Promise<{ readonly health: number; readonly metrics: number }>((resolve) => {
    onListening = resolve;
  });
  const log = createLogger({ level: 'debug', format: 'text', scheduler, write: (line) => lines.push(line) });
  const build = { version: '1.2.3', commit: 'abcdef0', date: '', treeState: 'clean' };
  const running = runControllerProcess(configOf(args), { scheduler, log, build, signal: stopping.signal, onListening });
  const ports = await Promise.race([listening, running.then(() => Promise.reject(new Error('it ended')))]);
  const read = async (port: number, url: string): Promise<string> => (await fetch(`http://127.0.0.1:${port}${url}`)).text();
  return {
    lines,
    get: (url) => read(ports.health, url),
    metrics: () => read(ports.metrics, '/metrics'),
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

async function until<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
  const since = scheduler.now();
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (scheduler.now() - since > 20_000) throw new Error(`${what} did not happen`);
    await sleep(scheduler, 20);
  }
}

const holder = async (): Promise<unknown> => fieldOf((await user.get(lease)).spec, 'holderIdentity');
const ready = async (running: Running, text: string): Promise<true | undefined> =>
  (await running.get('/readyz')) === text ? true : undefined;

const aRollout: NewObject = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Rollout',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'web:1' }] } },
    strategy: { canary: { steps: [{ setWeight: 50 }, { pause: {} }] } },
  },
};

describe('the controller process', () => {
  it('leads, brings a Rollout up over HTTPS, tells about it, and gives the lease back when it is stopped', async () => {
    const running = await start();
    await until(() => ready(running, 'leading\n'), 'leading');
    expect(await running.get('/healthz')).toBe('ok');
    await user.create(resources.rollouts, aRollout);
    const rollout = { resource: resources.rollouts, namespace: 'default', name: 'web' };
    await until(async () => {
      const { status }: KubeObject = await user.get(rollout);
      return status?.['phase'] === 'Healthy' ? true : undefined;
    }, 'a healthy Rollout');
    const events = await until(async () => {
      const { items } = await user.list({ resource: resources.events, namespace: 'default' });
      const reasons = items
        .filter((event) => fieldOf(event['source'], 'component') === 'rollouts-controller')
        .map((event) => event['reason']);
      return reasons.includes('RolloutCompleted') ? reasons : undefined;
    }, 'its events');
    expect(events).toEqual(expect.arrayContaining(['RolloutAddedToInformer', 'NewReplicaSetCreated', 'ScalingReplicaSet']));
    const metrics = await running.metrics();
    expect(metrics).toContain('rollout_info{namespace="default",name="web",strategy="canary",traffic_router="",phase="Completed"} 1');
    expect(metrics).toContain('argo_rollouts_controller_info{version="1.2.3"} 1');
    expect(metrics).toMatch(
      /controller_clientset_k8s_request_total\{kind="rollouts",namespace="default",status_code="200",verb="Patch"\} \d+/,
    );
    expect(metrics).toContain('sluice_leader 1');
    expect(await holder()).toMatch(/_sluice$/);
    await running.stop();
    expect(await holder()).toBe('');
    expect(running.lines.filter((line) => /level=(error|warning)/.test(line))).toEqual([]);
    expect(
      running.lines.some((line) => /msg="plan applied" controller=Rollouts namespace=default name=web pass=\d+ reason=/.test(line)),
    ).toBe(true);
  });

  it('stands by while another one leads, and takes over when that one stops', async () => {
    const first = await start();
    await until(() => ready(first, 'leading\n'), 'leading');
    const second = await start();
    await until(() => ready(second, 'standby\n'), 'standing by');
    expect(await second.metrics()).toContain('sluice_leader 0');
    await first.stop();
    await until(() => ready(second, 'leading\n'), 'taking over');
    await second.stop();
  });

  it('does not lead while it cannot tell whether an Argo Rollouts controller elsewhere is alive, unless told that this is safe', async () => {
    const spec = { holderIdentity: 'argo-rollouts-5d8_1234', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.000000Z' };
    const foreign = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: lease.name, namespace: 'elsewhere' }, spec };
    await user.create(resources.leases, foreign);
    const careful = await start();
    await until(
      async () => careful.lines.find((line) => line.includes('lease=elsewhere/argo-rollouts-controller-lock')),
      'a line about it',
    );
    expect(await careful.get('/readyz')).toBe('standby\n');
    await careful.stop();
    const told = await start('--lead-beside=elsewhere/argo-rollouts-controller-lock');
    await until(() => ready(told, 'leading\n'), 'leading beside it');
    await told.stop();
  });

  it('acts without a lease when told to, and says which flags do nothing', async () => {
    const running = await start('--leader-elect=false', '--kloglevel=3');
    await until(() => ready(running, 'leading\n'), 'working');
    expect(running.lines[0]).toContain('flag=--kloglevel');
    await running.stop();
    await expect(user.get(lease)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('names what it waits for while a kind is missing', async () => {
    await user.delete({ resource: resources.customResourceDefinitions, name: 'experiments.argoproj.io' });
    const running = await start();
    const text = await until(async () => {
      const answer = await running.get('/readyz');
      return answer.startsWith('waiting') ? answer : undefined;
    }, 'waiting');
    expect(text).toContain('experiments');
    await until(async () => running.lines.find((line) => line.includes('msg="watch failed" resource=experiments')), 'a line about it');
    await running.stop();
  });

  it('does not start with a kubeconfig that names nothing', async () => {
    await writeFile(path.join(directory, 'config'), '{}');
    const build = { version: '', commit: '', date: '', treeState: '' };
    const deps = { scheduler, build, log: silentLogger, signal: new AbortController().signal };
    await expect(runControllerProcess(configOf([]), deps)).rejects.toMatchObject({ code: 'invalid-spec' });
  });
});

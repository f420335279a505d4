import { Agent, get } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { KubeObject, NewObject } from '../../api/kube.js';
import { resources } from '../../api/kube.js';
import { realScheduler } from '../../lib/scheduler.js';
import type { LocalCluster } from '../local-cluster.js';
import { startLocalCluster } from '../local-cluster.js';
import { numberAt } from '../store/json.js';
import { conditionOf } from '../workloads/kit.js';
import type { Serving } from './serving.js';

const scheduler = realScheduler();
let cluster: LocalCluster;
let serving: Serving;

beforeEach(() => {
  cluster = startLocalCluster({ scheduler, serves: true, kubelet: { startMs: 5, stopMs: 60 } });
  if (!cluster.serving) throw new Error('it was asked to serve');
  serving = cluster.serving;
});

afterEach(() => cluster.stop());

/** Resolves as soon as it holds: what it asks for is brought about by others, in their time. */
function until(holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => void (holds() ? resolve() : scheduler.after(2, look));
    look();
  });
}

interface Answer {
  readonly code: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

function fetchOnce(url: string, agent?: Agent): Promise<Answer> {
  return new Promise((resolve) => {
    get(url, agent === undefined ? {} : { agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ code: response.statusCode ?? 0, headers: response.headers, text }));
    }).on('error', () => resolve({ code: 0, headers: {}, text: '' }));
  });
}

async function fetchMany(url: string, count: number): Promise<readonly Answer[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const answers = await Promise.all(Array.from({ length: count }, () => fetchOnce(url, agent)));
  agent.destroy();
  return answers;
}

const service: NewObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
};

function replicaSet(
  version: string,
  replicas: number,
  annotations: Readonly<Record<string, string>> = {},
  env: readonly object[] = [],
): NewObject {
  const labels = { app: 'web', 'rollouts-pod-template-hash': version };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: `web-${version}`, namespace: 'default' },
    spec: {
      ...{ replicas, selector: { matchLabels: labels } },
      template: {
        metadata: { labels, annotations: { 'local.sluice.io/serve-version': version, ...annotations } },
        spec: { containers: [{ name: 'main', image: `web:${version}`, ports: [{ containerPort: 8080 }], env }] },
      },
    },
  };
}

function readyPods(): readonly KubeObject[] {
  return cluster.store
    .peekAll(resources.pods)
    .filter((pod) => conditionOf(pod, 'Ready')?.['status'] === 'True' && pod.metadata.deletionTimestamp === undefined);
}

async function serve(...sets: readonly NewObject[]): Promise<string> {
  await cluster.store.create(resources.services, service);
  for (const set of sets) await cluster.store.create(resources.replicaSets, set);
  const wanted = sets.reduce((sum, set) => sum + (numberAt(set, 'spec', 'replicas') ?? 0), 0);
  await until(() => readyPods().length === wanted && serving.endpointsOf('default', 'web').length === wanted);
  return serving.whenProxied('default', 'web');
}

function scale(version: string, replicas: number): Promise<KubeObject> {
  return cluster.store.patch(
    { resource: resources.replicaSets, namespace: 'default', name: `web-${version}` },
    { kind: 'merge', body: { spec: { replicas } } },
  );
}

describe('serving pods', () => {
  it('answer through their Service with version, pod and template hash, and are counted', async () => {
    const url = await serve(replicaSet('v1', 3), replicaSet('v2', 1));
    const answers = await fetchMany(url, 400);
    const byVersion = (version: string): number => answers.filter(({ headers }) => headers['x-version'] === version).length;
    expect(answers.every(({ code, text, headers }) => code === 200 && text === `${String(headers['x-version'])}\n`)).toBe(true);
    expect(answers[0]?.headers['x-pod-template-hash']).toBe(answers[0]?.headers['x-version']);
    expect(byVersion('v2')).toBeGreaterThan(50);
    expect(byVersion('v2')).toBeLessThan(160);
    expect(serving.answers()[0]?.answers.reduce((sum, { count }) => sum + count, 0)).toBe(400);
  });

  it.each([
    {
      how: 'annotation',
      annotations: { 'local.sluice.io/serve-error-rate': '1', 'local.sluice.io/serve-error-code': '503' },
      env: [],
      code: 503,
    },
    { how: 'environment', annotations: {}, env: [{ name: 'ERROR_RATE', value: '1' }], code: 500 },
  ])('fail as often as their $how says', async ({ annotations, env, code }) => {
    const url = await serve(replicaSet('v1', 1, annotations, env));
    expect((await fetchMany(url, 10)).map((answer) => answer.code)).toEqual(Array.from({ length: 10 }, () => code));
  });

  it('change their ways when their annotations change', async () => {
    const url = await serve(replicaSet('v1', 1));
    const [pod] = readyPods();
    const body = { metadata: { annotations: { 'local.sluice.io/serve-error-rate': '1' } } };
    await cluster.store.patch({ resource: resources.pods, namespace: 'default', name: pod?.metadata.name ?? '' }, { kind: 'merge', body });
    for (let code = 200; code !== 500;) ({ code } = await fetchOnce(url));
    expect((await fetchOnce(url)).code).toBe(500);
  });

  it('write their answers into their log and into metrics', async () => {
    const url = await serve(replicaSet('v1', 1));
    await fetchOnce(`${url}/hello`);
    const [served] = serving.pods.serving();
    const metrics = await fetchOnce(`http://127.0.0.1:${served?.address.port ?? 0}/metrics`);
    expect(metrics.text).toContain(
      `http_requests_total{code="200",version="v1",pod="${served?.pod.metadata.name ?? ''}",namespace="default"} 1`,
    );
    const chunks: string[] = [];
    for await (const chunk of cluster.store.podLogs({
      resource: resources.pods,
      namespace: 'default',
      name: served?.pod.metadata.name ?? '',
    }))
      chunks.push(chunk);
    expect(chunks.join('')).toContain('GET /hello 200');
  });

  it('lose no request while pods come and go', async () => {
    const url = await serve(replicaSet('v1', 4), replicaSet('v2', 1));
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    const codes = new Map<number, number>();
    let isOver = false;
    const send = async (): Promise<void> => {
      while (!isOver) {
        const { code } = await fetchOnce(url, agent);
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }
    };
    const senders = Array.from({ length: 8 }, send);
    for (const [v1, v2] of [
      [2, 3],
      [0, 5],
      [5, 1],
    ] as const) {
      await scale('v2', v2);
      await until(() => readyPods().filter((pod) => pod.metadata.labels?.['rollouts-pod-template-hash'] === 'v2').length >= v2);
      await scale('v1', v1);
      await until(() => cluster.store.peekAll(resources.pods).length === v1 + v2 && readyPods().length === v1 + v2);
    }
    const answered = (): number => [...codes.values()].reduce((sum, count) => sum + count, 0);
    await until(() => answered() > 100);
    isOver = true;
    await Promise.all(senders);
    agent.destroy();
    expect([...codes.keys()]).toEqual([200]);
  });

  it('a Service without a ready pod answers 503 and counts a loss', async () => {
    await cluster.store.create(resources.services, service);
    const url = await serving.whenProxied('default', 'web');
    expect((await fetchOnce(url)).code).toBe(503);
    expect(serving.answers()[0]?.answers).toMatchObject([{ version: '', code: 0, count: 1 }]);
  });
});

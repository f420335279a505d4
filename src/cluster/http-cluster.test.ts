import { afterEach, describe, expect, it } from '@jest/globals';
import { resources, type Resource } from '../api/kube.js';
import { virtualScheduler } from '../lib/virtual-scheduler.js';
import { answerJson, eventually, loopbackServer, type Answer, type LoopbackServer } from '../testing/loopback-server.js';
import type { Cluster, WatchEvent } from './cluster.js';
import { httpCluster } from './http-cluster.js';
import { transport } from './transport.js';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function aCluster(answer: Answer): Promise<{ readonly server: LoopbackServer; readonly cluster: Cluster }> {
  const server = await loopbackServer(answer);
  const credentials = { headers: {}, tls: {} };
  const rest = transport({ server: server.url, scheduler: virtualScheduler(), userAgent: 'x', credentials: async () => credentials });
  closing.push(
    () => rest.close(),
    () => server.close(),
  );
  return { server, cluster: httpCluster(rest, { fieldManager: 'rollouts-controller' }) };
}

const anObject = { apiVersion: 'v1', kind: 'Anything', metadata: { name: 'web', namespace: 'a', resourceVersion: '7', uid: 'u' } };
const pod = { resource: resources.pods, namespace: 'a', name: 'web-1' };
const rollout = { resource: resources.rollouts, namespace: 'a', name: 'web' };
const newRollout = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: { namespace: 'a', name: 'web' } };
const ok: Answer = (_, response) => answerJson(response, 200, anObject);
const managed = 'fieldManager=rollouts-controller';
const rollouts = '/apis/argoproj.io/v1alpha1/namespaces/a/rollouts';

describe('requests', () => {
  const cases: readonly {
    readonly name: string;
    readonly make: (cluster: Cluster) => Promise<unknown>;
    readonly sends: string;
    readonly type?: string;
    readonly body?: unknown;
  }[] = [
    { name: 'get', make: (c) => c.get(rollout), sends: `GET ${rollouts}/web` },
    { name: 'get of a subresource', make: (c) => c.get(rollout, { subresource: 'scale' }), sends: `GET ${rollouts}/web/scale` },
    {
      name: 'get of a cluster-scoped kind',
      make: (c) => c.get({ resource: resources.clusterAnalysisTemplates, name: 'x' }),
      sends: 'GET /apis/argoproj.io/v1alpha1/clusteranalysistemplates/x',
    },
    {
      name: 'get of the core group, names escaped',
      make: (c) => c.get({ ...pod, name: 'a/b' }),
      sends: 'GET /api/v1/namespaces/a/pods/a%2Fb',
    },
    {
      name: 'create',
      make: (c) => c.create(resources.rollouts, newRollout),
      sends: `POST ${rollouts}?${managed}`,
      type: 'application/json',
      body: newRollout,
    },
    {
      name: 'create as a dry run with strict validation',
      make: (c) => c.create(resources.rollouts, newRollout, { dryRun: true, fieldValidation: 'Strict', fieldManager: 'me' }),
      sends: `POST ${rollouts}?fieldManager=me&fieldValidation=Strict&dryRun=All`,
    },
    { name: 'replace', make: (c) => c.replace(rollout, newRollout), sends: `PUT ${rollouts}/web?${managed}`, body: newRollout },
    {
      name: 'merge patch of the status',
      make: (c) => c.patch(rollout, { kind: 'merge', body: { status: null } }, { subresource: 'status' }),
      ...{ sends: `PATCH ${rollouts}/web/status?${managed}`, type: 'application/merge-patch+json', body: { status: null } },
    },
    {
      name: 'JSON patch',
      make: (c) => c.patch(rollout, { kind: 'json', body: [{ op: 'remove', path: '/spec' }] }),
      ...{ sends: `PATCH ${rollouts}/web?${managed}`, type: 'application/json-patch+json', body: [{ op: 'remove', path: '/spec' }] },
    },
    {
      name: 'strategic patch',
      make: (c) => c.patch(pod, { kind: 'strategic', body: {} }),
      ...{ sends: `PATCH /api/v1/namespaces/a/pods/web-1?${managed}`, type: 'application/strategic-merge-patch+json' },
    },
    {
      name: 'server-side apply',
      make: (c) => c.patch(rollout, { kind: 'apply', body: newRollout, force: true }, { fieldManager: 'me' }),
      ...{ sends: `PATCH ${rollouts}/web?fieldManager=me&force=true`, type: 'application/apply-patch+yaml' },
    },
    {
      name: 'delete',
      make: (c) => c.delete(pod, { preconditions: { uid: 'u' }, gracePeriodSeconds: 0, propagationPolicy: 'Background', dryRun: true }),
      sends: 'DELETE /api/v1/namespaces/a/pods/web-1',
      body: {
        ...{ apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'u' }, gracePeriodSeconds: 0 },
        ...{ propagationPolicy: 'Background', dryRun: ['All'] },
      },
    },
    {
      name: 'eviction',
      make: (c) => c.evict(pod, { gracePeriodSeconds: 30 }),
      sends: 'POST /api/v1/namespaces/a/pods/web-1/eviction',
      body: {
        ...{ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'web-1', namespace: 'a' } },
        deleteOptions: { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 30 },
      },
    },
    {
      name: 'binding',
      make: (c) => c.bind(pod, 'node-1'),
      sends: 'POST /api/v1/namespaces/a/pods/web-1/binding',
      body: {
        ...{ apiVersion: 'v1', kind: 'Binding', metadata: { name: 'web-1', namespace: 'a' } },
        target: { apiVersion: 'v1', kind: 'Node', name: 'node-1' },
      },
    },
  ];

  it.each(cases)('$name', async ({ make, sends, type, body }) => {
    const { server, cluster } = await aCluster(ok);
    await make(cluster);
    const [request] = server.requests;
    expect(`${request?.method} ${request?.url}`).toBe(sends);
    if (type !== undefined) expect(request?.headers['content-type']).toBe(type);
    if (body !== undefined) expect(JSON.parse(request?.body ?? '')).toEqual(body);
  });

  it('of a namespaced object without a namespace are never sent', async () => {
    const { server, cluster } = await aCluster(ok);
    await expect(cluster.get({ resource: resources.pods, name: 'x' })).rejects.toMatchObject({ code: 'internal' });
    await expect(cluster.delete({ ...pod, name: '' })).rejects.toMatchObject({ code: 'internal' });
    expect(server.requests).toHaveLength(0);
  });
});

describe('answers', () => {
  it('of a list have kind and apiVersion in each item, other fields untouched', async () => {
    const item = { metadata: { name: 'x', namespace: 'a' }, spec: { someFutureField: [1] } };
    const { server, cluster } = await aCluster((_, response) =>
      answerJson(response, 200, {
        kind: 'ReplicaSetList',
        apiVersion: 'apps/v1',
        metadata: { resourceVersion: '12', continue: 'next' },
        items: [item],
      }),
    );
    const page = await cluster.list(
      { resource: resources.replicaSets, namespace: 'a', labelSelector: 'x', fieldSelector: 'metadata.name=x' },
      { limit: 1, continue: 'here', resourceVersion: '0' },
    );
    expect(page).toEqual({ items: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', ...item }], resourceVersion: '12', continue: 'next' });
    expect(server.requests[0]?.url).toBe(
      '/apis/apps/v1/namespaces/a/replicasets?labelSelector=x&fieldSelector=metadata.name%3Dx&limit=1&continue=here&resourceVersion=0',
    );
  });

  it('of the last page have no continue token', async () => {
    const { cluster } = await aCluster((_, response) =>
      answerJson(response, 200, { metadata: { resourceVersion: '12', continue: '' }, items: [] }),
    );
    expect(await cluster.list({ resource: resources.pods })).toEqual({ items: [], resourceVersion: '12' });
  });

  it('of a delete are the object while it lingers, else nothing', async () => {
    const answers: unknown[] = [{ kind: 'Status', status: 'Success' }, anObject];
    const { cluster } = await aCluster((_, response) => answerJson(response, 200, answers.shift()));
    expect(await cluster.delete(pod)).toBeUndefined();
    expect(await cluster.delete(pod)).toEqual(anObject);
  });

  it('that are no Kubernetes objects are an error', async () => {
    const { cluster } = await aCluster((_, response) => answerJson(response, 200, ['nonsense']));
    await expect(cluster.get(pod)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(cluster.list({ resource: resources.pods })).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('to an eviction that a budget forbids come at once', async () => {
    const { cluster } = await aCluster((_, response) =>
      answerJson(
        response,
        429,
        { kind: 'Status', code: 429, reason: 'TooManyRequests', message: 'Cannot evict pod' },
        { 'retry-after': '1' },
      ),
    );
    await expect(cluster.evict(pod)).rejects.toMatchObject({ code: 'too-many-requests', message: 'Cannot evict pod' });
  });
});

describe('watch', () => {
  const frame = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;
  const named = (name: string): object => ({ ...anObject, metadata: { ...anObject.metadata, name } });

  async function eventsOf(cluster: Cluster, signal = new AbortController().signal): Promise<WatchEvent[]> {
    const events: WatchEvent[] = [];
    for await (const event of cluster.watch({ resource: resources.pods }, { signal })) events.push(event);
    return events;
  }

  it('asks for what it is told to and yields events and bookmarks', async () => {
    const bookmark = { metadata: { resourceVersion: '9', annotations: { 'k8s.io/initial-events-end': 'true' } } };
    const { server, cluster } = await aCluster((_, response) => {
      response.end(
        frame('ADDED', anObject) +
          frame('DELETED', anObject) +
          frame('BOOKMARK', bookmark) +
          frame('BOOKMARK', { metadata: { resourceVersion: '10' } }),
      );
    });
    const options = {
      resourceVersion: '5',
      timeoutSeconds: 300,
      allowBookmarks: true,
      sendInitialEvents: true,
      signal: new AbortController().signal,
    };
    const events: WatchEvent[] = [];
    for await (const event of cluster.watch({ resource: resources.pods, labelSelector: 'a' }, options)) events.push(event);
    expect(server.requests[0]?.url).toBe(
      '/api/v1/pods?labelSelector=a&watch=true&resourceVersion=5&timeoutSeconds=300&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan',
    );
    expect(events).toEqual([
      { type: 'ADDED', object: anObject },
      { type: 'DELETED', object: anObject },
      { type: 'BOOKMARK', resourceVersion: '9', initialEventsEnd: true },
      { type: 'BOOKMARK', resourceVersion: '10' },
    ]);
  });

  it('puts events together that arrive in pieces, cut inside a character', async () => {
    const bytes = Buffer.from(frame('ADDED', named('grüße-日本')) + frame('ADDED', named('zwei')), 'utf8');
    const { cluster } = await aCluster((_, response) => {
      let position = 0;
      const writeOn = (): void => {
        if (position >= bytes.length) {
          response.end();
          return;
        }
        response.write(bytes.subarray(position, (position += 7)), () => setTimeout(writeOn, 0));
      };
      writeOn();
    });
    expect((await eventsOf(cluster)).map((event) => event.type !== 'BOOKMARK' && event.object.metadata.name)).toEqual([
      'grüße-日本',
      'zwei',
    ]);
  });

  const refused: Answer = (_, response) => answerJson(response, 410, { code: 410, reason: 'Gone' });
  const errorEvent: Answer = (_, response) =>
    response.end(frame('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' }));

  it.each([
    { when: 'the server refuses the version with 410', answer: refused },
    { when: 'an ERROR event says 410', answer: errorEvent },
  ])('rejects with expired when $when', async ({ answer }) => {
    const { cluster } = await aCluster(answer);
    await expect(eventsOf(cluster)).rejects.toMatchObject({ code: 'expired' });
  });

  it.each([
    { when: 'a line is no JSON', text: 'nonsense\n' },
    { when: 'an event is of an unknown kind', text: frame('EXPLODED', {}) },
    { when: 'an event has no object', text: frame('ADDED', null) },
    { when: 'an ERROR event says 500', text: frame('ERROR', { kind: 'Status', code: 500, message: 'etcd' }) },
  ])('rejects with unavailable when $when', async ({ text }) => {
    const { cluster } = await aCluster((_, response) => response.end(text));
    await expect(eventsOf(cluster)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('ends without an error when its signal fires, before and after the first byte', async () => {
    const { server, cluster } = await aCluster((request, response) => {
      if (request.url.includes('pods')) response.write(frame('ADDED', anObject));
    });
    const stop = new AbortController();
    const hanging = cluster.watch({ resource: resources.services }, { signal: stop.signal });
    const waiting = (async () => {
      for await (const _event of hanging) void _event;
    })();
    const seen: WatchEvent[] = [];
    const reading = (async () => {
      for await (const event of cluster.watch({ resource: resources.pods }, { signal: stop.signal })) seen.push(event);
    })();
    await eventually(() => seen.length === 1 && server.requests.length === 2);
    stop.abort();
    await Promise.all([waiting, reading]);
    expect(seen).toHaveLength(1);
  });
});

describe('pod logs', () => {
  it('come as text, characters kept whole', async () => {
    const bytes = Buffer.from('Zeile 1 ü\nZeile 2', 'utf8');
    const { server, cluster } = await aCluster((_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.write(bytes.subarray(0, 9));
      setTimeout(() => response.end(bytes.subarray(9)), 5);
    });
    let text = '';
    for await (const chunk of cluster.podLogs(pod, { container: 'main', follow: true, tailLines: 10, limitBytes: 100 })) text += chunk;
    expect(text).toBe('Zeile 1 ü\nZeile 2');
    expect(server.requests[0]?.url).toBe('/api/v1/namespaces/a/pods/web-1/log?container=main&follow=true&tailLines=10&limitBytes=100');
  });

  it('of a pod that is not there are an error', async () => {
    const { cluster } = await aCluster((_, response) => answerJson(response, 404, { kind: 'Status', code: 404, reason: 'NotFound' }));
    const read = async (): Promise<void> => {
      for await (const _chunk of cluster.podLogs(pod)) void _chunk;
    };
    await expect(read()).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('serves', () => {
  const route: Resource = {
    group: 'gateway.networking.k8s.io',
    version: 'v1',
    resource: 'httproutes',
    kind: 'HTTPRoute',
    namespaced: true,
  };

  it.each([
    { when: 'the kind is listed', code: 200, body: { resources: [{ name: 'httproutes' }, { name: 'httproutes/status' }] }, expected: true },
    { when: 'the group has other kinds', code: 200, body: { resources: [{ name: 'gateways' }] }, expected: false },
    { when: 'there is no such group', code: 404, body: { kind: 'Status', code: 404, reason: 'NotFound' }, expected: false },
  ])('is $expected when $when', async ({ code, body, expected }) => {
    const { server, cluster } = await aCluster((_, response) => answerJson(response, code, body));
    expect(await cluster.serves(route)).toBe(expected);
    expect(server.requests[0]?.url).toBe('/apis/gateway.networking.k8s.io/v1');
  });

  it('has no answer while the server has none', async () => {
    const { cluster } = await aCluster((_, response) => answerJson(response, 503, { kind: 'Status', code: 503 }));
    await expect(cluster.serves(route)).rejects.toMatchObject({ code: 'unavailable' });
  });
});

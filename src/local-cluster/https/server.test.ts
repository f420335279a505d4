import { request as httpsRequest } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import type { NewObject } from '../../api/kube.js';
import { resources } from '../../api/kube.js';
import type { Cluster } from '../../cluster/cluster.js';
import { httpCluster, transport } from '../../cluster/index.js';
import { realScheduler } from '../../lib/scheduler.js';
import type { LocalStore } from '../store/index.js';
import { createStore } from '../store/index.js';
import { at, recordAt, recordsAt } from '../store/json.js';
import type { HttpsFace } from './server.js';
import { startHttpsFace } from './server.js';

const scheduler = realScheduler();
let store: LocalStore;
let face: HttpsFace;

const crd: NewObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.io' },
  spec: {
    ...{ group: 'example.io', scope: 'Namespaced', names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] } },
    versions: [
      {
        ...{
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {}, scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' } },
        },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: { type: 'object', properties: { replicas: { type: 'integer', description: 'How many.' } } },
              status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        },
        additionalPrinterColumns: [
          { name: 'Desired', type: 'integer', jsonPath: '.spec.replicas' },
          { name: 'Ready', type: 'string', priority: 1, jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
        ],
      },
    ],
  },
};

const widget = (name: string, spec: object = { replicas: 2 }): NewObject => ({
  apiVersion: 'example.io/v1',
  kind: 'Widget',
  metadata: { name, namespace: 'default' },
  spec,
});
const widgetsPath = '/apis/example.io/v1/namespaces/default/widgets';

beforeAll(async () => {
  store = createStore({ scheduler });
  face = await startHttpsFace({ store, scheduler, tokens: { 'controller-token': 'controller' } });
  await store.create(resources.customResourceDefinitions, crd);
});

afterAll(() => face.close());

interface Answer {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: unknown;
}

interface Ask {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Reads lines until this says that it has seen enough. */
  readonly until?: (lines: readonly string[]) => boolean;
}

function ask(method: string, path: string, { body, headers = {}, until }: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const authorization = { authorization: `Bearer ${face.token}` };
    const bytes = body === undefined ? Buffer.alloc(0) : Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    const options = {
      method,
      ca: face.certificateAuthority,
      headers: {
        ...authorization,
        'content-length': bytes.length,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
    };
    const sent = httpsRequest(`${face.url}${path}`, options, (response) => {
      let text = '';
      const finish = (): void => resolve({ code: response.statusCode ?? 0, headers: response.headers, text, body: parsed(text) });
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (until?.(text.split('\n').filter((line) => line !== '')) === true) {
          finish();
          sent.destroy();
        }
      });
      response.on('end', finish);
      response.on('error', () => undefined);
    });
    sent.on('error', (error) => (until ? undefined : reject(error)));
    sent.end(bytes);
  });
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

function lines(answer: Answer): readonly { readonly type: string; readonly object: unknown }[] {
  return answer.text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { readonly type: string; readonly object: unknown }); // a watch's frames
}

const tableAccept = {
  accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json',
};

describe('access', () => {
  it.each([
    { authorization: '', code: 401 },
    { authorization: 'Bearer wrong', code: 401 },
    { authorization: 'Bearer controller-token', code: 200 },
  ])('with "$authorization" answers $code', async ({ authorization, code }) => {
    expect((await ask('GET', '/api/v1/namespaces', { headers: { authorization } })).code).toBe(code);
  });

  it('tells callers apart in the audit log', async () => {
    await ask('GET', '/api/v1/namespaces/default', { headers: { authorization: 'Bearer controller-token' } });
    expect(store.audit.entries('controller').at(-1)).toMatchObject({ verb: 'get', name: 'default' });
  });

  it.each(['/healthz', '/readyz', '/livez'])('%s needs no token', async (path) => {
    expect(await ask('GET', path, { headers: { authorization: '' } })).toMatchObject({ code: 200, text: 'ok' });
  });

  it('writes a kubeconfig with a token, without which kubectl would ask for a user name', () => {
    const config = load(face.kubeconfig);
    expect(recordsAt(config, 'clusters')[0]).toMatchObject({ cluster: { server: face.url } });
    expect(recordsAt(config, 'users')[0]).toMatchObject({ user: { token: face.token } });
  });
});

describe('discovery', () => {
  const aggregated = { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json' };

  it('is aggregated for those who ask, under exactly its own content type', async () => {
    const answer = await ask('GET', '/apis', { headers: aggregated });
    expect(answer.headers['content-type']).toBe('application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
    const group = recordsAt(answer.body, 'items').find((item) => at(item, 'metadata', 'name') === 'example.io');
    expect(group).toMatchObject({
      versions: [
        {
          version: 'v1',
          resources: [{ resource: 'widgets', shortNames: ['wd'], subresources: [{ subresource: 'scale' }, { subresource: 'status' }] }],
        },
      ],
    });
  });

  it('has the core group below /api, without a name', async () => {
    const [core] = recordsAt((await ask('GET', '/api', { headers: aggregated })).body, 'items');
    expect(core?.['metadata']).toEqual({ creationTimestamp: null });
  });

  it('is lists for everybody else', async () => {
    const list = await ask('GET', '/apis/example.io/v1');
    expect(recordsAt(list.body, 'resources').map((each) => each['name'])).toEqual(['widgets', 'widgets/scale', 'widgets/status']);
    expect((await ask('GET', '/apis/example.io')).body).toMatchObject({ kind: 'APIGroup', preferredVersion: { version: 'v1' } });
    expect((await ask('GET', '/api')).body).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
  });

  it('answers 404 as a Status for what is not there', async () => {
    for (const path of ['/apis/nowhere.io', '/apis/nowhere.io/v1', '/openapi/v2', '/api/v1/things', '/nothing']) {
      expect((await ask('GET', path)).body).toMatchObject({
        kind: 'Status',
        code: 404,
        message: 'the server could not find the requested resource',
      });
    }
  });
});

describe('OpenAPI v3', () => {
  it('has the PATCH with fieldValidation that apply waits for, and schemas for explain', async () => {
    const index = await ask('GET', '/openapi/v3');
    const url = at(index.body, 'paths', 'apis/example.io/v1', 'serverRelativeURL');
    const document = await ask('GET', String(url));
    expect(document.headers['cache-control']).toBe('public, immutable');
    const parameters = recordsAt(
      document.body,
      'paths',
      '/apis/example.io/v1/namespaces/{namespace}/widgets/{name}',
      'patch',
      'parameters',
    );
    expect(parameters.map((each) => each['name'])).toContain('fieldValidation');
    expect(recordAt(document.body, 'components', 'schemas', 'io.example.v1.Widget')).toMatchObject({
      properties: { spec: { properties: { replicas: { description: 'How many.' } } } },
    });
  });

  it('describes built-in kinds with all they refer to', async () => {
    const schemas = recordAt((await ask('GET', '/openapi/v3/apis/apps/v1')).body, 'components', 'schemas');
    const missing = [...JSON.stringify(schemas).matchAll(/"#\/components\/schemas\/([^"]+)"/g)]
      .map((match) => match[1] ?? '')
      .filter((name) => schemas[name] === undefined);
    expect([missing, recordAt(schemas, 'io.k8s.api.core.v1.Container', 'properties', 'image')]).toEqual([[], { type: 'string' }]);
  });
});

describe('objects', () => {
  it('are created, read, replaced, patched and deleted', async () => {
    const path = `${widgetsPath}/a`;
    const made = await ask('POST', widgetsPath, { body: widget('a') });
    expect([made.code, at(made.body, 'metadata', 'generation')]).toEqual([201, 1]);
    const stale = { ...widget('a', { replicas: 3 }), metadata: { name: 'a', resourceVersion: '1' } };
    expect((await ask('PUT', path, { body: stale })).body).toMatchObject({
      code: 409,
      reason: 'Conflict',
      details: { group: 'example.io', kind: 'widgets', name: 'a' },
    });
    const patched = await ask('PATCH', path, {
      body: { spec: { replicas: 5 } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(at(patched.body, 'spec', 'replicas')).toBe(5);
    const strategic = await ask('PATCH', path, { body: {}, headers: { 'content-type': 'application/strategic-merge-patch+json' } });
    expect(strategic.code).toBe(415);
    const gone = await ask('DELETE', path, { body: { propagationPolicy: 'Background' } });
    expect(gone.body).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'a', group: 'example.io', kind: 'widgets', uid: at(made.body, 'metadata', 'uid') },
    });
    expect((await ask('GET', path)).body).toMatchObject({ code: 404, reason: 'NotFound', message: 'widgets.example.io "a" not found' });
  });

  it('list items of built-in kinds carry no kind, those of custom ones do', async () => {
    await ask('POST', widgetsPath, { body: widget('listed') });
    const builtin = recordsAt((await ask('GET', '/api/v1/namespaces')).body, 'items')[0];
    const custom = recordsAt((await ask('GET', widgetsPath)).body, 'items')[0];
    expect([builtin?.['kind'], custom?.['kind']]).toEqual([undefined, 'Widget']);
  });

  it('names every wrong field', async () => {
    const answer = await ask('POST', widgetsPath, { body: widget('bad', { replicas: 'many' }) });
    expect(answer.body).toMatchObject({
      ...{ code: 422, reason: 'Invalid' },
      details: {
        kind: 'Widget',
        name: 'bad',
        causes: [{ field: 'spec.replicas', reason: 'FieldValueTypeInvalid' }, { field: '.spec.replicas' }],
      },
    });
  });

  it('refuses unknown fields under Strict and warns under Warn', async () => {
    const body = widget('fields', { replicas: 1, colour: 'red' });
    expect((await ask('POST', `${widgetsPath}?fieldValidation=Strict`, { body })).body).toMatchObject({ code: 400, reason: 'BadRequest' });
    const warned = await ask('POST', `${widgetsPath}?fieldValidation=Warn`, { body });
    expect([warned.code, warned.headers['warning']]).toEqual([201, String.raw`299 - "unknown field \"spec.colour\""`]);
  });

  it('scales', async () => {
    await ask('POST', widgetsPath, { body: widget('scaled') });
    const answer = await ask('PATCH', `${widgetsPath}/scaled/scale`, {
      body: { spec: { replicas: 6 } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(answer.body).toMatchObject({ kind: 'Scale', apiVersion: 'autoscaling/v1', spec: { replicas: 6 } });
  });

  it('stores nothing in a dry run', async () => {
    expect((await ask('POST', `${widgetsPath}?dryRun=All`, { body: widget('dry') })).code).toBe(201);
    expect((await ask('GET', `${widgetsPath}/dry`)).code).toBe(404);
  });

  it('reads YAML', async () => {
    const body = Buffer.from('apiVersion: example.io/v1\nkind: Widget\nmetadata: {name: yaml}\nspec: {replicas: 1}\n');
    expect((await ask('POST', widgetsPath, { body, headers: { 'content-type': 'application/yaml' } })).code).toBe(201);
  });

  it('reads the protobuf that kubectl sends for what it makes itself', async () => {
    const captured =
      '6b 38 73 00 0a 0f 0a 02 76 31 12 09 43 6f 6e 66 69 67 4d 61 70 12 1c 0a 12 0a 02 7a 7a 12 00 1a 00 22 00 2a 00 32 00 38 00 42 00 12 06 0a 01 61 12 01 62 1a 00 22 00';
    const body = Buffer.from(captured.replaceAll(' ', ''), 'hex');
    const answer = await ask('POST', '/api/v1/namespaces/default/configmaps', {
      body,
      headers: { 'content-type': 'application/vnd.kubernetes.protobuf' },
    });
    expect(answer.body).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'zz' }, data: { a: 'b' } });
  });

  it.each([
    { what: 'a body that is no JSON', type: 'application/json', body: Buffer.from('{'), code: 400 },
    { what: 'broken protobuf', type: 'application/vnd.kubernetes.protobuf', body: Buffer.from('k8s\0\x0a\xff', 'latin1'), code: 400 },
    { what: 'another format', type: 'text/html', body: Buffer.from('<p>'), code: 415 },
    { what: 'four mebibytes', type: 'application/json', body: Buffer.alloc(4 * 1024 * 1024, 32), code: 413 },
  ])('answers $code to $what', async ({ type, body, code }) => {
    expect((await ask('POST', widgetsPath, { body, headers: { 'content-type': type } })).code).toBe(code);
  });
});

describe('tables', () => {
  it('have the columns of the definition and metadata in each row', async () => {
    await ask('POST', widgetsPath, { body: widget('table') });
    const answer = await ask('GET', `${widgetsPath}/table`, { headers: tableAccept });
    expect(recordsAt(answer.body, 'columnDefinitions').map((column) => [column['name'], column['priority']])).toEqual([
      ['Name', 0],
      ['Desired', 0],
      ['Ready', 1],
    ]);
    expect(recordsAt(answer.body, 'rows')).toMatchObject([
      { cells: ['table', 2, null], object: { kind: 'PartialObjectMetadata', metadata: { name: 'table' } } },
    ]);
  });

  it('page with limit and continue', async () => {
    for (const name of ['t1', 't2', 't3'])
      await ask('POST', widgetsPath, { body: { ...widget(name), metadata: { name, labels: { page: 'yes' } } } });
    const first = await ask('GET', `${widgetsPath}?limit=2&labelSelector=page%3Dyes`, { headers: tableAccept });
    expect(at(first.body, 'metadata', 'remainingItemCount')).toBe(1);
    const second = await ask(
      'GET',
      `${widgetsPath}?limit=2&labelSelector=page%3Dyes&continue=${String(at(first.body, 'metadata', 'continue'))}`,
      { headers: tableAccept },
    );
    expect(recordsAt(second.body, 'rows').map((row) => at(row, 'object', 'metadata', 'name'))).toEqual(['t3']);
  });
});

describe('watches', () => {
  it('send what there is, then changes, as one object a line', async () => {
    const path = `${widgetsPath}?watch=true&fieldSelector=metadata.name%3Dwatched`;
    const watched = ask('GET', path, { until: (seen) => seen.length >= 2 });
    await ask('POST', widgetsPath, { body: widget('watched') });
    await ask('DELETE', `${widgetsPath}/watched`);
    expect(lines(await watched).map(({ type, object }) => [type, at(object, 'metadata', 'name')])).toEqual([
      ['ADDED', 'watched'],
      ['DELETED', 'watched'],
    ]);
  });

  it('send tables to those who want tables', async () => {
    await ask('POST', widgetsPath, { body: widget('rows') });
    const answer = await ask('GET', `${widgetsPath}?watch=true&fieldSelector=metadata.name%3Drows`, {
      headers: tableAccept,
      until: (seen) => seen.length >= 1,
    });
    expect(lines(answer)[0]?.object).toMatchObject({ kind: 'Table', rows: [{ cells: ['rows', 2, null] }] });
  });

  it('stream a list and mark its end', async () => {
    const path = '/api/v1/namespaces?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const answer = await ask('GET', path, { until: (seen) => seen.some((line) => line.includes('BOOKMARK')) });
    expect(lines(answer).at(-1)).toMatchObject({
      type: 'BOOKMARK',
      object: { kind: 'Namespace', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
    });
  });

  it('are refused with 410 when their version is forgotten', async () => {
    await ask('POST', widgetsPath, { body: widget('compacted') });
    store.compact();
    expect((await ask('GET', `${widgetsPath}?watch=true&resourceVersion=1`)).body).toMatchObject({ code: 410, reason: 'Expired' });
  });

  it('end after timeoutSeconds', async () => {
    const answer = await ask(
      'GET',
      `${widgetsPath}?watch=true&resourceVersion=${store.resourceVersion}&timeoutSeconds=1&allowWatchBookmarks=true`,
    );
    expect([answer.code, lines(answer).map(({ type }) => type)]).toEqual([200, ['BOOKMARK']]);
  });
});

describe('through our own client', () => {
  function client(): { readonly cluster: Cluster; readonly close: () => void } {
    const credentials = { headers: { Authorization: `Bearer ${face.token}` }, tls: { ca: face.certificateAuthority } };
    const connection = transport({ server: face.url, scheduler, userAgent: 'test/1', credentials: () => Promise.resolve(credentials) });
    return { cluster: httpCluster(connection, { fieldManager: 'test' }), close: () => connection.close() };
  }

  it('the port behaves as the store does', async () => {
    const { cluster, close } = client();
    const resource = { group: 'example.io', version: 'v1', resource: 'widgets', kind: 'Widget', namespaced: true };
    const ref = { resource, namespace: 'default', name: 'port' };
    const made = await cluster.create(resource, widget('port'));
    expect(await cluster.get(ref)).toEqual(made);
    const patch = cluster.patch(ref, { kind: 'merge', body: { metadata: { resourceVersion: '1' }, spec: { replicas: 1 } } });
    await expect(patch).rejects.toMatchObject({ code: 'conflict' });
    expect(await cluster.delete(ref)).toBeUndefined();
    await expect(cluster.get(ref)).rejects.toMatchObject({ code: 'not-found' });
    expect([await cluster.serves(resource), await cluster.serves({ ...resource, group: 'nowhere.io' })]).toEqual([true, false]);
    close();
  });
});

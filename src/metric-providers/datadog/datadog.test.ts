import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../api/kube.js';
import type { Sample } from '../../core/analysis/index.js';
import type { BackendServer } from '../../testing/backend-server.js';
import { backendServer } from '../../testing/backend-server.js';
import { aContext, aRequest, describeProviderConformance, loopbackHttp } from '../../testing/metric-provider-conformance.js';
import { datadogProvider } from './index.js';

const keys = { 'api-key': 'k1', 'app-key': 'k2' };
const v1 = (...points: (number | null)[]) => ({
  body: { status: 'ok', series: [{ scope: 'x', pointlist: points.map((value, index) => [index, value]) }] },
});
const v2 = (...columns: JsonObject[]) => ({ body: { data: { type: 'scalar_response', attributes: { columns } } } });

for (const apiVersion of ['v1', 'v2']) {
  describeProviderConformance(`datadog ${apiVersion}`, {
    provider: (http) => datadogProvider({ http }),
    section: (_, seconds) => ({ query: 'avg:x{*}', apiVersion, requestTimeout: `${seconds * 1_000}ms` }),
    secrets: (address) => ({ 'controller/datadog': { ...keys, address } }),
    goodAnswer: apiVersion === 'v1' ? v1(1) : v2({ type: 'number', name: 'query', values: [1] }),
    skips: { 'insecure TLS': 'the API has no such setting' },
  });
}

describe('the datadog provider', () => {
  let server: BackendServer;
  const http = loopbackHttp();
  beforeAll(async () => {
    server = await backendServer();
  });
  afterAll(async () => {
    http.close();
    await server.close();
  });
  const measure = (section: JsonObject, secrets = { 'controller/datadog': { ...keys, address: server.origin } }): Promise<Sample> =>
    datadogProvider({ http }).measure(aRequest('datadog', section), aContext({ secrets }));
  const last = () => server.received.at(-1);

  it('asks v1 for the interval until now and takes the last point that has a value', async () => {
    server.answer(v1(1, 0.25, null));
    expect(await measure({ query: 'avg:x{*}', interval: '10m' })).toEqual({
      kind: 'value',
      value: { type: 'float', value: 0.25 },
      text: '0.25',
    });
    expect(last()).toMatchObject({ method: 'GET', url: '/api/v1/query?from=1767225000&query=avg%3Ax%7B*%7D&to=1767225600' });
    expect(last()?.headers).toMatchObject({ 'dd-api-key': 'k1', 'dd-application-key': 'k2' });
  });

  it.each([
    { series: null, text: 'null' },
    { series: [], text: '[]' },
    { series: [{ scope: 'x', pointlist: [] }], text: '[{"pointlist":[]}]' },
  ])('takes v1 series $text for no data', async ({ series, text }) => {
    server.answer({ body: { status: 'ok', series } });
    expect(await measure({ query: 'x' })).toEqual({ kind: 'value', value: { type: 'nil' }, text });
  });

  it('asks v2 for several queries and a formula', async () => {
    server.answer(v2({ type: 'number', name: 'a/b', values: [null, 0.005] }));
    const section = { apiVersion: 'v2', queries: { a: 'sum:a{*}', b: 'sum:b{*}' }, formula: 'a / b', aggregator: 'sum' };
    expect(await measure(section)).toMatchObject({ value: { type: 'float', value: 0.005 }, text: '0.005' });
    expect(last()).toMatchObject({ method: 'POST', url: '/api/v2/query/scalar' });
    expect(JSON.parse(last()?.body ?? '')).toEqual({
      data: {
        type: 'scalar_request',
        attributes: {
          from: 1767225300000,
          to: 1767225600000,
          queries: [
            { aggregator: 'sum', data_source: 'metrics', name: 'a', query: 'sum:a{*}' },
            { aggregator: 'sum', data_source: 'metrics', name: 'b', query: 'sum:b{*}' },
          ],
          formulas: [{ formula: 'a / b' }],
        },
      },
    });
  });

  it('reads one value for each group', async () => {
    server.answer(
      v2(
        { type: 'group', name: 'host', values: [['a'], ['b'], ['c']] },
        { type: 'group', name: 'zone', values: [['1'], ['2'], ['3']] },
        { type: 'number', name: 'q', values: [3, null, 1] },
      ),
    );
    expect(await measure({ apiVersion: 'v2', query: 'avg:x{*} by {host,zone}' })).toEqual({
      kind: 'value',
      value: { type: 'floats', values: [3, 1] },
      text: '[3,1]',
      metadata: { groups: '[{"value":3,"name":"a,1"},{"value":1,"name":"c,3"}]' },
    });
  });

  it('names at most 100 groups: the lowest and the highest', async () => {
    const many = Array.from({ length: 150 }, (_, n) => n);
    server.answer(v2({ type: 'group', name: 'host', values: many.map((n) => [`h${n}`]) }, { type: 'number', name: 'q', values: many }));
    const sample = await measure({ apiVersion: 'v2', query: 'x' });
    expect(sample).toMatchObject({ value: { values: { length: 150 } }, metadata: { groups_truncated: 'true' } });
    const groups: unknown[] = JSON.parse((sample.kind === 'value' && sample.metadata?.['groups']) || '[]');
    expect(groups).toHaveLength(100);
    expect(groups.at(50)).toEqual({ value: 100, name: 'h100' });
  });

  it('takes a v2 answer without values for no data', async () => {
    server.answer(v2({ type: 'number', name: 'q', values: [] }));
    expect(await measure({ apiVersion: 'v2', query: 'x' })).toEqual({ kind: 'value', value: { type: 'nil' }, text: '[]' });
  });

  it.each([
    { apiVersion: 'v1', reply: { body: { status: 'error', error: 'bad query' } }, message: 'There were errors in your query: bad query' },
    { apiVersion: 'v2', reply: { body: { errors: 'bad query' } }, message: 'There were errors in your query: bad query' },
    { apiVersion: 'v1', reply: { status: 403, body: 'Forbidden' }, message: 'received authentication error response code: 403 Forbidden' },
    { apiVersion: 'v1', reply: { status: 400, body: 'no' }, message: 'received non 2xx response code: 400 no' },
    { apiVersion: 'v2', reply: v2({ type: 'number', name: 'q', values: ['x'] }), message: "a value of Datadog's answer is no number: x" },
    {
      apiVersion: 'v2',
      reply: v2({ type: 'group', name: 'host', values: [] }, { type: 'number', name: 'q', values: [1] }),
      message: "group host of Datadog's answer has no label for row 0",
    },
  ])('says "$message"', async ({ apiVersion, reply, message }) => {
    server.answer(reply);
    await expect(measure({ apiVersion, query: 'x' })).rejects.toThrow(message);
  });

  it.each([
    { section: { query: 'a', queries: { a: 'b' } }, message: 'Cannot have both a query and queries' },
    { section: {}, message: 'Must have either a query or queries' },
    { section: { queries: { a: 'b' } }, message: 'API Version v1 only supports using the query parameter' },
    { section: { query: 'a', aggregator: 'sum' }, message: 'Aggregator is not supported in v1' },
    { section: { query: 'a', formula: 'a' }, message: 'Formula are only valid when queries are set' },
    {
      section: { apiVersion: 'v2', queries: { a: '1', b: '2' } },
      message: 'When multiple queries are provided you must include a formula',
    },
    { section: { query: 'a', requestTimeout: '0s' }, message: 'requestTimeout must be positive' },
    { section: { query: 'a', interval: 'soon' }, message: 'failed to parse interval: time: invalid duration "soon"' },
    { section: { query: 'a', secretRef: { namespaced: true } }, message: 'secret name is required for namespaced credentials' },
  ])('refuses settings: $message', async ({ section, message }) => {
    await expect(measure(section as JsonObject)).rejects.toThrow(message);
  });

  it.each([
    { when: 'the metric names one beside the run', secretRef: { name: 'own', namespaced: true }, key: 'run' },
    { when: 'the metric names one beside the controller', secretRef: { name: 'own' }, key: 'controller' },
    { when: 'what it names does not exist and there is a default', secretRef: { name: 'gone' }, key: 'default' },
    { when: 'it names none', secretRef: {}, key: 'default' },
  ])('uses the credentials of the $key secret when $when', async ({ secretRef, key }) => {
    server.answer(v1(1));
    const account = (name: string) => ({ 'api-key': name, 'app-key': 'b', address: server.origin });
    const secrets = { 'run/own': account('run'), 'controller/own': account('controller'), 'controller/datadog': account('default') };
    await datadogProvider({ http }).measure(aRequest('datadog', { query: 'x', secretRef }), aContext({ secrets }));
    expect(last()?.headers).toMatchObject({ 'dd-api-key': key });
  });

  it('prefers the environment to the default secret, and says when there is nothing', async () => {
    server.answer(v1(1));
    const environment = { apiKey: 'env', appKey: 'b', address: server.origin };
    await datadogProvider({ http, environment }).measure(aRequest('datadog', { query: 'x' }), aContext());
    expect(last()?.headers).toMatchObject({ 'dd-api-key': 'env' });
    await expect(datadogProvider({ http }).measure(aRequest('datadog', { query: 'x' }), aContext())).rejects.toThrow(
      'failed to find the credentials for datadog metrics provider',
    );
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../api/kube.js';
import type { Sample } from '../../core/analysis/index.js';
import { t0 } from '../../testing/analysis.js';
import type { BackendServer } from '../../testing/backend-server.js';
import { backendServer } from '../../testing/backend-server.js';
import { aContext, aRequest, describeProviderConformance, loopbackHttp } from '../../testing/metric-provider-conformance.js';
import { tokenSource } from '../http/oauth2.js';
import { sigV4Signer } from '../http/sigv4.js';
import { prometheusProvider } from './index.js';

const signer = sigV4Signer('aps', async () => ({ accessKeyId: 'AKID', secretAccessKey: 'hush' }));
const vector = (...values: string[]) => ({
  body: { status: 'success', data: { resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [1, value] })) } },
});

describeProviderConformance('prometheus', {
  provider: (http) => prometheusProvider({ http, tokens: tokenSource(http), signer, defaultAddress: '' }),
  section: (address, timeout, insecure) => ({ address, timeout, insecure, query: 'up' }),
  goodAnswer: vector('1'),
  nan: { answer: vector('NaN'), text: '[NaN]' },
});

describe('the prometheus provider', () => {
  let server: BackendServer;
  const http = loopbackHttp();
  const provider = prometheusProvider({ http, tokens: tokenSource(http), signer, defaultAddress: '' });
  beforeAll(async () => {
    server = await backendServer();
  });
  afterAll(async () => {
    http.close();
    await server.close();
  });
  const measure = (section: JsonObject, now = t0): Promise<Sample> =>
    provider.measure(aRequest('prometheus', { address: server.origin, query: 'up', ...section }), aContext({ now }));
  const last = () => server.received.at(-1);

  it('asks for an instant by POST, at the time of the measurement, behind the path of the address', async () => {
    server.answer(vector('0.95'));
    await measure({ address: `${server.origin}/select/0/prometheus/`, query: 'sum(rate(x[5m]))' }, t0 + 250);
    expect(last()).toMatchObject({
      method: 'POST',
      url: '/select/0/prometheus/api/v1/query',
      body: 'query=sum%28rate%28x%5B5m%5D%29%29&time=1767225600.25',
    });
  });

  it('asks for a range with times from expressions', async () => {
    server.answer({
      body: {
        status: 'success',
        data: {
          resultType: 'matrix',
          result: [
            {
              values: [
                [1, '1'],
                [2, '2'],
              ],
            },
            { values: [[1, '3']] },
          ],
        },
      },
    });
    const rangeQuery = { start: 'now() - duration("5m")', end: 'now()', step: '30s' };
    const sample = await measure({ rangeQuery });
    expect(last()).toMatchObject({ url: '/api/v1/query_range', body: 'query=up&start=1767225300&end=1767225600&step=30' });
    expect(sample).toMatchObject({ value: { type: 'floats', values: [1, 2, 3] }, text: '[1,2,3]' });
  });

  it.each([403, 405, 501])('falls back to GET when POST is answered by %s', async (status) => {
    server.answer({ status, body: 'read only' }, vector('1'));
    expect(await measure({})).toMatchObject({ text: '[1]' });
    expect(last()).toMatchObject({ method: 'GET', url: '/api/v1/query?query=up&time=1767225600' });
  });

  it.each([
    { when: 'a scalar', data: { resultType: 'scalar', result: [1, '0.5'] }, value: { type: 'float', value: 0.5 }, text: '0.5' },
    {
      when: 'a vector',
      data: { resultType: 'vector', result: [{ value: [1, '1'] }, { value: [1, '0.2'] }] },
      value: { type: 'floats', values: [1, 0.2] },
      text: '[1,0.2]',
    },
    { when: 'an empty vector', data: { resultType: 'vector', result: [] }, value: { type: 'floats', values: [] }, text: '[]' },
    {
      when: 'infinity',
      data: { resultType: 'vector', result: [{ value: [1, '+Inf'] }, { value: [1, '-Inf'] }] },
      value: { type: 'floats', values: [Infinity, -Infinity] },
      text: '[+Inf,-Inf]',
    },
    {
      when: 'large and small numbers',
      data: { resultType: 'vector', result: [{ value: [1, '1e21'] }, { value: [1, '2.5e-7'] }] },
      value: { type: 'floats', values: [1e21, 2.5e-7] },
      text: '[1000000000000000000000,0.00000025]',
    },
  ])('reads $when', async ({ data, value, text }) => {
    server.answer({ body: { status: 'success', data } });
    expect(await measure({})).toMatchObject({ kind: 'value', value, text });
  });

  it('keeps warnings', async () => {
    server.answer({ body: { status: 'success', warnings: ['w1', 'w2'], data: { resultType: 'vector', result: [] } } });
    expect(await measure({})).toMatchObject({ metadata: { warnings: '"w1", "w2"' } });
  });

  it('names the query of an answer without data, and initialDelay', async () => {
    server.answer(vector());
    expect(await measure({ query: 'rate(errors[1m])' })).toMatchObject({
      noDataHint: 'query: rate(errors[1m]); where the series appears only after a while, set initialDelay',
    });
  });

  it.each([
    {
      when: 'Prometheus refuses the query',
      reply: { status: 400, body: { status: 'error', errorType: 'bad_data', error: 'bad query' } },
      message: 'bad_data: bad query',
    },
    {
      when: 'the query cannot be run',
      reply: { status: 422, body: { status: 'error', errorType: 'execution', error: 'too many samples' } },
      message: 'execution: too many samples',
    },
    { when: 'the server is down', reply: { status: 503, body: 'down' }, message: 'server_error: server error: 503 from HOST' },
    { when: 'the path is wrong', reply: { status: 404, body: 'nothing' }, message: 'client_error: client error: 404 from HOST' },
    {
      when: 'the result is text',
      reply: { body: { status: 'success', data: { resultType: 'string', result: [1, 'x'] } } },
      message: 'Prometheus metric type not supported',
    },
    {
      when: 'it is another API',
      reply: { body: { ok: true } },
      message: 'bad_response: the answer from HOST is not one of Prometheus: it has no status',
    },
    {
      when: 'a sample is no number',
      reply: { body: { status: 'success', data: { resultType: 'vector', result: [{ value: [1, 'x'] }] } } },
      message: 'bad_response: the answer from HOST has a sample that is no number: [1,"x"]',
    },
  ])('says "$message" when $when', async ({ reply, message }) => {
    server.answer(reply);
    await expect(measure({})).rejects.toThrow(message.replace('HOST', `127.0.0.1:${server.port}`));
  });

  it.each([
    { section: { address: '' }, message: 'prometheus address is not configured' },
    { section: { address: 'prometheus:9090' }, message: 'prometheus address is not is url format' },
    { section: { timeout: -1 }, message: 'prometheus timeout should not be negative' },
    {
      section: { authentication: { basicAuth: { username: 'u' } } },
      message: 'missing mandatory parameter in metric for basic auth setup: password',
    },
    {
      section: { authentication: { oauth2: { tokenUrl: 'http://x', clientId: 'c' } } },
      message: 'missing mandatory parameter in metric for OAuth2 setup',
    },
    {
      section: { rangeQuery: { start: 'soon', end: 'now()', step: '1m' } },
      message: 'failed to parse rangeQuery.start as time: unknown name soon',
    },
    {
      section: { rangeQuery: { start: 'now()', end: 'now()', step: '1' } },
      message: 'failed to parse rangeQuery.step as duration: time: missing unit in duration "1"',
    },
  ])('refuses settings: $message', async ({ section, message }) => {
    await expect(measure(section)).rejects.toThrow(message);
  });

  it('sends headers and basic authentication', async () => {
    server.answer(vector('1'));
    await measure({
      headers: [{ key: 'X-Scope-OrgID', value: 'tenant' }],
      authentication: { basicAuth: { username: 'u', password: 'p' } },
    });
    expect(last()?.headers).toMatchObject({ 'x-scope-orgid': 'tenant', authorization: 'Basic dTpw' });
  });

  it("fetches an OAuth2 token once for many measurements, without the metric's own headers", async () => {
    server.answer(({ url }) => (url === '/token' ? { body: { access_token: 't1', expires_in: 3_600 } } : vector('1')));
    const oauth2 = { tokenUrl: `${server.origin}/token`, clientId: 'me', clientSecret: 'hush', scopes: ['read', 'query'] };
    const before = server.received.length;
    await measure({ authentication: { oauth2 }, headers: [{ key: 'X-Scope-OrgID', value: 'tenant' }] });
    await measure({ authentication: { oauth2 } });
    const requests = server.received.slice(before);
    expect(requests.map(({ url }) => url)).toEqual(['/token', '/api/v1/query', '/api/v1/query']);
    expect(requests[0]).toMatchObject({ body: 'grant_type=client_credentials&scope=read+query' });
    expect(requests[0]?.headers).not.toHaveProperty('x-scope-orgid');
    expect(requests[2]?.headers).toMatchObject({ authorization: 'Bearer t1' });
  });

  it('says which endpoint gave no token', async () => {
    server.answer({ status: 401, body: 'who are you' });
    const oauth2 = { tokenUrl: `${server.origin}/token`, clientId: 'me', clientSecret: 'wrong' };
    await expect(measure({ authentication: { oauth2 } })).rejects.toThrow(
      `the token endpoint 127.0.0.1:${server.port} answered 401: who are you`,
    );
  });

  it('does not take a secret header along to another host', async () => {
    const other = await backendServer();
    other.answer(vector('1'));
    server.answer({ status: 307, headers: { location: `${other.origin}/api/v1/query` } });
    await measure({ headers: [{ key: 'X-Api-Key', value: 'hush' }], authentication: { basicAuth: { username: 'u', password: 'p' } } });
    expect(other.received[0]?.headers).not.toHaveProperty('x-api-key');
    expect(other.received[0]?.headers).not.toHaveProperty('authorization');
    await other.close();
  });

  it('signs requests to Amazon Managed Prometheus, and no others', async () => {
    server.answer(vector('1'));
    const authentication = { sigv4: { region: 'eu-west-1' } };
    await measure({ authentication, address: `${server.origin}/aps-workspaces/ws-1` });
    expect(last()?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKID\/20260101\/eu-west-1\/aps\/aws4_request, SignedHeaders=.*host.*, Signature=[0-9a-f]{64}$/,
    );
    expect(last()?.body).toContain('query=up');
    await measure({ authentication });
    expect(last()?.headers.authorization).toBeUndefined();
    await expect(measure({ authentication: { sigv4: { roleArn: 'x' } }, address: `${server.origin}/aps-workspaces/x` })).rejects.toThrow(
      'roleArn is not supported',
    );
  });

  it('knows whom it asks and what', () => {
    const { metric } = aRequest('prometheus', { address: 'https://prometheus.example/x', query: 'up' });
    expect(provider.target(metric)).toBe('prometheus.example:443');
    expect(provider.describe(metric)).toEqual({ ResolvedPrometheusQuery: 'up' });
  });
});

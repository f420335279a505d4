import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../api/kube.js';
import type { Sample } from '../../core/analysis/index.js';
import type { BackendServer } from '../../testing/backend-server.js';
import { backendServer } from '../../testing/backend-server.js';
import { aContext, aRequest, describeProviderConformance, loopbackHttp } from '../../testing/metric-provider-conformance.js';
import { tokenSource } from '../http/oauth2.js';
import { webProvider } from './index.js';

describeProviderConformance('web', {
  provider: (http) => webProvider({ http, tokens: tokenSource(http) }),
  section: (origin, timeoutSeconds, insecure) => ({ url: `${origin}/api`, timeoutSeconds, insecure }),
  goodAnswer: { body: { ok: true } },
  skips: {
    HTML: 'any text is an answer here; the conditions judge it',
    empty: 'so is the empty one',
  },
});

describe('the web provider', () => {
  let server: BackendServer;
  const http = loopbackHttp();
  const provider = webProvider({ http, tokens: tokenSource(http) });
  beforeAll(async () => {
    server = await backendServer();
  });
  afterAll(async () => {
    http.close();
    await server.close();
  });
  const measure = (section: JsonObject): Promise<Sample> =>
    provider.measure(aRequest('web', { url: `${server.origin}/api`, ...section }), aContext());
  const last = () => server.received.at(-1);

  // The document the recording `analysis-web` was made with, and what upstream made of it.
  const document = { rate: 0.97, items: [{ v: 1 }, { v: 2 }], name: 'x', none: null, flag: true, deep: { 'a.b': '10' } };
  it.each([
    { jsonPath: '{$.rate}', value: { type: 'json', value: 0.97 }, text: '0.97' },
    { jsonPath: '{$.name}', value: { type: 'json', value: 'x' }, text: '"x"' },
    { jsonPath: '{$.flag}', value: { type: 'json', value: true }, text: 'true' },
    { jsonPath: '{$.none}', value: { type: 'json', value: null }, text: 'null' },
    { jsonPath: '{$.items}', value: { type: 'json', value: [{ v: 1 }, { v: 2 }] }, text: '[{"v":1},{"v":2}]' },
    { jsonPath: '{$.items[*].v}', value: { type: 'json', value: 1 }, text: '1' },
    { jsonPath: '$.rate', value: { type: 'json', value: '$.rate' }, text: '"$.rate"' },
  ])('reads $jsonPath as $text', async ({ jsonPath, value, text }) => {
    server.answer({ body: document });
    expect(await measure({ jsonPath })).toMatchObject({ kind: 'value', value, text });
  });

  it.each([
    { jsonPath: '{$.nope}', message: 'Could not find JSONPath in body: nope is not found' },
    { jsonPath: "{$.deep['a.b']}", message: 'Could not find JSONPath in body: a is not found' },
    { jsonPath: '{$.items[?(@.v==2)].v}', message: 'Could not find JSONPath in body: incompatible types for comparison' },
    { jsonPath: '{$.items[?(@.v==2.5)]}', message: 'result of web metric produced no value' },
    { jsonPath: '{rate}', message: 'invalid jsonPath {rate}: unrecognized identifier rate' },
    { jsonPath: '{$.rate', message: 'invalid jsonPath {$.rate: unclosed action' },
  ])('says of $jsonPath: $message', async ({ jsonPath, message }) => {
    server.answer({ body: document });
    await expect(measure({ jsonPath })).rejects.toThrow(message);
  });

  it('shows the whole document by default, keys sorted and markup escaped', async () => {
    server.answer({ body: { b: '<&>', a: 1 } });
    expect(await measure({})).toMatchObject({ text: '{"a":1,"b":"\\u003c\\u0026\\u003e"}' });
  });

  it.each([
    { body: 'OK fine', text: 'OK fine' },
    { body: '', text: '' },
  ])('takes a body that is no JSON as text: "$body"', async ({ body, text }) => {
    server.answer({ body });
    expect(await measure({ jsonPath: '{$.a}' })).toEqual({ kind: 'value', value: { type: 'text', value: body }, text });
  });

  it('survives a body that is exactly null', async () => {
    server.answer({ body: 'null' });
    expect(await measure({})).toMatchObject({ value: { type: 'json', value: null }, text: 'null' });
  });

  it('says which status it got', async () => {
    server.answer({ status: 503, body: 'no' });
    await expect(measure({})).rejects.toThrow('received non 2xx response code: 503');
  });

  it('sends a JSON body as such, whatever the headers say, and no Host of the metric', async () => {
    server.answer({ body: {} });
    await measure({
      method: 'POST',
      jsonBody: { a: [1] },
      headers: [
        { key: 'Content-Type', value: 'text/x' },
        { key: 'Host', value: 'evil' },
        { key: 'X-A', value: 'b' },
      ],
    });
    expect(last()).toMatchObject({ method: 'POST', body: '{"a":[1]}', headers: { 'content-type': 'application/json', 'x-a': 'b' } });
    expect(last()?.headers['host']).toBe(`127.0.0.1:${server.port}`);
  });

  it('sends text by PUT', async () => {
    server.answer({ body: {} });
    await measure({ method: 'PUT', body: 'a=1' });
    expect(last()).toMatchObject({ method: 'PUT', body: 'a=1' });
  });

  it.each([
    {
      section: { method: 'POST', body: 'a', jsonBody: {} },
      message: 'use either Body or JSONBody; both cannot exists for WebMetric payload',
    },
    { section: { body: 'a' }, message: 'Body/JSONBody can only be used with POST or PUT WebMetric Method types' },
    { section: { method: 'DELETE' }, message: 'method DELETE is not one of GET, POST, PUT' },
    { section: { url: 'ftp://x' }, message: 'ftp://x is no http or https URL' },
  ])('refuses settings: $message', async ({ section, message }) => {
    await expect(measure(section)).rejects.toThrow(message);
  });

  it('authenticates by OAuth2', async () => {
    server.answer(({ url }) => (url === '/token' ? { body: { access_token: 't1', expires_in: 60 } } : { body: {} }));
    await measure({ authentication: { oauth2: { tokenUrl: `${server.origin}/token`, clientId: 'a', clientSecret: 'b' } } });
    expect(last()?.headers).toMatchObject({ authorization: 'Bearer t1' });
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../api/kube.js';
import { t0 } from '../../testing/analysis.js';
import type { Answer, BackendServer, Received } from '../../testing/backend-server.js';
import { backendServer } from '../../testing/backend-server.js';
import { aContext, aRequest, describeProviderConformance, loopbackHttp } from '../../testing/metric-provider-conformance.js';
import { kayentaProvider } from './index.js';

const scope = { scope: 'app', region: 'eu', step: 60 };
const section = (address: string, more: JsonObject = {}): JsonObject => ({
  address,
  application: 'shop & co',
  canaryConfigName: 'latency',
  metricsAccountName: 'metrics',
  configurationAccountName: 'config',
  storageAccountName: 'storage',
  threshold: { pass: 90, marginal: 75 },
  scopes: [{ name: 'default', controlScope: scope, experimentScope: { ...scope, scope: 'app-canary' } }],
  ...more,
});
const kayenta = ({ url, method }: Received): Answer =>
  url.includes('/canaryConfig')
    ? {
        body: [
          { id: 'other', name: 'x' },
          { id: 'c/1', name: 'latency' },
        ],
      }
    : method === 'POST'
      ? { body: { canaryExecutionId: 'e-1' } }
      : { status: 404 };

describeProviderConformance('kayenta', {
  provider: (http) => kayentaProvider({ http }),
  section: (address) => section(address),
  goodAnswer: kayenta,
  goodKind: 'running',
  skips: { timeout: 'its timeout is 15 s, whatever the metric', 'insecure TLS': 'the API has no such setting' },
});

describe('the kayenta provider', () => {
  let server: BackendServer;
  const http = loopbackHttp();
  const provider = kayentaProvider({ http });
  beforeAll(async () => {
    server = await backendServer();
  });
  afterAll(async () => {
    http.close();
    await server.close();
  });

  it('finds the configuration, begins an execution and looks again in 15 s', async () => {
    server.answer(kayenta);
    const sample = await provider.measure(aRequest('kayenta', section(server.origin), { intervalMs: 300_000 }), aContext());
    expect(sample).toEqual({ kind: 'running', handle: { canaryExecutionId: 'e-1' }, resumeAt: t0 + 15_000 });
    expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /canaryConfig?application=shop+%26+co&configurationAccountName=config',
      'POST /canary/c%2F1?application=shop+%26+co&metricsAccountName=metrics&configurationAccountName=config&storageAccountName=storage',
    ]);
    const window = { start: '2025-12-31T23:55:00Z', end: '2026-01-01T00:00:00Z', location: 'eu', step: 60 };
    expect(JSON.parse(server.received[1]?.body ?? '')).toEqual({
      scopes: { default: { controlScope: { scope: 'app', ...window }, experimentScope: { scope: 'app-canary', ...window } } },
      thresholds: { pass: 90, marginal: 75 },
    });
  });

  it('looks back to the beginning of the run when told to', async () => {
    server.answer(kayenta);
    await provider.measure(
      {
        ...aRequest('kayenta', section(server.origin, { lookback: true })),
        run: { namespace: 'shop', name: 'run', uid: 'u', startedAt: t0 - 60_000 },
      },
      aContext(),
    );
    expect(JSON.parse(server.received.at(-1)?.body ?? '')).toMatchObject({
      scopes: { default: { controlScope: { start: '2025-12-31T23:59:00Z' } } },
    });
  });

  it.each([
    { score: 95.9, verdict: { phase: 'Successful', text: '95' } },
    { score: 89.9, verdict: { phase: 'Inconclusive', text: '89' } },
    { score: 10, verdict: { phase: 'Failed', text: '10' } },
  ])('judges a score of $score', async ({ score, verdict }) => {
    server.answer({ body: { complete: true, result: { judgeResult: { score: { score } } } } });
    const sample = await provider.resume?.(aRequest('kayenta', section(server.origin)), { canaryExecutionId: 'e/1' }, aContext());
    expect(sample).toEqual({ kind: 'verdict', ...verdict });
    expect(server.received.at(-1)?.url).toBe('/canary/e%2F1');
  });

  it('waits while the execution is not complete', async () => {
    server.answer({ body: { complete: false } });
    const handle = { canaryExecutionId: 'e-1' };
    expect(await provider.resume?.(aRequest('kayenta', section(server.origin)), handle, aContext())).toEqual({
      kind: 'running',
      handle,
      resumeAt: t0 + 15_000,
    });
  });

  it.each([
    { body: {}, message: 'Missing Complete Status' },
    { body: { complete: true }, message: 'Invalid Response' },
    { body: { complete: true, result: {} }, message: 'Missing Score' },
  ])('says "$message"', async ({ body, message }) => {
    server.answer({ body });
    await expect(provider.resume?.(aRequest('kayenta', section(server.origin)), { canaryExecutionId: 'e' }, aContext())).rejects.toThrow(
      message,
    );
  });

  it.each([
    { reply: { body: [] }, more: {}, message: 'Canary config not found' },
    {
      reply: (request: Received) => (request.method === 'POST' ? { body: {} } : kayenta(request)),
      more: {},
      message: 'Invalid Response: no canaryExecutionId',
    },
    {
      reply: kayenta,
      more: { scopes: [{ name: 'x', controlScope: { ...scope, start: 'a' }, experimentScope: scope }] },
      message: 'start must be set in both',
    },
  ])('refuses to begin: $message', async ({ reply, more, message }) => {
    server.answer(reply);
    await expect(provider.measure(aRequest('kayenta', section(server.origin, more)), aContext())).rejects.toThrow(message);
  });
});

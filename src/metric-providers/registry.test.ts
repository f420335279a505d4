import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { providerKeys } from '../api/parse-metric.js';
import { createStore } from '../local-cluster/store/index.js';
import { realScheduler } from '../lib/scheduler.js';
import { loopbackHttp } from '../testing/metric-provider-conformance.js';
import { metricProviders } from './registry.js';

const http = loopbackHttp();
const registry = metricProviders({
  http,
  cluster: createStore({ scheduler: realScheduler(), collectsGarbage: false }),
  settings: { prometheusAddress: '' },
});

describe('metricProviders', () => {
  it('has every provider of the API but plugins, and no other', () => {
    expect([...registry.kinds].sort()).toEqual(providerKeys.filter((kind) => kind !== 'plugin').sort());
  });

  it('has a folder for each, and each folder', () => {
    const folders = readdirSync(new URL('.', import.meta.url), { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && entry.name !== 'http',
    );
    const kebab = (kind: string): string =>
      kind === 'cloudWatch' ? 'cloudwatch' : kind.replace(/[A-Z]/g, (char) => `-${char.toLowerCase()}`);
    expect(folders.map(({ name }) => name).sort()).toEqual([...registry.kinds].map(kebab).sort());
  });

  it.each([...registry.kinds])('loads %s once', async (kind) => {
    const provider = await registry.provider(kind);
    expect(provider.kind).toBe(kind);
    expect(await registry.provider(kind)).toBe(provider);
  });

  it('names a kind it does not have', async () => {
    await expect(registry.provider('crystalBall')).rejects.toMatchObject({
      code: 'invalid-spec',
      message: "unknown metric provider 'crystalBall'",
    });
  });
});

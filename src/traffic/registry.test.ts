import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../api/kube.js';
import { routerKeys } from '../api/parse-strategy.js';
import type { TrafficRouting } from '../api/rollout-types.js';
import { createStore } from '../local-cluster/store/index.js';
import { realScheduler } from '../lib/scheduler.js';
import { trafficRouters } from './registry.js';

const registry = trafficRouters({ cluster: createStore({ scheduler: realScheduler(), collectsGarbage: false }), options: {} });
const routing = (changes: Partial<TrafficRouting>): TrafficRouting => ({
  ...{ routers: {}, plugins: {}, managedRoutes: [], maxTrafficWeight: 100 },
  ...changes,
});
const found = (changes: Partial<TrafficRouting>): { readonly kinds: readonly string[]; readonly errors: readonly string[] } => {
  const { routers, errors } = registry.routersFor(routing(changes));
  return { kinds: routers.map(({ router }) => router.kind), errors: errors.map(({ path, detail }) => `${path}: ${detail}`) };
};
const at = 'spec.strategy.canary.trafficRouting';

describe('trafficRouters', () => {
  it('has a router for each folder, and each folder', () => {
    const folders = readdirSync(new URL('.', import.meta.url), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const folderOf = (kind: string): string => (kind === 'gatewayAPI' ? 'gateway-api' : kind);
    expect(folders.map(({ name }) => name).sort()).toEqual(registry.routers.map(({ kind }) => folderOf(kind)).sort());
  });

  it('finds several routers in upstream’s order, whatever the order in the spec', () => {
    const routers: Record<string, JsonObject> = { smi: {}, nginx: { stableIngress: 'web' }, istio: {} };
    expect(found({ routers, plugins: { 'argoproj-labs/gatewayAPI': {} } })).toEqual({
      kinds: ['istio', 'nginx', 'smi', 'gatewayAPI'],
      errors: [],
    });
  });

  it('finds none where none is named', () => {
    expect(found({})).toEqual({ kinds: [], errors: [] });
  });

  it.each(['argoproj-labs/gatewayAPI', 'gatewayAPI'])('knows the Gateway API as %s', (name) => {
    const section = { httpRoute: 'r' };
    const [use] = registry.routersFor(routing({ plugins: { [name]: section }, managedRoutes: ['hdr'] })).routers;
    expect(use?.router.kind).toBe('gatewayAPI');
    expect(use?.settings).toEqual({ section, path: `${at}.plugins.${name}`, managedRoutes: ['hdr'] });
  });

  it('hands each router its section and where it stands', () => {
    const [use] = registry.routersFor(routing({ routers: { nginx: { stableIngress: 'web' } }, managedRoutes: ['hdr'] })).routers;
    expect(use?.settings).toEqual({ section: { stableIngress: 'web' }, path: `${at}.nginx`, managedRoutes: ['hdr'] });
  });

  it('takes one router under two names for a mistake', () => {
    expect(found({ plugins: { gatewayAPI: {}, 'argoproj-labs/gatewayAPI': {} } })).toEqual({
      kinds: ['gatewayAPI'],
      errors: [`${at}.plugins.argoproj-labs/gatewayAPI: argoproj-labs/gatewayAPI and gatewayAPI are one router: set one of them`],
    });
  });

  it.each(['alb', 'ambassador', 'appMesh', 'traefik', 'apisix'])('says that %s comes later, and finds the others all the same', (key) => {
    const { kinds, errors } = found({ routers: { [key]: {}, nginx: { stableIngress: 'web' } } });
    expect(kinds).toEqual(['nginx']);
    expect(errors).toEqual([expect.stringMatching(new RegExp(`^${at}\\.${key}: the router for .+ comes in a later version of Sluice$`))]);
  });

  it('has an answer for every router of the API', () => {
    for (const key of routerKeys) {
      const { kinds, errors } = found({ routers: { [key]: {} } });
      expect([key, kinds.length + errors.length]).toEqual([key, 1]);
    }
  });

  it('names a plugin it does not know, as an invalid field', () => {
    const { errors } = registry.routersFor(routing({ plugins: { 'acme/router': {} } }));
    expect(errors).toEqual([
      {
        path: `${at}.plugins.acme/router`,
        kind: 'invalid',
        value: '"acme/router"',
        detail: 'unknown traffic router plugin; built in is argoproj-labs/gatewayAPI, for short gatewayAPI',
      },
    ]);
  });
});

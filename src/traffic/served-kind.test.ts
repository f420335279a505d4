import { describe, expect, it } from '@jest/globals';
import type { Resource } from '../api/kube.js';
import { createStore } from '../local-cluster/store/index.js';
import { realScheduler } from '../lib/scheduler.js';
import { resources } from '../api/kube.js';
import { customKind } from '../testing/custom-kind.js';
import { inVersions, servedKind } from './served-kind.js';

const kind = { group: 'x.io', resource: 'things', kind: 'Thing', namespaced: true };
const { signal } = new AbortController();
const version = (name: string): Resource => ({ ...kind, version: name });

describe('inVersions', () => {
  it.each([
    [undefined, ['v1', 'v1beta1']],
    ['', ['v1', 'v1beta1']],
    ['v1beta1', ['v1beta1', 'v1']],
    ['v2', ['v2', 'v1', 'v1beta1']],
  ])('tries first what is asked for: %s', (preferred, expected) => {
    expect(inVersions(kind, preferred, 'v1', 'v1beta1').map((each) => each.version)).toEqual(expected);
  });
});

describe('servedKind', () => {
  it('asks once, sees a kind come without a restart, and asks anew when told to', async () => {
    const store = createStore({ scheduler: realScheduler() });
    const served = servedKind(store.as('router'), inVersions(kind, undefined, 'v1', 'v1beta1'));
    const asked = (): number => store.audit.entries('router').length;
    expect(served.likely).toEqual(version('v1'));
    expect(await served.resolve(signal)).toBeUndefined();
    await store.create(resources.customResourceDefinitions, customKind(version('v1beta1')));
    expect(await served.resolve(signal)).toEqual(version('v1beta1'));
    expect(served.likely).toEqual(version('v1beta1'));
    const before = asked();
    await served.resolve(signal);
    expect(asked()).toBe(before);
    await store.delete({ resource: resources.customResourceDefinitions, name: 'things.x.io' });
    served.forget();
    expect(await served.resolve(signal)).toBeUndefined();
  });
});

import { describe, expect, it } from '@jest/globals';
import { virtualScheduler } from '../lib/virtual-scheduler.js';
import { applyObjects, parseManifests } from './manifests.js';
import { createStore } from './store/index.js';

const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.io}
spec:
  group: example.io
  scope: Namespaced
  names: {plural: widgets, kind: Widget}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
`;
const widget = `
---
apiVersion: example.io/v1
kind: Widget
metadata: {name: w}
size: 1
---
`;

async function apply(text: string) {
  const scheduler = virtualScheduler();
  const store = createStore({ scheduler });
  const applied = applyObjects({ cluster: store, kinds: () => store.kinds() }, parseManifests(text));
  applied.catch(() => undefined);
  await scheduler.settle();
  return applied;
}

describe('manifests', () => {
  it('are applied in their order, so a definition may come right before its objects', async () => {
    const applied = await apply(`${definition}${widget}`);
    expect(applied.map(({ kind, metadata }) => [kind, metadata.name, metadata.namespace])).toEqual([
      ['CustomResourceDefinition', 'widgets.example.io', undefined],
      ['Widget', 'w', 'default'],
    ]);
  });

  it('of a kind nobody serves are refused by name', async () => {
    await expect(apply(widget)).rejects.toMatchObject({
      code: 'not-found',
      message: 'no matches for kind "Widget" in version "example.io/v1"',
    });
  });

  it('may be lists', () => {
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [{ kind: 'A' }, { kind: 'B' }] });
    expect(parseManifests(list)).toEqual([{ kind: 'A' }, { kind: 'B' }]);
  });

  it('that are no objects are refused', () => {
    expect(() => parseManifests('just text')).toThrow('a manifest must be an object');
  });
});

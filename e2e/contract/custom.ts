import type { NewObject, Resource } from '../../src/api/kube.js';
import { resources } from '../../src/api/kube.js';
import type { ObjectRef } from '../../src/cluster/cluster.js';
import type { Recorder } from './recorder.js';
import type { Sequence } from './sequence.js';
import { sequence } from './sequence.js';

const widgets: Resource = { group: 'contract.example.io', version: 'v1', resource: 'widgets', kind: 'Widget', namespaced: true };

const schema = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer', minimum: 0, maximum: 10 },
        colour: { type: 'string', enum: ['red', 'green'], default: 'red' },
        name: { type: 'string', pattern: '^[a-z]+$', maxLength: 5 },
        either: { 'x-kubernetes-int-or-string': true },
        list: {
          type: 'array',
          maxItems: 3,
          items: { type: 'object', required: ['key'], properties: { key: { type: 'string' }, value: { type: 'string' } } },
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['key'],
        },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        map: { type: 'object', additionalProperties: { type: 'string' } },
        nested: { type: 'object', default: {}, properties: { on: { type: 'boolean', default: true } } },
      },
      'x-kubernetes-validations': [{ rule: "self.colour != 'green' || self.size > 1", message: 'green ones are bigger than 1' }],
    },
    status: { type: 'object', properties: { size: { type: 'integer' }, selector: { type: 'string' }, phase: { type: 'string' } } },
  },
};

const definition: NewObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.contract.example.io' },
  spec: {
    group: widgets.group,
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: schema },
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size', labelSelectorPath: '.status.selector' },
        },
      },
    ],
  },
};

async function defined({ cluster, eventually }: Recorder): Promise<void> {
  await cluster.create(resources.customResourceDefinitions, definition).catch(() => undefined);
  await eventually(
    'widgets to be served',
    () => cluster.serves(widgets),
    (isServed) => isServed,
  );
  await eventually(
    'widgets to be listed',
    () =>
      cluster.list({ resource: widgets, namespace: 'default' }).then(
        () => true,
        () => false,
      ),
    (isListed) => isListed,
  );
}

const widget = (namespace: string, name: string, spec: unknown, more: object = {}): NewObject => ({
  apiVersion: 'contract.example.io/v1',
  kind: 'Widget',
  metadata: { name, namespace },
  spec,
  ...more,
});

/** Kinds by definition, as a Rollout is one: schemas, subresources, patches. */
export const custom: readonly Sequence[] = [
  sequence('a custom object is pruned, defaulted and checked', async (to) => {
    await defined(to);
    const { cluster, namespace, answer } = to;
    const create = (label: string, spec: unknown, more: object = {}) =>
      answer(label, cluster.create(widgets, widget(namespace, label.replace(/[^a-z]+/g, '-'), spec, more)));
    await create('least', { size: 1 });
    await create(
      'unknown fields',
      { size: 1, unknown: 1, free: { kept: [1] }, nested: { gone: 1 } },
      { other: 1, status: { phase: 'early' } },
    );
    await create('no spec', undefined);
    await create('no size', {});
    await create('wrong type', { size: 'one' });
    await create('too big', { size: 11 });
    await create('too small', { size: -1 });
    await create('fraction', { size: 1.5 });
    await create('not in enum', { size: 1, colour: 'blue' });
    await create('pattern', { size: 1, name: 'ABC' });
    await create('too long', { size: 1, name: 'abcdefgh' });
    await create('int or string', { size: 1, either: '25%' });
    await create('neither int nor string', { size: 1, either: true });
    await create('twin keys', { size: 1, list: [{ key: 'a' }, { key: 'a' }] });
    await create('no key', { size: 1, list: [{ value: 'a' }] });
    await create('too many', { size: 1, list: [{ key: 'a' }, { key: 'b' }, { key: 'c' }, { key: 'd' }] });
    await create('map of wrong', { size: 1, map: { a: 1 } });
    await create('null for a default', { size: 1, colour: null, nested: null });
    await create('a rule', { size: 1, colour: 'green' });
    await create('several at once', { size: 'x', colour: 'blue', map: { a: 1 } });
  }),

  sequence('status, scale and generation of a custom object', async (to) => {
    await defined(to);
    const { cluster, namespace, answer } = to;
    const ref: ObjectRef = { resource: widgets, namespace, name: 'sub' };
    await answer('create', cluster.create(widgets, widget(namespace, 'sub', { size: 3 })));
    await answer(
      'status',
      cluster.patch(
        ref,
        { kind: 'merge', body: { status: { size: 2, selector: 'a=b', phase: 'x' }, spec: { size: 9 } } },
        { subresource: 'status' },
      ),
    );
    await answer('status by the main resource', cluster.patch(ref, { kind: 'merge', body: { status: { phase: 'y' } } }));
    await answer('spec', cluster.patch(ref, { kind: 'merge', body: { spec: { size: 4 } } }));
    await answer('the same spec', cluster.patch(ref, { kind: 'merge', body: { spec: { size: 4 } } }));
    await answer('label', cluster.patch(ref, { kind: 'merge', body: { metadata: { labels: { l: '1' } } } }));
    await answer(
      'label through status',
      cluster.patch(ref, { kind: 'merge', body: { metadata: { labels: { l: '2' } }, status: { phase: 'z' } } }, { subresource: 'status' }),
    );
    await answer('get scale', cluster.get(ref, { subresource: 'scale' }));
    await answer('patch scale', cluster.patch(ref, { kind: 'merge', body: { spec: { replicas: 6 } } }, { subresource: 'scale' }));
    await answer(
      'a scale the schema refuses',
      cluster.patch(ref, { kind: 'merge', body: { spec: { replicas: 11 } } }, { subresource: 'scale' }),
    );
    await answer('get', cluster.get(ref));
    await answer('strategic', cluster.patch(ref, { kind: 'strategic', body: { spec: { size: 1 } } }));
    await answer('replace without a version', cluster.replace(ref, widget(namespace, 'sub', { size: 5 })));
    await answer('strict', cluster.create(widgets, widget(namespace, 'strict', { size: 1, unknown: 1 }), { fieldValidation: 'Strict' }));
    await answer('delete', cluster.delete(ref));
  }),

  sequence(
    'server-side apply',
    async (to) => {
      await defined(to);
      const { cluster, namespace, answer } = to;
      const ref: ObjectRef = { resource: widgets, namespace, name: 'ssa' };
      const apply = (fieldManager: string, spec: unknown, force = false) =>
        cluster.patch(ref, { kind: 'apply', body: widget(namespace, 'ssa', spec), force }, { fieldManager });
      await answer('create', apply('one', { size: 1, list: [{ key: 'a', value: '1' }], map: { x: '1' } }));
      await answer('the same', apply('one', { size: 1, list: [{ key: 'a', value: '1' }], map: { x: '1' } }));
      await answer('another manager, other fields', apply('two', { size: 1, list: [{ key: 'b', value: '2' }], map: { y: '2' } }));
      await answer('another manager, the same field', apply('two', { size: 2 }));
      await answer('by force', apply('two', { size: 2 }, true));
      await answer('fields given up', apply('one', { size: 2 }));
      await answer(
        'status apart',
        cluster.patch(ref, { kind: 'merge', body: { status: { phase: 'x' } } }, { subresource: 'status', fieldManager: 'three' }),
      );
    },
    { managedFields: true },
  ),

  sequence('a kind nobody defined', async ({ cluster, namespace, answer }) => {
    const gadgets = { ...widgets, resource: 'gadgets', kind: 'Gadget' };
    await answer('serves', cluster.serves(gadgets));
    await answer('list', cluster.list({ resource: gadgets, namespace }));
    await answer(
      'create',
      cluster.create(gadgets, { apiVersion: 'contract.example.io/v1', kind: 'Gadget', metadata: { name: 'g', namespace } }),
    );
  }),
];

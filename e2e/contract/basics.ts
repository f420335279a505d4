import type { NewObject, Resource } from '../../src/api/kube.js';
import { resources } from '../../src/api/kube.js';
import type { ObjectRef } from '../../src/cluster/cluster.js';
import { versionOf } from './recorder.js';
import type { Sequence } from './sequence.js';
import { sequence } from './sequence.js';

const { configMaps, secrets, services } = resources;

const configMap = (name: string, data: Readonly<Record<string, string>> = {}, metadata: object = {}): NewObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
});

const refIn = (namespace: string, resource: Resource, name: string): ObjectRef => ({ resource, namespace, name });
const inNamespace = (namespace: string, object: NewObject): NewObject => ({ ...object, metadata: { ...object.metadata, namespace } });

/** Objects of their own accord: creation, versions, patches, deletion, lists. */
export const basics: readonly Sequence[] = [
  sequence('create, read and delete', async ({ cluster, namespace, answer }) => {
    const ref = refIn(namespace, configMaps, 'a');
    await answer('get before', cluster.get(ref));
    await answer('create', cluster.create(configMaps, inNamespace(namespace, configMap('a', { k: 'v' }))));
    await answer('create again', cluster.create(configMaps, inNamespace(namespace, configMap('a'))));
    await answer('get', cluster.get(ref));
    await answer('delete', cluster.delete(ref));
    await answer('delete again', cluster.delete(ref));
    await answer('get after', cluster.get(ref));
  }),

  sequence('creations that are refused', async ({ cluster, namespace, answer }) => {
    const create = (object: NewObject) => cluster.create(configMaps, inNamespace(namespace, object));
    await answer('a bad name', create(configMap('Upper_Case')));
    await answer('a bad label value', create(configMap('b', {}, { labels: { a: 'no spaces here' } })));
    await answer('a bad label key', create(configMap('b', {}, { labels: { 'a/b/c': 'x' } })));
    await answer('a bad annotation key', create(configMap('b', {}, { annotations: { 'no good': 'x' } })));
    await answer('no name', cluster.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace } }));
    await answer('a resourceVersion', create(configMap('b', {}, { resourceVersion: '5' })));
    await answer('another kind', cluster.create(configMaps, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'b', namespace } }));
    await answer('a missing namespace', cluster.create(configMaps, inNamespace('nowhere', configMap('b'))));
    await answer('a bad data key', create(configMap('b', { 'a b': 'x' })));
  }),

  sequence('versions as preconditions', async ({ cluster, namespace, answer }) => {
    const ref = refIn(namespace, configMaps, 'v');
    const first = await answer('create', cluster.create(configMaps, inNamespace(namespace, configMap('v', { k: '1' }))));
    const versioned = (data: Readonly<Record<string, string>>): NewObject =>
      inNamespace(namespace, configMap('v', data, { resourceVersion: versionOf(first) }));
    await answer('replace with the version', cluster.replace(ref, versioned({ k: '2' })));
    await answer('replace with the old version', cluster.replace(ref, versioned({ k: '3' })));
    await answer('replace without a version', cluster.replace(ref, inNamespace(namespace, configMap('v', { k: '4' }))));
    await answer('replace by the same content', cluster.replace(ref, inNamespace(namespace, configMap('v', { k: '4' }))));
    const patch = (resourceVersion: string) =>
      cluster.patch(ref, { kind: 'merge', body: { metadata: { resourceVersion }, data: { k: '5' } } });
    await answer('patch with the old version', patch(versionOf(first)));
    await answer(
      'patch with another uid',
      cluster.patch(ref, { kind: 'merge', body: { metadata: { uid: '00000000-0000-0000-0000-000000000000' } } }),
    );
    await answer('delete with the old version', cluster.delete(ref, { preconditions: { resourceVersion: versionOf(first) } }));
    await answer('delete with another uid', cluster.delete(ref, { preconditions: { uid: '00000000-0000-0000-0000-000000000000' } }));
    await answer(
      'replace with another uid',
      cluster.replace(ref, inNamespace(namespace, configMap('v', {}, { uid: '00000000-0000-0000-0000-000000000000' }))),
    );
    await answer(
      'replace what is not there',
      cluster.replace(refIn(namespace, configMaps, 'none'), inNamespace(namespace, configMap('none'))),
    );
    await answer('replace under another name', cluster.replace(ref, inNamespace(namespace, configMap('other'))));
  }),

  sequence('merge and JSON patches', async ({ cluster, namespace, answer }) => {
    const ref = refIn(namespace, configMaps, 'p');
    const merge = (body: unknown) => cluster.patch(ref, { kind: 'merge', body });
    const json = (...body: readonly unknown[]) => cluster.patch(ref, { kind: 'json', body });
    await answer('patch before', merge({ data: { a: '1' } }));
    await answer('create', cluster.create(configMaps, inNamespace(namespace, configMap('p', { a: '1', b: '2' }, { labels: { x: 'y' } }))));
    await answer('merge', merge({ data: { a: null, c: '3' }, metadata: { labels: { x: null, z: '1' }, annotations: { n: 'm' } } }));
    await answer('merge nothing', merge({}));
    await answer('merge a wrong type', merge({ data: { a: 5 } }));
    await answer('merge away the data', merge({ data: null }));
    await answer('rename', merge({ metadata: { name: 'q' } }));
    await answer('add', json({ op: 'add', path: '/data', value: { d: '4' } }));
    await answer('test that holds', json({ op: 'test', path: '/data/d', value: '4' }, { op: 'replace', path: '/data/d', value: '5' }));
    await answer('test that fails', json({ op: 'test', path: '/data/d', value: '4' }, { op: 'replace', path: '/data/d', value: '6' }));
    await answer('remove what is not there', json({ op: 'remove', path: '/data/none' }));
    await answer('replace below nothing', json({ op: 'replace', path: '/none/none', value: 1 }));
    await answer('escaped path', json({ op: 'add', path: '/metadata/annotations/a~1b', value: 'c' }));
    await answer('move and copy', json({ op: 'copy', from: '/data/d', path: '/data/e' }, { op: 'move', from: '/data/d', path: '/data/f' }));
    await answer('unknown operation', json({ op: 'dance', path: '/data' }));
    await answer('immutable metadata', merge({ metadata: { creationTimestamp: null, generation: 7 } }));
  }),

  sequence('dry runs store nothing', async ({ cluster, namespace, answer }) => {
    const ref = refIn(namespace, configMaps, 'dry');
    await answer('create dry', cluster.create(configMaps, inNamespace(namespace, configMap('dry', { a: '1' })), { dryRun: true }));
    await answer('get', cluster.get(ref));
    await answer('create', cluster.create(configMaps, inNamespace(namespace, configMap('dry', { a: '1' }))));
    await answer('create dry again', cluster.create(configMaps, inNamespace(namespace, configMap('dry')), { dryRun: true }));
    await answer('patch dry', cluster.patch(ref, { kind: 'merge', body: { data: { a: '2' } } }, { dryRun: true }));
    await answer('delete dry', cluster.delete(ref, { dryRun: true }));
    await answer('get after', cluster.get(ref));
  }),

  sequence('finalizers hold a deleted object', async ({ cluster, namespace, answer }) => {
    const ref = refIn(namespace, configMaps, 'f');
    await answer('create', cluster.create(configMaps, inNamespace(namespace, configMap('f', {}, { finalizers: ['example.io/hold'] }))));
    await answer('delete', cluster.delete(ref));
    await answer('get', cluster.get(ref));
    await answer('delete again', cluster.delete(ref));
    await answer(
      'add a finalizer',
      cluster.patch(ref, { kind: 'merge', body: { metadata: { finalizers: ['example.io/hold', 'example.io/more'] } } }),
    );
    await answer('change data', cluster.patch(ref, { kind: 'merge', body: { data: { still: 'here' } } }));
    await answer('remove the finalizer', cluster.patch(ref, { kind: 'merge', body: { metadata: { finalizers: null } } }));
    await answer('get after', cluster.get(ref));
    await answer('a bad finalizer', cluster.create(configMaps, inNamespace(namespace, configMap('g', {}, { finalizers: ['nodomain'] }))));
  }),

  sequence('label and field selectors', async ({ cluster, namespace, answer, fact }) => {
    for (const [name, labels] of Object.entries({ s1: { app: 'a', tier: 'x' }, s2: { app: 'a' }, s3: { app: 'b' }, s4: {} })) {
      await cluster.create(configMaps, inNamespace(namespace, configMap(name, {}, { labels })));
    }
    const names = async (selection: { readonly labelSelector?: string; readonly fieldSelector?: string }) => {
      const { items } = await cluster.list({ resource: configMaps, namespace, ...selection });
      return items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('s'));
    };
    for (const labelSelector of ['app=a', 'app!=a', 'app in (a,b),tier', '!app', 'app notin (a)', 'app==a,tier!=x', '']) {
      fact(`labels ${labelSelector}`, await names({ labelSelector }));
    }
    for (const fieldSelector of ['metadata.name=s1', 'metadata.name!=s1', 'metadata.namespace=' + namespace])
      fact(`fields ${fieldSelector}`, await names({ fieldSelector }));
    for (const labelSelector of ['app in', '=a', 'a b'])
      await answer(`bad labels ${labelSelector}`, cluster.list({ resource: configMaps, namespace, labelSelector }));
    for (const fieldSelector of ['data.a=1', 'nonsense'])
      await answer(`bad fields ${fieldSelector}`, cluster.list({ resource: configMaps, namespace, fieldSelector }));
  }),

  sequence('lists by pages', async ({ cluster, namespace, fact, answer }) => {
    for (const name of ['p1', 'p2', 'p3', 'p4', 'p5'])
      await cluster.create(secrets, inNamespace(namespace, { apiVersion: 'v1', kind: 'Secret', metadata: { name } }));
    const selection = { resource: secrets, namespace };
    const pages: (readonly string[])[] = [];
    let next: string | undefined;
    do {
      const page = await cluster.list(selection, { limit: 2, ...(next === undefined ? {} : { continue: next }) });
      pages.push(page.items.map(({ metadata }) => metadata.name));
      next = page.continue;
    } while (next !== undefined && next !== '');
    fact('pages', pages);
    await answer('a bad continue token', cluster.list(selection, { limit: 2, continue: 'nonsense' }));
  }),

  sequence('secrets and Services get their defaults', async ({ cluster, namespace, answer }) => {
    const secret = (content: object): NewObject => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace }, ...content });
    await answer('stringData', cluster.create(secrets, secret({ stringData: { a: 'b' }, data: { c: 'ZA==' } })));
    await answer('not base64', cluster.create(secrets, { ...secret({ data: { a: '%' } }), metadata: { name: 't', namespace } }));
    const service = (name: string, spec: object): NewObject => ({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec });
    await answer('a Service', cluster.create(services, service('web', { selector: { app: 'a' }, ports: [{ port: 80 }] })));
    await answer('two unnamed ports', cluster.create(services, service('bad', { ports: [{ port: 80 }, { port: 81 }] })));
    await answer('no port', cluster.create(services, service('bad', { ports: [] })));
    await answer(
      'headless',
      cluster.create(services, service('headless', { clusterIP: 'None', ports: [{ port: 80, targetPort: 'http' }] })),
    );
    const ref = refIn(namespace, services, 'web');
    await answer(
      'selector by JSON patch',
      cluster.patch(ref, { kind: 'json', body: [{ op: 'add', path: '/spec/selector/version', value: 'one' }] }),
    );
    await answer('cluster address is immutable', cluster.patch(ref, { kind: 'merge', body: { spec: { clusterIP: '10.0.77.77' } } }));
  }),
];

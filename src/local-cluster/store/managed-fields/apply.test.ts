import { describe, expect, it } from '@jest/globals';
import type { KubeObject, NewObject } from '../../../api/kube.js';
import { resources } from '../../../api/kube.js';
import type { WriteOptions } from '../../../cluster/cluster.js';
import { virtualScheduler } from '../../../lib/virtual-scheduler.js';
import { recordAt, recordsAt } from '../json.js';
import type { LocalStore } from '../local-store.js';
import { createStore } from '../local-store.js';

function bench(tracksManagers = true) {
  const scheduler = virtualScheduler();
  const store = createStore({ scheduler, tracksManagers });
  const run = async <T>(promise: Promise<T>): Promise<T> => {
    promise.catch(() => undefined);
    await scheduler.settle();
    return promise;
  };
  return { store, scheduler, run };
}

const target = { resource: resources.deployments, namespace: 'default', name: 'web' };

function deployment(spec: object, metadata: object = {}): NewObject {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'default', ...metadata }, spec };
}

const container = (name: string, more: object = {}): object => ({ name, image: `${name}:1`, ...more });
const base = (containers: readonly object[] = [container('main')], more: object = {}): object => ({
  ...{ selector: { matchLabels: { app: 'web' } } },
  template: { metadata: { labels: { app: 'web' } }, spec: { containers } },
  ...more,
});

function apply(
  store: LocalStore,
  fieldManager: string,
  body: unknown,
  options: WriteOptions & { readonly force?: boolean } = {},
): Promise<KubeObject> {
  const { force, ...rest } = options;
  return store.patch(target, { kind: 'apply', body, ...(force === undefined ? {} : { force }) }, { fieldManager, ...rest });
}

function fieldsOf(object: KubeObject, manager: string): Readonly<Record<string, unknown>> {
  const entry = recordsAt(object, 'metadata', 'managedFields').find((each) => each['manager'] === manager);
  return recordAt(entry, 'fieldsV1');
}

describe('server-side apply', () => {
  it('makes what is not there and owns exactly what was applied', async () => {
    const { store, run } = bench();
    const made = await run(apply(store, 'one', deployment(base([container('main')], { replicas: 2 }))));
    expect(made.spec).toMatchObject({ replicas: 2, revisionHistoryLimit: 10 });
    expect(recordsAt(made, 'metadata', 'managedFields')).toMatchObject([
      { manager: 'one', operation: 'Apply', apiVersion: 'apps/v1', fieldsType: 'FieldsV1' },
    ]);
    expect(fieldsOf(made, 'one')).toEqual({
      'f:spec': {
        'f:replicas': {},
        'f:selector': {},
        'f:template': {
          'f:metadata': { 'f:labels': { 'f:app': {} } },
          'f:spec': { 'f:containers': { 'k:{"name":"main"}': { '.': {}, 'f:image': {}, 'f:name': {} } } },
        },
      },
    });
  });

  it('changes nothing when it is applied again', async () => {
    const { store, scheduler, run } = bench();
    const made = await run(apply(store, 'one', deployment(base())));
    await scheduler.runFor(5000);
    expect(await run(apply(store, 'one', deployment(base())))).toBe(made);
  });

  it('merges keyed lists of several managers', async () => {
    const { store, run } = bench();
    await run(apply(store, 'one', deployment(base())));
    const sidecar = { spec: { template: { spec: { containers: [container('sidecar')] } } } };
    const after = await run(apply(store, 'two', { ...deployment({}), ...sidecar }));
    expect(recordsAt(after, 'spec', 'template', 'spec', 'containers').map((each) => each['name'])).toEqual(['main', 'sidecar']);
  });

  it('takes away what its applier no longer names, and nothing of others', async () => {
    const { store, run } = bench();
    await run(apply(store, 'one', deployment(base([container('main'), container('sidecar')], { minReadySeconds: 5 }))));
    await run(apply(store, 'two', { ...deployment({ minReadySeconds: 5 }) }));
    const after = await run(apply(store, 'one', deployment(base())));
    expect(recordsAt(after, 'spec', 'template', 'spec', 'containers').map((each) => each['name'])).toEqual(['main']);
    expect(after.spec?.['minReadySeconds']).toBe(5);
  });

  it('names the field and the manager of a conflict, and takes it by force', async () => {
    const { store, run } = bench();
    await run(apply(store, 'one', deployment(base([container('main')], { replicas: 2 }))));
    const refused = run(apply(store, 'two', deployment({ replicas: 3 })));
    await expect(refused).rejects.toMatchObject({
      code: 'conflict',
      message: 'Apply failed with 1 conflict: conflict with "one": .spec.replicas',
      status: { details: { causes: [{ reason: 'FieldManagerConflict', field: '.spec.replicas' }] } },
    });
    const forced = await run(apply(store, 'two', deployment({ replicas: 3 }), { force: true }));
    expect([forced.spec?.['replicas'], recordAt(fieldsOf(forced, 'one'), 'f:spec')['f:replicas']]).toEqual([3, undefined]);
  });

  it('lists several conflicts by manager', async () => {
    const { store, run } = bench();
    await run(apply(store, 'one', deployment(base([container('main')], { replicas: 2 }))));
    const refused = run(apply(store, 'two', deployment(base([container('main', { image: 'other' })], { replicas: 3 }))));
    await expect(refused).rejects.toMatchObject({
      message:
        'Apply failed with 2 conflicts: conflicts with "one":\n- .spec.replicas\n- .spec.template.spec.containers[name="main"].image',
    });
  });

  it('agreeing managers share a field', async () => {
    const { store, run } = bench();
    await run(apply(store, 'one', deployment(base([container('main')], { replicas: 2 }))));
    const after = await run(apply(store, 'two', deployment({ replicas: 2 })));
    expect(['one', 'two'].map((manager) => recordAt(fieldsOf(after, manager), 'f:spec')['f:replicas'])).toEqual([{}, {}]);
  });

  it('notes an ordinary write as an owner too, and an applier meets it as a conflict', async () => {
    const { store, run } = bench();
    await run(apply(store, 'one', deployment(base([container('main')], { replicas: 2 }))));
    const scaled = await run(store.patch(target, { kind: 'merge', body: { spec: { replicas: 4 } } }, { fieldManager: 'hpa' }));
    expect(fieldsOf(scaled, 'hpa')).toEqual({ 'f:spec': { 'f:replicas': {} } });
    const refused = run(apply(store, 'one', deployment(base([container('main')], { replicas: 2 }))));
    await expect(refused).rejects.toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "hpa" using apps/v1 at 2026-01-01T00:00:00Z: .spec.replicas',
    });
  });

  it('refuses managedFields in a configuration', async () => {
    const { store, run } = bench();
    await expect(run(apply(store, 'one', deployment(base(), { managedFields: [] })))).rejects.toMatchObject({
      message: 'metadata.managedFields must be nil',
    });
  });
});

describe('ordinary writes', () => {
  it('leave no trace of managers unless the store is told to', async () => {
    const { store, run } = bench(false);
    const made = await run(store.create(resources.deployments, deployment(base())));
    expect(recordsAt(made, 'metadata', 'managedFields')).toEqual([]);
  });

  it('own what they created, status apart', async () => {
    const { store, run } = bench();
    await run(store.create(resources.deployments, deployment(base()), { fieldManager: 'kubectl-create' }));
    const after = await run(
      store.patch(target, { kind: 'merge', body: { status: { replicas: 1 } } }, { subresource: 'status', fieldManager: 'controller' }),
    );
    expect(
      recordsAt(after, 'metadata', 'managedFields').map((entry) => [entry['manager'], entry['operation'], entry['subresource']]),
    ).toEqual([
      ['controller', 'Update', 'status'],
      ['kubectl-create', 'Update', undefined],
    ]);
  });
});

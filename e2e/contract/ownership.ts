import type { KubeObject, NewObject } from '../../src/api/kube.js';
import { resources } from '../../src/api/kube.js';
import type { DeleteOptions } from '../../src/cluster/cluster.js';
import { hasCode } from '../../src/lib/errors.js';
import type { Recorder } from './recorder.js';
import type { Sequence } from './sequence.js';
import { sequence } from './sequence.js';

const { configMaps } = resources;

const configMap = (namespace: string, name: string, owners: readonly KubeObject[] = [], finalizers: readonly string[] = []): NewObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name,
    namespace,
    finalizers,
    ownerReferences: owners.map((owner) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: owner.metadata.name,
      uid: owner.metadata.uid,
      controller: owner === owners[0],
      blockOwnerDeletion: true,
    })),
  },
});

async function afterDeletion(
  to: Recorder,
  options: DeleteOptions,
  isOver: (owner: KubeObject | undefined, child: KubeObject | undefined) => boolean,
): Promise<void> {
  const { cluster, namespace, fact, answer, eventually } = to;
  const owner = await cluster.create(configMaps, configMap(namespace, 'owner'));
  await cluster.create(configMaps, configMap(namespace, 'child', [owner]));
  await answer('delete', cluster.delete({ resource: configMaps, namespace, name: 'owner' }, options));
  const find = async (name: string): Promise<KubeObject | undefined> => {
    try {
      return await cluster.get({ resource: configMaps, namespace, name });
    } catch (error) {
      if (hasCode(error, 'not-found')) return undefined;
      throw error;
    }
  };
  const [lastOwner, child] = await eventually(
    'the garbage collector',
    async () => [await find('owner'), await find('child')] as const,
    ([one, two]) => isOver(one, two),
  );
  fact('owner', lastOwner?.metadata.name ?? 'gone');
  fact('child', child === undefined ? 'gone' : { owners: child.metadata.ownerReferences ?? [] });
}

/** What becomes of owned objects. */
export const ownership: readonly Sequence[] = [
  sequence('children go with their owner', (to) =>
    afterDeletion(to, { propagationPolicy: 'Background' }, (owner, child) => owner === undefined && child === undefined),
  ),
  sequence('an owner waits for its children', (to) =>
    afterDeletion(to, { propagationPolicy: 'Foreground' }, (owner, child) => owner === undefined && child === undefined),
  ),
  sequence('children are set free', (to) =>
    afterDeletion(
      to,
      { propagationPolicy: 'Orphan' },
      (owner, child) => owner === undefined && (child?.metadata.ownerReferences ?? []).length === 0,
    ),
  ),
  sequence('a child without an owner is collected', async ({ cluster, namespace, fact, eventually }) => {
    const owner = await cluster.create(configMaps, configMap(namespace, 'short-lived'));
    await cluster.delete({ resource: configMaps, namespace, name: 'short-lived' });
    await cluster.create(configMaps, configMap(namespace, 'late', [owner]));
    const names = await eventually(
      'the garbage collector',
      async () =>
        (await cluster.list({ resource: configMaps, namespace })).items
          .map(({ metadata }) => metadata.name)
          .filter((name) => name === 'late'),
      (found) => found.length === 0,
    );
    fact('left', names);
  }),
  sequence('two controllers are refused', async ({ cluster, namespace, answer }) => {
    const owner = await cluster.create(configMaps, configMap(namespace, 'one'));
    const twice = configMap(namespace, 'two', [owner]);
    const references = (twice.metadata.ownerReferences ?? []).flatMap((reference) => [
      reference,
      { ...reference, name: 'other', uid: '00000000-0000-0000-0000-000000000001' },
    ]);
    await answer('create', cluster.create(configMaps, { ...twice, metadata: { ...twice.metadata, ownerReferences: references } }));
  }),
];

import type { JsonObject, KubeObject } from '../../src/api/kube.js';
import { resources } from '../../src/api/kube.js';
import { aWorkload, atRest, change, hasCondition, hasStatus, podTemplate, untilGone } from './at-rest.js';
import { listAt, textAt } from '../lib/json-at.js';
import type { Recorder } from './recorder.js';
import type { Sequence } from './sequence.js';
import { sequence } from './sequence.js';

const { deployments, replicaSets } = resources;

async function make(to: Recorder, spec: JsonObject): Promise<void> {
  await to.cluster.create(deployments, aWorkload(to, deployments, 'web', { replicas: 4, template: podTemplate('web'), ...spec }));
}

async function setImage(to: Recorder, image: string): Promise<void> {
  const body = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: image }];
  await to.cluster.patch({ resource: deployments, namespace: to.namespace, name: 'web' }, { kind: 'json', body });
}

/** All pods of the newest version, none of another. */
function isRolledOut(object: KubeObject): boolean {
  const replicas = Number(object.spec?.['replicas']);
  return hasStatus({ replicas, updatedReplicas: replicas, availableReplicas: replicas, terminatingReplicas: 0 })(object);
}

/** The Deployment's status and all that it wrote into its ReplicaSets. */
async function rest(to: Recorder, label: string, pleases: (object: KubeObject) => boolean): Promise<void> {
  const { metadata, status } = await atRest(to, deployments, 'web', pleases);
  const sets = await setsOf(to);
  // In which order conditions stand, says only which one was there first.
  const conditions = [...listAt(status, 'conditions')].sort((a, b) => ((textAt(a, 'type') ?? '') < (textAt(b, 'type') ?? '') ? -1 : 1));
  to.fact(label, withNames(sets, { ...status, conditions }));
  to.fact(`${label}: annotations`, metadata.annotations);
  to.fact(
    `${label}: ReplicaSets`,
    sets.map((set) => withNames(sets, shownSet(set))),
  );
}

/** By image. */
async function setsOf(to: Recorder): Promise<readonly KubeObject[]> {
  const { items } = await to.cluster.list({ resource: replicaSets, namespace: to.namespace });
  return [...items].sort((a, b) => (imageOf(a) < imageOf(b) ? -1 : 1));
}

const imageOf = (set: KubeObject): string => textAt(set, 'spec', 'template', 'spec', 'containers', 0, 'image') ?? '';

/** observedGeneration tells how often a set was resized on the way, which depends on what was ready when. */
function shownSet({ metadata: { name, labels, annotations, ownerReferences }, spec, status }: KubeObject): unknown {
  return { name, labels, annotations, ownerReferences, spec, status: { ...status, observedGeneration: undefined } };
}

/** Template hashes are a server's own, as they are made from what its programming language prints: the image stands for each. */
function withNames(sets: readonly KubeObject[], value: unknown): unknown {
  const hashes = sets.map((set) => [set.metadata.labels?.['pod-template-hash'] ?? 'no hash', imageOf(set)] as const);
  return JSON.parse(hashes.reduce((text, [hash, image]) => text.replaceAll(hash, `<hash of ${image}>`), JSON.stringify(value)));
}

/** The Deployment stand-in against the real controller. */
export const deploymentLives: readonly Sequence[] = [
  sequence('life of a Deployment: versions come and go', async (to) => {
    await make(to, {});
    await rest(to, 'first version', isRolledOut);
    await setImage(to, 'example.io/c:2');
    await rest(to, 'second version', isRolledOut);
    await setImage(to, 'example.io/c:1');
    await rest(to, 'back to the first', isRolledOut);
    await change(to, deployments, 'web', { replicas: 2 });
    await rest(to, 'two pods', isRolledOut);
  }),

  sequence('life of a Deployment: a version that does not start', async (to) => {
    await make(to, { replicas: 5, progressDeadlineSeconds: 3, strategy: { rollingUpdate: { maxSurge: 2, maxUnavailable: 1 } } });
    await rest(to, 'good', isRolledOut);
    await setImage(to, 'example.io/does-not-exist:2');
    await rest(to, 'stuck', hasCondition('Progressing', 'False', 'ProgressDeadlineExceeded'));
    await change(to, deployments, 'web', { replicas: 10 });
    await rest(to, 'grown in proportion', (object) => hasStatus({})(object) && Number(object.status?.['replicas']) === 12);
    await setImage(to, 'example.io/c:1');
    await rest(to, 'taken back', isRolledOut);
  }),

  sequence('life of a Deployment: paused and resumed', async (to) => {
    await make(to, { replicas: 2, paused: true });
    await rest(to, 'paused from the start', hasCondition('Progressing', 'Unknown', 'DeploymentPaused'));
    await change(to, deployments, 'web', { paused: false });
    await rest(to, 'resumed', isRolledOut);
    await change(to, deployments, 'web', { paused: true });
    await setImage(to, 'example.io/c:2');
    await change(to, deployments, 'web', { replicas: 3 });
    await rest(to, 'scaled while paused', hasStatus({ replicas: 3, availableReplicas: 3 }));
  }),

  sequence('life of a Deployment: all old pods go first', async (to) => {
    await make(to, { replicas: 2, strategy: { type: 'Recreate', rollingUpdate: null } });
    await rest(to, 'first', isRolledOut);
    await setImage(to, 'example.io/c:2');
    await rest(to, 'second', isRolledOut);
  }),

  sequence('life of a Deployment: old versions are forgotten', async (to) => {
    await make(to, { replicas: 1, revisionHistoryLimit: 1 });
    for (const version of ['2', '3', '4']) {
      await atRest(to, deployments, 'web', isRolledOut);
      await setImage(to, `example.io/c:${version}`);
    }
    await rest(to, 'at the end', isRolledOut);
  }),

  sequence('life of a Deployment: its ReplicaSets are left, and found again', async (to) => {
    await make(to, { replicas: 2 });
    await rest(to, 'made', isRolledOut);
    await to.cluster.delete({ resource: deployments, namespace: to.namespace, name: 'web' }, { propagationPolicy: 'Orphan' });
    await untilGone(to, deployments, 'web');
    const left = await setsOf(to);
    to.fact(
      'left',
      left.map((set) => withNames(left, shownSet(set))),
    );
    await make(to, { replicas: 2 });
    await rest(to, 'found again', isRolledOut);
  }),
];

import type { KubeObject, NewObject } from '../../api/kube.js';
import { controllerOf, resources } from '../../api/kube.js';
import { hasCode } from '../../lib/errors.js';
import { isEqual } from '../../lib/equal.js';
import type { Informer } from '../../runtime/index.js';
import { at, copyRecord, ensureRecord, numberAt, recordAt } from '../store/json.js';
import { selectorOf } from '../store/selectors.js';
import { claim } from './claims.js';
import { scaledTo, wantedSizes } from './deployment-scaling.js';
import type { Sizes } from './deployment-scaling.js';
import { deploymentStatus, progressDeadlineAt } from './deployment-status.js';
import type { Kit, Running, StandInOptions } from './kit.js';
import { byController, controllerReference, keyOf, runStandIn, splitKey } from './kit.js';
import { hashOfTemplate, isSameTemplate, templateHashLabel } from './template-hash.js';

const revisionAnnotation = 'deployment.kubernetes.io/revision';
const historyAnnotation = 'deployment.kubernetes.io/revision-history';
const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas';
const maxAnnotation = 'deployment.kubernetes.io/max-replicas';

/** A stand-in for the Deployment controller. Semantics: Kubernetes, kube-controller-manager, 1.35. */
export function startDeployments(options: StandInOptions): Running {
  return runStandIn('deployment-controller', options, (kit) => {
    const controller = new Deployments(kit);
    return (key) => controller.reconcile(key);
  });
}

class Deployments {
  readonly #deployments: Informer;
  readonly #sets: Informer;
  readonly #pods: Informer;

  constructor(private readonly kit: Kit) {
    const { informers, queue } = kit;
    this.#deployments = informers.informer({ resource: resources.deployments });
    this.#sets = informers.informer({ resource: resources.replicaSets }, { controller: byController });
    this.#pods = informers.informer({ resource: resources.pods }, { controller: byController });
    this.#deployments.onChange(({ after }) => after && queue.add(keyOf(after)));
    this.#sets.onChange(({ before, after }) => {
      for (const set of [before, after]) if (set) this.#wakeOwner(set);
    });
    this.#pods.onChange(({ before, after }) => {
      if (before && !after) this.#podGone(before);
    });
  }

  #wakeOwner(set: KubeObject): void {
    const owner = controllerOf(set.metadata);
    const namespace = set.metadata.namespace ?? '';
    if (owner?.kind === 'Deployment') this.kit.queue.add(`${namespace}/${owner.name}`);
    if (owner === undefined) for (const each of this.#deployments.list(namespace)) this.kit.queue.add(keyOf(each));
  }

  /** Recreate waits for the last old pod. */
  #podGone(pod: KubeObject): void {
    const owner = controllerOf(pod.metadata);
    const set = owner && this.#sets.get(pod.metadata.namespace, owner.name);
    if (set) this.#wakeOwner(set);
  }

  async reconcile(key: string): Promise<void> {
    const { namespace, name } = splitKey(key);
    const deployment = this.#deployments.get(namespace, name);
    if (!deployment) return;
    const selector = selectorOf(at(deployment, 'spec', 'selector'));
    if (selector === undefined) return;
    const sets = await claim(this.kit, deployment, selector, this.#candidates(deployment), resources.replicaSets);
    if (deployment.metadata.deletionTimestamp === undefined) await this.#rollOut(deployment, sets);
    const current = await this.#writeStatus(key);
    const deadline = current && progressDeadlineAt(current);
    if (deadline !== undefined) this.kit.queue.addAt(key, deadline);
  }

  #candidates(deployment: KubeObject): readonly KubeObject[] {
    const orphans = this.#sets.list(deployment.metadata.namespace).filter((set) => controllerOf(set.metadata) === undefined);
    return [...this.#sets.byIndex('controller', deployment.metadata.uid), ...orphans];
  }

  async #rollOut(deployment: KubeObject, sets: readonly KubeObject[]): Promise<void> {
    const isPaused = at(deployment, 'spec', 'paused') === true;
    const { current, old } = this.#split(deployment, sets);
    const isScaling = sets.some((set) => isOfAnotherSize(deployment, set));
    if (isPaused || isScaling) {
      await this.#resize(deployment, sets, scaledTo(deployment, sets, current));
      return;
    }
    const fresh = current ? await this.#syncRevision(deployment, current, old) : await this.#createSet(deployment, old);
    if (fresh === undefined) return;
    await this.#resize(
      deployment,
      [fresh, ...old],
      wantedSizes(deployment, fresh, old, (set) => this.#hasPods(set)),
    );
    await this.#cleanUp(deployment, old);
  }

  #split(
    deployment: KubeObject,
    sets: readonly KubeObject[],
  ): { readonly current: KubeObject | undefined; readonly old: readonly KubeObject[] } {
    const byAge = [...sets].sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1));
    const current = byAge.find((set) => isSameTemplate(at(set, 'spec', 'template'), at(deployment, 'spec', 'template')));
    return { current, old: byAge.filter((set) => set !== current) };
  }

  #hasPods(set: KubeObject): boolean {
    return this.#pods.byIndex('controller', set.metadata.uid).length > 0;
  }

  async #createSet(deployment: KubeObject, old: readonly KubeObject[]): Promise<KubeObject | undefined> {
    const revision = highestRevision(old) + 1;
    const set = renderSet(deployment, revision);
    try {
      const made = await this.kit.cluster.create(resources.replicaSets, set);
      await this.#annotateDeployment(deployment, revision);
      return made;
    } catch (error) {
      if (!hasCode(error, 'already-exists')) throw error;
      await this.#countCollision(deployment);
      return undefined;
    }
  }

  /** Somebody else has a ReplicaSet of that name: the next try takes another. */
  async #countCollision(deployment: KubeObject): Promise<void> {
    const collisionCount = (numberAt(deployment, 'status', 'collisionCount') ?? 0) + 1;
    const body = { metadata: { resourceVersion: deployment.metadata.resourceVersion }, status: { collisionCount } };
    await this.kit.cluster.patch(refOf(deployment), { kind: 'merge', body }, { subresource: 'status' });
  }

  /** The ReplicaSet of the current template has the highest revision, also when the template is an old one again. */
  async #syncRevision(deployment: KubeObject, current: KubeObject, old: readonly KubeObject[]): Promise<KubeObject> {
    const wanted = highestRevision(old) + 1;
    const has = revisionOf(current);
    const revision = Math.max(wanted, has);
    await this.#annotateDeployment(deployment, revision);
    if (revision === has) return current;
    const history = [current.metadata.annotations?.[historyAnnotation], has > 0 ? String(has) : undefined];
    const annotations = {
      [revisionAnnotation]: String(revision),
      [historyAnnotation]: history.filter((each) => each !== undefined).join(',') || undefined,
    };
    return this.kit.cluster.patch(setRef(current), { kind: 'merge', body: { metadata: { annotations } } });
  }

  async #annotateDeployment(deployment: KubeObject, revision: number): Promise<void> {
    if (deployment.metadata.annotations?.[revisionAnnotation] === String(revision)) return;
    await this.kit.cluster.patch(refOf(deployment), {
      kind: 'merge',
      body: { metadata: { annotations: { [revisionAnnotation]: String(revision) } } },
    });
  }

  async #resize(deployment: KubeObject, sets: readonly KubeObject[], sizes: Sizes): Promise<void> {
    for (const set of sets) {
      const wanted = sizes.get(set.metadata.uid);
      const replicas = numberAt(set, 'spec', 'replicas') ?? 0;
      // What has no pods and gets none keeps what it was told last.
      if (replicas === 0 && (wanted ?? 0) === 0) continue;
      const annotations = sizeAnnotations(deployment);
      const isAnnotated = Object.entries(annotations).every(([key, value]) => set.metadata.annotations?.[key] === value);
      if ((wanted === undefined || wanted === replicas) && isAnnotated) continue;
      const spec = wanted === undefined || wanted === replicas ? {} : { spec: { replicas: wanted } };
      await this.kit.cluster.patch(setRef(set), { kind: 'merge', body: { metadata: { annotations }, ...spec } });
      if (wanted === undefined || wanted === replicas) continue;
      const way = wanted > replicas ? 'up' : 'down';
      const text = `Scaled ${way} replica set ${set.metadata.name} from ${replicas} to ${wanted}`;
      await this.kit.recordEvent(deployment, 'Normal', 'ScalingReplicaSet', text);
    }
  }

  async #cleanUp(deployment: KubeObject, old: readonly KubeObject[]): Promise<void> {
    const limit = numberAt(deployment, 'spec', 'revisionHistoryLimit') ?? 10;
    const isAtRest = numberAt(deployment, 'status', 'updatedReplicas') === numberAt(deployment, 'spec', 'replicas');
    if (!isAtRest) return;
    const empty = old.filter((set) => (numberAt(set, 'spec', 'replicas') ?? 0) === 0 && (numberAt(set, 'status', 'replicas') ?? 0) === 0);
    const surplus = [...empty].sort((a, b) => revisionOf(a) - revisionOf(b)).slice(0, Math.max(0, old.length - limit));
    for (const set of surplus) await this.kit.cluster.delete(setRef(set), { preconditions: { uid: set.metadata.uid } });
  }

  async #writeStatus(key: string): Promise<KubeObject | undefined> {
    const { namespace, name } = splitKey(key);
    const deployment = this.#deployments.get(namespace, name);
    if (!deployment) return undefined;
    const sets = this.#sets.byIndex('controller', deployment.metadata.uid);
    const { current, old } = this.#split(deployment, sets);
    const status = deploymentStatus(deployment, current, old, this.kit.now());
    if (isEqual(status, deployment.status)) return deployment;
    const object: NewObject = { ...deployment, status };
    return this.kit.cluster.replace(refOf(deployment), object, { subresource: 'status' });
  }
}

function refOf({ metadata: { namespace = 'default', name } }: KubeObject) {
  return { resource: resources.deployments, namespace, name };
}

function setRef({ metadata: { namespace = 'default', name } }: KubeObject) {
  return { resource: resources.replicaSets, namespace, name };
}

function revisionOf(set: KubeObject): number {
  const text = set.metadata.annotations?.[revisionAnnotation] ?? '0';
  return /^\d+$/.test(text) ? Number(text) : 0;
}

function highestRevision(sets: readonly KubeObject[]): number {
  return Math.max(0, ...sets.map(revisionOf));
}

function sizeAnnotations(deployment: KubeObject): Readonly<Record<string, string>> {
  const replicas = numberAt(deployment, 'spec', 'replicas') ?? 1;
  return { [desiredAnnotation]: String(replicas), [maxAnnotation]: String(scaledTo.most(deployment)) };
}

/** The Deployment has been resized since this ReplicaSet was last looked at. */
function isOfAnotherSize(deployment: KubeObject, set: KubeObject): boolean {
  const noted = set.metadata.annotations?.[desiredAnnotation];
  const isUsed = (numberAt(set, 'spec', 'replicas') ?? 0) > 0;
  return isUsed && noted !== undefined && noted !== String(numberAt(deployment, 'spec', 'replicas') ?? 1);
}

function renderSet(deployment: KubeObject, revision: number): NewObject {
  const spec = recordAt(deployment, 'spec');
  const hash = hashOfTemplate(spec['template'], numberAt(deployment, 'status', 'collisionCount') ?? 0);
  const template = copyRecord(spec['template']);
  ensureRecord(ensureRecord(template, 'metadata'), 'labels')[templateHashLabel] = hash;
  const selector = copyRecord(spec['selector']);
  ensureRecord(selector, 'matchLabels')[templateHashLabel] = hash;
  const { namespace = 'default', name, annotations = {} } = deployment.metadata;
  const inherited = Object.entries(annotations).filter(
    ([key]) => key !== 'kubectl.kubernetes.io/last-applied-configuration' && key !== revisionAnnotation,
  );
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      ...{
        name: `${name}-${hash}`,
        namespace,
        labels: Object.fromEntries(Object.entries(recordAt(template, 'metadata', 'labels')).map(([key, value]) => [key, String(value)])),
      },
      annotations: { ...Object.fromEntries(inherited), ...sizeAnnotations(deployment), [revisionAnnotation]: String(revision) },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: 0,
      selector,
      template,
      ...(spec['minReadySeconds'] === undefined ? {} : { minReadySeconds: spec['minReadySeconds'] }),
    },
  };
}

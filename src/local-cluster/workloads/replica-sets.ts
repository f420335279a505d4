import type { KubeObject, NewObject } from '../../api/kube.js';
import { controllerOf, resources } from '../../api/kube.js';
import { errorMessage, hasCode } from '../../lib/errors.js';
import { isEqual } from '../../lib/equal.js';
import type { Informer } from '../../runtime/index.js';
import type { Draft } from '../store/json.js';
import { at, copyRecord, numberAt, recordAt, recordsAt, stringsAt } from '../store/json.js';
import { selectorOf } from '../store/selectors.js';
import { claim } from './claims.js';
import type { Kit, Running, StandInOptions } from './kit.js';
import {
  availableAt,
  byController,
  controllerReference,
  isActive,
  keyOf,
  readySince,
  runStandIn,
  splitKey,
  stampCondition,
} from './kit.js';
import { rankForDeletion } from './pod-ranking.js';

/** Pods made or deleted in one pass at most. */
const burst = 500;

/** A stand-in for the ReplicaSet controller. Semantics: Kubernetes, kube-controller-manager, 1.35. */
export function startReplicaSets(options: StandInOptions): Running {
  return runStandIn('replicaset-controller', options, (kit) => {
    const controller = new ReplicaSets(kit);
    return (key) => controller.reconcile(key);
  });
}

interface Counts {
  readonly active: readonly KubeObject[];
  readonly terminating: number;
}

class ReplicaSets {
  readonly #sets: Informer;
  readonly #pods: Informer;

  constructor(private readonly kit: Kit) {
    const { informers, queue } = kit;
    this.#sets = informers.informer({ resource: resources.replicaSets }, { controller: byController });
    this.#pods = informers.informer({ resource: resources.pods }, { controller: byController });
    this.#sets.onChange(({ after }) => after && queue.add(keyOf(after)));
    this.#pods.onChange(({ before, after }) => {
      for (const pod of [before, after]) if (pod) this.#wakeOwner(pod);
    });
  }

  #wakeOwner(pod: KubeObject): void {
    const owner = controllerOf(pod.metadata);
    const namespace = pod.metadata.namespace ?? '';
    if (owner?.kind === 'ReplicaSet') this.kit.queue.add(`${namespace}/${owner.name}`);
    // An orphan may be anybody's.
    if (owner === undefined) for (const set of this.#sets.list(namespace)) this.kit.queue.add(keyOf(set));
  }

  async reconcile(key: string): Promise<void> {
    const { namespace, name } = splitKey(key);
    const set = this.#sets.get(namespace, name);
    if (!set) return;
    const selector = selectorOf(at(set, 'spec', 'selector'));
    if (selector === undefined || selector.length === 0) return;
    const owned = await claim(this.kit, set, selector, this.#candidates(set));
    const counts = {
      active: owned.filter(isActive),
      terminating: owned.filter((pod) => pod.metadata.deletionTimestamp !== undefined).length,
    };
    const isLeaving = set.metadata.deletionTimestamp !== undefined;
    const failure = isLeaving ? undefined : await this.#manage(set, counts).catch((error: unknown) => ({ error }));
    await this.#writeStatus(set, this.#recount(set, counts), failure?.error);
    if (failure !== undefined) throw failure.error;
  }

  #candidates(set: KubeObject): readonly KubeObject[] {
    const own = this.#pods.byIndex('controller', set.metadata.uid);
    const orphans = this.#pods.list(set.metadata.namespace).filter((pod) => controllerOf(pod.metadata) === undefined);
    return [...own, ...orphans];
  }

  /** Counts again after making and deleting pods, as our own writes are laid over the informer. */
  #recount(set: KubeObject, before: Counts): Counts {
    const owned = this.#pods.byIndex('controller', set.metadata.uid);
    return owned.length === 0 && before.active.length === 0
      ? before
      : { active: owned.filter(isActive), terminating: owned.filter((pod) => pod.metadata.deletionTimestamp !== undefined).length };
  }

  async #manage(set: KubeObject, { active }: Counts): Promise<undefined> {
    const wanted = numberAt(set, 'spec', 'replicas') ?? 1;
    const missing = Math.min(wanted - active.length, burst);
    if (missing > 0) await this.#makePods(set, missing);
    else if (missing < 0) await this.#deletePods(set, active, Math.min(-missing, burst));
    return undefined;
  }

  /** One, two, four and so on: a template that is refused is refused once, not a hundred times. */
  async #makePods(set: KubeObject, count: number): Promise<void> {
    for (let made = 0, batch = 1; made < count; batch *= 2) {
      const size = Math.min(batch, count - made);
      const results = await Promise.allSettled(Array.from({ length: size }, () => this.#makePod(set)));
      const failed = results.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
      made += size;
    }
  }

  async #makePod(set: KubeObject): Promise<void> {
    try {
      const pod = await this.kit.cluster.create(resources.pods, renderPod(set));
      await this.kit.recordEvent(set, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
    } catch (error) {
      await this.kit.recordEvent(set, 'Warning', 'FailedCreate', `Error creating: ${errorMessage(error)}`);
      throw error;
    }
  }

  async #deletePods(set: KubeObject, active: readonly KubeObject[], count: number): Promise<void> {
    const ranked = count < active.length ? rankForDeletion(active, this.#related(set), this.kit.now()) : active;
    await Promise.all(ranked.slice(0, count).map((pod) => this.#deletePod(set, pod)));
  }

  async #deletePod(set: KubeObject, pod: KubeObject): Promise<void> {
    const { name, namespace = '', uid } = pod.metadata;
    try {
      await this.kit.cluster.delete({ resource: resources.pods, namespace, name }, { preconditions: { uid } });
      await this.kit.recordEvent(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
    } catch (error) {
      if (!hasCode(error, 'not-found', 'conflict')) throw error;
    }
  }

  /** Pods of all ReplicaSets with the same controller: they compete for the same nodes. */
  #related(set: KubeObject): readonly KubeObject[] {
    const controller = controllerOf(set.metadata);
    const sets = controller ? this.#sets.byIndex('controller', controller.uid) : [set];
    return sets.flatMap((each) => this.#pods.byIndex('controller', each.metadata.uid));
  }

  async #writeStatus(set: KubeObject, counts: Counts, error: unknown): Promise<void> {
    const status = this.#statusOf(set, counts, error);
    const { name, namespace = '', resourceVersion } = set.metadata;
    if (isEqual(status, set.status)) return;
    const object: NewObject = { ...set, metadata: { ...set.metadata, resourceVersion }, status };
    await this.kit.cluster.replace({ resource: resources.replicaSets, namespace, name }, object, { subresource: 'status' });
  }

  #statusOf(set: KubeObject, { active, terminating }: Counts, error: unknown): Draft {
    const minReadySeconds = numberAt(set, 'spec', 'minReadySeconds') ?? 0;
    const labels = selectorOf({ matchLabels: stringsAt(set, 'spec', 'template', 'metadata', 'labels') }) ?? [];
    const labelled = active.filter((pod) =>
      labels.every((each) => 'values' in each && each.values.includes(pod.metadata.labels?.[each.key] ?? '')),
    );
    const counts = {
      fullyLabeledReplicas: labelled.length,
      readyReplicas: active.filter((pod) => readySince(pod) !== undefined).length,
      availableReplicas: this.#countAvailable(set, active, minReadySeconds),
    };
    const conditions = this.#conditionsOf(set, active.length, error);
    return {
      replicas: active.length,
      // Zeroes are left out, as Go writes them.
      ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
      ...(terminating >= 0 ? { terminatingReplicas: terminating } : {}),
      observedGeneration: set.metadata.generation ?? 0,
      ...(conditions.length > 0 ? { conditions } : {}),
    };
  }

  #countAvailable(set: KubeObject, active: readonly KubeObject[], minReadySeconds: number): number {
    const now = this.kit.now();
    const times = active.map((pod) => availableAt(pod, minReadySeconds)).filter((time) => time !== undefined);
    const next = Math.min(...times.filter((time) => time > now));
    if (Number.isFinite(next)) this.kit.queue.addAt(keyOf(set), next);
    return times.filter((time) => time <= now).length;
  }

  #conditionsOf(set: KubeObject, pods: number, error: unknown): readonly Draft[] {
    const others = recordsAt(set, 'status', 'conditions').filter((condition) => condition['type'] !== 'ReplicaFailure');
    if (error === undefined) return others;
    const wanted = numberAt(set, 'spec', 'replicas') ?? 1;
    const reason = pods < wanted ? 'FailedCreate' : 'FailedDelete';
    const failure = stampCondition(set, { type: 'ReplicaFailure', status: 'True', reason, message: errorMessage(error) }, this.kit.now());
    return [...others, failure];
  }
}

function renderPod(set: KubeObject): NewObject {
  const template = copyRecord(at(set, 'spec', 'template'));
  const { labels, annotations, finalizers } = recordAt(template, 'metadata');
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${set.metadata.name}-`,
      namespace: set.metadata.namespace ?? 'default',
      ...(labels === undefined ? {} : { labels: stringsAt(template, 'metadata', 'labels') }),
      ...(annotations === undefined ? {} : { annotations: stringsAt(template, 'metadata', 'annotations') }),
      ...(Array.isArray(finalizers) ? { finalizers: finalizers.filter((each) => typeof each === 'string') } : {}),
      ownerReferences: [controllerReference(set)],
    },
    spec: template['spec'],
  };
}

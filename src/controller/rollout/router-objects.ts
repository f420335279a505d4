import { objectKey, type KubeObject, type Resource } from '../../api/kube.js';
import type { CallOptions, Cluster, ObjectRef, Selection } from '../../cluster/cluster.js';
import { ControllerError } from '../../lib/errors.js';
import type { Scope } from '../../observe/index.js';
import type { Change, Informer, Informers, WorkQueue } from '../../runtime/types.js';

/**
 * Local copies of the kinds that traffic routers work on, started when a Rollout first needs one and its kind is served: nobody watches Ingresses
 * or meshes of a cluster in which no Rollout uses them. A change of an object that a Rollout's routes depend on wakes that Rollout.
 */
export class RouterObjects {
  /** Reads come from the local copies as far as there are any, writes go to the server. */
  readonly cluster: Cluster;
  readonly #informers = new Map<string, Informer>();
  readonly #rolloutsByObject = new Map<string, Set<string>>();
  readonly #objectsByRollout = new Map<string, ReadonlySet<string>>();

  constructor(
    private readonly informers: Informers,
    private readonly queue: Pick<WorkQueue, 'add'>,
    private readonly scope: Scope = {},
  ) {
    this.cluster = {
      ...informers.cluster,
      ...{
        serves: (resource, options) => informers.cluster.serves(resource, options),
        watch: (selection, options) => informers.cluster.watch(selection, options),
        podLogs: (pod, options) => informers.cluster.podLogs(pod, options),
        get: async (ref, options) => this.#copyOf(ref) ?? informers.cluster.get(ref, options),
        list: async (selection, options) => this.#listOf(selection) ?? this.#listLive(selection, options),
      },
    };
  }

  /** From now on these objects, and no others, wake the Rollout. Kinds that are not served are tried again by its next pass. */
  async follow(rollout: string, kinds: readonly Resource[], objects: readonly ObjectRef[]): Promise<void> {
    this.#remember(rollout, new Set(objects.map((ref) => `${kindKey(ref.resource)} ${objectKey(ref)}`)));
    for (const kind of kinds) {
      if (this.#informers.has(kindKey(kind)) || !(await this.informers.serves(kind))) continue;
      // Another pass may have been quicker while this one asked.
      if (!this.#informers.has(kindKey(kind))) this.#start(kind);
    }
  }

  forget(rollout: string): void {
    this.#remember(rollout, new Set());
    this.#objectsByRollout.delete(rollout);
  }

  #remember(rollout: string, objects: ReadonlySet<string>): void {
    for (const gone of this.#objectsByRollout.get(rollout) ?? []) if (!objects.has(gone)) this.#drop(gone, rollout);
    for (const object of objects) {
      const rollouts = this.#rolloutsByObject.get(object) ?? new Set<string>();
      this.#rolloutsByObject.set(object, rollouts.add(rollout));
    }
    this.#objectsByRollout.set(rollout, objects);
  }

  #drop(object: string, rollout: string): void {
    const rollouts = this.#rolloutsByObject.get(object);
    rollouts?.delete(rollout);
    if (rollouts?.size === 0) this.#rolloutsByObject.delete(object);
  }

  #start(kind: Resource): void {
    const informer = this.informers.informer(this.#selectionOf(kind));
    this.#informers.set(kindKey(kind), informer);
    informer.onChange((change) => this.#wake(kind, change));
  }

  #selectionOf(resource: Resource): Selection {
    return this.scope.namespace === undefined ? { resource } : { resource, namespace: this.scope.namespace };
  }

  #wake(kind: Resource, { before, after }: Change): void {
    const { metadata } = after ?? before ?? {};
    if (metadata === undefined) return;
    for (const rollout of this.#rolloutsByObject.get(`${kindKey(kind)} ${objectKey(metadata)}`) ?? []) this.queue.add(rollout);
  }

  #synced(resource: Resource, namespace: string | undefined): Informer | undefined {
    const informer = this.#informers.get(kindKey(resource));
    const covers = this.scope.namespace === undefined || this.scope.namespace === namespace;
    return informer?.synced === true && covers ? informer : undefined;
  }

  #copyOf(ref: ObjectRef): KubeObject | undefined {
    const informer = this.#synced(ref.resource, ref.namespace);
    if (informer === undefined) return undefined;
    const found = informer.get(ref.namespace, ref.name);
    if (found === undefined) throw new ControllerError('not-found', `${ref.resource.resource} "${ref.name}" not found`, { name: ref.name });
    return found;
  }

  /** What was listed as a whole will be again in every pass: from now on there is a copy, also of a kind that is only looked through. */
  async #listLive(selection: Selection, options: CallOptions | undefined): ReturnType<Cluster['list']> {
    const listed = await this.informers.cluster.list(selection, options);
    if (!isNarrowed(selection) && !this.#informers.has(kindKey(selection.resource))) this.#start(selection.resource);
    return listed;
  }

  #listOf(selection: Selection): Awaited<ReturnType<Cluster['list']>> | undefined {
    const informer = this.#synced(selection.resource, selection.namespace);
    return informer === undefined || isNarrowed(selection) ? undefined : { items: informer.list(selection.namespace), resourceVersion: '' };
  }
}

function isNarrowed({ labelSelector, fieldSelector }: Selection): boolean {
  return labelSelector !== undefined || fieldSelector !== undefined;
}

function kindKey({ group, version, resource }: Resource): string {
  return `${group}/${version}/${resource}`;
}

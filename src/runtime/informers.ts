import type { KubeObject, Resource } from '../api/kube.js';
import type { Cluster, ObjectRef, Selection, WriteOptions } from '../cluster/cluster.js';
import { hasCode } from '../lib/errors.js';
import type { EpochMs, Scheduler } from '../lib/scheduler.js';
import { sharedAbort } from '../lib/signals.js';
import { LiveInformer, type InformerDeps } from './informer.js';
import { selectionKey } from './selection.js';
import type { Indexers, Informer, Informers } from './types.js';

export interface InformersOptions {
  /** What to read from and write to; guarded by the lease already (guardedCluster). */
  readonly cluster: Cluster;
  readonly scheduler: Scheduler;
  readonly onError: InformerDeps['onError'];
  /** How old an answer to "is this kind served?" may be, ms, default 60,000. */
  readonly recheckMs?: number;
}

/** What the composition root needs besides Informers. */
export interface RunningInformers extends Informers {
  /** Those handed out so far. */
  readonly all: readonly (Informer & { readonly size: number })[];
}

export function informers(options: InformersOptions): RunningInformers {
  return new SharedInformers(options);
}

class SharedInformers implements RunningInformers {
  readonly cluster: Cluster;
  readonly #informers = new Map<string, LiveInformer>();
  readonly #running: Promise<void>[] = [];
  readonly #served = new Map<string, { readonly askedAt: EpochMs; readonly answer: Promise<boolean> }>();
  readonly #stopping = sharedAbort();

  constructor(private readonly options: InformersOptions) {
    this.cluster = writeThrough(options.cluster, (resource) => this.#of(resource));
  }

  get all(): readonly LiveInformer[] {
    return [...this.#informers.values()];
  }

  informer(selection: Selection, indexers: Indexers = {}): Informer {
    const key = selectionKey(selection);
    const known = this.#informers.get(key);
    if (known) {
      known.addIndexers(indexers);
      return known;
    }
    const { cluster, scheduler, onError } = this.options;
    const started = new LiveInformer(selection, { cluster, scheduler, onError, signal: this.#stopping.signal });
    started.addIndexers(indexers);
    this.#informers.set(key, started);
    this.#running.push(started.run());
    return started;
  }

  serves(resource: Resource): Promise<boolean> {
    const key = `${resource.group}/${resource.version}/${resource.resource}`;
    const known = this.#served.get(key);
    const now = this.options.scheduler.now();
    if (known && now - known.askedAt < (this.options.recheckMs ?? 60_000)) return known.answer;
    const answer = this.options.cluster.serves(resource, { signal: this.#stopping.signal });
    this.#served.set(key, { askedAt: now, answer });
    // A failed question is no answer: the next caller asks again.
    answer.catch(() => this.#served.delete(key));
    return answer;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#running);
  }

  #of(resource: Resource): readonly LiveInformer[] {
    return this.all.filter(({ selection: { resource: own } }) => isSameKind(own, resource));
  }
}

function isSameKind(left: Resource, right: Resource): boolean {
  return left.group === right.group && left.version === right.version && left.resource === right.resource;
}

/** A cluster whose writes are laid over the informers of their kind before the writer gets the answer. */
function writeThrough(cluster: Cluster, informersOf: (resource: Resource) => readonly LiveInformer[]): Cluster {
  const lay = (resource: Resource, object: KubeObject, options: WriteOptions | undefined): KubeObject => {
    if (options?.dryRun !== true) for (const informer of informersOf(resource)) informer.wrote(object);
    return object;
  };
  const layWritten = async (ref: ObjectRef, answer: KubeObject, options: WriteOptions | undefined): Promise<KubeObject> => {
    if (options?.subresource !== 'scale') return lay(ref.resource, answer, options);
    // The answer is a Scale, not the object: only a live read shows what the object has become.
    if (options.dryRun !== true && informersOf(ref.resource).length > 0) lay(ref.resource, await cluster.get(ref), undefined);
    return answer;
  };
  return {
    ...forwardReads(cluster),
    create: async (resource, object, options) => lay(resource, await cluster.create(resource, object, options), options),
    replace: async (ref, object, options) => layWritten(ref, await cluster.replace(ref, object, options), options),
    patch: async (ref, patch, options) => layWritten(ref, await cluster.patch(ref, patch, options), options),
    delete: async (ref, options) => {
      const targets = informersOf(ref.resource).map((informer) => ({
        informer,
        uid: options?.preconditions?.uid ?? informer.get(ref.namespace, ref.name)?.metadata.uid,
      }));
      const layGone = (): void => {
        if (options?.dryRun === true) return;
        for (const { informer, uid } of targets) if (uid !== undefined) informer.deleted(ref.namespace, ref.name, uid);
      };
      try {
        const left = await cluster.delete(ref, options);
        if (left) lay(ref.resource, left, options);
        else layGone();
        return left;
      } catch (error) {
        if (hasCode(error, 'not-found')) layGone();
        throw error;
      }
    },
    evict: (pod, options) => cluster.evict(pod, options),
    bind: (pod, nodeName, options) => cluster.bind(pod, nodeName, options),
  };
}

/** The part of the port that changes nothing. */
export function forwardReads(cluster: Cluster): Pick<Cluster, 'get' | 'list' | 'watch' | 'podLogs' | 'serves'> {
  return {
    get: (ref, options) => cluster.get(ref, options),
    list: (selection, options) => cluster.list(selection, options),
    watch: (selection, options) => cluster.watch(selection, options),
    podLogs: (pod, options) => cluster.podLogs(pod, options),
    serves: (resource, options) => cluster.serves(resource, options),
  };
}

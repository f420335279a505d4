import type { KubeObject, NewObject, OwnerReference } from '../../api/kube.js';
import { controllerOf, objectKey, resources } from '../../api/kube.js';
import type { Cluster } from '../../cluster/cluster.js';
import { hasCode } from '../../lib/errors.js';
import type { EpochMs, Scheduler } from '../../lib/scheduler.js';
import { parseTime, renderWholeSeconds } from '../../lib/time.js';
import type { ManagedQueue, RunningInformers } from '../../runtime/index.js';
import { informers, runWorkers, workQueue } from '../../runtime/index.js';
import type { Draft } from '../store/json.js';
import { recordsAt, textAt } from '../store/json.js';

/** What every stand-in runs on. */
export interface StandInOptions {
  readonly cluster: Cluster;
  readonly scheduler: Scheduler;
  /** Told of failed passes that a retry may not mend; conflicts and vanished objects are part of life and not told. Default: nobody. */
  readonly onError?: (name: string, key: string, error: unknown) => void;
  /** Whether it writes Kubernetes Events, as the real ones do. Default false. */
  readonly writesEvents?: boolean;
  /** Keys worked on at a time; default 4. */
  readonly concurrency?: number;
}

/** Something that runs until it is stopped. */
export interface Running {
  stop(): Promise<void>;
}

export interface Kit {
  readonly informers: RunningInformers;
  readonly queue: ManagedQueue;
  readonly cluster: Cluster;
  readonly scheduler: Scheduler;
  readonly now: () => EpochMs;
  readonly recordEvent: (about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string) => Promise<void>;
}

/**
 * A controller over the port: informers with our own writes laid over, a keyed queue, workers.
 * @param wire connects informers to the queue and says what to do for a key
 */
export function runStandIn(name: string, options: StandInOptions, wire: (kit: Kit) => (key: string) => Promise<void>): Running {
  const { scheduler, onError } = options;
  const shared = informers({ cluster: options.cluster, scheduler, onError: (error) => onError?.(name, 'watch', error) });
  const queue = workQueue(scheduler, { name });
  const stopping = new AbortController();
  const kit: Kit = {
    ...{ informers: shared, queue, cluster: shared.cluster, scheduler, now: () => scheduler.now() },
    recordEvent: (about, type, reason, message) =>
      options.writesEvents === true ? recordEvent(kit, name, { about, type, reason, message }) : Promise.resolve(),
  };
  const reconcile = wire(kit);
  const told = (key: string, error: unknown): void => {
    if (!hasCode(error, 'conflict', 'not-found', 'already-exists', 'aborted')) onError?.(name, key, error);
  };
  const work = Promise.all(shared.all.map((informer) => informer.whenSynced(stopping.signal))).then(
    () => runWorkers(queue, options.concurrency ?? 4, reconcile, stopping.signal, told),
    () => undefined,
  );
  return {
    stop: async () => {
      stopping.abort();
      queue.close();
      await shared.stop();
      await work;
    },
  };
}

async function recordEvent(
  kit: Kit,
  component: string,
  {
    about,
    type,
    reason,
    message,
  }: { readonly about: KubeObject; readonly type: string; readonly reason: string; readonly message: string },
): Promise<void> {
  const namespace = about.metadata.namespace ?? 'default';
  const time = renderWholeSeconds(kit.now());
  const { name, uid, resourceVersion } = about.metadata;
  const event: NewObject = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { generateName: `${name}.`, namespace },
    involvedObject: { apiVersion: about.apiVersion, kind: about.kind, name, namespace, uid, resourceVersion },
    ...{ reason, message, type, count: 1, firstTimestamp: time, lastTimestamp: time, source: { component } },
    ...{ reportingComponent: component, reportingInstance: '' },
  };
  await kit.cluster.create(resources.events, event).catch(() => undefined);
}

/** Splits what objectKey made. */
export function splitKey(key: string): { readonly namespace: string; readonly name: string } {
  const [namespace = '', name = ''] = key.split('/');
  return { namespace, name };
}

export function keyOf(object: KubeObject): string {
  return objectKey(object.metadata);
}

/** The uid of an object's controller, as an index. */
export function byController(object: KubeObject): readonly string[] {
  const owner = controllerOf(object.metadata);
  return owner ? [owner.uid] : [];
}

export function controllerReference(owner: KubeObject): OwnerReference {
  const { name, uid } = owner.metadata;
  return { apiVersion: owner.apiVersion, kind: owner.kind, name, uid, controller: true, blockOwnerDeletion: true };
}

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
}

export function conditionOf(object: unknown, type: string): Draft | undefined {
  return recordsAt(object, 'status', 'conditions').find((condition) => condition['type'] === type);
}

/** A condition with its times: the transition is when the status last differed. */
export function stampCondition(object: unknown, condition: Condition, now: EpochMs, withUpdateTime = false): Draft {
  const before = conditionOf(object, condition.type);
  const time = renderWholeSeconds(now);
  const isSame = before?.['status'] === condition.status;
  const isSameText = before?.['reason'] === condition.reason && before?.['message'] === condition.message;
  return {
    ...condition,
    ...(withUpdateTime ? { lastUpdateTime: isSame && isSameText ? (before['lastUpdateTime'] ?? time) : time } : {}),
    lastTransitionTime: isSame ? (before['lastTransitionTime'] ?? time) : time,
  };
}

/** Whether a pod is ready, since when, ms. */
export function readySince(pod: KubeObject): EpochMs | undefined {
  const ready = conditionOf(pod, 'Ready');
  if (ready?.['status'] !== 'True') return undefined;
  return parseTime(textAt(ready, 'lastTransitionTime') ?? '') ?? 0;
}

/** A pod that counts: neither finished nor on its way out. */
export function isActive(pod: KubeObject): boolean {
  const phase = textAt(pod, 'status', 'phase');
  return phase !== 'Succeeded' && phase !== 'Failed' && pod.metadata.deletionTimestamp === undefined;
}

/** When a ready pod becomes available: ready for `minReadySeconds`. Undefined: it is not ready. */
export function availableAt(pod: KubeObject, minReadySeconds: number): EpochMs | undefined {
  const since = readySince(pod);
  return since === undefined ? undefined : since + minReadySeconds * 1000;
}

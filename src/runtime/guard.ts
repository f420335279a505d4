import type { Cluster } from '../cluster/cluster.js';
import { ControllerError } from '../lib/errors.js';
import { linkSignals, sharedAbort } from '../lib/signals.js';
import { forwardReads } from './informers.js';

/** Whether this process may write, asked before every write. */
export interface WritePermit {
  /** @param namespace of the object to be written; absent for cluster-scoped kinds */
  mayWrite(namespace: string | undefined): boolean;
  /** Fires when the permit is gone for good; writes that still wait for their turn are called back. */
  readonly signal: AbortSignal;
}

/** A permit for a controller that is alone by construction. */
export const alwaysPermitted: WritePermit = { mayWrite: () => true, signal: sharedAbort().signal };

/**
 * A cluster that refuses writes, dry runs included, with `not-leader` while the permit does not hold. Reads always pass.
 * A write that waits (for a rate limit, a socket) when the permit is lost is aborted, so that it does not reach the server late.
 */
export function guardedCluster(cluster: Cluster, permit: WritePermit): Cluster {
  const guarded = async <T>(
    namespace: string | undefined,
    options: { readonly signal?: AbortSignal } | undefined,
    write: Write<T>,
  ): Promise<T> => {
    if (permit.signal.aborted || !permit.mayWrite(namespace)) throw notLeader();
    const link = linkSignals(permit.signal, options?.signal);
    try {
      return await write(link.signal);
    } catch (error) {
      throw permit.signal.aborted ? notLeader(error) : error;
    } finally {
      link.done();
    }
  };
  return {
    ...forwardReads(cluster),
    create: (resource, object, options) =>
      guarded(object.metadata.namespace, options, (signal) => cluster.create(resource, object, { ...options, signal })),
    replace: (ref, object, options) => guarded(ref.namespace, options, (signal) => cluster.replace(ref, object, { ...options, signal })),
    patch: (ref, patch, options) => guarded(ref.namespace, options, (signal) => cluster.patch(ref, patch, { ...options, signal })),
    delete: (ref, options) => guarded(ref.namespace, options, (signal) => cluster.delete(ref, { ...options, signal })),
    evict: (pod, options) => guarded(pod.namespace, options, (signal) => cluster.evict(pod, { ...options, signal })),
    bind: (pod, nodeName, options) => guarded(pod.namespace, options, (signal) => cluster.bind(pod, nodeName, { ...options, signal })),
  };
}

type Write<T> = (signal: AbortSignal) => Promise<T>;

function notLeader(cause?: unknown): ControllerError {
  return new ControllerError('not-leader', 'this controller does not hold the lease', {}, { cause });
}

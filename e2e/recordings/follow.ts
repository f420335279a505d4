import { setMaxListeners } from 'node:events';
import type { KubeObject, Resource } from '../../src/api/kube.js';
import type { Cluster, WatchEvent } from '../../src/cluster/cluster.js';
import { hasCode } from '../../src/lib/errors.js';
import type { Scheduler } from '../../src/lib/scheduler.js';
import { sleep } from '../../src/lib/scheduler.js';
import type { Journal } from './journal.js';

export interface Following {
  /** Ends all watches; resolves when they have ended. Rejects with what broke one of them. */
  stop(): Promise<void>;
}

/** Writes every change of the named kinds in a namespace into the journal, until it is stopped. */
export function follow(cluster: Cluster, scheduler: Scheduler, namespace: string, kinds: readonly Resource[], journal: Journal): Following {
  const end = new AbortController();
  // Each kind's list, watch and pause listens to it.
  setMaxListeners(0, end.signal);
  const watching = kinds.map((resource) => followKind(cluster, scheduler, { resource, namespace }, journal, end.signal));
  const all = Promise.all(watching);
  // Reported by stop; until then nobody listens.
  all.catch(() => undefined);
  return {
    stop: async () => {
      end.abort();
      await all;
    },
  };
}

interface Followed {
  readonly resource: Resource;
  readonly namespace: string;
}

async function followKind(
  cluster: Cluster,
  scheduler: Scheduler,
  followed: Followed,
  journal: Journal,
  signal: AbortSignal,
): Promise<void> {
  const known = new Map<string, KubeObject>();
  while (!signal.aborted) {
    try {
      const list = await cluster.list(followed, { signal });
      reconcileKnown(known, list.items, journal);
      let { resourceVersion } = list;
      while (!signal.aborted) resourceVersion = await followStream(cluster, followed, resourceVersion, known, journal, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!hasCode(error, 'expired', 'unavailable', 'timeout', 'too-many-requests', 'aborted', 'not-found')) throw error;
      await sleep(scheduler, 200, signal).catch(() => undefined);
    }
  }
}

async function followStream(
  cluster: Cluster,
  followed: Followed,
  from: string,
  known: Map<string, KubeObject>,
  journal: Journal,
  signal: AbortSignal,
): Promise<string> {
  let resourceVersion = from;
  for await (const event of cluster.watch(followed, { resourceVersion, allowBookmarks: true, signal })) {
    resourceVersion = event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata.resourceVersion;
    note(event, known, journal);
  }
  return resourceVersion;
}

function note(event: WatchEvent, known: Map<string, KubeObject>, journal: Journal): void {
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
      known.set(event.object.metadata.name, event.object);
      return journal.seen(event.object);
    case 'DELETED':
      known.delete(event.object.metadata.name);
      return journal.gone(event.object);
    case 'BOOKMARK':
      return;
  }
}

/** After a list: what is there was seen, what is no longer there has gone. */
function reconcileKnown(known: Map<string, KubeObject>, items: readonly KubeObject[], journal: Journal): void {
  const names = new Set(items.map(({ metadata }) => metadata.name));
  for (const [name, object] of known) {
    if (names.has(name)) continue;
    known.delete(name);
    journal.gone(object);
  }
  for (const item of items) {
    known.set(item.metadata.name, item);
    journal.seen(item);
  }
}

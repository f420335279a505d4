import type { KubeObject, Resource } from '../../api/kube.js';
import { resources } from '../../api/kube.js';
import type { Cluster } from '../../cluster/cluster.js';
import type { Scheduler } from '../../lib/scheduler.js';
import { AuditLog } from './audit.js';
import type { Interceptor } from './call.js';
import type { ClientOptions } from './client.js';
import { createClient } from './client.js';
import { Deletion } from './deletion.js';
import type { LogSource } from './engine.js';
import { Engine } from './engine.js';
import { GarbageCollector } from './garbage-collector.js';
import type { Kind } from './kinds/kind.js';
import { storageKey } from './kinds/kind.js';
import type { StoredChange } from './state.js';
import { State } from './state.js';
import { Writer } from './writer.js';

export interface StoreOptions {
  readonly scheduler: Scheduler;
  /** Changes of each kind that a watch can go back to; default 10,000. */
  readonly historyCapacity?: number;
  /** Events a watcher may lag behind before its stream breaks with `expired`; default 100,000. */
  readonly watchPatience?: number;
  /** Calls the audit log remembers; default 200,000. */
  readonly auditCapacity?: number;
  /** true: others may run between a call's effect and its answer, as over a network. Default false. */
  readonly lateReplies?: boolean;
  /** false: nothing is collected when its owner goes. Default true. */
  readonly collectsGarbage?: boolean;
  /** Whether ordinary writes too are noted in metadata.managedFields, as a real server does. Default false: it costs time. Applied ones always are. */
  readonly tracksManagers?: boolean;
  /** Default: default, kube-system, kube-public, kube-node-lease. */
  readonly namespaces?: readonly string[];
}

/**
 * An API server in memory. Itself the port, as the caller `admin`; `as(caller)` is the port of somebody else.
 * Objects it hands out are frozen and shared.
 */
export interface LocalStore extends Cluster {
  /** The port, as `caller` has it: hooks and the audit log tell callers apart. */
  as(caller: string, options?: ClientOptions): Cluster;
  /** Puts a hook around every call and every watch event. @returns how to take it away */
  intercept(interceptor: Interceptor): () => void;
  /** From now on calls and streams of this caller hang for ever: it died. Give a restarted one another name. */
  kill(caller: string): void;
  readonly audit: AuditLog;
  /** Forgets all history: watches from before now answer `expired`. */
  compact(): void;
  /** The latest version. */
  readonly resourceVersion: string;
  /** Reads without a call: no turn, no hook, no audit. For oracles and tests. */
  peek(resource: Resource, namespace: string | undefined, name: string): KubeObject | undefined;
  /** All objects of a kind, without a call. Not served: none. */
  peekAll(resource: Resource, namespace?: string): readonly KubeObject[];
  /** Calls `listener` after each change, in the same turn. @returns how to stop it */
  onChange(listener: (change: StoredChange) => void): () => void;
  /** The kinds served now. */
  kinds(): readonly Kind[];
  /** Where pods/log comes from: a kubelet's business. */
  setLogSource(source: LogSource): void;
}

const firstNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

export function createStore(options: StoreOptions): LocalStore {
  const { scheduler } = options;
  const state = new State(options.historyCapacity ?? 10_000);
  const writer = new Writer(state, scheduler, options.tracksManagers ?? false);
  const deletion = new Deletion(state, writer, scheduler);
  const audit = new AuditLog(options.auditCapacity ?? 200_000);
  const engine = new Engine({
    ...{ scheduler, state, writer, deletion, audit },
    lateReplies: options.lateReplies ?? false,
    watchPatience: options.watchPatience ?? 100_000,
  });
  serveCustomKinds(state);
  if (options.collectsGarbage !== false) collectGarbage(engine);
  for (const name of options.namespaces ?? firstNamespaces) createNamespace(engine, name);
  return {
    ...createClient(engine, 'admin'),
    as: (caller, clientOptions) => createClient(engine, caller, clientOptions),
    intercept: (interceptor) => {
      engine.interceptors.add(interceptor);
      return () => engine.interceptors.delete(interceptor);
    },
    kill: (caller) => void engine.dead.add(caller),
    audit,
    compact: () => state.compact(),
    get resourceVersion() {
      return String(state.revision);
    },
    peek: (resource, namespace, name) => {
      const kind = state.kinds.find(resource);
      return kind && state.get(kind, namespace, name);
    },
    peekAll: (resource, namespace) => {
      const kind = state.kinds.find(resource);
      return kind ? state.list(kind, namespace) : [];
    },
    onChange: (listener) => state.onChange(listener),
    kinds: () => state.kinds.all(),
    setLogSource: (source) => {
      engine.logSource = source;
    },
  };
}

function createNamespace(engine: Engine, name: string): void {
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  engine.create(resources.namespaces, object, { caller: 'admin', fieldManager: 'admin', warn: () => {} });
}

function collectGarbage(engine: Engine): void {
  const { scheduler, state, writer, deletion, audit } = engine.deps;
  const collector = new GarbageCollector({
    ...{ state, writer, deletion, scheduler },
    audit: (verb, kind, { metadata: { namespace, name } }) =>
      audit.add({
        ...{
          ordinal: 0,
          at: scheduler.now(),
          caller: 'garbage-collector',
          verb,
          resource: kind.resource,
          name,
          dryRun: false,
          changed: true,
        },
        ...(namespace === undefined ? {} : { namespace }),
      }),
  });
  collector.start();
}

/** A CustomResourceDefinition is served from the moment it is stored. */
function serveCustomKinds(state: State): void {
  state.onChange(({ kind, type, object, previous }) => {
    if (storageKey(kind.resource) !== storageKey(resources.customResourceDefinitions)) return;
    if (type === 'DELETED') {
      dropInstances(state, object);
      state.kinds.uninstall(object);
    } else if (previous?.spec !== object.spec) state.kinds.install(object);
  });
}

function dropInstances(state: State, crd: KubeObject): void {
  for (const kind of state.kinds.stored()) {
    if (kind.custom && crd.metadata.name === `${kind.resource.resource}.${kind.resource.group}`) {
      for (const object of state.list(kind)) state.erase(kind, object);
    }
  }
}

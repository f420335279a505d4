import type { KubeObject, NewObject, Resource } from '../../api/kube.js';
import { apiVersionOf, resources } from '../../api/kube.js';
import type {
  CallOptions,
  Cluster,
  DeleteOptions,
  ListOptions,
  LogOptions,
  ObjectList,
  ObjectRef,
  Patch,
  Selection,
  Subresource,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from '../../cluster/cluster.js';
import { ControllerError } from '../../lib/errors.js';
import type { Call } from './call.js';
import type { Engine } from './engine.js';

export interface ClientOptions {
  /** Who writes, unless a call says otherwise. */
  readonly fieldManager?: string;
  /** Where the warnings go that a server sends beside its answers. */
  readonly warn?: (text: string) => void;
}

/** The port, as one client of the store has it. */
export function createClient(engine: Engine, caller: string, options: ClientOptions = {}): Cluster {
  const warn = options.warn ?? ((): void => {});
  const defaults = { caller, fieldManager: options.fieldManager ?? caller, warn };
  const call = <T>(what: CallShape, signal: AbortSignal | undefined, run: () => T): Promise<T> =>
    engine.perform({ caller, dryRun: false, ...what }, signal, run);

  return {
    get: (ref: ObjectRef, { signal, subresource }: CallOptions & { readonly subresource?: Subresource } = {}) =>
      call({ verb: 'get', ...target(ref), ...sub(subresource) }, signal, () => engine.get(ref, subresource)),

    list: (selection: Selection, listOptions: ListOptions = {}): Promise<ObjectList> =>
      call({ verb: 'list', ...scope(selection) }, listOptions.signal, () => engine.list(selection, listOptions)),

    watch: (selection: Selection, watchOptions: WatchOptions): AsyncIterable<WatchEvent> => engine.watch(caller, selection, watchOptions),

    create: (resource: Resource, object: NewObject, write: WriteOptions = {}) =>
      call({ verb: 'create', ...targetOf(resource, object), ...dry(write) }, write.signal, () =>
        engine.create(resource, object, { ...defaults, ...write }),
      ),

    replace: (ref: ObjectRef, object: NewObject, write: WriteOptions = {}) =>
      call({ verb: 'update', ...target(ref), ...sub(write.subresource), ...dry(write) }, write.signal, () =>
        engine.replace(ref, object, { ...defaults, ...write }),
      ),

    patch: (ref: ObjectRef, patch: Patch, write: WriteOptions = {}) =>
      call({ verb: 'patch', ...target(ref), ...sub(write.subresource), ...dry(write) }, write.signal, () =>
        engine.patch(ref, patch, { ...defaults, ...write }),
      ),

    delete: (ref: ObjectRef, deleteOptions: DeleteOptions = {}): Promise<KubeObject | undefined> =>
      call({ verb: 'delete', ...target(ref), ...dry(deleteOptions) }, deleteOptions.signal, () => engine.delete(ref, deleteOptions)),

    evict: (pod: ObjectRef, deleteOptions: DeleteOptions = {}): Promise<void> =>
      call({ verb: 'create', ...target(pod), subresource: 'eviction', ...dry(deleteOptions) }, deleteOptions.signal, () =>
        engine.evict(pod, deleteOptions),
      ),

    bind: (pod: ObjectRef, nodeName: string, { signal }: CallOptions = {}): Promise<void> =>
      call({ verb: 'create', ...target(pod), subresource: 'binding' }, signal, () => engine.bind(pod, nodeName)),

    podLogs: (pod: ObjectRef, logOptions: LogOptions = {}): AsyncIterable<string> => podLogs(engine, call, pod, logOptions),

    serves: (resource: Resource, { signal }: CallOptions = {}): Promise<boolean> =>
      call({ verb: 'get', resource: { ...resources.customResourceDefinitions, resource: apiVersionOf(resource) } }, signal, () =>
        engine.serves(resource),
      ),
  };
}

type CallShape = Omit<Call, 'ordinal' | 'at' | 'caller' | 'dryRun'> & { readonly dryRun?: boolean };
type Performer = <T>(what: CallShape, signal: AbortSignal | undefined, run: () => T) => Promise<T>;

async function* podLogs(engine: Engine, call: Performer, pod: ObjectRef, options: LogOptions): AsyncGenerator<string> {
  const source = await call({ verb: 'get', ...target(pod), subresource: 'log' }, options.signal, () => {
    const found = engine.get({ ...pod, resource: resources.pods });
    if (!engine.logSource) throw new ControllerError('unavailable', 'no kubelet has registered a source of logs');
    return engine.logSource(found, options);
  });
  yield* source;
}

function target({ resource, namespace, name }: ObjectRef): Pick<Call, 'resource' | 'namespace' | 'name'> {
  return { resource, ...(namespace === undefined ? {} : { namespace }), name };
}

function targetOf(resource: Resource, { metadata: { namespace, name } }: NewObject): Pick<Call, 'resource' | 'namespace' | 'name'> {
  return { resource, ...(namespace === undefined ? {} : { namespace }), ...(name === undefined ? {} : { name }) };
}

function scope({ resource, namespace }: Selection): Pick<Call, 'resource' | 'namespace'> {
  return { resource, ...(namespace === undefined ? {} : { namespace }) };
}

function sub(subresource: Subresource | undefined): { readonly subresource?: Subresource } {
  return subresource === undefined ? {} : { subresource };
}

function dry({ dryRun }: { readonly dryRun?: boolean }): { readonly dryRun?: boolean } {
  return dryRun === undefined ? {} : { dryRun };
}

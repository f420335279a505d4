import { StringDecoder } from 'node:string_decoder';
import { apiVersionOf, type KubeObject, type NewObject, type Resource } from '../api/kube.js';
import { hasCode, type ErrorFields } from '../lib/errors.js';
import { fieldOf, objectsOf } from '../lib/json.js';
import { kubeObjectOf, objectListOf, watchEventOf } from './answers.js';
import type {
  CallOptions,
  Cluster,
  DeleteOptions,
  ListOptions,
  LogOptions,
  ObjectRef,
  Patch,
  Selection,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from './cluster.js';
import { linesOf } from './lines.js';
import { collectionPath, groupPath, namespaceOf, objectPath } from './paths.js';
import type { ApiRequest, Transport } from './transport.js';

export interface HttpClusterOptions {
  /** For writes that name none. */
  readonly fieldManager: string;
}

/** An object in etcd is at most 1.5 MB; an event carries one. */
const longestLineBytes = 32 * 1024 * 1024;

/** The port over HTTP. */
export function httpCluster(transport: Transport, { fieldManager }: HttpClusterOptions): Cluster {
  const readOne = async (request: ApiRequest, resource: Resource): Promise<KubeObject> =>
    kubeObjectOf(await transport.call(request), resource, request.call);
  return {
    get: async (ref, options) => readOne(read(objectPath(ref, options?.subresource), callOf('get', ref), options), ref.resource),
    list: async (selection, options) => {
      const request = listRequest(selection, options);
      return objectListOf(await transport.call(request), selection.resource, request.call);
    },
    watch: (selection, options) => watch(transport, selection, options),
    create: async (resource, object, options) => readOne(createRequest(resource, object, options, fieldManager), resource),
    replace: async (ref, object, options) =>
      readOne(
        {
          ...{ method: 'PUT', path: objectPath(ref, options?.subresource), body: object, idempotent: true, call: callOf('update', ref) },
          ...writing(options, fieldManager),
        },
        ref.resource,
      ),
    patch: async (ref, patch, options) => readOne(patchRequest(ref, patch, options, fieldManager), ref.resource),
    delete: async (ref, options) => {
      const request: ApiRequest = {
        ...{ method: 'DELETE', path: objectPath(ref), body: deleteBody(options), idempotent: true, call: callOf('delete', ref) },
        ...signalOf(options),
      };
      const answer = await transport.call(request);
      return fieldOf(answer, 'kind') === 'Status' ? undefined : kubeObjectOf(answer, ref.resource, request.call);
    },
    evict: async (pod, options) => {
      const metadata = { name: pod.name, namespace: pod.namespace };
      const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata, deleteOptions: deleteBody(options) };
      // A disruption budget's "not now" is an answer for the caller, not a busy server.
      await transport.call({ ...post(objectPath(pod, 'eviction'), body, callOf('evict', pod), options), waitWhenRefused: false });
    },
    bind: async (pod, nodeName, options) => {
      const metadata = { name: pod.name, namespace: pod.namespace };
      const target = { apiVersion: 'v1', kind: 'Node', name: nodeName };
      await transport.call(
        post(objectPath(pod, 'binding'), { apiVersion: 'v1', kind: 'Binding', metadata, target }, callOf('bind', pod), options),
      );
    },
    podLogs: (pod, options) => podLogs(transport, pod, options),
    serves: (resource, options) => serves(transport, resource, options),
  };
}

function signalOf(options: CallOptions | undefined): { readonly signal?: AbortSignal } {
  return options?.signal === undefined ? {} : { signal: options.signal };
}

function callOf(
  verb: string,
  { resource, namespace, name }: { readonly resource: Resource; readonly namespace?: string; readonly name?: string },
): ErrorFields {
  return { verb, resource: resource.resource, ...(namespace !== undefined && { namespace }), ...(name !== undefined && { name }) };
}

function read(path: string, call: ErrorFields, options: CallOptions | undefined): ApiRequest {
  return { method: 'GET', path, idempotent: true, call, ...signalOf(options) };
}

function post(path: string, body: unknown, call: ErrorFields, options: CallOptions | undefined): ApiRequest {
  return { method: 'POST', path, body, idempotent: false, call, ...signalOf(options) };
}

function listRequest(selection: Selection, options: ListOptions | undefined): ApiRequest {
  return {
    ...read(collectionPath(selection.resource, selection.namespace), callOf('list', selection), options),
    query: {
      ...selecting(selection),
      limit: options?.limit,
      continue: options?.continue,
      resourceVersion: options?.resourceVersion,
    },
  };
}

function selecting({ labelSelector, fieldSelector }: Selection): ApiRequest['query'] {
  return {
    labelSelector: labelSelector === '' ? undefined : labelSelector,
    fieldSelector: fieldSelector === '' ? undefined : fieldSelector,
  };
}

async function* watch(transport: Transport, selection: Selection, options: WatchOptions): AsyncGenerator<WatchEvent> {
  const call = callOf('watch', selection);
  const request: ApiRequest = {
    ...read(collectionPath(selection.resource, selection.namespace), call, options),
    query: {
      ...selecting(selection),
      watch: true,
      resourceVersion: options.resourceVersion,
      timeoutSeconds: options.timeoutSeconds,
      allowWatchBookmarks: options.allowBookmarks,
      ...(options.sendInitialEvents === true && { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }),
    },
  };
  try {
    for await (const line of linesOf(await transport.open(request), longestLineBytes)) yield watchEventOf(line, selection.resource, call);
  } catch (error) {
    if (!options.signal.aborted) throw error;
  }
}

function writing(options: WriteOptions | undefined, fieldManager: string): Pick<ApiRequest, 'query' | 'signal'> {
  return {
    query: {
      fieldManager: options?.fieldManager ?? fieldManager,
      fieldValidation: options?.fieldValidation,
      dryRun: options?.dryRun === true ? 'All' : undefined,
    },
    ...signalOf(options),
  };
}

function createRequest(resource: Resource, object: NewObject, options: WriteOptions | undefined, fieldManager: string): ApiRequest {
  const { namespace, name } = object.metadata;
  const call = callOf('create', { resource, ...(namespace !== undefined && { namespace }), ...(name !== undefined && { name }) });
  const path =
    options?.subresource === undefined
      ? collectionPath(resource, namespaceOf(resource, namespace))
      : objectPath({ resource, name: name ?? '', ...(namespace !== undefined && { namespace }) }, options.subresource);
  return { ...post(path, object, call, options), ...writing(options, fieldManager) };
}

const patchTypes: Readonly<Record<Patch['kind'], string>> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

function patchRequest(ref: ObjectRef, patch: Patch, options: WriteOptions | undefined, fieldManager: string): ApiRequest {
  const { query, ...rest } = writing(options, fieldManager);
  return {
    method: 'PATCH',
    path: objectPath(ref, options?.subresource),
    query: { ...query, ...(patch.kind === 'apply' && { force: patch.force ?? false }) },
    body: patch.body,
    contentType: patchTypes[patch.kind],
    // A JSON patch may append: applied twice it does something else than once.
    idempotent: patch.kind !== 'json',
    call: callOf('patch', ref),
    ...rest,
  };
}

function deleteBody(options: DeleteOptions | undefined): unknown {
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    preconditions: options?.preconditions,
    gracePeriodSeconds: options?.gracePeriodSeconds,
    propagationPolicy: options?.propagationPolicy,
    dryRun: options?.dryRun === true ? ['All'] : undefined,
  };
}

async function* podLogs(transport: Transport, pod: ObjectRef, options: LogOptions = {}): AsyncGenerator<string> {
  const { container, follow, tailLines, limitBytes, previous } = options;
  const request: ApiRequest = {
    ...read(objectPath(pod, 'log'), callOf('log', pod), options),
    query: { container, follow, tailLines, limitBytes, previous },
  };
  const decoder = new StringDecoder('utf8');
  for await (const chunk of await transport.open(request)) {
    const text = decoder.write(chunk);
    if (text !== '') yield text;
  }
  const rest = decoder.end();
  if (rest !== '') yield rest;
}

async function serves(transport: Transport, resource: Resource, options: CallOptions | undefined): Promise<boolean> {
  try {
    const answer = await transport.call(read(groupPath(resource), { verb: 'discover', resource: apiVersionOf(resource) }, options));
    return objectsOf(fieldOf(answer, 'resources')).some((each) => each['name'] === resource.resource);
  } catch (error) {
    if (hasCode(error, 'not-found')) return false;
    throw error;
  }
}

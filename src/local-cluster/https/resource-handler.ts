import type { KubeObject, NewObject } from '../../api/kube.js';
import { apiVersionOf } from '../../api/kube.js';
import type { ObjectRef, Subresource } from '../../cluster/cluster.js';
import { hasCode } from '../../lib/errors.js';
import type { LocalStore } from '../store/index.js';
import type { Kind } from '../store/kinds/kind.js';
import { copyRecord, isRecord, textAt } from '../store/json.js';
import { badRequest, cause, invalid, methodNotAllowed, notServed } from '../store/status-error.js';
import { mediaType, parseObject, parsePatch } from './bodies.js';
import { streamLogs } from './logs.js';
import type { KindRequest, ResourceRequest } from './context.js';
import { wantedForm } from './negotiation.js';
import { deleteOptionsOf, includeOf, isTrue, numberIn, selectionOf, writeOptionsOf } from './parameters.js';
import { renderMetadata, renderTable } from './table/table.js';
import { streamWatch } from './watch.js';

/** @throws ControllerError whatever the port throws; the caller makes a Status of it */
export async function handleResource(request: ResourceRequest): Promise<void> {
  const { route, store, caller, reply } = request;
  const kind = store
    .kinds()
    .find(
      ({ resource }) => resource.group === route.at.group && resource.version === route.at.version && resource.resource === route.resource,
    );
  if (kind === undefined) throw notServed();
  const cluster = store.as(caller, { warn: (text) => reply.warn(text) });
  const known: KindRequest = { ...request, kind, cluster, form: wantedForm(request.accept) };
  if (route.name === undefined) await handleCollection(known);
  else if (route.subresource === undefined) await handleObject(known, undefined);
  else await handleSubresource(known, route.subresource);
}

async function handleCollection(request: KindRequest): Promise<void> {
  switch (request.method) {
    case 'GET':
      return isTrue(request.query, 'watch') ? streamWatch(request) : list(request);
    case 'POST':
      return create(request);
    case 'DELETE':
      return deleteCollection(request);
    default:
      throw methodNotAllowed();
  }
}

async function handleObject(request: KindRequest, subresource: Subresource | undefined): Promise<void> {
  const { method, cluster, query, body, contentType, userAgent } = request;
  const ref = refOf(request);
  const options = { ...writeOptionsOf(query, userAgent), ...(subresource === undefined ? {} : { subresource }) };
  switch (method) {
    case 'GET':
      if (isTrue(query, 'watch')) return streamWatch(request);
      return answer(request, 200, await cluster.get(ref, subresource === undefined ? {} : { subresource }), subresource);
    case 'PUT':
      return answer(request, 200, await replaceOrCreate(request, ref, subresource), subresource);
    case 'PATCH': {
      const patch = parsePatch(body, mediaType(contentType), isTrue(query, 'force'));
      if (patch.kind === 'apply') requireManager(query);
      const isNew = patch.kind === 'apply' && request.store.peek(request.kind.resource, ref.namespace, ref.name) === undefined;
      return answer(request, isNew ? 201 : 200, await cluster.patch(ref, patch, options), subresource);
    }
    case 'DELETE':
      if (subresource !== undefined) throw methodNotAllowed();
      return deleteOne(request, ref);
    default:
      throw methodNotAllowed();
  }
}

/** Who applies must say who it is: the fields are its own from then on. */
function requireManager(query: URLSearchParams): void {
  if ((query.get('fieldManager') ?? '') !== '') return;
  const subject = { resource: { group: 'meta.k8s.io', resource: 'patchoptions', kind: 'PatchOptions' }, name: '' };
  throw invalid(subject, [cause.required('fieldManager', 'is required for apply patch')]);
}

async function handleSubresource(request: KindRequest, subresource: string): Promise<void> {
  const isPod = request.kind.resource.resource === 'pods' && request.kind.resource.group === '';
  switch (subresource) {
    case 'status':
    case 'scale':
      return handleObject(request, subresource);
    case 'log':
      if (isPod && request.method === 'GET') return streamLogs(request, refOf(request));
      break;
    case 'eviction':
      if (isPod && request.method === 'POST') return evict(request);
      break;
    case 'binding':
      if (isPod && request.method === 'POST') return bind(request);
      break;
    case 'token':
      if (request.kind.resource.resource === 'serviceaccounts' && request.method === 'POST') return token(request);
      break;
    case 'exec':
    case 'attach':
    case 'portforward':
      if (isPod) throw methodNotAllowed(`pods of a local cluster are played, not run: ${subresource} is not possible`);
      break;
  }
  throw notServed();
}

function refOf({ kind, route }: KindRequest): ObjectRef {
  return { resource: kind.resource, ...(route.namespace === undefined ? {} : { namespace: route.namespace }), name: route.name ?? '' };
}

async function list(request: KindRequest): Promise<void> {
  const { kind, cluster, query, route, reply, form, scheduler, store } = request;
  const limit = numberIn(query, 'limit');
  const token = query.get('continue') ?? '';
  requireKnownVersion(store, query.get('resourceVersion'));
  const answered = await cluster.list(selectionOf(kind.resource, route.namespace, query), {
    ...(limit === undefined ? {} : { limit }),
    ...(token === '' ? {} : { continue: token }),
  });
  const facts = {
    resourceVersion: answered.resourceVersion,
    ...(answered.continue === undefined ? {} : { continue: answered.continue }),
    ...('remaining' in answered && typeof answered.remaining === 'number' ? { remainingItemCount: answered.remaining } : {}),
  };
  if (form === 'table') reply.json(200, renderTable(kind, answered.items, facts, includeOf(query), scheduler.now()));
  else if (form === 'metadata')
    reply.json(200, {
      kind: 'PartialObjectMetadataList',
      apiVersion: 'meta.k8s.io/v1',
      metadata: facts,
      items: answered.items.map(renderMetadata),
    });
  else
    reply.json(200, {
      kind: kind.listKind,
      apiVersion: apiVersionOf(kind.resource),
      metadata: facts,
      items: answered.items.map((item) => listItem(kind, item)),
    });
}

/** A version from the future is somebody else's: a real server waits for it a while and then says so. */
function requireKnownVersion(store: LocalStore, version: string | null): void {
  if (version === null || version === '' || Number(version) <= Number(store.resourceVersion)) return;
  throw badRequest(`Too large resource version: ${version}, current: ${store.resourceVersion}`);
}

/** Go leaves kind and version out of the items of built-in lists. */
function listItem(kind: Kind, item: KubeObject): object {
  if (kind.custom) return item;
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = item;
  return rest;
}

function objectIn(request: KindRequest): NewObject {
  const parsed = parseObject(request.body, mediaType(request.contentType));
  if (!isRecord(parsed)) throw badRequest('the body is no object');
  const { kind, route } = request;
  const object = copyRecord(parsed);
  const metadata = isRecord(object['metadata']) ? object['metadata'] : {};
  const written = textAt(metadata, 'namespace');
  if (route.namespace !== undefined && written !== undefined && written !== '' && written !== route.namespace) {
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
  }
  return {
    ...object,
    apiVersion: textAt(object, 'apiVersion') || apiVersionOf(kind.resource),
    kind: textAt(object, 'kind') || kind.resource.kind,
    metadata: { ...metadata, ...(route.namespace === undefined ? {} : { namespace: route.namespace }) },
  };
}

async function create(request: KindRequest): Promise<void> {
  const { kind, cluster, query, userAgent } = request;
  const made = await cluster.create(kind.resource, objectIn(request), writeOptionsOf(query, userAgent));
  answer(request, 201, made, undefined);
}

/** A PUT of something that is not there makes it only where Kubernetes says so, which is nowhere we serve. */
async function replaceOrCreate(request: KindRequest, ref: ObjectRef, subresource: Subresource | undefined): Promise<KubeObject> {
  const { cluster, query, userAgent } = request;
  const object = subresource === 'scale' ? scaleIn(request) : objectIn(request);
  return cluster.replace(ref, object, { ...writeOptionsOf(query, userAgent), ...(subresource === undefined ? {} : { subresource }) });
}

function scaleIn(request: KindRequest): NewObject {
  const parsed = copyRecord(parseObject(request.body, mediaType(request.contentType)));
  return { ...parsed, apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: isRecord(parsed['metadata']) ? parsed['metadata'] : {} };
}

async function deleteOne(request: KindRequest, ref: ObjectRef): Promise<void> {
  const { cluster, query, kind, body, contentType, reply, store } = request;
  const before = store.peek(kind.resource, ref.namespace, ref.name);
  const left = await cluster.delete(ref, deleteOptionsOf(query, body.length === 0 ? {} : parseObject(body, mediaType(contentType))));
  if (left) return answer(request, 200, left, undefined);
  const { group, resource } = kind.resource;
  const details = { name: ref.name, ...(group === '' ? {} : { group }), kind: resource, ...(before ? { uid: before.metadata.uid } : {}) };
  reply.json(200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
}

async function deleteCollection(request: KindRequest): Promise<void> {
  const { cluster, kind, query, route, body, contentType, reply } = request;
  const options = deleteOptionsOf(query, body.length === 0 ? {} : parseObject(body, mediaType(contentType)));
  const found = await cluster.list(selectionOf(kind.resource, route.namespace, query));
  for (const { metadata } of found.items) {
    const ref = {
      resource: kind.resource,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      name: metadata.name,
    };
    await cluster.delete(ref, options).catch((error: unknown) => {
      if (!hasCode(error, 'not-found')) throw error;
    });
  }
  const facts = { resourceVersion: found.resourceVersion };
  reply.json(200, {
    kind: kind.listKind,
    apiVersion: apiVersionOf(kind.resource),
    metadata: facts,
    items: found.items.map((item) => listItem(kind, item)),
  });
}

async function evict(request: KindRequest): Promise<void> {
  const { cluster, query, body, contentType, reply } = request;
  const parsed = body.length === 0 ? {} : parseObject(body, mediaType(contentType));
  await cluster.evict(refOf(request), deleteOptionsOf(query, isRecord(parsed) ? parsed['deleteOptions'] : undefined));
  reply.json(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
}

async function bind(request: KindRequest): Promise<void> {
  const { cluster, body, contentType, reply } = request;
  const node = textAt(parseObject(body, mediaType(contentType)), 'target', 'name');
  if (node === undefined || node === '') throw badRequest('a binding needs target.name');
  await cluster.bind(refOf(request), node);
  reply.json(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
}

/** The token of a service account: its name, which this server accepts. */
async function token(request: KindRequest): Promise<void> {
  const { cluster, reply, route } = request;
  const account = await cluster.get({ resource: request.kind.resource, namespace: route.namespace ?? '', name: route.name ?? '' });
  const { name, namespace = '' } = account.metadata;
  reply.json(201, {
    ...{ kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', metadata: { name, namespace }, spec: {} },
    status: { token: `system:serviceaccount:${namespace}:${name}` },
  });
}

function answer(request: KindRequest, code: number, object: KubeObject, subresource: Subresource | undefined): void {
  const { form, kind, query, scheduler, reply } = request;
  if (form === 'table' && subresource !== 'scale') {
    const facts = { resourceVersion: object.metadata.resourceVersion };
    reply.json(code, renderTable(kind, [object], facts, includeOf(query), scheduler.now()));
  } else reply.json(code, form === 'metadata' ? renderMetadata(object) : object);
}

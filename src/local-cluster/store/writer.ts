import type { KubeObject, NewObject } from '../../api/kube.js';
import { apiVersionOf, resources } from '../../api/kube.js';
import { isEqual } from '../../lib/equal.js';
import type { Scheduler } from '../../lib/scheduler.js';
import { renderWholeSeconds } from '../../lib/time.js';
import { Addresses } from './addresses.js';
import { decode } from './decoding.js';
import type { Whole } from './endpoints.js';
import { draftAt } from './endpoints.js';
import { generatedName, newUid } from './identity.js';
import { copyRecord, ensureRecord, recordAt, sealed, textAt } from './json.js';
import type { Draft } from './json.js';
import type { Kind, StrategyContext } from './kinds/kind.js';
import { nameRuleOf, validateMetadata } from './kinds/metadata-rules.js';
import { managedAfterUpdate } from './managed-fields/managers.js';
import type { WriteRequest } from './request.js';
import type { State } from './state.js';
import {
  alreadyExists,
  badRequest,
  cause,
  conflict,
  forbidden,
  invalid,
  invalidOfResource,
  modifiedMeanwhile,
  notFound,
  unexpected,
} from './status-error.js';
import type { Cause, Subject } from './status-error.js';

/** The write path of an API server: identity, defaults, validation, generation, then the store. Synchronous, so each write is atomic. */
export class Writer {
  readonly #context: StrategyContext;

  constructor(
    private readonly state: State,
    private readonly scheduler: Scheduler,
    /** Whether ordinary writes are noted in managedFields too; applied ones always are. */
    private readonly tracksManagers: boolean,
  ) {
    const addresses = new Addresses(state);
    this.#context = {
      get now() {
        return scheduler.now();
      },
      random: () => scheduler.random(),
      allocateClusterIp: (wanted) => addresses.clusterIp(wanted),
      allocateNodePort: (wanted) => addresses.nodePort(wanted),
    };
  }

  create(request: WriteRequest, object: NewObject): KubeObject {
    const { kind } = request;
    const draft = wholeOf(copyRecord(object));
    requireKind(kind, draft);
    if ((textAt(draft.metadata, 'resourceVersion') ?? '') !== '')
      throw unexpected('resourceVersion should not be set on objects to be created');
    this.#stampNew(request, draft);
    decode(request, draft);
    if (kind.hasStatus && !kind.keepsStatusOnCreate) delete draft['status'];
    kind.strategy.prepareCreate?.(draft, this.#context);
    const subject = subjectOf(kind, draft);
    requireValid(subject, [
      ...validateMetadata(draft, nameRuleOf(kind.resource.group, kind.resource.resource)),
      ...(kind.strategy.validate?.(draft) ?? []),
    ]);
    this.#requireNamespace(request, subject);
    if (this.state.get(kind, request.namespace, subject.name)) throw alreadyExists(subject);
    this.#noteManager(request, draft, undefined);
    return request.dryRun ? sealed(draft) : this.state.commit(kind, draft, undefined);
  }

  /**
   * @param make the new object, from the present one (which it may share parts with); what it may not touch is put back afterwards
   */
  update(request: WriteRequest, make: (current: KubeObject) => Draft): KubeObject {
    const { kind } = request;
    const current = this.#current(request);
    const made = make(current);
    requireKind(kind, made);
    requirePreconditions(request, recordAt(made, 'metadata'), current);
    const draft = draftAt(request, made, current);
    decode(request, draft);
    if (request.subresource === 'status') kind.strategy.prepareStatus?.(draft);
    else kind.strategy.prepareUpdate?.(draft, current, this.#context);
    requireValid(subjectOf(kind, current), this.#complaints(request, draft, current));
    countGeneration(kind, draft, current);
    this.#noteManager(request, draft, current);
    if (isSame(draft, current)) return current;
    if (request.dryRun) return sealed(draft);
    return this.#store(kind, draft, current);
  }

  /** Changes by the server itself (deletion marks, garbage collection): no rules but the version. */
  amend(kind: Kind, current: KubeObject, change: (draft: Whole) => void): KubeObject {
    const draft = wholeOf(copyRecord(current));
    change(draft);
    return this.#store(kind, draft, current);
  }

  /** An object that was waiting for its finalizers goes when the last one does. */
  #store(kind: Kind, draft: Whole, current: KubeObject): KubeObject {
    if (!isReadyToGo(draft)) return this.state.commit(kind, draft, current);
    draft.metadata['resourceVersion'] = current.metadata.resourceVersion;
    const last = sealed(draft);
    this.state.erase(kind, current, last);
    return last;
  }

  /** An applied configuration brings its owners along; an ordinary write takes over what it changes. */
  #noteManager(request: WriteRequest, draft: Whole, current: KubeObject | undefined): void {
    if (request.managedFields) {
      draft.metadata['managedFields'] = request.managedFields;
      return;
    }
    if (!this.tracksManagers && draft.metadata['managedFields'] === undefined) return;
    const writing = { kind: request.kind, fieldManager: request.fieldManager, subresource: request.subresource, now: this.scheduler.now() };
    const managed = managedAfterUpdate(writing, current, draft);
    if (managed) draft.metadata['managedFields'] = managed;
  }

  #current({ kind, namespace, name }: WriteRequest): KubeObject {
    const current = this.state.get(kind, namespace, name);
    if (!current) throw notFound({ resource: kind.resource, name });
    return current;
  }

  #stampNew(request: WriteRequest, draft: Whole): void {
    const { metadata } = draft;
    const { kind } = request;
    if (kind.resource.namespaced) metadata['namespace'] = request.namespace;
    else delete metadata['namespace'];
    const base = textAt(metadata, 'generateName') ?? '';
    if ((textAt(metadata, 'name') ?? '') === '' && base !== '') metadata['name'] = this.#freeName(kind, request.namespace, base);
    for (const key of ['resourceVersion', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink', 'managedFields'])
      delete metadata[key];
    metadata['uid'] = newUid(this.#context.random);
    metadata['creationTimestamp'] = renderWholeSeconds(this.scheduler.now());
    if (kind.tracksGeneration) metadata['generation'] = 1;
    else delete metadata['generation'];
  }

  #freeName(kind: Kind, namespace: string | undefined, base: string): string {
    for (let tries = 0; tries < 8; tries++) {
      const name = generatedName(base, this.#context.random);
      if (!this.state.get(kind, namespace, name)) return name;
    }
    throw alreadyExists({ resource: kind.resource, name: base });
  }

  #requireNamespace({ kind, namespace }: WriteRequest, subject: Subject): void {
    if (!kind.resource.namespaced) return;
    const namespaces = this.state.kinds.get(resources.namespaces);
    const found = this.state.get(namespaces, undefined, namespace ?? '');
    if (!found) throw notFound({ resource: resources.namespaces, name: namespace ?? '' });
    if (found.metadata.deletionTimestamp === undefined) return;
    throw forbidden(subject, `unable to create new content in namespace ${namespace ?? ''} because it is being terminated`);
  }

  #complaints(request: WriteRequest, draft: Whole, current: KubeObject): readonly Cause[] {
    const { kind } = request;
    const { validate, validateUpdate } = kind.strategy;
    return [
      ...validateMetadata(draft, nameRuleOf(kind.resource.group, kind.resource.resource)),
      ...newFinalizers(draft, current),
      ...(request.subresource === 'status' && kind.custom === undefined ? [] : (validate?.(draft, current) ?? [])),
      ...(request.subresource === 'status' ? [] : (validateUpdate?.(draft, current) ?? [])),
    ];
  }
}

function wholeOf(draft: Draft): Whole {
  return Object.assign(draft, { metadata: ensureRecord(draft, 'metadata') });
}

function subjectOf(kind: Kind, object: { readonly metadata: object }): Subject {
  return { resource: kind.resource, name: textAt(object.metadata, 'name') ?? '' };
}

function requireKind(kind: Kind, draft: Draft): void {
  const expected = apiVersionOf(kind.resource);
  if (draft['apiVersion'] !== expected) {
    throw badRequest(`the API version in the data (${String(draft['apiVersion'])}) does not match the expected API version (${expected})`);
  }
  if (draft['kind'] !== kind.resource.kind) throw badRequest(kindMismatch(kind, textAt(draft, 'kind') ?? ''));
}

/** Go's conversion between its own packages cannot be done. */
function kindMismatch({ resource }: Kind, found: string): string {
  const internal = resource.group === '' ? 'core' : (resource.group.split('.')[0] ?? '');
  const conversion = `converting (${resource.version}.${found}) to (${internal}.${resource.kind}): unknown conversion`;
  return `${found} in version "${resource.version}" cannot be handled as a ${resource.kind}: ${conversion}`;
}

function requirePreconditions(request: WriteRequest, metadata: Draft, current: KubeObject): void {
  const subject = subjectOf(request.kind, current);
  const name = textAt(metadata, 'name');
  if (name !== undefined && name !== current.metadata.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${current.metadata.name})`);
  }
  const uid = textAt(metadata, 'uid') ?? '';
  const isOther = uid !== '' && uid !== current.metadata.uid;
  if (isOther && request.replaces === true) throw conflict(subject, storageComplaint(request, uid, current));
  const version = textAt(metadata, 'resourceVersion') ?? '';
  if (version !== '' && version !== current.metadata.resourceVersion) throw conflict(subject, modifiedMeanwhile);
  if (isOther) throw invalid(subject, [cause.invalid('metadata.uid', uid, 'field is immutable')]);
  if (version === '' && request.replaces === true && request.kind.needsVersionToReplace) {
    throw invalidOfResource(subject, [cause.invalid('metadata.resourceVersion', 0, 'must be specified for an update')]);
  }
}

/** A real server lets its storage speak here. */
function storageComplaint({ kind, namespace, name }: WriteRequest, uid: string, current: KubeObject): string {
  const { group, resource } = kind.resource;
  const key = ['/registry', ...(kind.custom ? [group] : []), resource, ...(namespace === undefined ? [] : [namespace]), name].join('/');
  return `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`;
}

function requireValid(subject: Subject, causes: readonly Cause[]): void {
  if (causes.length > 0) throw invalid(subject, causes);
}

function newFinalizers(draft: Whole, current: KubeObject): readonly Cause[] {
  if (current.metadata.deletionTimestamp === undefined) return [];
  const before: readonly unknown[] = current.metadata.finalizers ?? [];
  const wanted = draft.metadata['finalizers'];
  const added = Array.isArray(wanted) ? wanted.filter((each) => !before.includes(each)) : [];
  if (added.length === 0) return [];
  return [
    cause.forbidden(
      'metadata.finalizers',
      `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((each) => JSON.stringify(each)).join(', ')}}`,
    ),
  ];
}

/** What a kind's writers want is everything but metadata, and but the status where that has its own endpoint. */
function countGeneration(kind: Kind, draft: Whole, current: KubeObject): void {
  if (!kind.tracksGeneration) return;
  const ignored = kind.hasStatus ? ['metadata', 'status'] : ['metadata'];
  const wanted = (object: object): Draft => Object.fromEntries(Object.entries(object).filter(([key]) => !ignored.includes(key)));
  if (!isEqual(wanted(draft), wanted(current))) draft.metadata['generation'] = (current.metadata.generation ?? 0) + 1;
}

function isSame(draft: Whole, current: KubeObject): boolean {
  return isEqual(dropEmpty(draft), dropEmpty(current));
}

/** An empty labels map and none are the same to Go. */
function dropEmpty(object: object): Draft {
  const metadata = { ...recordAt(object, 'metadata') };
  for (const key of ['labels', 'annotations', 'finalizers', 'ownerReferences']) {
    const value = metadata[key];
    if (typeof value === 'object' && (value === null || Object.keys(value).length === 0)) delete metadata[key];
  }
  return { ...object, metadata };
}

function isReadyToGo(draft: Whole): boolean {
  const { metadata } = draft;
  const finalizers = metadata['finalizers'];
  const hasNone = !Array.isArray(finalizers) || finalizers.length === 0;
  const hasGrace = typeof metadata['deletionGracePeriodSeconds'] === 'number' && metadata['deletionGracePeriodSeconds'] > 0;
  return metadata['deletionTimestamp'] !== undefined && hasNone && !hasGrace && !isLivingNamespace(draft);
}

/** A namespace has a finalizer of its own, in its spec, until it is empty. */
function isLivingNamespace(draft: Draft): boolean {
  return (
    draft['kind'] === 'Namespace' &&
    draft['apiVersion'] === 'v1' &&
    (recordAt(draft, 'spec')['finalizers'] ?? []) instanceof Array &&
    JSON.stringify(recordAt(draft, 'spec')['finalizers'] ?? []) !== '[]'
  );
}

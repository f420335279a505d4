import { apiVersionOf, type KubeObject, type Resource } from '../api/kube.js';
import { ControllerError, type ErrorFields } from '../lib/errors.js';
import { fieldOf, isPlainObject } from '../lib/json.js';
import type { ObjectList, WatchEvent } from './cluster.js';
import { errorOfAnswer } from './status.js';

/**
 * An object as the port promises it: kind and apiVersion filled in, which servers leave out of the items of built-in lists.
 *
 * @throws ControllerError `unavailable` when the answer is no Kubernetes object: no server of ours would send that
 */
export function kubeObjectOf(value: unknown, resource: Resource, call: ErrorFields): KubeObject {
  if (!isKubeObject(value)) throw new ControllerError('unavailable', 'the answer is no Kubernetes object', call);
  if (value.kind !== undefined && value.apiVersion !== undefined) return value;
  return { ...value, apiVersion: value.apiVersion ?? apiVersionOf(resource), kind: value.kind ?? resource.kind };
}

/** The parts of metadata that every server sends for everything it stores; kind and apiVersion may be absent still. */
function isKubeObject(value: unknown): value is KubeObject {
  const metadata = fieldOf(value, 'metadata');
  return isPlainObject(metadata) && typeof metadata['name'] === 'string';
}

export function objectListOf(value: unknown, resource: Resource, call: ErrorFields): ObjectList {
  const items = fieldOf(value, 'items');
  const metadata = fieldOf(value, 'metadata');
  const resourceVersion = fieldOf(metadata, 'resourceVersion');
  if (!Array.isArray(items) || typeof resourceVersion !== 'string') {
    throw new ControllerError('unavailable', 'the answer is no Kubernetes list', call);
  }
  const next = fieldOf(metadata, 'continue');
  return {
    items: items.map((item) => kubeObjectOf(item, resource, call)),
    resourceVersion,
    ...(typeof next === 'string' && next !== '' && { continue: next }),
  };
}

/** One line of a watch. @throws ControllerError for an ERROR event (`expired` when its version is too old), `unavailable` for nonsense */
export function watchEventOf(line: string, resource: Resource, call: ErrorFields): WatchEvent {
  const frame = parseFrame(line, call);
  const type = fieldOf(frame, 'type');
  const object = fieldOf(frame, 'object');
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type, object: kubeObjectOf(object, resource, call) };
    case 'BOOKMARK':
      return bookmarkOf(object, call);
    case 'ERROR':
      throw errorOfAnswer(0, object, call);
    default:
      throw new ControllerError('unavailable', 'an unknown kind of watch event', { ...call, type: String(type) });
  }
}

function parseFrame(line: string, call: ErrorFields): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new ControllerError('unavailable', 'a line of the watch is no JSON', call, { cause });
  }
}

function bookmarkOf(object: unknown, call: ErrorFields): WatchEvent {
  const metadata = fieldOf(object, 'metadata');
  const resourceVersion = fieldOf(metadata, 'resourceVersion');
  if (typeof resourceVersion !== 'string') throw new ControllerError('unavailable', 'a bookmark without a version', call);
  const isEndOfInitialEvents = fieldOf(fieldOf(metadata, 'annotations'), 'k8s.io/initial-events-end') === 'true';
  return { type: 'BOOKMARK', resourceVersion, ...(isEndOfInitialEvents && { initialEventsEnd: true }) };
}

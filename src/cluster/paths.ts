import type { Resource } from '../api/kube.js';
import { ControllerError } from '../lib/errors.js';
import type { ObjectRef } from './cluster.js';

/** `/api/v1` or `/apis/GROUP/VERSION`. */
export function groupPath({ group, version }: Resource): string {
  return group === '' ? `/api/${encodeURIComponent(version)}` : `/apis/${encodeURIComponent(group)}/${encodeURIComponent(version)}`;
}

/** Where a kind is listed: in one namespace, or, without one, everywhere. */
export function collectionPath(resource: Resource, namespace: string | undefined): string {
  const inNamespace = namespace === undefined || !resource.namespaced ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${groupPath(resource)}${inNamespace}/${encodeURIComponent(resource.resource)}`;
}

/** @throws ControllerError `internal` for a namespaced kind without a namespace: the path would name another thing */
export function objectPath({ resource, namespace, name }: ObjectRef, subresource?: string): string {
  if (name === '') throw new ControllerError('internal', 'an object without a name', { resource: resource.resource });
  return `${collectionPath(resource, namespaceOf(resource, namespace))}/${encodeURIComponent(name)}${subresource === undefined ? '' : `/${subresource}`}`;
}

export function namespaceOf(resource: Resource, namespace: string | undefined): string | undefined {
  if (resource.namespaced && (namespace === undefined || namespace === '')) {
    throw new ControllerError('internal', 'a namespaced object without a namespace', { resource: resource.resource });
  }
  return namespace;
}

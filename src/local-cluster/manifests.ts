import { CORE_SCHEMA, loadAll } from 'js-yaml';
import type { KubeObject, Resource } from '../api/kube.js';
import { apiVersionOf } from '../api/kube.js';
import type { Cluster } from '../cluster/cluster.js';
import { ControllerError } from '../lib/errors.js';
import type { LocalStore } from './store/index.js';
import type { Draft } from './store/json.js';
import { isRecord, recordsAt, textAt } from './store/json.js';

/**
 * The objects of YAML or JSON documents; lists are taken apart, empty documents skipped.
 * @throws ControllerError `invalid-spec` for a document that is no object
 */
export function parseManifests(text: string): readonly Draft[] {
  return loadAll(text, undefined, { schema: CORE_SCHEMA })
    .filter((document) => document !== undefined && document !== null)
    .flatMap((document) => {
      if (!isRecord(document)) throw new ControllerError('invalid-spec', 'a manifest must be an object');
      return textAt(document, 'kind')?.endsWith('List') === true ? recordsAt(document, 'items') : [document];
    });
}

/** Which kinds there are is the store's to know; they are asked one by one, as a definition may come before its objects. */
export interface ApplyTarget {
  readonly cluster: Cluster;
  readonly kinds: LocalStore['kinds'];
  /** For objects that name none; default `default`. */
  readonly namespace?: string;
  readonly fieldManager?: string;
}

/**
 * Applies objects in their order, by server-side apply, as `kubectl apply --server-side --force-conflicts` does.
 * @throws ControllerError `not-found` for a kind that is not served, and whatever the server refuses
 */
export async function applyObjects(target: ApplyTarget, objects: readonly Draft[]): Promise<readonly KubeObject[]> {
  const applied: KubeObject[] = [];
  for (const object of objects) {
    const resource = resourceOf(target, object);
    const name = textAt(object, 'metadata', 'name') ?? '';
    const namespace = textAt(object, 'metadata', 'namespace') ?? target.namespace ?? 'default';
    const ref = { resource, name, ...(resource.namespaced ? { namespace } : {}) };
    const options = { fieldManager: target.fieldManager ?? 'kubectl' };
    applied.push(await target.cluster.patch(ref, { kind: 'apply', body: object, force: true }, options));
  }
  return applied;
}

function resourceOf(target: ApplyTarget, object: Draft): Resource {
  const { apiVersion, kind } = object;
  const found = target.kinds().find(({ resource }) => resource.kind === kind && apiVersionOf(resource) === apiVersion);
  if (found) return found.resource;
  throw new ControllerError('not-found', `no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`);
}

import type { KubeObject } from '../../api/kube.js';
import { renderSelector } from '../../lib/label-selector.js';
import { at, copyRecord, ensureRecord, numberAt, sealed } from './json.js';
import type { Draft } from './json.js';
import type { Kind, ScalePaths } from './kinds/kind.js';
import { selectorOf } from './selectors.js';
import type { Subject } from './status-error.js';
import { cause, invalid, notServed } from './status-error.js';

/** @throws StatusError 404 when the kind cannot be scaled */
export function scalePathsOf(kind: Kind): ScalePaths {
  if (kind.scale === undefined) throw notServed();
  return kind.scale;
}

/** The object as its scale subresource shows it. */
export function renderScale(kind: Kind, object: KubeObject): KubeObject {
  const paths = scalePathsOf(kind);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = selectorText(object, paths);
  return sealed({
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    spec: wantedReplicas(object, paths),
    status: { replicas: numberAt(object, ...paths.statusReplicas) ?? 0, ...(selector === '' ? {} : { selector }) },
  });
}

/** Zero is left out, as Go writes it. */
function wantedReplicas(object: KubeObject, paths: ScalePaths): Draft {
  const replicas = numberAt(object, ...paths.specReplicas) ?? 0;
  return replicas === 0 ? {} : { replicas };
}

function selectorText(object: KubeObject, { selector }: ScalePaths): string {
  if (selector === undefined) return '';
  const found = at(object, ...selector);
  if (typeof found === 'string') return found;
  const parsed = selectorOf(found);
  return parsed === undefined ? '' : renderSelector(parsed);
}

function scaleSubject({ metadata: { name } }: KubeObject): Subject {
  return { resource: { group: 'autoscaling', resource: 'scales', kind: 'Scale' }, name };
}

/**
 * The object with the replicas of a Scale that somebody wrote.
 * @throws StatusError 422 for a negative or broken number
 */
export function withScale(kind: Kind, object: KubeObject, scale: unknown): Draft {
  const paths = scalePathsOf(kind);
  const replicas = at(scale, 'spec', 'replicas') ?? 0;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0) {
    throw invalid(scaleSubject(object), [cause.invalid('spec.replicas', replicas, 'must be greater than or equal to 0')]);
  }
  const draft = copyRecord(object);
  const parent = paths.specReplicas.slice(0, -1).reduce(ensureRecord, draft);
  parent[paths.specReplicas.at(-1) ?? 'replicas'] = replicas;
  const version = at(scale, 'metadata', 'resourceVersion');
  if (typeof version === 'string') ensureRecord(draft, 'metadata')['resourceVersion'] = version;
  return draft;
}

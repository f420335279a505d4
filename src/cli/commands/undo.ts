import { parseReplicaSet } from '../../api/index.js';
import { keys, resources, type JsonObject, type KubeObject } from '../../api/kube.js';
import type { ReplicaSet } from '../../api/workload-types.js';
import type { Patch } from '../../cluster/cluster.js';
import { ControllerError, hasCode } from '../../lib/errors.js';
import { fieldOf, isPlainObject } from '../../lib/json.js';
import { ownedBy, readRollout } from '../objects.js';
import type { ExitCode, Session } from '../session.js';
import { applyPatch, tellWrite, type WriteOptions } from '../writes.js';
import { templateHome } from './set-image.js';

export interface UndoOptions extends WriteOptions {
  /** 0: the second newest. */
  readonly toRevision: number;
}

const attempts = 5;

/**
 * `undo R [--to-revision N]`: makes an older template the new one; that is an ordinary update with a new revision.
 * Semantics: cli-dashboard-gitops 1.5. Differs: the sentence about a skipped rollback ends with a newline and names the revision; a change that
 * comes in between is noticed.
 */
export async function undo(session: Session, name: string, options: UndoOptions): Promise<ExitCode> {
  const rollout = await readRollout(session, name);
  const wanted = chooseRevision(await ownedReplicaSets(session, rollout.metadata.uid), name, options.toRevision);
  const template = withoutHash(wanted.template);
  const { ref, path } = templateHome(session, rollout);
  for (let attempt = 1; ; attempt++) {
    const object = await session.cluster.get(ref, { signal: session.io.signal });
    if (saysNothingElse(withoutHash(templateAt(object, path)), template)) {
      session.io.out(`skipped rollback (current template already matches revision ${wanted.revision})\n`);
      return 0;
    }
    try {
      const written = await applyPatch(session, ref, object, templatePatch(object, path, template), options);
      tellWrite(session, options, ref.resource, written, `rollout '${name}' undo`);
      return 0;
    } catch (error) {
      // The test in the patch fails when the spec was changed meanwhile: look again.
      if (!hasCode(error, 'conflict', 'invalid') || attempt === attempts) throw error;
    }
  }
}

/** ReplicaSets of the rollout, newest revision first. */
export async function ownedReplicaSets({ cluster, namespace, io }: Session, uid: string): Promise<readonly ReplicaSet[]> {
  const selection = { resource: resources.replicaSets, namespace, labelSelector: keys.podTemplateHash };
  const { items } = await cluster.list(selection, { signal: io.signal });
  return ownedBy(items, [uid])
    .map(parseReplicaSet)
    .sort((a, b) => b.revision - a.revision);
}

function chooseRevision(newestFirst: readonly ReplicaSet[], name: string, wanted: number): ReplicaSet {
  const found = wanted === 0 ? newestFirst[1] : newestFirst.find((rs) => rs.revision === wanted);
  if (found !== undefined) return found;
  if (wanted === 0) throw new ControllerError('not-found', `no revision found for rollout "${name}"`);
  const known = newestFirst.map((rs) => rs.revision).join(', ');
  throw new ControllerError(
    'not-found',
    `unable to find specified revision ${wanted} in history${known === '' ? '' : ` (there is ${known})`}`,
  );
}

function templatePatch(object: KubeObject, path: readonly string[], template: JsonObject): Extract<Patch, { readonly kind: 'json' }> {
  const { generation } = object.metadata;
  const test = generation === undefined ? [] : [{ op: 'test', path: '/metadata/generation', value: generation }];
  return { kind: 'json', body: [...test, { op: 'replace', path: `/${path.join('/')}`, value: template }] };
}

function templateAt(object: KubeObject, path: readonly string[]): JsonObject {
  const found = path.reduce<unknown>((at, key) => fieldOf(at, key), object);
  // A part of an object that came as JSON.
  return isPlainObject(found) ? (found as JsonObject) : {};
}

function withoutHash(template: JsonObject): JsonObject {
  const metadata = fieldOf(template, 'metadata');
  const labels = fieldOf(metadata, 'labels');
  if (!isPlainObject(metadata) || !isPlainObject(labels)) return template;
  const { [keys.podTemplateHash]: _hash, ...rest } = labels;
  // Both come from a template that is JSON.
  return { ...template, metadata: { ...metadata, labels: rest } as JsonObject };
}

/** Everything `current` says is also in `wanted`, which the API server may have filled with defaults. */
function saysNothingElse(current: unknown, wanted: unknown): boolean {
  if (Array.isArray(current)) {
    return Array.isArray(wanted) && current.length === wanted.length && current.every((entry, i) => saysNothingElse(entry, wanted[i]));
  }
  if (!isPlainObject(current)) return current === wanted || current === null;
  return Object.entries(current).every(([key, value]) => isEmpty(value) || saysNothingElse(value, fieldOf(wanted, key)));
}

/** Go leaves such values out, so they say nothing. */
function isEmpty(value: unknown): boolean {
  return value === null || (Array.isArray(value) ? value.length === 0 : isPlainObject(value) && Object.keys(value).length === 0);
}

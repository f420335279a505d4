import { apiVersionOf, type KubeObject, type Resource } from '../api/kube.js';
import type { ObjectRef, Patch, Subresource } from '../cluster/cluster.js';
import { ControllerError } from '../lib/errors.js';
import { applyJsonPatch, applyMergePatch } from '../lib/patches.js';
import { isPlainObject } from '../lib/json.js';
import type { Session } from './session.js';

export interface WriteOptions {
  readonly dryRun?: 'none' | 'client' | 'server' | undefined;
  readonly output?: 'name' | 'json' | undefined;
}

/** Patches, or with `--dry-run=client` computes what the object would be. @param known the object as it was read */
export async function applyPatch(
  session: Session,
  ref: ObjectRef,
  known: KubeObject,
  patch: Extract<Patch, { readonly kind: 'merge' | 'json' }>,
  options: WriteOptions & { readonly subresource?: Subresource },
): Promise<KubeObject> {
  if (options.dryRun === 'client') return patched(known, patch);
  return session.cluster.patch(ref, patch, {
    signal: session.io.signal,
    dryRun: options.dryRun === 'server',
    ...(options.subresource === undefined ? {} : { subresource: options.subresource }),
  });
}

function patched(object: KubeObject, patch: Extract<Patch, { readonly kind: 'merge' | 'json' }>): KubeObject {
  const result = patch.kind === 'merge' ? applyMergePatch(object, patch.body) : applyJsonPatch(object, patch.body);
  if (!isPlainObject(result)) throw new ControllerError('internal', 'a patch left no object');
  return { ...object, ...result };
}

/** Tells what was written, in the form that was asked for. */
export function tellWrite(session: Session, options: WriteOptions, resource: Resource, object: KubeObject, sentence: string): void {
  session.io.out(`${writtenText(options, resource, object, sentence)}\n`);
}

function writtenText(options: WriteOptions, resource: Resource, object: KubeObject, sentence: string): string {
  if (options.output === 'name') return qualifiedName(resource, object.metadata.name);
  if (options.output === 'json')
    return JSON.stringify({ ...object, apiVersion: apiVersionOf(resource), kind: resource.kind }, undefined, 2);
  return `${sentence}${dryRunMark(options)}`;
}

/** kubectl's words. */
export function dryRunMark({ dryRun }: WriteOptions): string {
  if (dryRun === 'client') return ' (dry run)';
  return dryRun === 'server' ? ' (server dry run)' : '';
}

/** `rollout.argoproj.io/web`, `pod/web-1`. */
export function qualifiedName({ kind, group }: Resource, name: string): string {
  return `${kind.toLowerCase()}${group === '' ? '' : `.${group}`}/${name}`;
}

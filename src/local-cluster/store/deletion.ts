import type { KubeObject } from '../../api/kube.js';
import { resources } from '../../api/kube.js';
import type { DeleteOptions } from '../../cluster/cluster.js';
import type { Scheduler } from '../../lib/scheduler.js';
import { renderWholeSeconds } from '../../lib/time.js';
import { numberAt, textAt } from './json.js';
import type { Kind } from './kinds/kind.js';
import { storageKey } from './kinds/kind.js';
import type { State } from './state.js';
import { conflict, notFound } from './status-error.js';
import type { Writer } from './writer.js';

export const foregroundFinalizer = 'foregroundDeletion';
export const orphanFinalizer = 'orphan';

/** Deletes at once, or marks what a grace period, a finalizer or its dependents still hold. Synchronous. */
export class Deletion {
  constructor(
    private readonly state: State,
    private readonly writer: Writer,
    private readonly scheduler: Scheduler,
  ) {}

  /** @returns the object while something keeps it, else undefined (of a few kinds the object all the same); of a dry run: the object, if something would keep it */
  delete(kind: Kind, namespace: string | undefined, name: string, options: DeleteOptions): KubeObject | undefined {
    const current = this.state.get(kind, namespace, name);
    if (!current) throw notFound({ resource: kind.resource, name });
    requirePreconditions(kind, current, options);
    const finalizers = finalizersFor(kind, current, options.propagationPolicy);
    const graceSeconds = graceOf(kind, current, options.gracePeriodSeconds);
    const isHeld = finalizers.length > 0 || graceSeconds > 0 || isKind(kind, resources.namespaces);
    if (options.dryRun === true) return isHeld ? current : undefined;
    if (isHeld) return this.#mark(kind, current, finalizers, graceSeconds);
    const gone = this.state.erase(kind, current);
    return kind.answersWithDeleted ? lastState(gone) : undefined;
  }

  #mark(kind: Kind, current: KubeObject, finalizers: readonly string[], graceSeconds: number): KubeObject | undefined {
    const already = current.metadata.deletionGracePeriodSeconds;
    const isMarked = current.metadata.deletionTimestamp !== undefined;
    const isSooner = !isMarked || (already ?? 0) > graceSeconds;
    if (!isSooner && sameTexts(finalizers, current.metadata.finalizers ?? [])) return current;
    const marked = this.writer.amend(kind, current, (draft) => {
      if (finalizers.length > 0) draft.metadata['finalizers'] = finalizers;
      else delete draft.metadata['finalizers'];
      if (!isSooner) return;
      draft.metadata['deletionTimestamp'] = renderWholeSeconds(this.scheduler.now() + graceSeconds * 1000);
      draft.metadata['deletionGracePeriodSeconds'] = graceSeconds;
      if (!isMarked && typeof draft.metadata['generation'] === 'number') draft.metadata['generation']++;
      if (isKind(kind, resources.namespaces)) draft['status'] = { phase: 'Terminating' };
    });
    return this.state.get(kind, marked.metadata.namespace, marked.metadata.name);
  }
}

/** The object on its last breath: marked as a grace period of nothing marks it. */
function lastState(current: KubeObject): KubeObject {
  if (current.metadata.deletionTimestamp === undefined) return current;
  return Object.freeze({ ...current, metadata: Object.freeze({ ...current.metadata, deletionGracePeriodSeconds: 0 }) });
}

function requirePreconditions(kind: Kind, current: KubeObject, { preconditions }: DeleteOptions): void {
  const { uid, resourceVersion } = preconditions ?? {};
  const { group, kind: name } = kind.resource;
  // A real server names the kind here where elsewhere it names the resource.
  const subject = { resource: { group, resource: name, kind: name }, name: current.metadata.name };
  if (uid !== undefined && uid !== current.metadata.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${current.metadata.uid})`;
    throw conflict(subject, `${why}. The object might have been deleted and then recreated`);
  }
  if (resourceVersion !== undefined && resourceVersion !== current.metadata.resourceVersion) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${current.metadata.resourceVersion})`;
    throw conflict(subject, `${why}. The object might have been modified`);
  }
}

function finalizersFor(kind: Kind, current: KubeObject, policy: DeleteOptions['propagationPolicy']): readonly string[] {
  const before = current.metadata.finalizers ?? [];
  const others = before.filter((each) => each !== foregroundFinalizer && each !== orphanFinalizer);
  switch (policy) {
    case 'Background':
      return others;
    case 'Foreground':
      return [...others, foregroundFinalizer];
    case 'Orphan':
      return [...others, orphanFinalizer];
    case undefined:
      return kind.orphansByDefault && before.length === others.length ? [...others, orphanFinalizer] : before;
  }
}

/** Only pods that run somewhere get time to say goodbye. */
function graceOf(kind: Kind, current: KubeObject, wanted: number | undefined): number {
  if (!isKind(kind, resources.pods)) return 0;
  const phase = textAt(current, 'status', 'phase');
  if ((textAt(current, 'spec', 'nodeName') ?? '') === '' || phase === 'Succeeded' || phase === 'Failed') return 0;
  const seconds = wanted ?? numberAt(current, 'spec', 'terminationGracePeriodSeconds') ?? 30;
  const already = current.metadata.deletionTimestamp === undefined ? undefined : current.metadata.deletionGracePeriodSeconds;
  return Math.max(0, already === undefined ? seconds : Math.min(already, seconds));
}

function isKind(kind: Kind, resource: { readonly group: string; readonly resource: string }): boolean {
  return storageKey(kind.resource) === storageKey(resource);
}

function sameTexts(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((each, index) => each === right[index]);
}

import type { KubeObject } from '../../api/kube.js';
import { copyJson, copyRecord, isRecord, recordAt } from './json.js';
import type { Draft } from './json.js';
import type { Kind } from './kinds/kind.js';
import type { WriteRequest } from './request.js';

export type Whole = Draft & { readonly metadata: Draft };

/**
 * The object that a write at one endpoint amounts to: status is changed through its own endpoint only, and nothing else is through that one.
 * What only the server sets stays as it is. Parts that cannot change are shared with `current`, and frozen.
 */
export function draftAt(request: WriteRequest, made: Draft, current: KubeObject): Whole {
  const draft = request.subresource === 'status' ? statusDraft(request.kind, made, current) : mainDraft(request.kind, made, current);
  restoreSystemFields(draft, current);
  return draft;
}

function mainDraft(kind: Kind, made: Draft, current: KubeObject): Whole {
  const { status: written, ...rest } = made;
  const status = kind.hasStatus ? current.status : copyJson(written);
  return { ...copyRecord(rest), metadata: copyRecord(made['metadata']), ...(status === undefined || status === null ? {} : { status }) };
}

function statusDraft(kind: Kind, made: Draft, current: KubeObject): Whole {
  const { status: _before, ...rest } = current;
  const status = copyJson(made['status']);
  return { ...rest, metadata: statusMetadata(kind, recordAt(made, 'metadata'), current), ...(isRecord(status) ? { status } : {}) };
}

/** Built-in kinds let labels and annotations through with a status (kubelets use it); custom resources let nothing through. */
function statusMetadata(kind: Kind, written: Draft, current: KubeObject): Draft {
  const before = copyRecord(current.metadata);
  if (kind.custom !== undefined) return before;
  for (const key of ['labels', 'annotations']) if (written[key] !== undefined) before[key] = copyJson(written[key]);
  return before;
}

const systemFields = ['name', 'namespace', 'uid', 'creationTimestamp', 'generation', 'deletionTimestamp'].concat([
  ...['deletionGracePeriodSeconds', 'generateName', 'managedFields', 'resourceVersion'],
]);

function restoreSystemFields(draft: Whole, current: KubeObject): void {
  const before: Readonly<Record<string, unknown>> = { ...current.metadata };
  for (const key of systemFields) {
    if (before[key] === undefined) delete draft.metadata[key];
    else draft.metadata[key] = before[key];
  }
}

import type { KubeObject } from '../../api/kube.js';
import type { Patch } from '../../cluster/cluster.js';
import { ControllerError } from '../../lib/errors.js';
import { applyJsonPatch, applyMergePatch, applyStrategicMerge, mergeSchemaOf } from '../../lib/patches.js';
import { isRecord } from './json.js';
import type { Draft } from './json.js';
import type { Kind } from './kinds/kind.js';
import { badRequest, unexpected, unprocessable, unsupportedMediaType } from './status-error.js';

type OrdinaryPatch = Exclude<Patch, { kind: 'apply' }>;

const patchTypes = 'application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml';

/**
 * The object that a patch makes of the current one.
 * @throws StatusError 400, 415, 422 or 500, as a real server answers
 */
export function patched(kind: Kind, current: KubeObject, patch: OrdinaryPatch): Draft {
  const made = applied(kind, current, patch);
  if (isRecord(made)) return made;
  throw badRequest('the patch makes something that is no object');
}

function applied(kind: Kind, current: KubeObject, patch: OrdinaryPatch): unknown {
  switch (patch.kind) {
    case 'merge':
      if (!isRecord(patch.body)) throw badRequest('a merge patch must be an object');
      return applyMergePatch(current, patch.body);
    case 'json':
      return refusedBy(unprocessable, () => applyJsonPatch(current, patch.body));
    case 'strategic':
      if (kind.custom)
        throw unsupportedMediaType(`the body of the request was in an unknown format - accepted media types include: ${patchTypes}`);
      return refusedBy(
        (why) => unexpected(inGo(why)),
        () => applyStrategicMerge(current, patch.body, mergeSchemaOf(kind.resource.group, kind.resource.kind)),
      );
  }
}

function refusedBy(refusal: (why: string) => Error, apply: () => unknown): unknown {
  try {
    return apply();
  } catch (error) {
    if (error instanceof ControllerError) throw refusal(error.message);
    throw error;
  }
}

/** Go prints maps without quotes: `map: map[image:x] does not contain ...`. */
function inGo(message: string): string {
  return message.replace(/^map: (\{.*\}) does/, (_all, json: string) => `map: ${goText(JSON.parse(json))} does`);
}

function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (!isRecord(value)) return typeof value === 'string' ? value : JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${members.map(([key, member]) => `${key}:${goText(member)}`).join(' ')}]`;
}

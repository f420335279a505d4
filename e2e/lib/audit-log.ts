import type { Json } from '../../src/api/kube.js';
import { jsonAt, numberAt, textAt } from './json-at.js';

/** One finished request, as kube-apiserver's audit log has it at level Metadata. */
export interface AuditedRequest {
  readonly user: string;
  readonly verb: string;
  readonly namespace: string | undefined;
  readonly resource: string;
  readonly subresource: string | undefined;
  readonly name: string | undefined;
  /** HTTP status. */
  readonly status: number;
  readonly isDryRun: boolean;
  /** Whether it holds only for the version of the object it names. Known for changes of Rollouts and what belongs to them. */
  readonly namesVersion: boolean;
}

/** Reads an audit log; the last line may still be being written. */
export function parseAuditLog(text: string): readonly AuditedRequest[] {
  return text.split('\n').flatMap((line) => {
    if (!line.endsWith('}')) return [];
    const event: unknown = JSON.parse(line);
    const resource = textAt(event, 'objectRef', 'resource');
    if (resource === undefined) return [];
    return [
      {
        user: textAt(event, 'user', 'username') ?? '',
        verb: textAt(event, 'verb') ?? '',
        namespace: textAt(event, 'objectRef', 'namespace'),
        resource,
        subresource: textAt(event, 'objectRef', 'subresource'),
        name: textAt(event, 'objectRef', 'name'),
        status: numberAt(event, 'responseStatus', 'code') ?? 0,
        namesVersion: isBoundToVersion(jsonAt(event, 'requestObject')),
        isDryRun: (textAt(event, 'requestURI') ?? '').includes('dryRun=All') || jsonAt(event, 'annotations', 'dryRun') !== undefined,
      },
    ];
  });
}

/** Of the object, or of its spec alone. */
const versionPaths: ReadonlySet<string> = new Set(['/metadata/resourceVersion', '/metadata/generation']);

/** A merge patch or a whole object with a resourceVersion, a JSON patch that tests one or a generation, a deletion with one as a precondition. */
function isBoundToVersion(body: Json | undefined): boolean {
  if (Array.isArray(body)) return body.some((step) => textAt(step, 'op') === 'test' && versionPaths.has(textAt(step, 'path') ?? ''));
  return (textAt(body, 'metadata', 'resourceVersion') ?? textAt(body, 'preconditions', 'resourceVersion')) !== undefined;
}

const writeVerbs = ['create', 'update', 'patch', 'delete', 'deletecollection'];

/** Writes that reached the server, refused ones too; a dry run is none. */
export function writesOf(requests: readonly AuditedRequest[]): readonly AuditedRequest[] {
  return requests.filter(({ verb, isDryRun }) => writeVerbs.includes(verb) && !isDryRun);
}

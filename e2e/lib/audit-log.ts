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
        isDryRun: (textAt(event, 'requestURI') ?? '').includes('dryRun=All') || jsonAt(event, 'annotations', 'dryRun') !== undefined,
      },
    ];
  });
}

const writeVerbs = ['create', 'update', 'patch', 'delete', 'deletecollection'];

/** Writes that reached the server, refused ones too; a dry run is none. */
export function writesOf(requests: readonly AuditedRequest[]): readonly AuditedRequest[] {
  return requests.filter(({ verb, isDryRun }) => writeVerbs.includes(verb) && !isDryRun);
}

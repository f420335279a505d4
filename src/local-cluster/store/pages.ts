import type { KubeObject } from '../../api/kube.js';
import { objectKey } from '../../api/kube.js';
import type { ListOptions } from '../../cluster/cluster.js';
import type { Kind } from './kinds/kind.js';
import type { State } from './state.js';
import { badRequest } from './status-error.js';

export interface Page {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  readonly continue?: string;
  /** Objects after this page; absent on the last one. */
  readonly remaining?: number;
}

/**
 * Cuts a list into pages. A later page shows the objects as they are then, but carries the version of the first one, so that a watch
 * from there misses nothing. (A real server shows them as they were.)
 * @throws StatusError 410 when that version is forgotten
 */
export function page(found: readonly KubeObject[], state: State, kind: Kind, options: ListOptions): Page {
  const token = options.continue === undefined || options.continue === '' ? undefined : readToken(options.continue);
  const revision = token?.revision ?? state.revision;
  if (token) state.storage(kind.resource).history.since(revision, state.revision);
  const rest = token ? found.filter((object) => sortKey(object) > token.after) : found;
  const limit = options.limit ?? 0;
  if (limit <= 0 || rest.length <= limit) return { items: rest, resourceVersion: String(revision) };
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return {
    items,
    resourceVersion: String(revision),
    ...(last && { continue: writeToken(revision, sortKey(last)), remaining: rest.length - limit }),
  };
}

/** Compares as the shelf sorts: namespace first. No name contains a character below the separator. */
function sortKey(object: KubeObject): string {
  return objectKey(object.metadata).replace('/', '\u0000');
}

function writeToken(revision: number, after: string): string {
  return Buffer.from(JSON.stringify({ v: 1, revision, after }), 'utf8').toString('base64url');
}

function readToken(text: string): { readonly revision: number; readonly after: string } {
  const bytes = Buffer.from(text, 'base64url');
  try {
    const token: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof token === 'object' && token !== null && 'revision' in token && 'after' in token) {
      if (typeof token.revision === 'number' && typeof token.after === 'string') return { revision: token.revision, after: token.after };
    }
  } catch {
    // Falls through to the refusal: a token that is no JSON is as bad as one with other fields.
  }
  const found = goQuoted(bytes[0] ?? 0);
  throw badRequest(`invalid continue token: continue key is not valid: invalid character ${found} looking for beginning of value`);
}

/** A byte as Go's %q shows a character. */
function goQuoted(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? `'${String.fromCharCode(byte)}'` : `'\\u${byte.toString(16).padStart(4, '0')}'`;
}

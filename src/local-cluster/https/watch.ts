import { apiVersionOf } from '../../api/kube.js';
import type { WatchEvent } from '../../cluster/cluster.js';
import { statusOf } from '../store/status-error.js';
import { includeOf, isTrue, numberIn, selectionOf } from './parameters.js';
import type { KindRequest } from './context.js';
import { renderMetadata, renderTable } from './table/table.js';

/** A watch as a stream of lines; each in the form the client asked for. A failure before the first line is a plain answer. */
export async function streamWatch(request: KindRequest): Promise<void> {
  const { reply, cluster, signal } = request;
  const { selection, options } = watchOf(request);
  // Only an open watch is answered with 200: what is wrong with it shows before.
  const iterator = cluster.watch(selection, { ...options, signal })[Symbol.asyncIterator]();
  const first = iterator.next();
  const write = await opened(request, first);
  if (!write) return;
  const line = frames(request);
  try {
    for (let next = await first; next.done !== true; next = await iterator.next()) {
      if (!(await write(`${JSON.stringify(line(next.value))}\n`))) break;
    }
  } catch (error) {
    await write(`${JSON.stringify({ type: 'ERROR', object: statusOf(error) })}\n`);
  } finally {
    reply.end();
    await iterator.return?.();
  }
}

/**
 * Headers go out at once, as clients wait for them; but a watch that is refused right away (410, 400) must be able to say so with its code.
 * The store refuses within one turn of the loop.
 */
async function opened(request: KindRequest, first: Promise<unknown>): Promise<((chunk: string) => Promise<boolean>) | undefined> {
  const { reply, scheduler } = request;
  const refused = first.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const turn = new Promise<undefined>((resolve) => void scheduler.after(5, () => resolve(undefined)));
  const result = await Promise.race([refused, turn]);
  if (result?.error !== undefined) {
    reply.fail(result.error);
    return undefined;
  }
  return reply.stream('application/json');
}

function watchOf({ kind, route, query }: KindRequest) {
  const timeoutSeconds = numberIn(query, 'timeoutSeconds');
  const resourceVersion = query.get('resourceVersion') ?? '';
  const selection = selectionOf(kind.resource, route.namespace, query);
  const ofOne = route.name === undefined ? {} : { fieldSelector: `metadata.name=${route.name}` };
  return {
    selection: { ...selection, ...ofOne },
    options: {
      allowBookmarks: isTrue(query, 'allowWatchBookmarks'),
      sendInitialEvents: isTrue(query, 'sendInitialEvents'),
      ...(resourceVersion === '' ? {} : { resourceVersion }),
      ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    },
  };
}

function frames(request: KindRequest): (event: WatchEvent) => object {
  const { kind, form, query, scheduler } = request;
  let isFirst = true;
  return (event) => {
    if (event.type === 'BOOKMARK')
      return { type: 'BOOKMARK', object: bookmark(request, event.resourceVersion, event.initialEventsEnd === true) };
    if (form === 'table') {
      const facts = { resourceVersion: event.object.metadata.resourceVersion };
      const table = renderTable(kind, [event.object], facts, includeOf(query), scheduler.now(), isFirst);
      isFirst = false;
      return { type: event.type, object: table };
    }
    return { type: event.type, object: form === 'metadata' ? renderMetadata(event.object) : event.object };
  };
}

/** Only kind and version, and the word that the list is complete. */
function bookmark({ kind, form, query }: KindRequest, resourceVersion: string, isEnd: boolean): object {
  const metadata = { resourceVersion, creationTimestamp: null, ...(isEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}) };
  if (form === 'metadata') return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
  if (form === 'plain') return { kind: kind.resource.kind, apiVersion: apiVersionOf(kind.resource), metadata };
  const object = includeOf(query) === 'None' ? null : { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion },
    columnDefinitions: null,
    rows: [{ cells: [], object }],
  };
}

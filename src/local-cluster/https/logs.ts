import type { ObjectRef } from '../../cluster/cluster.js';
import { isTrue, numberIn } from './parameters.js';
import type { KindRequest } from './context.js';

/** pods/log: text, as it comes, until the end or, when followed, until the pod is gone. */
export async function streamLogs(request: KindRequest, pod: ObjectRef): Promise<void> {
  const { cluster, query, reply, signal } = request;
  const container = query.get('container') ?? '';
  const tailLines = numberIn(query, 'tailLines');
  const limitBytes = numberIn(query, 'limitBytes');
  const chunks = cluster.podLogs(pod, {
    ...{ signal, follow: isTrue(query, 'follow'), previous: isTrue(query, 'previous') },
    ...(container === '' ? {} : { container }),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
  });
  let write: ((chunk: string) => Promise<boolean>) | undefined;
  for await (const chunk of chunks) {
    write ??= reply.stream('text/plain');
    if (!(await write(chunk))) return;
  }
  if (write) reply.end();
  else reply.text(200, '');
}

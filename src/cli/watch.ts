import type { KubeObject } from '../api/kube.js';
import type { Selection } from '../cluster/cluster.js';
import { ControllerError, hasCode } from '../lib/errors.js';
import { sleep } from '../lib/scheduler.js';
import type { Session } from './session.js';

const retryMs = 1000;
const failuresInARow = 6;

/**
 * Tells every change after `resourceVersion` until Ctrl-C. A stream that ends is opened again; a version that is too old is
 * listed anew; more than six failures in a row end it with the error (cli-dashboard-gitops 1.10).
 */
export async function follow(
  session: Session,
  selection: Selection,
  resourceVersion: string,
  onChange: (object: KubeObject, isGone: boolean) => void,
  signal: AbortSignal = session.io.signal,
): Promise<void> {
  let version = resourceVersion;
  let failures = 0;
  while (!signal.aborted) {
    try {
      for await (const event of session.cluster.watch(selection, { resourceVersion: version, allowBookmarks: true, signal })) {
        failures = 0;
        version = event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata.resourceVersion;
        if (event.type !== 'BOOKMARK') onChange(event.object, event.type === 'DELETED');
      }
      if (!signal.aborted) await pause(session, signal);
    } catch (error) {
      if (signal.aborted || hasCode(error, 'aborted')) return;
      if (!isPassing(error) || ++failures > failuresInARow) throw error;
      await pause(session, signal);
      if (hasCode(error, 'expired')) version = await listAgain(session, selection, onChange, signal);
    }
  }
}

function isPassing(error: unknown): boolean {
  return hasCode(error, 'unavailable', 'timeout', 'expired', 'too-many-requests');
}

async function listAgain(
  { cluster }: Session,
  selection: Selection,
  onChange: (object: KubeObject, isGone: boolean) => void,
  signal: AbortSignal,
): Promise<string> {
  const list = await cluster.list(selection, { signal });
  for (const object of list.items) onChange(object, false);
  return list.resourceVersion;
}

async function pause({ scheduler }: Session, signal: AbortSignal): Promise<void> {
  try {
    await sleep(scheduler, retryMs, signal);
  } catch (error) {
    if (!signal.aborted && !(error instanceof ControllerError)) throw error;
  }
}

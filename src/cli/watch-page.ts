import type { KubeObject } from '../api/kube.js';
import type { Selection } from '../cluster/cluster.js';
import { ControllerError } from '../lib/errors.js';
import { deadline, sleep } from '../lib/scheduler.js';
import { follow } from './live.js';
import { screen } from './render/screen.js';
import type { Session } from './session.js';

export interface WatchedPage {
  readonly selections: readonly Selection[];
  /** 0: for ever. */
  readonly timeoutSeconds: number;
  /** The page, from what there is of each selection. Called after changes and once a second, for the ages. */
  render(objects: (index: number) => readonly KubeObject[]): string;
}

/** Frames come at most this often after changes, and at least once a second. cli-dashboard-gitops 1.8. */
const shortestFrameMs = 200;
const longestFrameMs = 1000;

/** Redraws a page until Ctrl-C or the time-out; both are a success, as upstream. */
export async function watchPage(session: Session, page: WatchedPage): Promise<void> {
  const limit = limited(session, page.timeoutSeconds);
  const inner: Session = { ...session, io: { ...session.io, signal: limit.signal } };
  const display = screen(session.io);
  let isStale = true;
  const live = follow(inner, page.selections, () => (isStale = true));
  try {
    await Promise.race([live.ready, interruption(limit.signal)]);
    for (let sinceFrameMs = longestFrameMs; ; sinceFrameMs += shortestFrameMs) {
      if (isStale || sinceFrameMs >= longestFrameMs) {
        isStale = false;
        sinceFrameMs = 0;
        const trouble = live.trouble();
        const frame = page.render((index) => live.objects(index));
        display.draw(trouble === undefined ? frame : `${frame}\nnot up to date, trying again: ${trouble}\n`);
      }
      await Promise.race([sleep(session.scheduler, shortestFrameMs, limit.signal), live.failed]);
    }
  } catch (error) {
    if (!limit.signal.aborted) throw error;
  } finally {
    limit.done();
    display.close();
    await live.stop();
  }
}

function limited({ scheduler, io }: Session, timeoutSeconds: number): { readonly signal: AbortSignal; readonly done: () => void } {
  if (timeoutSeconds === 0) return { signal: io.signal, done: () => undefined };
  return deadline(scheduler, timeoutSeconds * 1000, new ControllerError('timeout', 'timed out'), io.signal);
}

/** Rejects once the signal fires. */
export function interruption(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(new ControllerError('aborted', 'interrupted'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

import { resources } from '../../api/kube.js';
import { viewRollout } from '../../core/view/rollout-view.js';
import { deadline, sleep } from '../../lib/scheduler.js';
import { ControllerError, hasCode } from '../../lib/errors.js';
import { readRolloutObjects } from '../objects.js';
import { palette, type Palette } from '../render/colour.js';
import { renderRolloutPage } from '../render/rollout-tree.js';
import { screen } from '../render/screen.js';
import type { ExitCode, Session } from '../session.js';
import { follow } from '../watch.js';

export interface GetRolloutFlags {
  readonly watch?: boolean;
  readonly noColor?: boolean;
  /** 0: for ever. */
  readonly timeoutSeconds: number;
}

/** Redraws come at most this often, and at least once a second for the ages. */
const shortestFrameMs = 200;
const longestFrameMs = 1000;

/** `get rollout R [-w]`. cli-dashboard-gitops 1.8. */
export async function getRollout(session: Session, name: string, flags: GetRolloutFlags): Promise<ExitCode> {
  const { io } = session;
  const colours = palette({ noColor: flags.noColor === true, isTerminal: io.isTerminal, env: io.env });
  if (flags.watch !== true) {
    io.out(await page(session, name, colours));
    return 0;
  }
  const limit =
    flags.timeoutSeconds > 0
      ? deadline(session.scheduler, flags.timeoutSeconds * 1000, new ControllerError('timeout', 'timed out'), io.signal)
      : { signal: io.signal, done: () => undefined };
  try {
    await watchPage({ ...session, io: { ...io, signal: limit.signal } }, name, colours);
  } finally {
    limit.done();
  }
  return 0;
}

async function page(session: Session, name: string, colours: Palette): Promise<string> {
  const seen = await readRolloutObjects(session, name);
  return renderRolloutPage(viewRollout(seen), seen.now, colours);
}

/** A change of any shown kind, or a second gone by, makes a new frame; unchanged frames are not drawn again. */
async function watchPage(session: Session, name: string, colours: Palette): Promise<void> {
  const { io, scheduler, cluster, namespace } = session;
  const display = screen(io);
  const ended = new AbortController();
  const signal = AbortSignal.any([io.signal, ended.signal]);
  let isStale = true;
  const kinds = [resources.rollouts, resources.replicaSets, resources.pods, resources.analysisRuns, resources.experiments];
  const watches = kinds.map(async (resource) => {
    const { resourceVersion } = await cluster.list({ resource, namespace }, { signal, limit: 1 });
    await follow(session, { resource, namespace }, resourceVersion, () => (isStale = true), signal);
  });
  const failed = Promise.all(watches).then(() => undefined);
  try {
    for (let sinceFrameMs = longestFrameMs; !signal.aborted; sinceFrameMs += shortestFrameMs) {
      if (isStale || sinceFrameMs >= longestFrameMs) {
        isStale = false;
        sinceFrameMs = 0;
        display.draw(await page(session, name, colours));
      }
      await Promise.race([sleep(scheduler, shortestFrameMs, signal), failed]);
    }
  } catch (error) {
    if (!io.signal.aborted && !hasCode(error, 'aborted')) throw error;
  } finally {
    ended.abort();
    await Promise.allSettled(watches);
  }
}

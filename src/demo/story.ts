import { parseRollout } from '../api/index.js';
import type { Rollout } from '../api/rollout-types.js';
import { ControllerError } from '../lib/errors.js';
import { sleep } from '../lib/scheduler.js';
import { startLoad, type Load } from './load.js';
import { demoRollout, publish } from './release.js';
import { demoScreen, type DemoScreen } from './screen.js';
import type { Stage } from './stage.js';

const requestsPerSecond = 60;
const badErrorRate = 0.4;
const longestUpdateMs = 90_000;
const frameMs = 250;
/** Traffic that goes on after the abort, all of it to the old version. */
const afterMs = 3_000;

/** A good release and a bad one, with requests all the while. @returns whether both ended as promised and no request was lost */
export async function playStory(stage: Stage): Promise<boolean> {
  const screen = demoScreen(stage);
  await until(stage, screen, 'v1 is up', isHealthy);
  const load = startLoad(stage.shopUrl, requestsPerSecond, stage.counts, stage.scheduler);
  try {
    screen.title(`4/4  ${requestsPerSecond} requests a second go to the shop from now on.`);
    screen.title('\nA good release. v2 answers every request; it gets 20 % and then 60 % of the pods while its error rate is watched.');
    await publish(stage.cluster, { version: 'v2', errorRate: 0 });
    const good = await until(stage, screen, 'v2 has an end', (r) => isHealthy(r) || isTakenBack(r));
    screen.title(`\nA bad release. v3 answers ${badErrorRate * 100} % of its requests with an error. Nobody will touch the keyboard.`);
    await publish(stage.cluster, { version: 'v3', errorRate: badErrorRate });
    const bad = await until(stage, screen, 'v3 has an end', (r) => isHealthy(r) || isTakenBack(r));
    const before = errorsAndAnswers(stage);
    await sleep(stage.scheduler, afterMs, stage.signal);
    return conclude(stage, load, good, bad, before);
  } finally {
    await load.stop();
  }
}

function isSeen({ status, metadata }: Rollout): boolean {
  return status.observedGeneration === metadata.generation;
}

function isHealthy(rollout: Rollout): boolean {
  const { status } = rollout;
  return isSeen(rollout) && status.phase === 'Healthy' && status.stableRS === status.currentPodHash;
}

function isTakenBack(rollout: Rollout): boolean {
  const { status } = rollout;
  return isSeen(rollout) && status.phase === 'Degraded' && status.abort && status.updatedReplicas === 0;
}

async function until(stage: Stage, screen: DemoScreen, what: string, isDone: (rollout: Rollout) => boolean): Promise<Rollout> {
  const { cluster, scheduler, signal, controller } = stage;
  for (let waitedMs = 0; waitedMs <= longestUpdateMs; waitedMs += frameMs) {
    const { rollout } = parseRollout(await cluster.get(demoRollout));
    await screen.show();
    if (isDone(rollout)) return rollout;
    await Promise.race([sleep(scheduler, frameMs, signal), controller.died]);
  }
  throw new ControllerError('timeout', `after ${longestUpdateMs / 1000} s still not: ${what}`);
}

interface Tally {
  readonly v2: number;
  readonly v3: number;
}

function errorsAndAnswers({ counts }: Stage): Tally {
  return { v2: counts.total({ version: 'v2' }), v3: counts.total({ version: 'v3' }) };
}

function conclude(stage: Stage, load: Load, good: Rollout, bad: Rollout, before: Tally): boolean {
  const after = errorsAndAnswers(stage);
  const { counts } = stage;
  const errors = (version: string): number => counts.total({ version }) - counts.total({ version, code: '200' });
  const unanswered = load.lost + counts.total({ version: '' });
  const promises: readonly (readonly [boolean, string])[] = [
    [isHealthy(good), 'v2 went out by itself and is the stable version'],
    [isTakenBack(bad), `v3 was taken back by itself: ${bad.status.message}`],
    [
      after.v2 > before.v2 && after.v3 === before.v3,
      `since then v2 answers everything: ${after.v2 - before.v2} requests, v3 ${after.v3 - before.v3}`,
    ],
    [
      unanswered === 0 && errors('v1') + errors('v2') === 0,
      `${load.sent} requests sent, ${unanswered} lost; errors: v1 ${errors('v1')}, v2 ${errors('v2')}, v3 ${errors('v3')} of ${after.v3} of its own`,
    ],
  ];
  stage.write(`\n${promises.map(([isKept, text]) => `${isKept ? '✔' : '✖'} ${text}\n`).join('')}`);
  return promises.every(([isKept]) => isKept);
}

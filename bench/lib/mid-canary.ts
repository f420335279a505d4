import type { JsonObject } from '../../src/api/kube.js';
import { User } from '../../src/sim/scenario.js';
import { aRollout, anAnalysisTemplate, errorRate, podTemplate } from '../../src/sim/scenarios/objects.js';
import { scriptedMetrics } from '../../src/sim/scripted-metrics.js';
import { createWorld } from '../../src/sim/world.js';
import { familyIn, type Family } from './family.js';

const fiveSteps: readonly JsonObject[] = [
  { setWeight: 20 },
  { pause: { duration: '10m' } },
  { setWeight: 50 },
  { pause: {} },
  { setWeight: 80 },
];

/** Long enough that replacing it everywhere hits nothing else. */
const name = 'rollout-of-the-bench';

async function playWorld(): Promise<User> {
  const metrics = scriptedMetrics();
  metrics.set('errors', { kind: 'value', value: 0.01 });
  const user = new User(await createWorld({ metrics }));
  const analysis = { templates: [{ templateName: 'errors' }], startingStep: 0 };
  await user.apply(anAnalysisTemplate('errors', errorRate({ interval: '1m', failureLimit: 3 })));
  // Labels that do not change with the name: a label holds 63 characters, a name 253.
  const more = { selector: { matchLabels: { app: 'bench' } }, template: podTemplate('bench', imageOf(1)) };
  await user.apply(aRollout(name, { replicas: 10, strategy: { canary: { steps: fiveSteps, analysis } }, more }));
  await user.untilPhase(name, 'Healthy');
  return user;
}

const imageOf = (version: number): string => `example.io/demo:v${version}`;

async function promoteTo(user: User, version: number): Promise<void> {
  await user.setImage(name, imageOf(version));
  await user.untilPausedAt(name, 1);
  await user.promoteFull(name);
  await user.untilPhase(name, 'Healthy');
}

/**
 * A Rollout in the middle of an update, as the real controller left it on the local cluster: 10 replicas, at the second of five steps, a
 * background analysis running, three ReplicaSets. What is measured sees what a cluster would hold.
 */
export async function midCanary(): Promise<Family> {
  const user = await playWorld();
  await promoteTo(user, 2);
  await user.setImage(name, imageOf(3));
  await user.untilPausedAt(name, 1);
  return takeFamily(user);
}

/** The same, its third version fully promoted and nothing to do. */
export async function atRest(): Promise<Family> {
  const user = await playWorld();
  await promoteTo(user, 2);
  await promoteTo(user, 3);
  await user.wait(60_000);
  return takeFamily(user);
}

async function takeFamily(user: User): Promise<Family> {
  const family = familyIn(user.world.store, name, user.world.scheduler.now());
  await user.world.stop();
  return family;
}

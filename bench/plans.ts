import { keys, resources, type JsonObject, type KubeObject } from '../src/api/kube.js';
import { planRollout } from '../src/core/rollout/plan.js';
import { planStatusWrite } from '../src/core/rollout/status-write.js';
import { planStatus } from '../src/core/rollout/status.js';
import type { ObservedRollout } from '../src/core/rollout/types.js';
import { virtualScheduler } from '../src/lib/virtual-scheduler.js';
import { createStore } from '../src/local-cluster/store/index.js';
import { allSources, observeRollout, rolloutSources, type RolloutSources } from '../src/observe/index.js';
import { informers } from '../src/runtime/index.js';
import { installCrds } from '../src/sim/crds.js';
import { driven } from '../src/sim/world.js';
import { cpuMs, perSecond, quantile } from './lib/clock.js';
import { implant, implantTemplates, type Family } from './lib/family.js';
import { midCanary } from './lib/mid-canary.js';
import { report, type Figure } from './lib/report.js';

/**
 * How fast decisions are: plan, status and the smallest write of it, for a Rollout in the middle of a canary; and how long the worst one
 * takes that users may have.
 */

/** Everything a pass does but reads and writes. @returns what it would write */
function decide(seen: ObservedRollout): unknown {
  const plan = planRollout(seen);
  const { status } = planStatus(seen, plan, []);
  return planStatusWrite(seen, status);
}

/** Local copies of a cluster that holds the family. */
async function sourcesOf(family: Family): Promise<RolloutSources> {
  const scheduler = virtualScheduler({ start: family.at });
  const store = createStore({ scheduler });
  const fill = async (): Promise<void> => {
    await installCrds(store);
    await implantTemplates(store, family);
    await implant(store, family, family.name);
  };
  await driven(scheduler, fill());
  const sources = rolloutSources(informers({ cluster: store.as('bench'), scheduler, onError: () => undefined }));
  const { signal } = new AbortController();
  await driven(scheduler, Promise.all(allSources(sources).map((informer) => informer.whenSynced(signal))));
  return sources;
}

function observe(family: Family, sources: RolloutSources, now: number): ObservedRollout {
  const seen = observeRollout(`default/${family.name}`, sources, { now });
  if (seen === undefined) throw new Error('the family is not in the cluster');
  return seen;
}

async function plansPerSecond(): Promise<readonly Figure[]> {
  const family = await midCanary();
  const sources = await sourcesOf(family);
  const seen = observe(family, sources, family.at);
  assertMidCanary(seen);
  const decisions = perSecond((n) => void decide({ ...seen, now: family.at + (n % 1_000) }));
  const passes = perSecond((n) => void decide(observe(family, sources, family.at + (n % 1_000))));
  return [
    { name: 'plan, status and its smallest write', value: decisions, unit: 'plans/s of one core', goal: { above: 20_000 } },
    { name: 'the same with the observation from local copies', value: passes, unit: 'passes/s of one core' },
    await changedEachTime(family),
  ];
}

/** Each status write makes a new object, which is parsed and validated once more. */
async function changedEachTime(family: Family): Promise<Figure> {
  const times: number[] = [];
  const sources = await sourcesOf(family);
  const { raw } = observe(family, sources, family.at).rollout;
  for (let n = 0; n < 400; n++) {
    const copy = structuredClone(raw);
    const changed: RolloutSources = { ...sources, rollouts: { ...sources.rollouts, get: () => copy } };
    const before = cpuMs();
    decide(observe(family, changed, family.at));
    times.push(cpuMs() - before);
  }
  return { name: 'a pass over a Rollout that has changed, median', value: quantile(times, 0.5), unit: 'ms' };
}

/** A fixture that is not what it says would measure something else. */
function assertMidCanary(seen: ObservedRollout): void {
  const { status } = seen.rollout;
  const runs = seen.analysisRuns.filter((run) => run.status.phase === 'Running').length;
  const is = `${status.phase} at step ${status.currentStepIndex}, ${seen.replicaSets.length} ReplicaSets, ${runs} runs`;
  if (is !== 'Paused at step 1, 3 ReplicaSets, 1 runs') throw new Error(`the fixture is ${is}`);
}

const manySteps: readonly JsonObject[] = Array.from({ length: 1_000 }, (_, n) =>
  n % 2 === 0 ? { setWeight: Math.floor(n / 10) } : { pause: { duration: '10m' } },
);

/** The same family as large as anybody could have it. */
function enlarged(family: Family): Family {
  const name = 'r'.padEnd(240, 'o');
  const long = JSON.parse(JSON.stringify(family).replaceAll(family.name, name)) as Family;
  const [oldest] = long.replicaSets.filter((rs) => rs.spec?.['replicas'] === 0);
  if (oldest === undefined) throw new Error('the family has no old version');
  const others = Array.from({ length: 199 }, (_, n) => olderVersion(oldest, n));
  const strategy = { canary: { ...(long.rollout.spec?.['strategy'] as { readonly canary: JsonObject }).canary, steps: manySteps } };
  const spec = { ...long.rollout.spec, replicas: 5_000, revisionHistoryLimit: 500, strategy };
  return { ...long, name, rollout: { ...long.rollout, spec }, replicaSets: [...long.replicaSets, ...others] };
}

function olderVersion(object: KubeObject, n: number): KubeObject {
  const hash = (0x10000000 + n).toString(16);
  const old = object.metadata.labels?.[keys.podTemplateHash] ?? '';
  return JSON.parse(JSON.stringify(object).replaceAll(old, hash).replaceAll('demo:v1', `demo:old-${n}`)) as KubeObject;
}

async function worstPlan(): Promise<Figure> {
  const family = enlarged(await midCanary());
  const sources = await sourcesOf(family);
  const seen = observe(family, sources, family.at);
  if (seen.specErrors.length > 0) throw new Error(`the large Rollout is refused: ${JSON.stringify(seen.specErrors[0])}`);
  const times: number[] = [];
  for (let n = 0; n < 200; n++) {
    const before = cpuMs();
    decide({ ...seen, now: family.at + n });
    times.push(cpuMs() - before);
  }
  const size = `${manySteps.length} steps, 5,000 replicas, ${seen.replicaSets.length} ReplicaSets, name of ${family.name.length}`;
  return {
    name: `${resources.rollouts.kind} with ${size}, 95th percentile`,
    value: quantile(times, 0.95),
    unit: 'ms',
    goal: { below: 10 },
  };
}

report('plans', [...(await plansPerSecond()), await worstPlan()]);

import { resources } from '../../src/api/kube.js';
import type { Cluster } from '../../src/cluster/index.js';
import { hasCode } from '../../src/lib/errors.js';
import { realScheduler } from '../../src/lib/scheduler.js';
import { createStore } from '../../src/local-cluster/store/index.js';
import { startKubelet, startWorkloads } from '../../src/local-cluster/workloads/index.js';
import { readConfig } from '../config.js';
import { adminCluster } from '../control-plane/admin-cluster.js';
import { openPlane } from '../control-plane/plane.js';
import { EXIT } from '../lib/exit-codes.js';
import { until } from '../lib/until.js';
import { inParallel } from '../lib/in-parallel.js';
import { judgeDeviations } from '../contract/accepted-deviations.js';
import { basics } from '../contract/basics.js';
import { custom } from '../contract/custom.js';
import { deploymentLives } from '../contract/deployment-lives.js';
import { jobLives } from '../contract/job-lives.js';
import { ownership } from '../contract/ownership.js';
import type { Answer } from '../contract/recorder.js';
import { compareAnswers, recorder, renderDeviation } from '../contract/recorder.js';
import { replicaSetLives } from '../contract/replica-set-lives.js';
import type { Sequence } from '../contract/sequence.js';
import { watches } from '../contract/watches.js';
import { workloads } from '../contract/workloads.js';

const scheduler = realScheduler();
/** Pods start the same way on both. */
const podLife = { startMs: 200, stopMs: 100 };
/** Lives mostly wait. */
const livesAtATime = 8;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/**
 * `contract [--only TEXT]`: sends the same requests to a real API server and to the local one.
 * The local one is right when it answers what the real one answers, and its stand-ins do what kube-controller-manager does.
 *
 * @returns the exit code
 */
export async function compareServers(args: readonly string[]): Promise<number> {
  const only = args[0] === '--only' ? (args[1] ?? '') : '';
  const chosen = (list: readonly Sequence[]): readonly Sequence[] => list.filter(({ name }) => name.includes(only));
  const requests = chosen([...basics, ...workloads, ...custom, ...watches, ...ownership]);
  const lives = chosen([...replicaSetLives, ...deploymentLives, ...jobLives]);
  const start = await openPlane({ config: readConfig(), scheduler });
  if (start.kind === 'missing' || start.plane.own === undefined) {
    print(`skipped: server contract (${start.kind === 'missing' ? start.reason : 'needs a plane of its own'})`);
    return EXIT.skipped;
  }
  const real = adminCluster(start.plane, start.plane.own, scheduler);
  const local = createStore({ scheduler });
  const kubelet = startKubelet({ ...podLife, cluster: real, scheduler, heartbeatSeconds: 20 });
  const standIns = startWorkloads({ cluster: local.as('workloads'), scheduler, kubelet: podLife });
  try {
    let count = 0;
    const compare = (sequence: Sequence): Promise<boolean> => compareOn(real, local, sequence, `contract-${(count += 1)}`);
    const verdicts = [...(await inParallel(requests, 1, compare)), ...(await inParallel(lives, livesAtATime, compare))];
    const failed = verdicts.filter((isSame) => !isSame).length;
    print(`${verdicts.length - failed} passed, ${failed} failed, 0 skipped`);
    return failed > 0 ? EXIT.failed : EXIT.ok;
  } finally {
    await standIns.stop();
    await kubelet.stop();
    await start.plane.stop();
  }
}

async function compareOn(real: Cluster, local: Cluster, sequence: Sequence, namespace: string): Promise<boolean> {
  const startedAt = scheduler.now();
  for (const cluster of [real, local])
    await cluster.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await serviceAccountIsThere(real, namespace);
  const [wanted, found] = await Promise.all([playOn(real, sequence, namespace), playOn(local, sequence, namespace)]);
  const { complaints, accepted } = judgeDeviations(sequence.name, compareAnswers(wanted, found), renderDeviation);
  const verdict = complaints.length === 0 ? 'ok' : 'FAILED';
  print(`${verdict} contract: ${sequence.name} (${scheduler.now() - startedAt} ms, ${wanted.length} answers)`);
  for (const deviation of accepted) print(`  accepted: ${deviation}`);
  for (const complaint of complaints) print(`  ! ${complaint}`);
  return complaints.length === 0;
}

async function playOn(cluster: Cluster, sequence: Sequence, namespace: string): Promise<readonly Answer[]> {
  const to = recorder(cluster, scheduler, namespace, sequence.options);
  try {
    await sequence.play(to);
  } catch (error) {
    to.fact('the sequence could not go on', error instanceof Error ? error.message : String(error));
  }
  return to.answers;
}

/** The real server makes one for each namespace, and refuses pods until it is there. */
async function serviceAccountIsThere(cluster: Cluster, namespace: string): Promise<void> {
  const resource = { group: '', version: 'v1', resource: 'serviceaccounts', kind: 'ServiceAccount', namespaced: true };
  const ref = { resource, namespace, name: 'default' };
  const probe = (): Promise<true | undefined> =>
    cluster.get(ref).then(
      () => true as const,
      (error: unknown) => {
        if (hasCode(error, 'not-found')) return undefined;
        throw error;
      },
    );
  await until(probe, { scheduler, timeoutMs: 10_000, everyMs: 20, what: `the service account of ${namespace}` });
}

import { parseAnalysisRun, parseExperiment, parseReplicaSet, parseRollout } from '../api/index.js';
import { resources, type KubeObject } from '../api/kube.js';
import type { Rollout } from '../api/rollout-types.js';
import type { RolloutObjects } from '../core/view/rollout-view.js';
import { ControllerError, hasCode } from '../lib/errors.js';
import { nearestName } from './nearest.js';
import type { Session } from './session.js';

/** The rollout, or upstream's not-found text with the nearest name as a suggestion. */
export async function readRollout(session: Session, name: string, spelling = 'rollouts.argoproj.io'): Promise<Rollout> {
  const { cluster, namespace, io } = session;
  try {
    return parseRollout(await cluster.get({ resource: resources.rollouts, namespace, name }, { signal: io.signal })).rollout;
  } catch (error) {
    if (!hasCode(error, 'not-found')) throw error;
    throw new ControllerError('not-found', `${spelling} "${name}" not found${await suggestion(session, name)}`, { name }, { cause: error });
  }
}

async function suggestion({ cluster, namespace, io }: Session, name: string): Promise<string> {
  try {
    const { items } = await cluster.list({ resource: resources.rollouts, namespace }, { signal: io.signal });
    const near = nearestName(
      name,
      items.map((o) => o.metadata.name),
    );
    return near === undefined ? '' : ` (did you mean "${near}"?)`;
  } catch (error) {
    // Without permission to list there is just nothing to suggest.
    if (error instanceof ControllerError) return '';
    throw error;
  }
}

/** One look at everything `get rollout` shows. */
export async function readRolloutObjects(session: Session, name: string): Promise<RolloutObjects> {
  const { cluster, namespace, scheduler, io } = session;
  const list = async (resource: (typeof resources)[keyof typeof resources]): Promise<readonly KubeObject[]> =>
    (await cluster.list({ resource, namespace }, { signal: io.signal })).items;
  const [rollout, replicaSets, pods, experiments, analysisRuns] = await Promise.all([
    readRollout(session, name, 'rollout.argoproj.io'),
    list(resources.replicaSets),
    list(resources.pods),
    list(resources.experiments),
    list(resources.analysisRuns),
  ]);
  return {
    now: scheduler.now(),
    rollout,
    replicaSets: replicaSets.map(parseReplicaSet),
    pods,
    experiments: experiments.map((o) => parseExperiment(o).experiment),
    analysisRuns: analysisRuns.map((o) => parseAnalysisRun(o).run),
  };
}

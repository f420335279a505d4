import type { KubeObject } from '../../api/kube.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { parseTime } from '../../lib/time.js';
import type { Draft } from '../store/json.js';
import { at, numberAt, textAt } from '../store/json.js';
import { podsOf } from './int-or-percent.js';
import type { Condition } from './kit.js';
import { conditionOf, stampCondition } from './kit.js';

/** The status of a Deployment. Semantics: Kubernetes, deployment controller, 1.35. */
export function deploymentStatus(deployment: KubeObject, current: KubeObject | undefined, old: readonly KubeObject[], now: EpochMs): Draft {
  const all = current ? [current, ...old] : old;
  const sum = (sets: readonly KubeObject[], field: string): number =>
    sets.reduce((total, set) => total + (numberAt(set, 'status', field) ?? 0), 0);
  const wantedPods = all.reduce((total, set) => total + (numberAt(set, 'spec', 'replicas') ?? 0), 0);
  const available = sum(all, 'availableReplicas');
  const counts = {
    replicas: sum(all, 'replicas'),
    updatedReplicas: sum(current ? [current] : [], 'replicas'),
    readyReplicas: sum(all, 'readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, wantedPods - available),
  };
  const collisionCount = numberAt(deployment, 'status', 'collisionCount');
  const before = numberAt(deployment, 'status', 'updatedReplicas') ?? 0;
  const conditions = [availability(deployment, available), progress(deployment, current, counts, before, now)].filter(
    (each) => each !== undefined,
  );
  return {
    observedGeneration: deployment.metadata.generation ?? 0,
    // Zeroes are left out, as Go writes them.
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    terminatingReplicas: sum(all, 'terminatingReplicas'),
    conditions: conditions.map((condition) => stampCondition(deployment, condition, now, true)),
    ...(collisionCount === undefined ? {} : { collisionCount }),
  };
}

function availability(deployment: KubeObject, available: number): Condition {
  const replicas = numberAt(deployment, 'spec', 'replicas') ?? 1;
  const isRecreate = at(deployment, 'spec', 'strategy', 'type') === 'Recreate';
  const missing = isRecreate ? 0 : podsOf(at(deployment, 'spec', 'strategy', 'rollingUpdate', 'maxUnavailable'), replicas, 'down');
  return available >= replicas - missing
    ? { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

type Counts = Readonly<Record<'replicas' | 'updatedReplicas' | 'availableReplicas', number>>;

function progress(
  deployment: KubeObject,
  current: KubeObject | undefined,
  counts: Counts,
  updatedBefore: number,
  now: EpochMs,
): Condition | undefined {
  const replicas = numberAt(deployment, 'spec', 'replicas') ?? 1;
  const name = current?.metadata.name ?? '';
  const before = conditionOf(deployment, 'Progressing');
  if (at(deployment, 'spec', 'paused') === true) {
    return { type: 'Progressing', status: 'Unknown', reason: 'DeploymentPaused', message: 'Deployment is paused' };
  }
  const isComplete = counts.updatedReplicas === replicas && counts.replicas === replicas && counts.availableReplicas === replicas;
  if (isComplete) return progressing('True', 'NewReplicaSetAvailable', `ReplicaSet "${name}" has successfully progressed.`);
  if (counts.updatedReplicas !== updatedBefore) return progressing('True', 'ReplicaSetUpdated', `ReplicaSet "${name}" is progressing.`);
  if (before === undefined) return progressing('True', 'NewReplicaSetCreated', `Created new replica set "${name}"`);
  const isNews = before['reason'] === 'NewReplicaSetAvailable';
  if (isNews) return progressing('True', 'ReplicaSetUpdated', `ReplicaSet "${name}" is progressing.`);
  const deadline = progressDeadlineAt(deployment);
  if (deadline !== undefined && now >= deadline)
    return progressing('False', 'ProgressDeadlineExceeded', `ReplicaSet "${name}" has timed out progressing.`);
  const status = before['status'] === 'False' ? 'False' : 'True';
  return progressing(status, textAt(before, 'reason') ?? '', textAt(before, 'message') ?? '');
}

function progressing(status: Condition['status'], reason: string, message: string): Condition {
  return { type: 'Progressing', status, reason, message };
}

/** When a Deployment that makes no progress is called failed; undefined when it is done, or has failed already. */
export function progressDeadlineAt(deployment: KubeObject): EpochMs | undefined {
  const condition = conditionOf(deployment, 'Progressing');
  if (condition?.['status'] !== 'True' || condition['reason'] === 'NewReplicaSetAvailable') return undefined;
  const since = parseTime(textAt(condition, 'lastUpdateTime') ?? '');
  const seconds = numberAt(deployment, 'spec', 'progressDeadlineSeconds') ?? 600;
  return since === undefined ? undefined : since + seconds * 1000;
}

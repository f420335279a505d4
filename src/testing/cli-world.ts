import { keys, resources, type JsonObject, type KubeObject } from '../api/kube.js';
import type { CliStage } from './cli.js';

export interface RolloutOptions {
  readonly name?: string;
  readonly replicas?: number;
  readonly revision?: number;
  readonly steps?: readonly JsonObject[];
  /** In place of a canary with `steps`. */
  readonly strategy?: JsonObject;
  /** More fields of the spec. */
  readonly spec?: JsonObject;
  readonly status?: JsonObject;
  readonly image?: string;
  /** false: the controller has not seen the newest generation. Default true. */
  readonly isObserved?: boolean;
}

const twoSteps: readonly JsonObject[] = [{ setWeight: 25 }, { pause: {} }];

/** Stores the Rollout `web` (or `name`): 4 replicas, canary, the update `new` over the stable version `old`. */
export async function putRollout(stage: CliStage, options: RolloutOptions = {}): Promise<KubeObject> {
  const { name = 'web', replicas = 4, revision = 2, steps = twoSteps, image = 'example.io/web:2' } = options;
  const { strategy = { canary: { steps: [...steps] } } } = options;
  const created = await stage.put(resources.rollouts, {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name, annotations: { [keys.revision]: String(revision) } },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image }] } },
      strategy,
      ...options.spec,
    },
    status: { currentPodHash: 'new', stableRS: 'old', ...options.status },
  });
  return options.isObserved === false ? created : observe(stage, name);
}

/** Writes the generation that is stored now as the one the controller has seen. */
export async function observe(stage: CliStage, name = 'web'): Promise<KubeObject> {
  const generation = stage.read(resources.rollouts, name)?.metadata.generation;
  return stage.patch(resources.rollouts, name, { status: { observedGeneration: String(generation) } }, 'status');
}

/** As the controller leaves a canary at its pause step 1. */
export const pausedAtStep = {
  currentStepIndex: 1,
  controllerPause: true,
  pauseConditions: [{ reason: 'CanaryPauseStep', startTime: '2026-01-01T00:00:00Z' }],
  phase: 'Paused',
  message: 'CanaryPauseStep',
  replicas: 4,
  updatedReplicas: 1,
  readyReplicas: 4,
  availableReplicas: 4,
} as const;

export const healthy = {
  stableRS: 'new',
  currentStepIndex: 2,
  phase: 'Healthy',
  replicas: 4,
  updatedReplicas: 4,
  readyReplicas: 4,
  availableReplicas: 4,
} as const;

export interface ReplicaSetOptions {
  readonly hash: string;
  readonly revision: number;
  readonly replicas?: number;
  readonly image?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Stores a ReplicaSet of the rollout, and its pods, all of them ready. */
export async function putReplicaSet(stage: CliStage, rollout: KubeObject, options: ReplicaSetOptions): Promise<KubeObject> {
  const { hash, revision, replicas = 0, image = 'example.io/web:1' } = options;
  const labels = { app: rollout.metadata.name, [keys.podTemplateHash]: hash };
  const replicaSet = await stage.put(resources.replicaSets, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${rollout.metadata.name}-${hash}`,
      labels,
      annotations: { [keys.revision]: String(revision), ...options.annotations },
      ownerReferences: [ownerReference(rollout)],
    },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image }] } },
    },
    status: { replicas, readyReplicas: replicas, availableReplicas: replicas, observedGeneration: 1 },
  });
  for (let i = 0; i < replicas; i++) await putPod(stage, replicaSet, `${replicaSet.metadata.name}-${i}`, image);
  return replicaSet;
}

async function putPod(stage: CliStage, replicaSet: KubeObject, name: string, image: string): Promise<void> {
  await stage.put(resources.pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: replicaSet.metadata.labels ?? {}, ownerReferences: [ownerReference(replicaSet)] },
    spec: { containers: [{ name: 'app', image }] },
    status: { phase: 'Running', containerStatuses: [{ name: 'app', ready: true, restartCount: 0, state: { running: {} } }] },
  });
}

export function ownerReference({ apiVersion, kind, metadata: { name, uid } }: KubeObject): {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: true;
} {
  return { apiVersion, kind, name, uid, controller: true };
}

import { renderExperimentStatus } from '../../api/index.js';
import { controllerOf, resources, type KubeObject } from '../../api/kube.js';
import type { Cluster } from '../../cluster/cluster.js';
import type { ExperimentEvent, ExperimentStatus } from '../../core/experiment/index.js';
import { eventsOf, planExperiment, withCreatedRuns } from '../../core/experiment/index.js';
import { createMergePatch } from '../../lib/merge-patch.js';
import type { Scheduler } from '../../lib/scheduler.js';
import type { WorkQueue } from '../../runtime/types.js';
import { applyExperiment } from './apply.js';
import { observeExperiment } from './observe.js';
import type { ExperimentSources } from './sources.js';

/** Writes a Kubernetes Event. Must not throw. */
export type RecordEvent = (
  about: KubeObject,
  event: { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string },
) => void;

export interface ExperimentDeps {
  readonly sources: ExperimentSources;
  /** Writes; its answers are laid over the sources, which wakes the key again. */
  readonly cluster: Cluster;
  readonly scheduler: Scheduler;
  readonly queue: WorkQueue;
  readonly recordEvent: RecordEvent;
  readonly instanceId?: string;
  /** Names of foreign ReplicaSets, by key: learned from creates, learned again after a restart. */
  readonly foreign: Map<string, Set<string>>;
}

/** Observe, plan, apply for one Experiment. The status comes first: a verdict is stored before anything follows from it. */
export async function reconcileExperiment(key: string, deps: ExperimentDeps, signal: AbortSignal): Promise<void> {
  const { instanceId } = deps;
  const seen = observeExperiment(key, deps.sources, {
    now: deps.scheduler.now(),
    foreignReplicaSets: deps.foreign.get(key) ?? new Set(),
    ...(instanceId === undefined ? {} : { instanceId }),
  });
  if (seen === undefined) {
    deps.foreign.delete(key);
    return;
  }
  const plan = planExperiment(seen);
  const { raw } = seen.experiment;
  const stored = await storeStatus(raw, plan.status, deps, signal);
  plan.events.forEach((event) => record(raw, event, deps));
  const applied = await applyExperiment(seen, plan.actions, deps.cluster, signal);
  applied.events.forEach((event) => record(raw, event, deps));
  if (applied.createdRuns.size > 0) {
    const status = withCreatedRuns(plan.status, applied.createdRuns);
    await storeStatus(stored, status, deps, signal);
    eventsOf(plan.status, status).forEach((event) => record(raw, event, deps));
  }
  noteForeign(key, applied.foreignReplicaSets, deps);
  if (plan.requeueAt !== undefined) deps.queue.addAt(key, plan.requeueAt);
  if (applied.error !== undefined) throw applied.error;
}

function noteForeign(key: string, names: readonly string[], { foreign, queue }: ExperimentDeps): void {
  if (names.length === 0) return;
  foreign.set(key, new Set([...(foreign.get(key) ?? []), ...names]));
  queue.add(key);
}

/** Experiments have no status subresource: a merge patch of the object, refused when it has changed since. */
async function storeStatus(
  object: KubeObject,
  status: ExperimentStatus,
  { cluster }: ExperimentDeps,
  signal: AbortSignal,
): Promise<KubeObject> {
  const patch = createMergePatch(object.status, renderExperimentStatus(status));
  if (patch === undefined) return object;
  const { namespace = '', name, resourceVersion } = object.metadata;
  const body = { metadata: { resourceVersion }, status: patch };
  return cluster.patch({ resource: resources.experiments, namespace, name }, { kind: 'merge', body }, { signal });
}

function record(raw: KubeObject, { type, reason, message, forOwner }: ExperimentEvent, { recordEvent, sources }: ExperimentDeps): void {
  recordEvent(raw, { type, reason, message });
  const owner = forOwner === true ? controllerOf(raw.metadata) : undefined;
  const rollout = owner === undefined ? undefined : sources.rollouts.get(raw.metadata.namespace, owner.name);
  if (rollout !== undefined) recordEvent(rollout, { type, reason, message });
}

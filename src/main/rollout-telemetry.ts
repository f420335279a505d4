import { objectKey, resources, type KubeObject } from '../api/kube.js';
import { fieldOf } from '../lib/json.js';
import { parseTime } from '../lib/time.js';
import type { Change, RunningInformers } from '../runtime/index.js';
import type { EndedUpdate, Metrics, ObjectSources } from '../telemetry/index.js';

/** Shows the objects of the caches in the metrics, and takes the series of deleted Rollouts away. @returns how to end it */
export function describeObjects(metrics: Metrics, informers: RunningInformers): () => void {
  const find = (resource: string): (() => readonly KubeObject[]) | undefined => {
    const informer = informers.all.find(({ selection }) => selection.resource.resource === resource);
    return informer && (() => informer.list());
  };
  const rollouts = informers.all.find(({ selection }) => selection.resource.resource === resources.rollouts.resource);
  const sources: Record<keyof ObjectSources, ObjectSources[keyof ObjectSources] | undefined> = {
    rollouts: find(resources.rollouts.resource),
    analysisRuns: find(resources.analysisRuns.resource),
    experiments: find(resources.experiments.resource),
    analysisTemplates: find(resources.analysisTemplates.resource),
    clusterAnalysisTemplates: find(resources.clusterAnalysisTemplates.resource),
  };
  const stopDescribing = metrics.describe(Object.fromEntries(Object.entries(sources).filter(([, source]) => source !== undefined)));
  const unsubscribe = rollouts?.onChange((change) => noteChange(metrics, change));
  return () => {
    stopDescribing();
    unsubscribe?.();
  };
}

function noteChange(metrics: Metrics, { before, after }: Change): void {
  if (before && !after) metrics.forget('rollout', objectKey(before.metadata));
  const ended = before && after && endedUpdate(before, after);
  if (ended) metrics.updateEnded(ended);
}

/** The update that ended between two versions of a Rollout, by its status.duration. */
export function endedUpdate(before: KubeObject, after: KubeObject): EndedUpdate | undefined {
  const duration = fieldOf(after.status, 'duration');
  const finishedAt = timeOf(duration, 'finishedAt');
  if (finishedAt === undefined || finishedAt === timeOf(fieldOf(before.status, 'duration'), 'finishedAt')) return undefined;
  const status = fieldOf(duration, 'completionStatus');
  const startedAt = timeOf(duration, 'rolloutStartedAt');
  const paused = fieldOf(duration, 'totalManualPauseDurationSeconds');
  if (typeof status !== 'string' || startedAt === undefined) return undefined;
  const totalSeconds = Math.max(0, finishedAt - startedAt) / 1_000;
  const manualPauseSeconds = typeof paused === 'number' ? paused : 0;
  return { status, totalSeconds, manualPauseSeconds, progressionSeconds: Math.max(0, totalSeconds - manualPauseSeconds) };
}

function timeOf(duration: unknown, key: string): number | undefined {
  const text = fieldOf(duration, key);
  return typeof text === 'string' ? parseTime(text) : undefined;
}

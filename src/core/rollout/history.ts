import { completedPhases, type AnalysisPhase } from '../../api/analysis-types.js';
import { keys, type ObjectMeta } from '../../api/kube.js';
import type { ReplicaSet } from '../../api/workload-types.js';
import type { RolloutContext } from './context.js';
import { isServed } from './services.js';
import type { Lifecycle, RolloutAction } from './types.js';

/**
 * Deletes the oldest empty ReplicaSets beyond `revisionHistoryLimit`. Only `others` count; one that still has pods is left for later.
 * Semantics: rollout-core 4.6, revisionHistoryLimit
 */
export function planHistory(context: RolloutContext): readonly RolloutAction[] {
  const kept = context.others.filter((rs) => rs.metadata.deletionTimestamp === undefined);
  const excess = kept.slice(0, Math.max(0, kept.length - context.spec.revisionHistoryLimit));
  return excess
    .filter((rs) => isEmpty(rs) && !isServed(context, rs))
    .map((replicaSet) => ({ kind: 'deleteReplicaSet', replicaSet, safe: false, gates: false }));
}

function isEmpty(rs: ReplicaSet): boolean {
  return rs.replicas === 0 && rs.actual === 0 && rs.observed;
}

/**
 * Deletes finished AnalysisRuns that are not recorded: those of ReplicaSets that are gone at once, of the others the oldest beyond the
 * limits, Successful ones counted apart from the rest.
 * Semantics: analysis 5.5
 */
export function planRunHistory(context: RolloutContext, life: Lifecycle): readonly RolloutAction[] {
  const recorded = new Set(
    [...pointersOf(context), ...[life.stepRun, life.backgroundRun, life.preRun, life.postRun]].map((pointer) => pointer?.name),
  );
  const runs = context.seen.analysisRuns.filter((run) => !recorded.has(run.metadata.name));
  return excessOf(context, runs).map((run) => ({ kind: 'deleteAnalysisRun', run, safe: true, gates: false }));
}

/** The same for Experiments, counted apart. */
export function planExperimentHistory(context: RolloutContext, life: Lifecycle): readonly RolloutAction[] {
  const recorded = new Set([context.status.canary.currentExperiment, life.experiment]);
  const experiments = context.seen.experiments.filter(({ metadata }) => !recorded.has(metadata.name));
  return excessOf(context, experiments).map((experiment) => ({ kind: 'deleteExperiment', experiment, safe: true, gates: false }));
}

interface Finished {
  readonly metadata: ObjectMeta;
  readonly status: { readonly phase: AnalysisPhase | '' };
}

function excessOf<T extends Finished>(context: RolloutContext, objects: readonly T[]): readonly T[] {
  const present = objects.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const hashes = new Set(context.owned.filter((rs) => rs.metadata.deletionTimestamp === undefined).map((rs) => rs.hash));
  const hasVersion = ({ metadata }: T): boolean => hashes.has(metadata.labels?.[keys.podTemplateHash] ?? '');
  const finished = present.filter((each) => hasVersion(each) && completedPhases.has(each.status.phase)).sort(newestFirst);
  const good = finished.filter(({ status }) => status.phase === 'Successful');
  const bad = finished.filter(({ status }) => status.phase !== 'Successful');
  return [
    ...present.filter((each) => !hasVersion(each)),
    ...good.slice(context.spec.successfulRunHistoryLimit),
    ...bad.slice(context.spec.unsuccessfulRunHistoryLimit),
  ];
}

function pointersOf({ status }: RolloutContext): readonly ({ readonly name: string } | undefined)[] {
  const { canary, blueGreen } = status;
  return [
    canary.currentStepAnalysisRunStatus,
    canary.currentBackgroundAnalysisRunStatus,
    blueGreen.prePromotionAnalysisRunStatus,
    blueGreen.postPromotionAnalysisRunStatus,
  ];
}

function newestFirst(left: Finished, right: Finished): number {
  const [a, b] = [left.metadata, right.metadata];
  if (a.creationTimestamp !== b.creationTimestamp) return a.creationTimestamp < b.creationTimestamp ? 1 : -1;
  return a.name < b.name ? 1 : -1;
}

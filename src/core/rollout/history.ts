import { completedPhases, type AnalysisRun } from '../../api/analysis-types.js';
import { keys } from '../../api/kube.js';
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
  const runs = context.seen.analysisRuns.filter((run) => !recorded.has(run.metadata.name) && run.metadata.deletionTimestamp === undefined);
  const hashes = new Set(context.owned.filter((rs) => rs.metadata.deletionTimestamp === undefined).map((rs) => rs.hash));
  const hasVersion = (run: AnalysisRun): boolean => hashes.has(run.metadata.labels?.[keys.podTemplateHash] ?? '');
  const finished = runs.filter((run) => hasVersion(run) && completedPhases.has(run.status.phase)).sort(newestFirst);
  const good = finished.filter((run) => run.status.phase === 'Successful');
  const bad = finished.filter((run) => run.status.phase !== 'Successful');
  const excess = [
    ...runs.filter((run) => !hasVersion(run)),
    ...good.slice(context.spec.successfulRunHistoryLimit),
    ...bad.slice(context.spec.unsuccessfulRunHistoryLimit),
  ];
  return excess.map((run) => ({ kind: 'deleteAnalysisRun', run, safe: true, gates: false }));
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

function newestFirst(left: AnalysisRun, right: AnalysisRun): number {
  const [a, b] = [left.metadata, right.metadata];
  if (a.creationTimestamp !== b.creationTimestamp) return a.creationTimestamp < b.creationTimestamp ? 1 : -1;
  return a.name < b.name ? 1 : -1;
}

import type { AnalysisRun } from '../../api/analysis-types.js';
import type { KubeObject, ObjectMeta } from '../../api/kube.js';
import { keys } from '../../api/kube.js';
import type { Rollout } from '../../api/rollout-types.js';
import type { ReplicaSet } from '../../api/workload-types.js';
import { fieldOf, isPlainObject, objectsOf } from '../../lib/json.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { parseTime } from '../../lib/time.js';
import { imagesOf } from './images.js';
import type { RolloutObjects } from './rollout-view.js';
import { createdAt, isOwned, revisionOf } from './tree.js';

export interface RevisionView {
  readonly revision: number;
  /** Numbers it had before, when its template came back. */
  readonly earlier: readonly number[];
  readonly replicaSet: string;
  readonly images: readonly string[];
  /** When its template was first seen. */
  readonly createdAt: EpochMs;
  /** Who last changed the template, as the API server noted it; known of the newest revision only. */
  readonly by?: string;
  /** Annotation kubernetes.io/change-cause. */
  readonly cause?: string;
  readonly result: RevisionResult;
  /** More about the result: the message of a failed analysis, why it waits. */
  readonly detail: string;
  /** undo would bring it back. */
  readonly canUndo: boolean;
}

/**
 * | result | |
 * |---|---|
 * | stable | fully promoted |
 * | updating | the newest, on its way |
 * | aborted | the newest, taken back |
 * | failed | an older one whose analysis ended badly |
 * | replaced | an older one of which nothing bad is known |
 */
export type RevisionResult = 'stable' | 'updating' | 'aborted' | 'failed' | 'replaced';

const changeCause = 'kubernetes.io/change-cause';

/** The revisions that can still be told of: those whose ReplicaSet exists. Newest first. */
export function viewHistory(seen: RolloutObjects): readonly RevisionView[] {
  const { rollout } = seen;
  const owned = seen.replicaSets.filter((rs) => isOwned(rs.metadata, rollout.metadata)).sort((a, b) => b.revision - a.revision);
  return owned.map((rs, i) => viewRevision(seen, rs, i === 0));
}

function viewRevision(seen: RolloutObjects, rs: ReplicaSet, isNewest: boolean): RevisionView {
  const { rollout } = seen;
  const badRun = seen.analysisRuns.find(
    (run) => revisionOf(run.metadata) === rs.revision && isBad(run) && isOwned(run.metadata, rollout.metadata),
  );
  const result = resultOf(rollout, rs, badRun);
  const by = isNewest ? templateManager(rollout.raw) : undefined;
  const cause = rs.metadata.annotations?.[changeCause];
  return {
    revision: rs.revision,
    earlier: earlierOf(rs.metadata),
    replicaSet: rs.metadata.name,
    images: imagesOf(rs.template),
    createdAt: createdAt(rs.metadata),
    ...(by === undefined ? {} : { by }),
    ...(cause === undefined ? {} : { cause }),
    result,
    detail: detailOf(rollout, result, badRun),
    canUndo: !isNewest,
  };
}

function isBad({ status }: AnalysisRun): boolean {
  return status.phase === 'Failed' || status.phase === 'Error';
}

function resultOf({ status }: Rollout, rs: ReplicaSet, badRun: AnalysisRun | undefined): RevisionResult {
  if (rs.hash !== '' && rs.hash === status.stableRS) return 'stable';
  if (rs.hash !== '' && rs.hash === status.currentPodHash) return status.abort ? 'aborted' : 'updating';
  return badRun === undefined ? 'replaced' : 'failed';
}

function detailOf({ status }: Rollout, result: RevisionResult, badRun: AnalysisRun | undefined): string {
  if (badRun !== undefined && (result === 'aborted' || result === 'failed')) return badRun.status.message;
  return result === 'updating' || result === 'aborted' ? status.message : '';
}

function earlierOf({ annotations }: ObjectMeta): readonly number[] {
  return (annotations?.[keys.revisionHistory] ?? '').split(',').flatMap((text) => Number(text) || []);
}

/** The manager that owns fields of the pod template and wrote last: `kubectl-set`, `argocd-controller`, `helm`. */
function templateManager(raw: KubeObject): string | undefined {
  const entries = objectsOf(fieldOf(raw.metadata, 'managedFields')).filter((entry) => ownsTemplate(entry));
  const latest = entries.sort((a, b) => timeOf(b) - timeOf(a))[0];
  const manager = latest?.['manager'];
  return typeof manager === 'string' ? manager : undefined;
}

function ownsTemplate(entry: Readonly<Record<string, unknown>>): boolean {
  return isPlainObject(fieldOf(fieldOf(entry['fieldsV1'], 'f:spec'), 'f:template'));
}

function timeOf(entry: Readonly<Record<string, unknown>>): EpochMs {
  return typeof entry['time'] === 'string' ? (parseTime(entry['time']) ?? 0) : 0;
}

import type { AnalysisRun } from '../../api/analysis-types.js';
import type { Experiment } from '../../api/experiment-types.js';
import { controllerOf, keys, type KubeObject, type ObjectMeta } from '../../api/kube.js';
import type { ReplicaSet } from '../../api/workload-types.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { parseTime } from '../../lib/time.js';
import { iconOf, type Icon } from './icons.js';
import { viewPod } from './pod-status.js';

/** A row of the tree that `get rollout` and the dashboard show. */
export interface TreeNode {
  readonly kind: 'Rollout' | 'Revision' | 'ReplicaSet' | 'Pod' | 'Experiment' | 'AnalysisRun' | 'Job';
  readonly name: string;
  readonly status: string;
  readonly icon: Icon;
  /** Undefined for a revision's heading. */
  readonly createdAt?: EpochMs;
  readonly info: readonly string[];
  readonly children: readonly TreeNode[];
}

/** What hangs below an owner; lists may hold objects of others, ownership is judged by uid. */
export interface Surroundings {
  readonly now: EpochMs;
  readonly replicaSets: readonly ReplicaSet[];
  readonly pods: readonly KubeObject[];
  readonly analysisRuns: readonly AnalysisRun[];
}

/** @param roles what the ReplicaSet is to its owner, first in its INFO */
export function replicaSetNode(around: Surroundings, rs: ReplicaSet, roles: readonly string[]): TreeNode {
  const word = replicaSetStatus(rs);
  return {
    kind: 'ReplicaSet',
    name: rs.metadata.name,
    status: word,
    icon: iconOf('ReplicaSet', word),
    createdAt: createdAt(rs.metadata),
    info: [...roles, ...scaleDownInfo(rs, around.now)],
    children: byName(around.pods.filter((p) => isOwned(p.metadata, rs.metadata))).map(podNode),
  };
}

function replicaSetStatus(rs: ReplicaSet): string {
  if (rs.conditions.some((c) => c.type === 'ReplicaFailure' && c.status === 'True')) return 'ReplicaFailure';
  if (!rs.observed || rs.available < rs.replicas) return 'Progressing';
  return rs.replicas === 0 ? 'ScaledDown' : 'Healthy';
}

function scaleDownInfo(rs: ReplicaSet, now: EpochMs): readonly string[] {
  const deadline = rs.metadata.annotations?.[keys.scaleDownDeadline];
  const at = deadline === undefined ? undefined : parseTime(deadline);
  if (at === undefined) return [];
  return [at > now ? `delay:${delayText(at - now)}` : 'delay:passed'];
}

/** Go's duration text for whole seconds: `45s`, `1m5s`, `1h0m10s`. */
function delayText(leftMs: number): string {
  const seconds = Math.floor(leftMs / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (h > 0) return `${h}h${m}m${s}s`;
  return m > 0 ? `${m}m${s}s` : `${s}s`;
}

function podNode(pod: KubeObject): TreeNode {
  const view = viewPod(pod);
  return {
    kind: 'Pod',
    name: pod.metadata.name,
    status: view.status,
    icon: iconOf('Pod', view.status),
    createdAt: createdAt(pod.metadata),
    info: [`ready:${view.ready}/${view.containers}`, ...(view.restarts > 0 ? [`restarts:${view.restarts}`] : [])],
    children: [],
  };
}

export function experimentNode(around: Surroundings, experiment: Experiment): TreeNode {
  const word = experiment.status.phase === '' ? 'Pending' : experiment.status.phase;
  const sets = around.replicaSets.filter((rs) => isOwned(rs.metadata, experiment.metadata));
  const runs = around.analysisRuns.filter((r) => isOwned(r.metadata, experiment.metadata));
  return {
    kind: 'Experiment',
    name: experiment.metadata.name,
    status: word,
    icon: iconOf('Experiment', word),
    createdAt: createdAt(experiment.metadata),
    info: [],
    children: [...byName(sets).map((rs) => replicaSetNode(around, rs, [])), ...oldestFirst(runs).map(analysisRunNode)],
  };
}

export function analysisRunNode(run: AnalysisRun): TreeNode {
  const word = run.status.phase === '' ? 'Pending' : run.status.phase;
  return {
    kind: 'AnalysisRun',
    name: run.metadata.name,
    status: word,
    icon: iconOf('AnalysisRun', word),
    createdAt: createdAt(run.metadata),
    info: measurementCounts(run),
    children: jobNodes(run),
  };
}

function measurementCounts(run: AnalysisRun): readonly string[] {
  const sum = (of: 'successful' | 'failed' | 'inconclusive' | 'error'): number => run.status.metricResults.reduce((n, m) => n + m[of], 0);
  const counts: readonly (readonly [string, number])[] = [
    ['✔', sum('successful')],
    ['✖', sum('failed')],
    ['?', sum('inconclusive')],
    ['⚠', sum('error')],
  ];
  return counts.filter(([, n]) => n > 0).map(([icon, n]) => `${icon} ${n}`);
}

/** From the measurements, so that a Job that is gone still shows. */
function jobNodes(run: AnalysisRun): readonly TreeNode[] {
  return run.status.metricResults.flatMap((metric) =>
    metric.measurements.flatMap((m) => {
      const job = m.metadata['job-name'];
      if (job === undefined) return [];
      return [
        {
          kind: 'Job' as const,
          name: job,
          status: m.phase,
          icon: iconOf('Job', m.phase),
          ...(m.startedAt === undefined ? {} : { createdAt: m.startedAt }),
          info: [],
          children: [],
        },
      ];
    }),
  );
}

export function isOwned(meta: ObjectMeta, owner: ObjectMeta): boolean {
  return controllerOf(meta)?.uid === owner.uid;
}

export function revisionOf(meta: ObjectMeta): number {
  return Number(meta.annotations?.[keys.revision] ?? 0) || 0;
}

export function byName<T extends { readonly metadata: ObjectMeta }>(objects: readonly T[]): readonly T[] {
  return [...objects].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

export function oldestFirst<T extends { readonly metadata: ObjectMeta }>(objects: readonly T[]): readonly T[] {
  return [...byName(objects)].sort((a, b) => createdAt(a.metadata) - createdAt(b.metadata));
}

/** NaN where the object has no readable time. */
export function createdAt(meta: ObjectMeta): EpochMs {
  return parseTime(meta.creationTimestamp) ?? Number.NaN;
}

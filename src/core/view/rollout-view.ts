import type { AnalysisRun } from '../../api/analysis-types.js';
import type { Experiment } from '../../api/experiment-types.js';
import { controllerOf, keys, type KubeObject, type ObjectMeta } from '../../api/kube.js';
import type { Rollout } from '../../api/rollout-types.js';
import type { ReplicaSet } from '../../api/workload-types.js';
import { isPlainObject, objectsOf } from '../../lib/json.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { parseTime } from '../../lib/time.js';
import { humanDuration } from './age.js';
import { iconOf, type Icon } from './icons.js';
import { viewPod } from './pod-status.js';
import { assessRolloutStatus, type StatusWord } from './rollout-status.js';
import { viewActualWeight, viewSetWeight } from './weights.js';

/** Everything a client reads to show a rollout; lists may hold objects of other rollouts, ownership is judged by uid. */
export interface RolloutObjects {
  readonly now: EpochMs;
  readonly rollout: Rollout;
  readonly replicaSets: readonly ReplicaSet[];
  readonly pods: readonly KubeObject[];
  readonly experiments: readonly Experiment[];
  readonly analysisRuns: readonly AnalysisRun[];
}

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

export interface ImageView {
  readonly image: string;
  /** canary, stable, active, preview, ping, pong, `Σ:template`. */
  readonly tags: readonly string[];
}

export interface RolloutView {
  readonly name: string;
  readonly namespace: string;
  readonly status: StatusWord;
  readonly icon: Icon;
  readonly strategy: 'Canary' | 'BlueGreen' | 'unknown';
  /** `1/6`, or '' without an index or steps; canary only. */
  readonly step?: string;
  readonly setWeight?: number;
  readonly actualWeight?: number;
  /** What is awaited and until when, in one line; absent when nothing is. */
  readonly awaiting?: string;
  readonly images: readonly ImageView[];
  readonly replicas: {
    readonly desired: number;
    readonly current: number;
    readonly updated: number;
    readonly ready: number;
    readonly available: number;
  };
  readonly tree: TreeNode;
}

/** The page `get rollout` and the dashboard show. Semantics: cli-dashboard-gitops 1.8. */
export function viewRollout(seen: RolloutObjects): RolloutView {
  const { rollout } = seen;
  const { spec, status, metadata } = rollout;
  const owned = seen.replicaSets.filter((rs) => isOwned(rs.metadata, metadata));
  const word = assessRolloutStatus(rollout);
  const canary = owned.find((rs) => rs.hash === status.currentPodHash);
  const { strategy } = spec;
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    status: word,
    icon: iconOf('Rollout', word.phase),
    strategy: strategy.kind === 'canary' ? 'Canary' : 'BlueGreen',
    ...(strategy.kind === 'canary'
      ? {
          step: stepText(strategy.steps.length, status.currentStepIndex),
          setWeight: viewSetWeight(strategy, rollout),
          actualWeight: viewActualWeight(strategy, rollout, canary?.available ?? 0),
        }
      : {}),
    ...awaitingLine(rollout, seen.now),
    images: viewImages(seen, owned),
    replicas: {
      desired: spec.replicas ?? 1,
      current: status.replicas,
      updated: status.updatedReplicas,
      ready: status.readyReplicas,
      available: status.availableReplicas,
    },
    tree: {
      kind: 'Rollout',
      name: metadata.name,
      status: word.phase,
      icon: iconOf('Rollout', word.phase),
      createdAt: instant(metadata.creationTimestamp),
      info: [],
      children: viewRevisions(seen, owned),
    },
  };
}

function awaitingLine({ status }: Rollout, now: EpochMs): { readonly awaiting?: string } {
  const awaiting = status.sluice?.awaiting;
  if (!awaiting) return {};
  const left = awaiting.until === undefined ? '' : ` (${humanDuration(Math.max(0, awaiting.until - now))} left)`;
  return { awaiting: `${awaiting.message}${left}` };
}

export function stepText(steps: number, index: number | undefined): string {
  return steps === 0 || index === undefined ? '' : `${index}/${steps}`;
}

/** What a ReplicaSet is to its rollout, as INFO and image tags say it. */
export function rolesOf(rollout: Rollout, hash: string): readonly string[] {
  const { status, spec } = rollout;
  if (hash === '') return [];
  const roles: string[] = [];
  if (spec.strategy.kind === 'canary') {
    if (hash === status.stableRS) roles.push('stable');
    else if (hash === status.currentPodHash) roles.push('canary');
    roles.push(...pingPongRole(rollout, hash));
    return roles;
  }
  if (hash === status.stableRS) roles.push('stable');
  if (hash === status.blueGreen.activeSelector) roles.push('active');
  else if (hash === status.blueGreen.previewSelector) roles.push('preview');
  return roles;
}

function pingPongRole({ status, spec }: Rollout, hash: string): readonly string[] {
  if (spec.strategy.kind !== 'canary' || spec.strategy.pingPong === undefined) return [];
  const stableSide = status.canary.stablePingPong ?? 'pong';
  if (hash === status.stableRS) return [stableSide];
  if (hash === status.currentPodHash) return [stableSide === 'ping' ? 'pong' : 'ping'];
  return [];
}

function viewRevisions(seen: RolloutObjects, owned: readonly ReplicaSet[]): readonly TreeNode[] {
  const { rollout } = seen;
  const experiments = seen.experiments.filter((e) => isOwned(e.metadata, rollout.metadata));
  const runs = seen.analysisRuns.filter((r) => isOwned(r.metadata, rollout.metadata));
  const revisions = new Set([...owned, ...experiments, ...runs].map((o) => revisionOf(o.metadata)));
  return [...revisions]
    .sort((a, b) => b - a)
    .map((revision) => ({
      kind: 'Revision',
      name: `revision:${revision}`,
      status: '',
      icon: '',
      info: [],
      children: [
        ...byName(ofRevision(owned, revision)).map((rs) => viewReplicaSet(seen, rs)),
        ...oldestFirst(ofRevision(experiments, revision)).map((e) => viewExperiment(seen, e)),
        ...oldestFirst(ofRevision(runs, revision)).map(viewAnalysisRun),
      ],
    }));
}

function viewReplicaSet(seen: RolloutObjects, rs: ReplicaSet): TreeNode {
  const word = replicaSetStatus(rs);
  return {
    kind: 'ReplicaSet',
    name: rs.metadata.name,
    status: word,
    icon: iconOf('ReplicaSet', word),
    createdAt: instant(rs.metadata.creationTimestamp),
    info: [...rolesOf(seen.rollout, rs.hash), ...scaleDownInfo(rs, seen.now)],
    children: byName(seen.pods.filter((p) => isOwned(p.metadata, rs.metadata))).map(viewPodNode),
  };
}

function replicaSetStatus(rs: ReplicaSet): string {
  if (rs.conditions.some((c) => c.type === 'ReplicaFailure' && c.status === 'True')) return 'ReplicaFailure';
  if (!rs.observed || rs.available < rs.replicas) return 'Progressing';
  return rs.replicas === 0 ? 'ScaledDown' : 'Healthy';
}

function scaleDownInfo(rs: ReplicaSet, now: EpochMs): readonly string[] {
  const deadline = rs.metadata.annotations?.[keys.scaleDownDeadline];
  if (deadline === undefined || deadline === '') return [];
  const leftMs = instant(deadline) - now;
  return [leftMs > 0 ? `delay:${delayText(leftMs)}` : 'delay:passed'];
}

/** Go's duration text for whole seconds: `45s`, `1m5s`, `1h0m10s`. */
function delayText(leftMs: number): string {
  const seconds = Math.floor(leftMs / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (h > 0) return `${h}h${m}m${s}s`;
  return m > 0 ? `${m}m${s}s` : `${s}s`;
}

function viewPodNode(pod: KubeObject): TreeNode {
  const view = viewPod(pod);
  return {
    kind: 'Pod',
    name: pod.metadata.name,
    status: view.status,
    icon: iconOf('Pod', view.status),
    createdAt: instant(pod.metadata.creationTimestamp),
    info: [`ready:${view.ready}/${view.containers}`, ...(view.restarts > 0 ? [`restarts:${view.restarts}`] : [])],
    children: [],
  };
}

function viewExperiment(seen: RolloutObjects, experiment: Experiment): TreeNode {
  const word = experiment.status.phase === '' ? 'Pending' : experiment.status.phase;
  const sets = seen.replicaSets.filter((rs) => isOwned(rs.metadata, experiment.metadata));
  const runs = seen.analysisRuns.filter((r) => isOwned(r.metadata, experiment.metadata));
  return {
    kind: 'Experiment',
    name: experiment.metadata.name,
    status: word,
    icon: iconOf('Experiment', word),
    createdAt: instant(experiment.metadata.creationTimestamp),
    info: [],
    children: [...byName(sets).map((rs) => viewReplicaSet(seen, rs)), ...oldestFirst(runs).map(viewAnalysisRun)],
  };
}

function viewAnalysisRun(run: AnalysisRun): TreeNode {
  const word = run.status.phase === '' ? 'Pending' : run.status.phase;
  return {
    kind: 'AnalysisRun',
    name: run.metadata.name,
    status: word,
    icon: iconOf('AnalysisRun', word),
    createdAt: instant(run.metadata.creationTimestamp),
    info: measurementCounts(run),
    children: jobsOf(run),
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
function jobsOf(run: AnalysisRun): readonly TreeNode[] {
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

function viewImages(seen: RolloutObjects, owned: readonly ReplicaSet[]): readonly ImageView[] {
  const tagsOf = new Map<string, string[]>();
  const add = (image: string, tags: readonly string[]): void => {
    const known = tagsOf.get(image) ?? [];
    tagsOf.set(image, [...known, ...tags.filter((t) => !known.includes(t))]);
  };
  for (const rs of owned.filter((o) => o.actual > 0)) for (const image of imagesOf(rs)) add(image, rolesOf(seen.rollout, rs.hash));
  for (const experiment of seen.experiments.filter((e) => isOwned(e.metadata, seen.rollout.metadata)))
    for (const rs of seen.replicaSets.filter((r) => isOwned(r.metadata, experiment.metadata) && r.actual > 0))
      for (const image of imagesOf(rs)) add(image, [`Σ:${rs.metadata.annotations?.[keys.experimentTemplateName] ?? rs.metadata.name}`]);
  return [...tagsOf]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([image, tags]) => ({ image, tags: tags.length > 1 ? [...tags].sort() : tags }));
}

function imagesOf(rs: ReplicaSet): readonly string[] {
  const spec = rs.template['spec'];
  if (!isPlainObject(spec)) return [];
  return objectsOf(spec['containers']).flatMap((c) => (typeof c['image'] === 'string' ? [c['image']] : []));
}

function isOwned(meta: ObjectMeta, owner: ObjectMeta): boolean {
  return controllerOf(meta)?.uid === owner.uid;
}

function revisionOf(meta: ObjectMeta): number {
  return Number(meta.annotations?.[keys.revision] ?? 0) || 0;
}

function ofRevision<T extends { readonly metadata: ObjectMeta }>(objects: readonly T[], revision: number): readonly T[] {
  return objects.filter((o) => revisionOf(o.metadata) === revision);
}

function byName<T extends { readonly metadata: ObjectMeta }>(objects: readonly T[]): readonly T[] {
  return [...objects].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

function oldestFirst<T extends { readonly metadata: ObjectMeta }>(objects: readonly T[]): readonly T[] {
  return [...byName(objects)].sort((a, b) => instant(a.metadata.creationTimestamp) - instant(b.metadata.creationTimestamp));
}

function instant(rfc3339: string): EpochMs {
  return parseTime(rfc3339) ?? Number.NaN;
}

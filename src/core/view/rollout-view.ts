import type { AnalysisRun } from '../../api/analysis-types.js';
import type { Experiment } from '../../api/experiment-types.js';
import type { KubeObject, ObjectMeta } from '../../api/kube.js';
import type { Rollout } from '../../api/rollout-types.js';
import type { ReplicaSet } from '../../api/workload-types.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { humanDuration } from './age.js';
import { iconOf, type Icon } from './icons.js';
import { experimentImages, viewImages, type ImageView } from './images.js';
import { assessRolloutStatus, type StatusWord } from './rollout-status.js';
import { viewSteps, type StepView } from './steps.js';
import {
  analysisRunNode,
  byName,
  createdAt,
  experimentNode,
  isOwned,
  oldestFirst,
  replicaSetNode,
  revisionOf,
  type TreeNode,
} from './tree.js';
import { viewActualWeight, viewMaxWeight, viewSetWeight } from './weights.js';

/** Everything a client reads to show a rollout; lists may hold objects of other rollouts, ownership is judged by uid. */
export interface RolloutObjects {
  readonly now: EpochMs;
  readonly rollout: Rollout;
  /** Generation of the object that `spec.workloadRef` names; undefined without such a reference, or when it could not be read. */
  readonly workloadGeneration?: number;
  readonly replicaSets: readonly ReplicaSet[];
  readonly pods: readonly KubeObject[];
  readonly experiments: readonly Experiment[];
  readonly analysisRuns: readonly AnalysisRun[];
}

export interface RolloutView {
  readonly name: string;
  readonly namespace: string;
  readonly status: StatusWord;
  readonly icon: Icon;
  readonly strategy: 'Canary' | 'BlueGreen';
  /** Absent for blue-green. */
  readonly canary?: CanaryView;
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

export interface CanaryView {
  /** `1/6`, or '' without an index or steps. */
  readonly step: string;
  readonly setWeight: number;
  readonly actualWeight: number;
  /** Weight that means all traffic. */
  readonly maxWeight: number;
  readonly steps: readonly StepView[];
}

/** The page `get rollout` and the dashboard show. Semantics: cli-dashboard-gitops 1.8. */
export function viewRollout(seen: RolloutObjects): RolloutView {
  const { rollout } = seen;
  const { spec, status, metadata } = rollout;
  const word = assessRolloutStatus(rollout, seen.workloadGeneration);
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    status: word,
    icon: iconOf('Rollout', word.phase),
    strategy: spec.strategy.kind === 'canary' ? 'Canary' : 'BlueGreen',
    ...viewCanary(seen),
    ...awaitingLine(rollout, seen.now),
    images: viewImages([
      ...ownedSets(seen).map((rs) => ({ replicaSet: rs, tags: rolesOf(rollout, rs.hash) })),
      ...experimentImages(
        seen.experiments.filter((e) => isOwned(e.metadata, metadata)),
        seen.replicaSets,
      ),
    ]),
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
      createdAt: createdAt(metadata),
      info: [],
      children: viewRevisions(seen),
    },
  };
}

function viewCanary(seen: RolloutObjects): { readonly canary?: CanaryView } {
  const { rollout } = seen;
  const { strategy } = rollout.spec;
  if (strategy.kind !== 'canary') return {};
  const canary = ownedSets(seen).find((rs) => rs.hash === rollout.status.currentPodHash);
  return {
    canary: {
      step: stepCount(strategy.steps.length, rollout.status.currentStepIndex),
      setWeight: viewSetWeight(strategy, rollout),
      actualWeight: viewActualWeight(strategy, rollout, canary?.available ?? 0),
      maxWeight: viewMaxWeight(strategy),
      steps: viewSteps(rollout),
    },
  };
}

function awaitingLine({ status }: Rollout, now: EpochMs): { readonly awaiting?: string } {
  const awaiting = status.sluice?.awaiting;
  if (!awaiting) return {};
  const left = awaiting.until === undefined ? '' : ` (${humanDuration(Math.max(0, awaiting.until - now))} left)`;
  return { awaiting: `${awaiting.message}${left}` };
}

/** `1/6`; '' without steps or an index. */
export function stepCount(steps: number, index: number | undefined): string {
  return steps === 0 || index === undefined ? '' : `${index}/${steps}`;
}

/** What a ReplicaSet is to its rollout, as INFO and image tags say it. */
export function rolesOf(rollout: Rollout, hash: string): readonly string[] {
  const { status, spec } = rollout;
  if (hash === '') return [];
  if (spec.strategy.kind === 'canary') return [...canaryRole(rollout, hash), ...pingPongRole(rollout, hash)];
  const stable = hash === status.stableRS ? ['stable'] : [];
  if (hash === status.blueGreen.activeSelector) return [...stable, 'active'];
  return hash === status.blueGreen.previewSelector ? [...stable, 'preview'] : stable;
}

function canaryRole({ status }: Rollout, hash: string): readonly string[] {
  if (hash === status.stableRS) return ['stable'];
  return hash === status.currentPodHash ? ['canary'] : [];
}

function pingPongRole({ status, spec }: Rollout, hash: string): readonly string[] {
  if (spec.strategy.kind !== 'canary' || spec.strategy.pingPong === undefined) return [];
  const stableSide = status.canary.stablePingPong ?? 'pong';
  if (hash === status.stableRS) return [stableSide];
  if (hash === status.currentPodHash) return [stableSide === 'ping' ? 'pong' : 'ping'];
  return [];
}

function viewRevisions(seen: RolloutObjects): readonly TreeNode[] {
  const { metadata } = seen.rollout;
  const owned = ownedSets(seen);
  const experiments = seen.experiments.filter((e) => isOwned(e.metadata, metadata));
  const runs = seen.analysisRuns.filter((r) => isOwned(r.metadata, metadata));
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
        ...byName(ofRevision(owned, revision)).map((rs) => replicaSetNode(seen, rs, rolesOf(seen.rollout, rs.hash))),
        ...oldestFirst(ofRevision(experiments, revision)).map((e) => experimentNode(seen, e)),
        ...oldestFirst(ofRevision(runs, revision)).map(analysisRunNode),
      ],
    }));
}

function ownedSets({ rollout, replicaSets }: RolloutObjects): readonly ReplicaSet[] {
  return replicaSets.filter((rs) => isOwned(rs.metadata, rollout.metadata));
}

function ofRevision<T extends { readonly metadata: ObjectMeta }>(objects: readonly T[], revision: number): readonly T[] {
  return objects.filter((o) => revisionOf(o.metadata) === revision);
}

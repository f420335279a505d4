import { parseAnalysisRun, parseReplicaSet, parseRollout } from '../../api/index.js';
import { resources, type KubeObject } from '../../api/kube.js';
import type { CanaryStrategy, Rollout } from '../../api/rollout-types.js';
import type { ReplicaSet } from '../../api/workload-types.js';
import { isOwned } from '../../core/view/tree.js';
import { viewActualWeight, viewMaxWeight, viewSetWeight } from '../../core/view/weights.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { isEqual } from '../../lib/equal.js';
import type { LocalStore } from '../../local-cluster/store/index.js';
import type { PodCount, Sample } from './types.js';

/** Notes how the update goes, at every change in the store; of several at one instant the last counts. */
export class Recorder {
  readonly samples: Sample[] = [];
  readonly #stop: () => void;

  constructor(
    private readonly store: LocalStore,
    private readonly name: string,
    private readonly now: () => EpochMs,
    private readonly startedAt: EpochMs,
    /** Pod template hash of the version that was there before. */
    private readonly oldHash: string,
  ) {
    this.#note();
    this.#stop = store.onChange(() => this.#note());
  }

  stop(): void {
    this.#stop();
  }

  #note(): void {
    const raw = this.store.peek(resources.rollouts, 'default', this.name);
    if (raw === undefined) return;
    const sample = sampleOf(parseRollout(raw).rollout, this.store, this.now() - this.startedAt, this.oldHash);
    const last = this.samples.at(-1);
    if (last !== undefined && isEqual({ ...last, atMs: 0 }, { ...sample, atMs: 0 })) return;
    // A pause that somebody ends at once is still worth telling.
    if (last?.atMs === sample.atMs && last.phase !== 'Paused') this.samples.pop();
    this.samples.push(sample);
  }
}

function sampleOf(rollout: Rollout, store: LocalStore, atMs: number, oldHash: string): Sample {
  const { status, spec, metadata } = rollout;
  const owned = store
    .peekAll(resources.replicaSets, 'default')
    .map(parseReplicaSet)
    .filter((rs) => isOwned(rs.metadata, metadata));
  const older = owned.filter((rs) => rs.hash === oldHash);
  const newer = owned.filter((rs) => rs.hash !== oldHash);
  const { strategy } = spec;
  const isCanary = strategy.kind === 'canary';
  return {
    atMs,
    phase: status.phase,
    message: status.message,
    step: status.currentStepIndex,
    setWeight: isCanary ? viewSetWeight(strategy, rollout) : undefined,
    actualWeight: isCanary ? actualWeight(strategy, rollout, count(newer), count(owned)) : undefined,
    older: count(older),
    newer: count(newer),
    pods: count(owned),
    analyses: Object.fromEntries(runsOf(store.peekAll(resources.analysisRuns, 'default'), rollout)),
  };
}

/** What a router was told last, or the new version's share of the pods: that is what decides who answers, whatever step is done. */
function actualWeight(strategy: CanaryStrategy, rollout: Rollout, newer: PodCount, all: PodCount): number {
  if (strategy.trafficRouting !== undefined) return viewActualWeight(strategy, rollout, newer.available);
  return all.available === 0 ? 0 : Math.floor((newer.available * viewMaxWeight(strategy)) / all.available);
}

function count(sets: readonly ReplicaSet[]): PodCount {
  const sum = (of: (rs: ReplicaSet) => number): number => sets.reduce((total, rs) => total + of(rs), 0);
  return { existing: sum((rs) => rs.actual), available: sum((rs) => rs.available) };
}

function runsOf(raws: readonly KubeObject[], rollout: Rollout): readonly (readonly [string, string])[] {
  return raws
    .map((raw) => parseAnalysisRun(raw).run)
    .filter((run) => isOwned(run.metadata, rollout.metadata))
    .map((run) => [run.metadata.name, run.status.phase]);
}

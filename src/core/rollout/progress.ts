import { keys, type JsonObject } from '../../api/kube.js';
import type { Condition, RolloutStatus } from '../../api/rollout-types.js';
import type { ReplicaSet } from '../../api/workload-types.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { fieldOf } from '../../lib/json.js';
import type { RolloutContext } from './context.js';

/**
 * High-water marks of an update: progress is what goes beyond them, so that pods which come and go do not keep a deadline from
 * passing (rollout-core 10 #18). Stored under `status.sluice.progress`.
 */
export interface ProgressMarks {
  /** Names the leg of the way the marks belong to: version, step, wanted pods. A new leg has new marks. */
  readonly leg: string;
  readonly updated: number;
  readonly available: number;
  /** Pods of older versions that were left at best. */
  readonly old: number;
}

type Counted = Pick<
  RolloutStatus,
  | 'currentPodHash'
  | 'stableRS'
  | 'currentStepIndex'
  | 'currentStepHash'
  | 'abort'
  | 'replicas'
  | 'updatedReplicas'
  | 'availableReplicas'
  | 'blueGreen'
>;

/** The marks after these counts, and whether they go beyond the stored ones. */
export function advanceMarks(context: RolloutContext, status: Counted): { readonly marks: ProgressMarks; readonly progressed: boolean } {
  const before = storedMarks(context.status);
  const leg = legOf(context, status);
  const old = Math.max(0, status.replicas - status.updatedReplicas);
  const now = { leg, updated: status.updatedReplicas, available: status.availableReplicas, old };
  if (before?.leg !== leg) return { marks: now, progressed: true };
  const marks = {
    leg,
    updated: Math.max(before.updated, now.updated),
    available: Math.max(before.available, now.available),
    old: Math.min(before.old, now.old),
  };
  const progressed = marks.updated > before.updated || marks.available > before.available || marks.old < before.old;
  return { marks, progressed };
}

function legOf(context: RolloutContext, status: Counted): string {
  const { blueGreen } = status;
  const parts = [status.currentPodHash, status.stableRS, status.currentStepHash, status.currentStepIndex ?? '', context.replicas];
  return [...parts, blueGreen.activeSelector, blueGreen.previewSelector].join('/');
}

function storedMarks(status: RolloutStatus): ProgressMarks | undefined {
  const stored = status.sluice?.['progress'];
  const leg = fieldOf(stored, 'leg');
  const counts = ['updated', 'available', 'old'].map((key) => fieldOf(stored, key));
  const [updated, available, old] = counts;
  if (typeof leg !== 'string' || typeof updated !== 'number' || typeof available !== 'number' || typeof old !== 'number') return undefined;
  return { leg, updated, available, old };
}

export function renderMarks(marks: ProgressMarks): JsonObject {
  return { ...marks };
}

/** When the progress deadline passes; undefined while none runs. Semantics: rollout-core 7.4 */
export function deadlineAt(context: RolloutContext): EpochMs | undefined {
  const condition = context.status.conditions.find(({ type }) => type === 'Progressing');
  if (condition?.lastUpdateTime === undefined || !isTimed(context, condition)) return undefined;
  return condition.lastUpdateTime + context.spec.progressDeadlineSeconds * 1_000;
}

const untimedReasons: ReadonlySet<string> = new Set(['RolloutAborted', 'RolloutPaused', 'NewReplicaSetAvailable']);
const untimedSteps: ReadonlySet<string> = new Set(['pause', 'analysis', 'experiment']);

function isTimed(context: RolloutContext, progressing: Condition): boolean {
  const { status, spec, seen } = context;
  if (spec.paused || status.pauseConditions.length > 0 || status.abort || untimedReasons.has(progressing.reason)) return false;
  if (status.phase === 'Healthy' || seen.specErrors.length > 0) return false;
  if (context.others.some((rs) => rs.replicas > 0 && rs.metadata.annotations?.[keys.scaleDownDeadline] !== undefined)) return false;
  if (spec.strategy.kind !== 'canary' || status.promoteFull || context.isFullyPromoted) return true;
  const step = spec.strategy.steps[status.currentStepIndex ?? spec.strategy.steps.length];
  return step === undefined || !untimedSteps.has(step.kind);
}

/** Whether an update has not progressed for the whole of `progressDeadlineSeconds`, by the counts seen now. */
export function hasTimedOut(context: RolloutContext): boolean {
  return !context.isFullyPromoted && isPastDeadline(context) && !advanceMarks(context, countPods(context, context.status)).progressed;
}

export function isPastDeadline(context: RolloutContext): boolean {
  const at = deadlineAt(context);
  return at !== undefined && context.seen.now >= at;
}

export function timedOutMessage(context: RolloutContext): string {
  return `ReplicaSet "${context.canary?.metadata.name ?? ''}" has timed out progressing.`;
}

interface Counts {
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly hpaReplicas: number;
}

/**
 * A status with the pods counted anew. Blue-green counts what users reach: the pods of the active version.
 * Semantics: rollout-core 1.6
 */
export function countPods<S extends Pick<RolloutStatus, 'blueGreen'>>(context: RolloutContext, status: S): S & Counts {
  const { owned, spec } = context;
  const { activeSelector } = status.blueGreen;
  const active = spec.strategy.kind === 'blueGreen' && activeSelector !== '' ? owned.find((rs) => rs.hash === activeSelector) : undefined;
  return { ...status, ...countsOf(context, active) };
}

function countsOf({ owned, canary }: RolloutContext, active: ReplicaSet | undefined): Counts {
  let [replicas, ready, available] = [0, 0, 0];
  for (const rs of owned) {
    replicas += rs.actual;
    ready += rs.ready;
    available += rs.available;
  }
  const updatedReplicas = canary?.actual ?? 0;
  if (active === undefined) return { replicas, updatedReplicas, readyReplicas: ready, availableReplicas: available, hpaReplicas: replicas };
  return { replicas, updatedReplicas, readyReplicas: active.ready, availableReplicas: active.available, hpaReplicas: active.actual };
}

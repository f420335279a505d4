import { abortStepDownWeight } from '../replicas/routed-canary.js';

/** The numbers the wanted weight depends on. Pods are counted, weights are of `maxWeight`. */
export interface WeightFacts {
  /** spec.replicas, 0 or more. */
  readonly replicas: number;
  /** 1 or more. */
  readonly maxWeight: number;
  /** status.stableRS equals status.currentPodHash. */
  readonly isFullyPromoted: boolean;
  readonly aborted: boolean;
  readonly promoteFull: boolean;
  readonly dynamicStableScale: boolean;
  /** Absent: the ReplicaSet does not exist. */
  readonly canary?: { readonly hash: string; readonly available: number };
  readonly stable?: { readonly available: number };
  /** status.canary.weights.canary. */
  readonly recorded?: { readonly weight: number; readonly hash: string };
  /** For each step the weight it sets, undefined for steps that set none. */
  readonly stepWeights: readonly (number | undefined)[];
  /** 0..number of steps, the latter when all are done. */
  readonly stepIndex: number;
  /** The canary has the pods its step asks for, available (traffic 1.5). */
  readonly atDesiredScale: boolean;
  /** abortScaleDownDelaySeconds is set and above 0: an aborted canary keeps its pods for a while. */
  readonly keepsCanary: boolean;
}

/** The row of the table that decided. */
export type WeightRule =
  /** 1: the stable template was applied again; stable grows back first. */
  | 'reapplied'
  /** 2 */
  | 'promoted'
  /** 3 */
  | 'aborted'
  /** 4 */
  | 'noCanaryPods'
  /** 5 */
  | 'promoteFull'
  /** 6a: the canary is not at its scale, so the weight of an earlier step stands. */
  | 'earlierStep'
  /** 6b */
  | 'step'
  /** 6c */
  | 'stepsDone'
  /** 7: all traffic moves at once when the stable Service does. */
  | 'noSteps';

export interface WantedWeight {
  /** Canary weight, a whole number in 0..maxWeight. */
  readonly weight: number;
  readonly rule: WeightRule;
  /** Row 1: the canary side is still the version recorded last, not the current one. */
  readonly keepsRecordedHash: boolean;
  /** Header and mirror routes may exist. */
  readonly routes: boolean;
  /** Experiment templates get their share. */
  readonly additional: boolean;
}

/**
 * The canary weight that a Rollout's state asks for, before the barrier says whether it may be set now.
 *
 * Semantics: traffic 1.4 rows 1-7 (rollout-core 4.5). Differs: no division by 0 replicas, no result beyond maxWeight (traffic 8 #6), and an abort
 * with dynamicStableScale ends at 0 as soon as stable is complete (traffic 8 #4: minPodsPerReplicaSet keeps upstream's above 0 for ever)
 */
export function wantedWeight(facts: WeightFacts): WantedWeight {
  const { rule, weight } = decide(facts);
  return {
    weight: Math.min(Math.max(0, weight), facts.maxWeight),
    rule,
    keepsRecordedHash: rule === 'reapplied',
    routes: rule === 'earlierStep' || rule === 'step' || rule === 'stepsDone',
    additional: rule === 'noCanaryPods' || rule === 'earlierStep' || rule === 'step',
  };
}

function decide(facts: WeightFacts): { readonly rule: WeightRule; readonly weight: number } {
  const { canary, stepIndex, stepWeights } = facts;
  if (isReapplied(facts)) return { rule: 'reapplied', weight: abortWeight(facts) };
  if (facts.isFullyPromoted) return { rule: 'promoted', weight: 0 };
  if (facts.aborted) return { rule: 'aborted', weight: abortWeight(facts) };
  if (canary === undefined || canary.available === 0) return { rule: 'noCanaryPods', weight: 0 };
  if (facts.promoteFull) return { rule: 'promoteFull', weight: promoteFullWeight(facts, canary.available) };
  if (stepWeights.length === 0) return { rule: 'noSteps', weight: 0 };
  if (!facts.atDesiredScale) return { rule: 'earlierStep', weight: lastWeight(stepWeights, stepIndex - 1) };
  if (stepIndex < stepWeights.length) return { rule: 'step', weight: lastWeight(stepWeights, stepIndex) };
  return { rule: 'stepsDone', weight: facts.maxWeight };
}

function isReapplied({ dynamicStableScale, isFullyPromoted, recorded, canary, replicas }: WeightFacts): boolean {
  if (!dynamicStableScale || !isFullyPromoted || recorded === undefined || canary === undefined) return false;
  return recorded.hash !== canary.hash && canary.available < replicas;
}

function promoteFullWeight({ dynamicStableScale, maxWeight, replicas, recorded }: WeightFacts, available: number): number {
  if (!dynamicStableScale) return recorded?.weight ?? 0;
  return replicas === 0 ? maxWeight : Math.floor((maxWeight * available) / replicas);
}

/** The nearest weight at or before the step, 0 if there is none. */
function lastWeight(weights: readonly (number | undefined)[], index: number): number {
  return weights.slice(0, Math.max(0, index + 1)).findLast((weight) => weight !== undefined) ?? 0;
}

/**
 * The weight an aborted canary, or the one that a re-applied stable version replaces, has for now: stable has shrunk (`dynamicStableScale`), so
 * it takes traffic back as its pods return. 0 without dynamicStableScale.
 *
 * 10 pods, steps 20 and 60, aborted at 60 with 6 canary pods: 60 while stable has 4 available pods, 20 from 8 on, 0 with all 10.
 * Semantics: traffic 1.6 `D` (rollout-core 4.5 abortWeight). Differs: an aborted one is 0 once stable is complete, whatever the canary still has
 */
export function abortWeight(facts: WeightFacts): number {
  const { replicas, maxWeight, canary, stable, recorded, dynamicStableScale } = facts;
  if (!dynamicStableScale || canary === undefined || stable === undefined || replicas === 0) return 0;
  const carried = Math.floor((maxWeight * stable.available) / replicas);
  const exposed = Math.max(0, maxWeight - carried);
  if (facts.aborted && exposed === 0) return 0;
  const want = facts.aborted
    ? abortStepDownWeight(replicas, maxWeight, definedWeights(facts), canary, stable, facts.keepsCanary)
    : setWeightNow(facts);
  if (recorded === undefined) return Math.max(exposed, want);
  if (want <= 0) return Math.min(exposed, recorded.weight);
  return carried < maxWeight - want ? recorded.weight : Math.min(want, recorded.weight);
}

function definedWeights({ stepWeights }: WeightFacts): readonly number[] {
  return stepWeights.filter((weight): weight is number => weight !== undefined);
}

function setWeightNow({ stepWeights, stepIndex, maxWeight }: WeightFacts): number {
  return stepIndex >= stepWeights.length ? maxWeight : lastWeight(stepWeights, stepIndex);
}

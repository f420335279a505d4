import type { KubeObject } from '../../api/kube.js';

/** What a metric says in a simulation: verdicts stand for themselves; numbers are judged by the metric's own conditions. */
export type ScriptedAnswer = 'good' | 'bad' | 'inconclusive' | 'error' | 'none' | number;

export interface SimulationInput {
  /** The Rollout and what it refers to, as users apply them; other kinds are left out. */
  readonly objects: readonly KubeObject[];
  /** Which of several Rollouts. */
  readonly name?: string;
  /** In place of spec.replicas. */
  readonly replicas?: number;
  /** From being created until a pod is ready, ms. */
  readonly podStartMs: number;
  /** How long a person takes to promote what waits for one, ms. */
  readonly promoteAfterMs: number;
  /** Answers by metric name, used up one per measurement, the last one stays. Metrics without any are good. */
  readonly metrics: Readonly<Record<string, readonly ScriptedAnswer[]>>;
  /** From this step on (1-based) every metric is bad. */
  readonly failAt?: number;
  /** Virtual time after which it is over, ms. */
  readonly limitMs: number;
}

/** The rollout at one instant of the update. */
export interface Sample {
  /** Since the update was applied, ms. */
  readonly atMs: number;
  readonly phase: string;
  readonly message: string;
  /** 0-based; undefined without steps. */
  readonly step: number | undefined;
  /** Out of `maxWeight`: what the steps ask for, and what the canary has. Undefined for blue-green. */
  readonly setWeight: number | undefined;
  readonly actualWeight: number | undefined;
  /** Of the version that was there before, and of the one that comes. */
  readonly older: PodCount;
  readonly newer: PodCount;
  /** Of both. */
  readonly pods: PodCount;
  /** Analyses by name, with their phase. */
  readonly analyses: Readonly<Record<string, string>>;
}

export interface PodCount {
  /** That exist, ready or not. */
  readonly existing: number;
  readonly available: number;
}

export type SimulationEnd =
  /** The new version is the stable one. */
  | { readonly kind: 'promoted' }
  /** Taken back by itself; the message says why. */
  | { readonly kind: 'aborted'; readonly message: string }
  /** The controller does not act on it. */
  | { readonly kind: 'invalid'; readonly message: string }
  /** Neither by the limit; the message says where it stood. */
  | { readonly kind: 'unfinished'; readonly message: string };

export interface Simulation {
  readonly rollout: string;
  readonly strategy: 'Canary' | 'BlueGreen';
  readonly replicas: number;
  /** Texts of the steps, in order. */
  readonly steps: readonly string[];
  readonly maxWeight: number;
  readonly end: SimulationEnd;
  /** From the new version's apply until the end, ms. */
  readonly durationMs: number;
  readonly samples: readonly Sample[];
  /** Fewest available and most existing pods during the update, of all versions together. */
  readonly leastAvailable: { readonly pods: number; readonly atMs: number };
  readonly mostPods: { readonly pods: number; readonly atMs: number };
  /** Moments at which a person had to promote: which step, or '' for blue-green. */
  readonly promotions: readonly { readonly atMs: number; readonly reason: string }[];
  /** Measurements taken, by metric. */
  readonly measurements: Readonly<Record<string, number>>;
  /** Promises of product.md that were broken on the way: a bug of ours, whatever the manifest says. */
  readonly violations: readonly string[];
}

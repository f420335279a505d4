import type { AnalysisRun } from '../../api/analysis-types.js';
import type { Experiment } from '../../api/experiment-types.js';
import type { NewObject } from '../../api/kube.js';
import type { FieldError, ReplicaSet, Service } from '../../api/workload-types.js';
import type { EpochMs } from '../../lib/scheduler.js';
import type { FindTemplate } from '../analysis/index.js';

export type ExperimentStatus = Experiment['status'];
export type ExperimentAnalysis = Experiment['spec']['analyses'][number];
export type AnalysisEntry = ExperimentStatus['analysisRuns'][number];

/** Everything the plan of an Experiment may look at. */
export interface ObservedExperiment {
  readonly now: EpochMs;
  readonly experiment: Experiment;
  /** What the parser found wrong. */
  readonly parseErrors: readonly FieldError[];
  /** Controlled by this experiment. */
  readonly replicaSets: readonly ReplicaSet[];
  readonly services: readonly Service[];
  readonly runs: readonly AnalysisRun[];
  /** Names of ReplicaSets and of Services in the namespace that belong to somebody else. */
  readonly foreignReplicaSets: ReadonlySet<string>;
  readonly foreignServices: ReadonlySet<string>;
  /** Services that the owner's stored traffic weights still name: pods behind them stay for a while. */
  readonly routedServices: ReadonlySet<string>;
  readonly find: FindTemplate;
  /** Value of the instance label that runs get. */
  readonly instanceId?: string;
}

export type ExperimentAction =
  | { readonly kind: 'createReplicaSet'; readonly template: string; readonly object: NewObject }
  | {
      readonly kind: 'scale';
      readonly replicaSet: ReplicaSet;
      /** Absent: only the annotation changes. */
      readonly replicas?: number;
      /** scale-down-deadline; null takes it away. */
      readonly deadline?: EpochMs | null;
    }
  | { readonly kind: 'createService'; readonly template: string; readonly object: NewObject }
  | { readonly kind: 'deleteService'; readonly service: Service }
  /** The name is the first to try. */
  | { readonly kind: 'createRun'; readonly analysis: string; readonly object: NewObject }
  | { readonly kind: 'terminateRun'; readonly analysis: string; readonly run: AnalysisRun };

export interface ExperimentEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** Also told about the Rollout that owns the experiment. */
  readonly forOwner?: boolean;
}

export type ExperimentReason =
  'InvalidSpec' | 'CreatingReplicaSets' | 'ScalingUp' | 'WaitingForPods' | 'Running' | 'WaitingForAnalyses' | 'ScalingDown' | 'Completed';

export interface ExperimentPlan {
  readonly reason: ExperimentReason;
  /** Stored before anything is done. */
  readonly status: ExperimentStatus;
  readonly actions: readonly ExperimentAction[];
  readonly events: readonly ExperimentEvent[];
  readonly requeueAt?: EpochMs;
}

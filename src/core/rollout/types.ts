import type { AnalysisRun, AnalysisTemplate } from '../../api/analysis-types.js';
import type { Experiment } from '../../api/experiment-types.js';
import type { JsonObject, KubeObject, NewObject } from '../../api/kube.js';
import type { Awaiting, PauseCondition, Rollout, RolloutStatus, RunPointer, TrafficWeights } from '../../api/rollout-types.js';
import type { FieldError, ReplicaSet, Service } from '../../api/workload-types.js';
import type { EpochMs } from '../../lib/scheduler.js';
import type { ObservedTraffic, TrafficSplit } from '../traffic/types.js';

/**
 * Everything a decision about one Rollout may look at, the time included. Immutable; nothing in it is remembered from an earlier pass
 * except `statusWrittenAt`, which only spaces out writes of counters (I6).
 */
export interface ObservedRollout {
  readonly now: EpochMs;
  readonly rollout: Rollout;
  /** What parsing and validation found wrong with the object itself; what it refers to is judged by the plan. */
  readonly specErrors: readonly FieldError[];
  /** ReplicaSets whose controller is this Rollout (by uid), in any order. */
  readonly replicaSets: readonly ReplicaSet[];
  /** ReplicaSets with the hash label and the Rollout's selector that nobody controls. */
  readonly orphans: readonly ReplicaSet[];
  /** AnalysisRuns and Experiments whose controller is this Rollout (by uid), in any order. */
  readonly analysisRuns: readonly AnalysisRun[];
  readonly experiments: readonly Experiment[];
  /** The Services the strategy names, as far as they exist, and those that say they are managed by this Rollout; by name. */
  readonly services: ReadonlyMap<string, Service>;
  /** The analysis templates the strategy names, nested ones included, as far as they exist; by templateKey. */
  readonly templates: ReadonlyMap<string, AnalysisTemplate>;
  /** Pod template and selector of `spec.workloadRef`; undefined when there is no such reference or its object is missing. */
  readonly workload?: ReferencedWorkload;
  /** What its traffic routers say; undefined without `trafficRouting`, and for whoever cannot ask them (the CLI). */
  readonly traffic?: SeenTraffic;
  /** Answers to `RolloutPlan.need`; undefined until asked for. */
  readonly live: LiveAnswers;
  /** When this process last wrote the status; undefined after a start. */
  readonly statusWrittenAt?: EpochMs;
}

/** By one look at all routers a Rollout names, in their order of work. */
export interface SeenTraffic {
  readonly routers: readonly ObservedTraffic[];
  /** Wrong settings, missing objects or kinds, missing permissions. */
  readonly errors: readonly FieldError[];
}

/** What has to be known of traffic from pass to pass beside `status.canary.weights`; stored in `status.sluice.traffic`. */
export interface TrafficMemory {
  /** For each router, by its kind, since when its declaration has been settled and unchanged, whole seconds, rounded up. */
  readonly settledSince: Readonly<Record<string, EpochMs>>;
  /** Step up to which header and mirror routes were last asked for; undefined: none may exist. */
  readonly routesStep?: number;
}

export interface ReferencedWorkload {
  readonly raw: KubeObject;
  readonly template: JsonObject;
  readonly generation: number;
  readonly replicas: number;
}

/**
 * What is too dear to keep an informer for, or must not come from a cache.
 *
 * | need | read |
 * |---|---|
 * | deletion | a live GET of the Rollout: nothing may be adopted for one that is being deleted |
 * | pods | the pods of its ReplicaSets |
 * | endpoints | the EndpointSlices of the Services a canary with routers names |
 * | defaultedTemplate | a dry-run create of its ReplicaSet: the pod template with this API server's defaults |
 */
export type Need = 'deletion' | 'pods' | 'endpoints' | 'defaultedTemplate';

export interface LiveAnswers {
  /** Whether the Rollout, read live, is gone, another one of that name, or being deleted. */
  readonly deletion?: boolean;
  readonly pods?: readonly KubeObject[];
  readonly defaultedTemplate?: JsonObject;
  /** Names of the pods with a published, ready endpoint, by Service. */
  readonly endpoints?: ReadonlyMap<string, readonly string[]>;
}

/** Key of ObservedRollout.templates. */
export function templateKey(name: string, clusterScope: boolean): string {
  return clusterScope ? `cluster/${name}` : name;
}

/** Changes to one ReplicaSet that go into one write. null removes an annotation or label. */
export interface ReplicaSetUpdate {
  readonly replicas?: number;
  readonly minReadySeconds?: number;
  readonly annotations?: Readonly<Record<string, string | null>>;
  /** spec.template.spec.affinity.podAntiAffinity, whole. */
  readonly podAntiAffinity?: JsonObject;
  /** Ephemeral metadata of the pod template. */
  readonly podMetadata?: {
    readonly labels: Readonly<Record<string, string | null>>;
    readonly annotations: Readonly<Record<string, string | null>>;
  };
}

/**
 * One write, in the order of the plan. `safe` ones lower exposure or only tidy up, so they go on after an earlier failure; the others
 * do not. `gates` ones must have happened before the plan's `next` may be written as status.
 */
export type RolloutAction = { readonly safe: boolean; readonly gates: boolean } & (
  | { readonly kind: 'createReplicaSet'; readonly object: NewObject; readonly name: string; readonly revision: number }
  | { readonly kind: 'updateReplicaSet'; readonly replicaSet: ReplicaSet; readonly update: ReplicaSetUpdate }
  | { readonly kind: 'deleteReplicaSet'; readonly replicaSet: ReplicaSet }
  | { readonly kind: 'adoptReplicaSet'; readonly replicaSet: ReplicaSet }
  | { readonly kind: 'releaseReplicaSet'; readonly replicaSet: ReplicaSet }
  /** `replicas` persists the default for autoscalers, which need a value to start from. */
  | { readonly kind: 'updateRollout'; readonly annotations: Readonly<Record<string, string | null>>; readonly replicas?: number }
  /** Points the Service at pods of `hash`; undefined takes our selector key and mark off it. */
  | { readonly kind: 'switchService'; readonly service: Service; readonly hash: string | undefined }
  /** Makes all routers say the split. `routesStep` goes into the memory with it; `moves`: requests go other ways from now on. */
  | { readonly kind: 'applyTraffic'; readonly split: TrafficSplit; readonly routesStep: number | undefined; readonly moves: boolean }
  /** Takes back what a router made that the strategy no longer names. */
  | { readonly kind: 'removeTraffic'; readonly router: string }
  | { readonly kind: 'createAnalysisRun'; readonly object: NewObject; readonly name: string }
  | { readonly kind: 'terminateAnalysisRun'; readonly run: AnalysisRun }
  | { readonly kind: 'deleteAnalysisRun'; readonly run: AnalysisRun }
  | { readonly kind: 'createExperiment'; readonly object: NewObject; readonly name: string; readonly stepIndex: number }
  | { readonly kind: 'terminateExperiment'; readonly experiment: Experiment }
  | { readonly kind: 'deleteExperiment'; readonly experiment: Experiment }
  /** null removes a label or annotation. */
  | {
      readonly kind: 'updatePodMetadata';
      readonly pod: KubeObject;
      readonly labels: Readonly<Record<string, string | null>>;
      readonly annotations: Readonly<Record<string, string | null>>;
    }
  | { readonly kind: 'evictPod'; readonly pod: KubeObject }
);

/** What became of an action. `object` is the API server's answer. */
export type Outcome =
  | { readonly action: RolloutAction; readonly result: 'done'; readonly object?: KubeObject }
  | { readonly action: RolloutAction; readonly result: 'skipped' }
  | {
      readonly action: RolloutAction;
      readonly result: 'failed';
      /** An ErrorCode of lib/errors. */
      readonly code: string;
      readonly message: string;
      /** For `already-exists`: the object that has the name, read live. */
      readonly existing?: KubeObject;
    };

/**
 * The part of the status that is decided, in contrast to what is counted or derived from it. Field by field as in rollout-core 1.6;
 * the last ones are ours and live under `status.sluice`.
 */
export interface Lifecycle {
  readonly currentPodHash: string;
  readonly stableRS: string;
  readonly currentStepHash: string;
  /** 0-based; equal to the number of steps when all are done; undefined without steps and in blue-green. */
  readonly stepIndex: number | undefined;
  readonly pauses: readonly PauseCondition[];
  /** true with no pauses left: a human has resumed, and it was not acted on yet. */
  readonly controllerPause: boolean;
  readonly abort: boolean;
  readonly abortedAt: EpochMs | undefined;
  readonly promoteFull: boolean;
  readonly restartedAt: EpochMs | undefined;
  readonly collisionCount: number | undefined;
  readonly stepRun: RunPointer | undefined;
  readonly backgroundRun: RunPointer | undefined;
  readonly experiment: string | undefined;
  readonly weights: TrafficWeights | undefined;
  readonly stablePingPong: 'ping' | 'pong' | undefined;
  readonly traffic: TrafficMemory | undefined;
  readonly activeSelector: string;
  readonly previewSelector: string;
  readonly previewCheckpoint: boolean;
  readonly preRun: RunPointer | undefined;
  readonly postRun: RunPointer | undefined;
  /** Step whose pause was begun, so that a resume cannot count for another one (rollout-core 10 #31). */
  readonly pausedStep: number | undefined;
  /** Blue-green goes back to a version that still lingers: no pause, no analysis (rollout-core 10 #31). */
  readonly fastTrack: boolean;
  /** Pod template hash an abort was meant for that came while its ReplicaSet could not be made yet (rollout-core 10 #37). */
  readonly abortedHash: string | undefined;
}

/** Something that happened in a plan and that users get to see as an event or a condition's reason. */
export type Transition =
  | { readonly kind: 'updateStarted' }
  | { readonly kind: 'stepCompleted'; readonly index: number }
  | { readonly kind: 'stepsSkipped'; readonly target: 'stable' | 'window' }
  | { readonly kind: 'promoted'; readonly reason: string }
  | { readonly kind: 'aborted'; readonly cause: string | undefined }
  | { readonly kind: 'retried' }
  | { readonly kind: 'resumed'; readonly by: 'human' | 'timer' };

/** Why a plan is what it is. Closed: `explain`, the dashboard and the documentation describe each. */
export type PlanReason =
  | 'Deleting'
  | 'InvalidSpec'
  | 'ClaimingReplicaSets'
  | 'ReplicaSetMissing'
  | 'UpdateStarting'
  | 'StepsRestarting'
  | 'Aborting'
  | 'Aborted'
  | 'PausedByUser'
  | 'CanaryPauseStep'
  | 'BlueGreenPause'
  | 'InconclusiveAnalysisRun'
  | 'InconclusiveExperiment'
  | 'AnalysisRunning'
  | 'ExperimentRunning'
  | 'ReplicasScaling'
  | 'CanaryNotAvailable'
  | 'StableNotReady'
  | 'OthersDraining'
  | 'ServiceNotSwitched'
  | 'TrafficShifting'
  | 'TrafficNotVerified'
  | 'TrafficWaiting'
  | 'PreviewNotAvailable'
  | 'ScaleDownDelayed'
  | 'StepAdvancing'
  | 'Promoting'
  | 'Restarting'
  | 'NotAvailable'
  | 'Healthy';

/** What is awaited; `since` is added by planStatus, which knows how long the reason has stood. */
export type Awaited = Omit<Awaiting, 'since' | 'reason'>;

export interface RolloutPlan {
  readonly reason: PlanReason;
  /** Undefined: nothing is awaited. */
  readonly awaited?: Awaited;
  readonly actions: readonly RolloutAction[];
  /** What the status is to say once every gating action is done. */
  readonly next: Lifecycle;
  readonly transitions: readonly Transition[];
  /** Set when the spec or something it refers to is wrong: the first is shown. */
  readonly errors: readonly FieldError[];
  /** Read these live and plan once more; the plan at hand may be carried out if they cannot be read. */
  readonly need: readonly Need[];
  /** When to look again, whatever happens until then. */
  readonly requeueAt?: EpochMs;
}

export interface RolloutEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export interface StatusPlan {
  readonly status: RolloutStatus;
  /** What actions did: true whether or not the status can be written. */
  readonly actionEvents: readonly RolloutEvent[];
  /** What the status says anew: to be told once it is stored, so that a conflict does not tell it twice. */
  readonly statusEvents: readonly RolloutEvent[];
}

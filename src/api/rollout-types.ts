import type { EpochMs } from '../lib/scheduler.js';
import type { JsonObject, KubeObject, ObjectMeta } from './kube.js';
import type { AnalysisPhase, ArgumentInput, DryRunRule, RetentionRule, TemplateRef } from './analysis-types.js';

/**
 * A Rollout after parsing: every default of rollout-core 1.2-1.5 filled in, durations in milliseconds where the name says so.
 * `raw` is what the server gave us; write back from there so that fields we do not know survive.
 */
export interface Rollout {
  readonly raw: KubeObject;
  readonly metadata: ObjectMeta;
  readonly spec: RolloutSpec;
  readonly status: RolloutStatus;
}

/** A number of pods, or a share of the desired ones. Any string is a percentage, as upstream reads it (rollout-core 1.5). */
export type IntOrPercent = { readonly kind: 'pods'; readonly pods: number } | { readonly kind: 'percent'; readonly percent: number };

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[];
}

export interface RolloutSpec {
  /** Pods; undefined when the field is absent (the controller then persists 1). */
  readonly replicas: number | undefined;
  readonly selector: LabelSelector | undefined;
  /** Raw PodTemplateSpec; undefined when absent. */
  readonly template: JsonObject | undefined;
  readonly workloadRef?: WorkloadRef;
  readonly minReadySeconds: number;
  readonly rollbackWindowRevisions?: number;
  readonly revisionHistoryLimit: number;
  readonly paused: boolean;
  readonly progressDeadlineSeconds: number;
  readonly progressDeadlineAbort: boolean;
  readonly restartAt?: EpochMs;
  readonly successfulRunHistoryLimit: number;
  readonly unsuccessfulRunHistoryLimit: number;
  readonly strategy: Strategy;
}

export interface WorkloadRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly scaleDown: 'never' | 'onsuccess' | 'progressively';
}

export type Strategy = CanaryStrategy | BlueGreenStrategy;

export interface CanaryStrategy {
  readonly kind: 'canary';
  readonly canaryService?: string;
  readonly stableService?: string;
  readonly pingPong?: { readonly pingService: string; readonly pongService: string };
  readonly steps: readonly CanaryStep[];
  /** The steps as written: what the step hash is made of. Undefined when absent. */
  readonly rawSteps: readonly JsonObject[] | undefined;
  readonly trafficRouting?: TrafficRouting;
  readonly maxSurge: IntOrPercent;
  readonly maxUnavailable: IntOrPercent;
  readonly analysis?: RolloutAnalysis & { readonly startingStep: number };
  readonly antiAffinity?: AntiAffinity;
  readonly canaryMetadata?: PodMetadata;
  readonly stableMetadata?: PodMetadata;
  /** Undefined when absent; the default (30 with a router) depends on the rest of the strategy. */
  readonly scaleDownDelaySeconds?: number;
  readonly scaleDownDelayRevisionLimit?: number;
  readonly abortScaleDownDelaySeconds?: number;
  readonly dynamicStableScale: boolean;
  readonly minPodsPerReplicaSet?: number;
  readonly replicaProgressThreshold?: { readonly type: 'Percent' | 'Pods'; readonly value: number };
}

export interface BlueGreenStrategy {
  readonly kind: 'blueGreen';
  readonly activeService: string;
  readonly previewService?: string;
  readonly previewReplicaCount?: number;
  readonly autoPromotionEnabled: boolean;
  readonly autoPromotionSeconds: number;
  readonly maxUnavailable: IntOrPercent;
  /** Undefined when absent (default 30): with post-promotion analysis absence means "after the analysis" (rollout-core 4.6). */
  readonly scaleDownDelaySeconds?: number;
  readonly scaleDownDelayRevisionLimit?: number;
  readonly abortScaleDownDelaySeconds?: number;
  readonly prePromotionAnalysis?: RolloutAnalysis;
  readonly postPromotionAnalysis?: RolloutAnalysis;
  readonly antiAffinity?: AntiAffinity;
  readonly previewMetadata?: PodMetadata;
  readonly activeMetadata?: PodMetadata;
}

export interface PodMetadata {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export type AntiAffinity = { readonly kind: 'required' } | { readonly kind: 'preferred'; readonly weight: number };

export interface RolloutAnalysis {
  readonly templates: readonly TemplateRef[];
  readonly args: readonly ArgumentInput[];
  readonly dryRun: readonly DryRunRule[];
  readonly measurementRetention: readonly RetentionRule[];
  readonly analysisRunMetadata?: PodMetadata;
}

/**
 * One step. Upstream allows some keys to stand together in one item (rollout-core 1.5); `also` then carries the others
 * (a setCanaryScale beside a setWeight, say) and `kind` is the one whose completion rule counts.
 */
export type CanaryStep = StepKind & { readonly also?: readonly StepKind[] };

export type StepKind =
  | { readonly kind: 'setWeight'; readonly weight: number }
  /** Milliseconds, whole seconds as upstream; absent: until promoted. */
  | { readonly kind: 'pause'; readonly durationMs?: number }
  | { readonly kind: 'setCanaryScale'; readonly replicas?: number; readonly weight?: number; readonly matchTrafficWeight: boolean }
  | ({ readonly kind: 'analysis' } & RolloutAnalysis)
  | ({ readonly kind: 'experiment' } & ExperimentStep)
  /** No match: remove the route. */
  | { readonly kind: 'setHeaderRoute'; readonly name: string; readonly match: readonly HeaderMatch[] }
  | { readonly kind: 'setMirrorRoute'; readonly name: string; readonly match: readonly RouteMatch[]; readonly percentage?: number }
  | { readonly kind: 'plugin'; readonly name: string; readonly config?: JsonObject };

export interface ExperimentStep {
  readonly templates: readonly ExperimentStepTemplate[];
  readonly durationMs?: number;
  readonly analyses: readonly {
    readonly name: string;
    readonly templateName: string;
    readonly clusterScope: boolean;
    readonly args: readonly ArgumentInput[];
    readonly requiredForCompletion: boolean;
  }[];
  readonly dryRun: readonly DryRunRule[];
  readonly analysisRunMetadata?: PodMetadata;
  readonly scaleDownDelaySeconds?: number;
}

export interface ExperimentStepTemplate {
  readonly name: string;
  readonly specRef: 'canary' | 'stable';
  readonly replicas?: number;
  readonly metadata?: PodMetadata;
  readonly selector?: LabelSelector;
  readonly weight?: number;
  readonly service?: { readonly name?: string };
}

export type StringMatch = { readonly kind: 'exact' | 'prefix' | 'regex'; readonly value: string };
export interface HeaderMatch {
  readonly headerName: string;
  readonly headerValue: StringMatch;
}
export interface RouteMatch {
  readonly method?: StringMatch;
  readonly path?: StringMatch;
  readonly headers?: Readonly<Record<string, StringMatch>>;
}

/** Router sections stay raw: each router folder parses its own. */
export interface TrafficRouting {
  /** Router key as in the API (`nginx`, `istio`, `alb`, `smi`, `ambassador`, `appMesh`, `traefik`, `apisix`) to its section. */
  readonly routers: Readonly<Record<string, JsonObject>>;
  /** Plugin name to its configuration. */
  readonly plugins: Readonly<Record<string, JsonObject>>;
  readonly managedRoutes: readonly string[];
  /** Weight that means all traffic; default 100. */
  readonly maxTrafficWeight: number;
}

export type RolloutPhase = 'Healthy' | 'Progressing' | 'Paused' | 'Degraded';

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly lastUpdateTime?: EpochMs;
  readonly lastTransitionTime?: EpochMs;
  /** Written only on the kstatus conditions (Ready, Reconciling, Stalled). */
  readonly observedGeneration?: number;
}

export type PauseReason = 'CanaryPauseStep' | 'BlueGreenPause' | 'InconclusiveAnalysisRun' | 'InconclusiveExperiment';

export interface PauseCondition {
  /** A PauseReason; anything else that was found in a stored object is kept. */
  readonly reason: string;
  readonly startTime: EpochMs;
}

export interface RunPointer {
  readonly name: string;
  readonly status: AnalysisPhase | '';
  readonly message?: string;
}

export interface TrafficDestination {
  readonly weight: number;
  readonly serviceName?: string;
  readonly podTemplateHash?: string;
}

export interface TrafficWeights {
  readonly canary: TrafficDestination;
  readonly stable: TrafficDestination;
  readonly additional: readonly TrafficDestination[];
  readonly verified?: boolean;
}

export type CompletionStatus = 'Promoted' | 'FastPromoted' | 'Aborted' | 'Superseded' | 'RolledBack' | 'FastRolledBack';

export interface RolloutDuration {
  readonly rolloutStartedAt?: EpochMs;
  readonly manualPauseStartedAt?: EpochMs;
  readonly totalManualPauseDurationSeconds?: number;
  readonly finishedAt?: EpochMs;
  readonly completionStatus?: CompletionStatus;
}

/** What a rollout waits for, for whom and since when; ours (product.md promise 3), under `status.sluice`. */
export interface Awaiting {
  readonly reason: string;
  readonly message: string;
  readonly since: EpochMs;
  readonly until?: EpochMs;
  /** The command or deed that would unblock it. */
  readonly unblock?: string;
}

/** rollout-core 1.6, instants as EpochMs. Absent strings are ''. Numbers absent in the object are 0. */
export interface RolloutStatus {
  /** Undefined when absent or not a number. Stored as text (cli-dashboard-gitops 3.3). */
  readonly observedGeneration?: number;
  readonly workloadObservedGeneration?: string;
  readonly currentPodHash: string;
  readonly stableRS: string;
  readonly currentStepHash: string;
  readonly currentStepIndex?: number;
  readonly pauseConditions: readonly PauseCondition[];
  readonly controllerPause: boolean;
  readonly abort: boolean;
  readonly abortedAt?: EpochMs;
  readonly promoteFull: boolean;
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly hpaReplicas: number;
  readonly selector: string;
  readonly collisionCount?: number;
  readonly conditions: readonly Condition[];
  readonly phase: RolloutPhase | '';
  readonly message: string;
  readonly restartedAt?: EpochMs;
  readonly canary: {
    readonly weights?: TrafficWeights;
    readonly stablePingPong?: 'ping' | 'pong';
    readonly currentStepAnalysisRunStatus?: RunPointer;
    readonly currentBackgroundAnalysisRunStatus?: RunPointer;
    readonly currentExperiment?: string;
  };
  readonly blueGreen: {
    readonly activeSelector: string;
    readonly previewSelector: string;
    readonly scaleUpPreviewCheckPoint: boolean;
    readonly prePromotionAnalysisRunStatus?: RunPointer;
    readonly postPromotionAnalysisRunStatus?: RunPointer;
  };
  readonly duration: RolloutDuration;
  /** Ours; optional, ignored by upstream. */
  readonly sluice?: {
    readonly awaiting?: Awaiting;
    /** The reconcile in which a human's resume was seen, so that it cannot be lost (rollout-core 10 #15, #34). */
    readonly resumedStepIndex?: number;
    readonly [field: string]: unknown;
  };
}

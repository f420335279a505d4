import type { EpochMs } from '../lib/scheduler.js';
import type { AnalysisPhase, ArgumentInput, DryRunRule, RetentionRule } from './analysis-types.js';
import type { JsonObject, KubeObject, ObjectMeta } from './kube.js';
import type { Condition, LabelSelector, PodMetadata } from './rollout-types.js';

/** analysis 1.7. */
export interface Experiment {
  readonly raw: KubeObject;
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly templates: readonly ExperimentTemplate[];
    readonly durationMs?: number;
    readonly progressDeadlineSeconds: number;
    readonly terminate: boolean;
    readonly scaleDownDelaySeconds: number;
    readonly analyses: readonly {
      readonly name: string;
      readonly templateName: string;
      readonly clusterScope: boolean;
      readonly args: readonly ArgumentInput[];
      readonly requiredForCompletion: boolean;
    }[];
    readonly dryRun: readonly DryRunRule[];
    readonly measurementRetention: readonly RetentionRule[];
    readonly analysisRunMetadata?: PodMetadata;
  };
  readonly status: {
    readonly phase: AnalysisPhase | '';
    readonly message: string;
    readonly availableAt?: EpochMs;
    readonly conditions: readonly Condition[];
    readonly templateStatuses: readonly ExperimentTemplateStatus[];
    readonly analysisRuns: readonly {
      readonly name: string;
      readonly analysisRun: string;
      readonly phase: AnalysisPhase | '';
      readonly message: string;
    }[];
  };
}

export interface ExperimentTemplate {
  readonly name: string;
  readonly replicas: number;
  readonly minReadySeconds: number;
  readonly selector: LabelSelector | undefined;
  readonly template: JsonObject;
  readonly service?: { readonly name?: string };
}

export interface ExperimentTemplateStatus {
  readonly name: string;
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly collisionCount?: number;
  readonly status: 'Progressing' | 'Running' | 'Successful' | 'Failed' | 'Error' | '';
  readonly message: string;
  readonly lastTransitionTime?: EpochMs;
  readonly serviceName: string;
  readonly podTemplateHash: string;
}

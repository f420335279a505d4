import type { JsonObject, KubeObject, ObjectMeta } from './kube.js';

/** A ReplicaSet as rules read it. */
export interface ReplicaSet {
  readonly raw: KubeObject;
  readonly metadata: ObjectMeta;
  /** Value of the hash label; '' when absent. */
  readonly hash: string;
  /** Annotation rollout.argoproj.io/revision; 0 when absent. */
  readonly revision: number;
  /** Wanted pods (spec.replicas, default 1). */
  readonly replicas: number;
  /** Existing pods (status.replicas). */
  readonly actual: number;
  readonly ready: number;
  readonly available: number;
  /** status.observedGeneration equals metadata.generation. */
  readonly observed: boolean;
  readonly minReadySeconds: number;
  readonly template: JsonObject;
  readonly conditions: readonly { readonly type: string; readonly status: string; readonly reason: string; readonly message: string }[];
}

export interface Service {
  readonly raw: KubeObject;
  readonly metadata: ObjectMeta;
  /** spec.selector; {} when absent. */
  readonly selector: Readonly<Record<string, string>>;
}

/** A wrong field of a user's object. Texts follow Kubernetes' field errors (rollout-core 8). */
export interface FieldError {
  /** Path as upstream spells it, e.g. `spec.strategy.steps[0].setWeight`. */
  readonly path: string;
  readonly kind: 'invalid' | 'required' | 'internal' | 'notFound' | 'duplicate' | 'tooLong' | 'unsupported' | 'forbidden';
  /** The offending value, as printed; undefined for `required` and `internal`. */
  readonly value?: string;
  readonly detail: string;
}

/** The parts of Kubernetes objects we read. Objects travel as raw JSON so that fields we do not know survive. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface ObjectMeta {
  readonly name: string;
  readonly generateName?: string;
  /** Absent for cluster-scoped kinds. */
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  /** RFC 3339, whole seconds. */
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
}

/** Any object as an API server gives it: kind and apiVersion filled in (also for list items, by the port). Never mutated. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: JsonObject;
  readonly status?: JsonObject;
  readonly [field: string]: unknown;
}

/** What a create takes: the server fills in the rest of the metadata. */
export interface NewObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name?: string; readonly generateName?: string; readonly namespace?: string } & Partial<
    Omit<ObjectMeta, 'name' | 'namespace'>
  >;
  readonly [field: string]: unknown;
}

/** One served kind. `resource` is the lower-case plural of URLs. */
export interface Resource {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

export function apiVersionOf(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

function builtin(group: string, version: string, resource: string, kind: string, namespaced = true): Resource {
  return { group, version, resource, kind, namespaced };
}

export const argoGroup = 'argoproj.io';
export const resources = {
  rollouts: builtin(argoGroup, 'v1alpha1', 'rollouts', 'Rollout'),
  analysisRuns: builtin(argoGroup, 'v1alpha1', 'analysisruns', 'AnalysisRun'),
  analysisTemplates: builtin(argoGroup, 'v1alpha1', 'analysistemplates', 'AnalysisTemplate'),
  clusterAnalysisTemplates: builtin(argoGroup, 'v1alpha1', 'clusteranalysistemplates', 'ClusterAnalysisTemplate', false),
  experiments: builtin(argoGroup, 'v1alpha1', 'experiments', 'Experiment'),
  replicaSets: builtin('apps', 'v1', 'replicasets', 'ReplicaSet'),
  deployments: builtin('apps', 'v1', 'deployments', 'Deployment'),
  podTemplates: builtin('', 'v1', 'podtemplates', 'PodTemplate'),
  pods: builtin('', 'v1', 'pods', 'Pod'),
  services: builtin('', 'v1', 'services', 'Service'),
  endpointSlices: builtin('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice'),
  events: builtin('', 'v1', 'events', 'Event'),
  namespaces: builtin('', 'v1', 'namespaces', 'Namespace', false),
  nodes: builtin('', 'v1', 'nodes', 'Node', false),
  secrets: builtin('', 'v1', 'secrets', 'Secret'),
  configMaps: builtin('', 'v1', 'configmaps', 'ConfigMap'),
  leases: builtin('coordination.k8s.io', 'v1', 'leases', 'Lease'),
  jobs: builtin('batch', 'v1', 'jobs', 'Job'),
  ingresses: builtin('networking.k8s.io', 'v1', 'ingresses', 'Ingress'),
  customResourceDefinitions: builtin('apiextensions.k8s.io', 'v1', 'customresourcedefinitions', 'CustomResourceDefinition', false),
} as const;

/** Labels and annotations shared with Argo Rollouts (rollout-core 2.1). */
export const keys = {
  podTemplateHash: 'rollouts-pod-template-hash',
  revision: 'rollout.argoproj.io/revision',
  revisionHistory: 'rollout.argoproj.io/revision-history',
  desiredReplicas: 'rollout.argoproj.io/desired-replicas',
  workloadGeneration: 'rollout.argoproj.io/workload-generation',
  ephemeralMetadata: 'rollout.argoproj.io/ephemeral-metadata',
  /** No domain prefix: upstream's real key. */
  scaleDownDeadline: 'scale-down-deadline',
  managedBy: 'argo-rollouts.argoproj.io/managed-by-rollouts',
  instanceId: 'argo-rollouts.argoproj.io/controller-instance-id',
  rolloutType: 'rollout-type',
  stepIndex: 'step-index',
  experimentName: 'experiment.argoproj.io/name',
  experimentTemplateName: 'experiment.argoproj.io/template-name',
  lastApplied: 'kubectl.kubernetes.io/last-applied-configuration',
  notified: 'notified.notifications.argoproj.io',
} as const;

/** `namespace/name`, or `name` for cluster-scoped objects: what queues hold. */
export function objectKey(meta: { readonly namespace?: string; readonly name: string }): string {
  return meta.namespace === undefined ? meta.name : `${meta.namespace}/${meta.name}`;
}

export function controllerOf(meta: ObjectMeta): OwnerReference | undefined {
  return meta.ownerReferences?.find((owner) => owner.controller === true);
}

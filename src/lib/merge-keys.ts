/**
 * How strategic merge patches treat the fields of one type. What is not named merges when it is an object and is replaced when it is a list.
 */
export interface MergeSchema {
  readonly fields: Readonly<Record<string, FieldMerge>>;
}

export interface FieldMerge {
  /** A list of objects told apart by this key. */
  readonly mergeKey?: string;
  /** A list of primitives that is a set. */
  readonly set?: true;
  /** An object that is replaced whole. */
  readonly replace?: true;
  /** The type of the object, or of the list's entries. A function, as types contain one another. */
  readonly schema?: () => MergeSchema;
}

function schema(fields: Readonly<Record<string, FieldMerge>>): MergeSchema {
  return { fields };
}

const conditions: FieldMerge = { mergeKey: 'type' };
const metadata = schema({ finalizers: { set: true }, ownerReferences: { mergeKey: 'uid' } });
const container = schema({
  env: { mergeKey: 'name' },
  ports: { mergeKey: 'containerPort' },
  volumeDevices: { mergeKey: 'devicePath' },
  volumeMounts: { mergeKey: 'mountPath' },
});
const containers: FieldMerge = { mergeKey: 'name', schema: () => container };
const podSpec = schema({
  containers,
  ephemeralContainers: containers,
  initContainers: containers,
  hostAliases: { mergeKey: 'ip' },
  imagePullSecrets: { mergeKey: 'name' },
  resourceClaims: { mergeKey: 'name' },
  schedulingGates: { mergeKey: 'name' },
  topologySpreadConstraints: { mergeKey: 'topologyKey' },
  volumes: { mergeKey: 'name' },
});
const podTemplate = schema({ metadata: { schema: () => metadata }, spec: { schema: () => podSpec } });
const containerStatus = schema({ allocatedResourcesStatus: { mergeKey: 'name' }, volumeMounts: { mergeKey: 'mountPath' } });
const containerStatuses: FieldMerge = { schema: () => containerStatus };
const podStatus = schema({
  conditions,
  hostIPs: { mergeKey: 'ip' },
  podIPs: { mergeKey: 'ip' },
  resourceClaimStatuses: { mergeKey: 'name' },
  containerStatuses,
  initContainerStatuses: containerStatuses,
  ephemeralContainerStatuses: containerStatuses,
});
const onlyConditions = schema({ conditions });
const withTemplate = schema({ template: { schema: () => podTemplate } });
const jobSpec = withTemplate;

function kind(fields: Readonly<Record<string, FieldMerge>>): MergeSchema {
  return schema({ metadata: { schema: () => metadata }, ...fields });
}

const workload = kind({ spec: { schema: () => withTemplate }, status: { schema: () => onlyConditions } });
const statusOnly = kind({ status: { schema: () => onlyConditions } });

/** Merge rules of the built-in kinds that have any beyond metadata; from the patch annotations of Kubernetes' OpenAPI document, 1.35. */
const kinds: Readonly<Record<string, MergeSchema>> = {
  Pod: kind({ spec: { schema: () => podSpec }, status: { schema: () => podStatus } }),
  PodTemplate: kind({ template: { schema: () => podTemplate } }),
  ReplicationController: workload,
  Service: kind({ spec: { schema: () => schema({ ports: { mergeKey: 'port' } }) }, status: { schema: () => onlyConditions } }),
  ServiceAccount: kind({ secrets: { mergeKey: 'name' } }),
  Namespace: statusOnly,
  Node: kind({
    spec: { schema: () => schema({ podCIDRs: { set: true } }) },
    status: { schema: () => schema({ conditions, addresses: { mergeKey: 'type' } }) },
  }),
  PersistentVolumeClaim: statusOnly,
  'Deployment.apps': kind({
    spec: { schema: () => withTemplate },
    status: { schema: () => onlyConditions },
  }),
  'ReplicaSet.apps': workload,
  'StatefulSet.apps': workload,
  'DaemonSet.apps': workload,
  'Job.batch': kind({ spec: { schema: () => jobSpec }, status: { schema: () => onlyConditions } }),
  'CronJob.batch': kind({
    spec: { schema: () => schema({ jobTemplate: { schema: () => kind({ spec: { schema: () => jobSpec } }) } }) },
  }),
  'HorizontalPodAutoscaler.autoscaling': statusOnly,
  'PodDisruptionBudget.policy': kind({
    spec: { schema: () => schema({ selector: { replace: true } }) },
    status: { schema: () => onlyConditions },
  }),
  'APIService.apiregistration.k8s.io': statusOnly,
};

/**
 * The strategic merge rules of a built-in kind; custom resources have none (the API server answers 415 for them).
 *
 * @param group '' for the core group
 */
export function mergeSchemaOf(group: string, kindName: string): MergeSchema {
  return kinds[group === '' ? kindName : `${kindName}.${group}`] ?? kind({});
}

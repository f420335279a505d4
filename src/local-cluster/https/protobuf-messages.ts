/** One field of a protobuf message, by its number. */
export type Field = { readonly name: string; readonly repeated?: boolean } & (
  | { readonly type: 'string' | 'int' | 'bool' | 'bytes' | 'intOrString' | 'quantity' | 'time' }
  | { readonly type: 'message'; readonly message: () => Message }
  | { readonly type: 'map'; readonly valueType: 'string' | 'bytes' | 'quantity' }
);

export type Message = Readonly<Record<number, Field>>;

function texts(...names: readonly (readonly [number, string])[]): Message {
  return Object.fromEntries(names.map(([number, name]) => [number, { name, type: 'string' as const }]));
}

function numbers(...names: readonly (readonly [number, string])[]): Message {
  return Object.fromEntries(names.map(([number, name]) => [number, { name, type: 'int' as const }]));
}

function part(name: string, message: () => Message, repeated = false): Field {
  return { name, type: 'message', message, repeated };
}

function map(name: string, valueType: 'string' | 'bytes' | 'quantity' = 'string'): Field {
  return { name, type: 'map', valueType };
}

function list(name: string): Field {
  return { name, type: 'string', repeated: true };
}

const ownerReference: Message = {
  ...texts([5, 'apiVersion'], [1, 'kind'], [3, 'name'], [4, 'uid']),
  6: { name: 'controller', type: 'bool' },
  7: { name: 'blockOwnerDeletion', type: 'bool' },
};

const objectMeta: Message = {
  ...texts([1, 'name'], [2, 'generateName'], [3, 'namespace'], [5, 'uid'], [6, 'resourceVersion']),
  8: { name: 'creationTimestamp', type: 'time' },
  11: map('labels'),
  12: map('annotations'),
  13: part('ownerReferences', () => ownerReference, true),
  14: list('finalizers'),
};

const labelSelector: Message = {
  1: map('matchLabels'),
  2: part('matchExpressions', () => ({ ...texts([1, 'key'], [2, 'operator']), 3: list('values') }), true),
};

const containerPort: Message = { ...texts([1, 'name'], [4, 'protocol'], [5, 'hostIP']), ...numbers([2, 'hostPort'], [3, 'containerPort']) };

const container: Message = {
  ...texts([1, 'name'], [2, 'image'], [5, 'workingDir'], [13, 'terminationMessagePath'], [14, 'imagePullPolicy']),
  3: list('command'),
  4: list('args'),
  6: part('ports', () => containerPort, true),
  7: part('env', () => texts([1, 'name'], [2, 'value']), true),
  8: part('resources', () => ({ 1: map('limits', 'quantity'), 2: map('requests', 'quantity') })),
  9: part('volumeMounts', () => ({ ...texts([1, 'name'], [3, 'mountPath'], [4, 'subPath']), 2: { name: 'readOnly', type: 'bool' } }), true),
};

const podSpec: Message = {
  ...texts([3, 'restartPolicy'], [6, 'dnsPolicy'], [8, 'serviceAccountName'], [10, 'nodeName']),
  ...numbers([4, 'terminationGracePeriodSeconds'], [5, 'activeDeadlineSeconds']),
  2: part('containers', () => container, true),
  7: map('nodeSelector'),
  20: part('initContainers', () => container, true),
};

const podTemplate: Message = { 1: part('metadata', () => objectMeta), 2: part('spec', () => podSpec) };

const deploymentSpec: Message = {
  ...numbers([1, 'replicas'], [5, 'minReadySeconds'], [6, 'revisionHistoryLimit'], [9, 'progressDeadlineSeconds']),
  2: part('selector', () => labelSelector),
  3: part('template', () => podTemplate),
  4: part('strategy', () => ({
    ...texts([1, 'type']),
    2: part('rollingUpdate', () => ({ 1: { name: 'maxUnavailable', type: 'intOrString' }, 2: { name: 'maxSurge', type: 'intOrString' } })),
  })),
  7: { name: 'paused', type: 'bool' },
};

const servicePort: Message = {
  ...texts([1, 'name'], [2, 'protocol'], [6, 'appProtocol']),
  ...numbers([3, 'port'], [5, 'nodePort']),
  4: { name: 'targetPort', type: 'intOrString' },
};

const serviceSpec: Message = {
  ...texts([3, 'clusterIP'], [4, 'type'], [7, 'sessionAffinity'], [10, 'externalName']),
  1: part('ports', () => servicePort, true),
  2: map('selector'),
};

const jobSpec: Message = {
  ...numbers([1, 'parallelism'], [2, 'completions'], [3, 'activeDeadlineSeconds'], [7, 'backoffLimit'], [8, 'ttlSecondsAfterFinished']),
  4: part('selector', () => labelSelector),
  6: part('template', () => podTemplate),
};

const accessReviewSpec: Message = {
  1: part('resourceAttributes', () =>
    texts([1, 'namespace'], [2, 'verb'], [3, 'group'], [4, 'version'], [5, 'resource'], [6, 'subresource'], [7, 'name']),
  ),
  2: part('nonResourceAttributes', () => texts([1, 'path'], [2, 'verb'])),
};

const policyRule: Message = {
  1: list('verbs'),
  2: list('apiGroups'),
  3: list('resources'),
  4: list('resourceNames'),
  5: list('nonResourceURLs'),
};
const roleRef: Message = texts([1, 'apiGroup'], [2, 'kind'], [3, 'name']);
const subject: Message = texts([1, 'kind'], [2, 'apiGroup'], [3, 'name'], [4, 'namespace']);
const binding: Message = { 2: part('subjects', () => subject, true), 3: part('roleRef', () => roleRef) };

const budgetSpec: Message = {
  1: { name: 'minAvailable', type: 'intOrString' },
  2: part('selector', () => labelSelector),
  3: { name: 'maxUnavailable', type: 'intOrString' },
};

const deleteOptions: Message = {
  ...numbers([1, 'gracePeriodSeconds']),
  2: part('preconditions', () => texts([1, 'uid'], [2, 'resourceVersion'])),
  4: { name: 'propagationPolicy', type: 'string' },
  5: list('dryRun'),
};

function withSpec(spec: Message): Message {
  return { 2: part('spec', () => spec) };
}

/** Field numbers from the descriptions Kubernetes publishes (generated.proto, 1.35), of the kinds kubectl makes itself. */
const messages: Readonly<Record<string, Message>> = {
  'v1/Namespace': {},
  'v1/ConfigMap': { 2: map('data'), 3: map('binaryData', 'bytes'), 4: { name: 'immutable', type: 'bool' } },
  'v1/Secret': {
    2: map('data', 'bytes'),
    3: { name: 'type', type: 'string' },
    4: map('stringData'),
    5: { name: 'immutable', type: 'bool' },
  },
  'v1/ServiceAccount': {},
  'v1/Service': withSpec(serviceSpec),
  'v1/Pod': withSpec(podSpec),
  'apps/v1/Deployment': withSpec(deploymentSpec),
  'batch/v1/Job': withSpec(jobSpec),
  'policy/v1/PodDisruptionBudget': withSpec(budgetSpec),
  'rbac.authorization.k8s.io/v1/Role': { 2: part('rules', () => policyRule, true) },
  'rbac.authorization.k8s.io/v1/ClusterRole': { 2: part('rules', () => policyRule, true) },
  'rbac.authorization.k8s.io/v1/RoleBinding': binding,
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': binding,
  'authorization.k8s.io/v1/SelfSubjectAccessReview': withSpec(accessReviewSpec),
  'authentication.k8s.io/v1/TokenRequest': {},
};

/** The message of a kind; undefined when we have none. */
export function messageOf(apiVersion: string, kind: string): Message | undefined {
  if (kind === 'DeleteOptions') return deleteOptions;
  const own = messages[`${apiVersion}/${kind}`];
  return own && { 1: part('metadata', () => objectMeta), ...own };
}

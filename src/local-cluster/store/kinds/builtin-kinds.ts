import type { KubeObject, Resource } from '../../../api/kube.js';
import { resources } from '../../../api/kube.js';
import { renderWholeSeconds } from '../../../lib/time.js';
import type { Draft } from '../json.js';
import { at, ensureRecord, recordAt, recordsAt, setDefault, textAt } from '../json.js';
import type { Cause } from '../status-error.js';
import { cause } from '../status-error.js';
import { validateDataKeys, validateImmutableData } from './data-rules.js';
import { stampConditions, stampPodStatus } from './status-defaults.js';
import { brokenRules } from '../schema/cel-rules.js';
import { builtinSchemaOf } from '../schema/builtin-schemas.js';
import type { Kind, ScalePaths, Strategy, StrategyContext } from './kind.js';
import { defaultPod, defaultTemplateIn } from '../../../api/pod-defaults.js';
import {
  defaultCustomResourceDefinition,
  defaultDeployment,
  defaultEndpoints,
  defaultEndpointSlice,
  defaultHorizontalPodAutoscaler,
  defaultJob,
  labelLikeTemplate,
  defaultReplicaSet,
  defaultRoleBinding,
  defaultSecret,
  defaultService,
} from './workload-defaults.js';
import {
  validateAutoscaler,
  validateDeployment,
  validateDisruptionBudget,
  validateEndpointSlice,
  validateJob,
  validateJobUpdate,
  validateLease,
  validatePod,
  validatePodTemplate,
  validatePodUpdate,
  validateSelectorAndTemplate,
  validateSelectorUnchanged,
  validateService,
  validateServiceUpdate,
} from './workload-rules.js';

const rbac = 'rbac.authorization.k8s.io';

/** Kinds beside those of api/kube.ts that a local cluster serves. */
export const moreResources = {
  endpoints: more('', 'v1', 'endpoints', 'Endpoints'),
  serviceAccounts: more('', 'v1', 'serviceaccounts', 'ServiceAccount'),
  podDisruptionBudgets: more('policy', 'v1', 'poddisruptionbudgets', 'PodDisruptionBudget'),
  horizontalPodAutoscalers: more('autoscaling', 'v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler'),
  roles: more(rbac, 'v1', 'roles', 'Role'),
  roleBindings: more(rbac, 'v1', 'rolebindings', 'RoleBinding'),
  clusterRoles: more(rbac, 'v1', 'clusterroles', 'ClusterRole', false),
  clusterRoleBindings: more(rbac, 'v1', 'clusterrolebindings', 'ClusterRoleBinding', false),
} as const;

function more(group: string, version: string, resource: string, kind: string, namespaced = true): Resource {
  return { group, version, resource, kind, namespaced };
}

const workloadScale: ScalePaths = {
  specReplicas: ['spec', 'replicas'],
  statusReplicas: ['status', 'replicas'],
  selector: ['spec', 'selector'],
};

const podFields = ['spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName', 'spec.hostNetwork'].concat([
  ...['status.phase', 'status.podIP', 'status.nominatedNodeName'],
]);
const eventFields = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath']
  .map((name) => `involvedObject.${name}`)
  .concat(['reason', 'reportingComponent', 'source', 'type']);

interface Shape extends Partial<Omit<Kind, 'resource' | 'strategy' | 'schema'>>, Strategy {}

function kind(resource: Resource, shape: Shape = {}): Kind {
  const { defaults, prepareCreate, prepareUpdate, prepareStatus, validate, validateUpdate, ...rest } = shape;
  return {
    resource,
    singular: resource.kind.toLowerCase(),
    listKind: `${resource.kind}List`,
    shortNames: [],
    categories: [],
    hasStatus: false,
    tracksGeneration: false,
    needsVersionToReplace: false,
    selectableFields: [],
    orphansByDefault: false,
    answersWithDeleted: false,
    keepsStatusOnCreate: false,
    ...rest,
    get schema() {
      return builtinSchemaOf(resource);
    },
    strategy: {
      ...(defaults && { defaults }),
      ...(prepareCreate && { prepareCreate }),
      ...(prepareUpdate && { prepareUpdate }),
      ...(prepareStatus && { prepareStatus }),
      ...(validate && { validate }),
      ...(validateUpdate && { validateUpdate }),
    },
  };
}

/** Every built-in kind of a local cluster, with its rules. */
export const builtinKinds: readonly Kind[] = [
  kind(resources.namespaces, {
    shortNames: ['ns'],
    hasStatus: true,
    selectableFields: ['status.phase'],
    prepareCreate: prepareNamespace,
    defaults: labelNamespace,
  }),
  kind(resources.nodes, { shortNames: ['no'], hasStatus: true, keepsStatusOnCreate: true, selectableFields: ['spec.unschedulable'] }),
  kind(resources.pods, {
    ...{ shortNames: ['po'], categories: ['all'], hasStatus: true, tracksGeneration: true, selectableFields: podFields },
    ...{
      defaults: defaultPod,
      prepareCreate: preparePod,
      prepareStatus: stampPodStatus,
      answersWithDeleted: true,
      validate: validatePod,
      validateUpdate: validatePodUpdate,
    },
  }),
  kind(resources.podTemplates, {
    answersWithDeleted: true,
    tracksGeneration: true,
    defaults: defaultTemplateIn,
    validate: validatePodTemplate,
  }),
  kind(resources.services, {
    ...{
      shortNames: ['svc'],
      categories: ['all'],
      hasStatus: true,
      answersWithDeleted: true,
      selectableFields: ['spec.clusterIP', 'spec.type'],
    },
    ...{ defaults: defaultService, prepareCreate: prepareService, prepareUpdate: keepAllocated },
    ...{ validate: validateService, validateUpdate: validateServiceUpdate },
  }),
  kind(moreResources.endpoints, { shortNames: ['ep'], defaults: defaultEndpoints }),
  kind(resources.endpointSlices, { tracksGeneration: true, defaults: defaultEndpointSlice, validate: validateEndpointSlice }),
  kind(resources.configMaps, { shortNames: ['cm'], validate: validateDataKeys, validateUpdate: validateImmutableData }),
  kind(resources.secrets, {
    ...{ selectableFields: ['type'], defaults: defaultSecret, validate: validateDataKeys, validateUpdate: validateImmutableData },
  }),
  kind(moreResources.serviceAccounts, { shortNames: ['sa'], answersWithDeleted: true }),
  kind(resources.events, { shortNames: ['ev'], selectableFields: eventFields }),
  kind(resources.replicaSets, {
    ...{ shortNames: ['rs'], categories: ['all'], hasStatus: true, tracksGeneration: true, scale: workloadScale },
    ...{
      selectableFields: ['status.replicas'],
      defaults: defaultReplicaSet,
      prepareCreate: emptyReplicaSetStatus,
      prepareStatus: stampConditions('lastTransitionTime'),
    },
    ...{ validate: validateSelectorAndTemplate, validateUpdate: validateSelectorUnchanged },
  }),
  kind(resources.deployments, {
    ...{ shortNames: ['deploy'], categories: ['all'], hasStatus: true, tracksGeneration: true, scale: workloadScale },
    ...{ defaults: defaultDeployment, prepareCreate: emptyStatus, prepareStatus: stampConditions('lastUpdateTime', 'lastTransitionTime') },
    ...{ validate: validateDeployment, validateUpdate: validateSelectorUnchanged },
  }),
  kind(resources.jobs, {
    ...{ categories: ['all'], hasStatus: true, tracksGeneration: true, orphansByDefault: true, selectableFields: ['status.successful'] },
    ...{
      defaults: defaultJob,
      prepareCreate: prepareJob,
      prepareStatus: stampConditions('lastProbeTime', 'lastTransitionTime'),
      validate: validateJob,
      validateUpdate: validateJobUpdate,
    },
  }),
  kind(moreResources.podDisruptionBudgets, {
    ...{ shortNames: ['pdb'], hasStatus: true, tracksGeneration: true, needsVersionToReplace: true },
    ...{ prepareCreate: emptyBudgetStatus, validate: validateDisruptionBudget },
  }),
  kind(moreResources.horizontalPodAutoscalers, {
    ...{ shortNames: ['hpa'], categories: ['all'], hasStatus: true, defaults: defaultHorizontalPodAutoscaler },
    validate: validateAutoscaler,
  }),
  kind(resources.ingresses, { shortNames: ['ing'], hasStatus: true, tracksGeneration: true, prepareCreate: emptyLoadBalancerStatus }),
  kind(resources.leases, { needsVersionToReplace: true, validate: validateLease }),
  kind(moreResources.roles),
  kind(moreResources.roleBindings, { defaults: defaultRoleBinding }),
  kind(moreResources.clusterRoles),
  kind(moreResources.clusterRoleBindings, { defaults: defaultRoleBinding }),
  kind(resources.customResourceDefinitions, {
    ...{ shortNames: ['crd', 'crds'], categories: ['api-extensions'], hasStatus: true, tracksGeneration: true },
    ...{ defaults: defaultCustomResourceDefinition, prepareCreate: establish, validate: validateDefinition },
  }),
];

function emptyStatus(draft: Draft): void {
  draft['status'] = {};
}

function emptyReplicaSetStatus(draft: Draft): void {
  draft['status'] = { replicas: 0 };
}

function emptyLoadBalancerStatus(draft: Draft): void {
  draft['status'] = { loadBalancer: {} };
}

function emptyBudgetStatus(draft: Draft): void {
  draft['status'] = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
}

/** Custom kinds are served from the moment their definition is stored, so it says so at once. */
function establish(draft: Draft, { now }: StrategyContext): void {
  const condition = { status: 'True', lastTransitionTime: renderWholeSeconds(now) };
  draft['status'] = {
    acceptedNames: recordAt(draft, 'spec', 'names'),
    conditions: [
      { type: 'NamesAccepted', ...condition, reason: 'NoConflicts', message: 'no conflicts found' },
      { type: 'Established', ...condition, reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' },
    ],
    storedVersions: recordsAt(draft, 'spec', 'versions')
      .filter((version) => version['storage'] === true)
      .map((version) => version['name']),
  };
}

function validateDefinition(draft: Draft): readonly Cause[] {
  const spec = recordAt(draft, 'spec');
  const wanted = `${textAt(spec, 'names', 'plural') ?? ''}.${textAt(spec, 'group') ?? ''}`;
  const stored = recordsAt(spec, 'versions').filter((version) => version['storage'] === true);
  return [
    ...(textAt(draft, 'metadata', 'name') === wanted
      ? []
      : [cause.invalid('metadata.name', textAt(draft, 'metadata', 'name'), `must be spec.names.plural+"."+spec.group`)]),
    ...(stored.length === 1 ? [] : [cause.invalid('spec.versions', stored, 'must have exactly one version marked as storage version')]),
    ...(textAt(spec, 'names', 'kind') === undefined ? [cause.required('spec.names.kind')] : []),
    ...recordsAt(spec, 'versions').flatMap((version, index) => brokenRules(version['schema'], `spec.versions[${index}].schema`)),
    ...(['Namespaced', 'Cluster'].includes(textAt(spec, 'scope') ?? '')
      ? []
      : [cause.unsupported('spec.scope', spec['scope'], ['Cluster', 'Namespaced'])]),
  ];
}

function prepareNamespace(draft: Draft): void {
  ensureRecord(draft, 'spec')['finalizers'] = ['kubernetes'];
  draft['status'] = { phase: 'Active' };
}

function labelNamespace(draft: Draft): void {
  const metadata = ensureRecord(draft, 'metadata');
  const name = textAt(metadata, 'name');
  if (name !== undefined) ensureRecord(metadata, 'labels')['kubernetes.io/metadata.name'] = name;
}

/** What admission adds to a pod: the default service account and priority, and patience with a lost node. */
function preparePod(draft: Draft): void {
  const spec = ensureRecord(draft, 'spec');
  setDefault(spec, 'serviceAccountName', 'default');
  setDefault(spec, 'serviceAccount', spec['serviceAccountName']);
  setDefault(spec, 'priority', 0);
  setDefault(spec, 'preemptionPolicy', 'PreemptLowerPriority');
  spec['tolerations'] = [
    ...recordsAt(spec, 'tolerations'),
    ...['not-ready', 'unreachable'].filter((taint) => !tolerates(spec, taint)).map(toleration),
  ];
  draft['status'] = { phase: 'Pending', qosClass: qosClassOf(spec) };
}

function tolerates(spec: Draft, taint: string): boolean {
  return recordsAt(spec, 'tolerations').some((each) => each['key'] === `node.kubernetes.io/${taint}`);
}

function toleration(taint: string): Draft {
  return { key: `node.kubernetes.io/${taint}`, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 };
}

function qosClassOf(spec: Draft): string {
  const containers = [...recordsAt(spec, 'containers'), ...recordsAt(spec, 'initContainers')];
  const lists = containers.map(
    (container) => [recordAt(container, 'resources', 'requests'), recordAt(container, 'resources', 'limits')] as const,
  );
  if (lists.every(([requests, limits]) => ['cpu', 'memory'].every((name) => requests[name] === undefined && limits[name] === undefined)))
    return 'BestEffort';
  const guaranteed = lists.every(([requests, limits]) =>
    ['cpu', 'memory'].every((name) => limits[name] !== undefined && (requests[name] === undefined || requests[name] === limits[name])),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

function prepareService(draft: Draft, context: StrategyContext): void {
  const spec = ensureRecord(draft, 'spec');
  draft['status'] = { loadBalancer: {} };
  if (spec['type'] === 'ExternalName') return;
  allocateAddress(spec, context);
  allocateNodePorts(spec, context);
}

function allocateAddress(spec: Draft, context: StrategyContext): void {
  const wanted = textAt(spec, 'clusterIP') || undefined;
  const address = wanted === 'None' ? 'None' : context.allocateClusterIp(wanted);
  spec['clusterIP'] = address ?? wanted;
  spec['clusterIPs'] = [spec['clusterIP']];
}

function allocateNodePorts(spec: Draft, context: StrategyContext): void {
  if (spec['type'] !== 'NodePort' && spec['type'] !== 'LoadBalancer') return;
  for (const port of recordsAt(spec, 'ports')) {
    const wanted = port['nodePort'];
    port['nodePort'] = context.allocateNodePort(typeof wanted === 'number' && wanted > 0 ? wanted : undefined);
  }
}

/** A PUT without addresses keeps those the Service has. */
function keepAllocated(draft: Draft, old: KubeObject, context: StrategyContext): void {
  const spec = ensureRecord(draft, 'spec');
  if (spec['type'] === 'ExternalName') return;
  for (const key of ['clusterIP', 'clusterIPs']) setDefault(spec, key, at(old, 'spec', key));
  if (spec['clusterIP'] === undefined) allocateAddress(spec, context);
  for (const port of recordsAt(spec, 'ports')) {
    const before = recordsAt(old, 'spec', 'ports').find((each) => each['port'] === port['port'] && each['protocol'] === port['protocol']);
    if (before?.['nodePort'] !== undefined) setDefault(port, 'nodePort', before['nodePort']);
  }
  allocateNodePorts(spec, context);
}

function prepareJob(draft: Draft): void {
  const spec = ensureRecord(draft, 'spec');
  draft['status'] = {};
  if (spec['manualSelector'] === true) return;
  const uid = textAt(draft, 'metadata', 'uid') ?? '';
  const name = textAt(draft, 'metadata', 'name') ?? '';
  const labels = ensureRecord(ensureRecord(ensureRecord(spec, 'template'), 'metadata'), 'labels');
  Object.assign(labels, {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  });
  spec['selector'] = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
  labelLikeTemplate(draft, spec);
}

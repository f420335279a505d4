import type { KubeObject } from '../../../api/kube.js';
import { parseTime } from '../../../lib/time.js';
import { renderSelector } from '../../../lib/label-selector.js';
import type { Draft } from '../../store/json.js';
import { at, listAt, numberAt, recordAt, recordsAt, stringsAt, textAt } from '../../store/json.js';
import { selectorOf } from '../../store/selectors.js';
import { ageOf, humanDuration } from './ages.js';
import type { Cell, Column } from './column.js';
import { podStatus, readinessGates, readyContainers, restarts } from './pod-columns.js';

/* The columns of `kubectl get` for built-in kinds. Semantics: Kubernetes, internal printers, 1.35. */

type CellOf = Column['cell'];

function text(name: string, cell: CellOf, priority = 0): Column {
  return { name, type: 'string', format: '', priority, cell };
}

function number(name: string, cell: CellOf, priority = 0): Column {
  return { name, type: 'integer', format: '', priority, cell };
}

export const nameColumn: Column = { name: 'Name', type: 'string', format: 'name', cell: (object) => object.metadata.name };
export const ageColumn = text('Age', (object, now) => ageOf(object.metadata.creationTimestamp, now));
const createdAt: Column = { name: 'Created At', type: 'date', format: '', cell: (object) => object.metadata.creationTimestamp };

const none = '<none>';

function field(...path: readonly string[]): CellOf {
  return (object) => textAt(object, ...path) ?? '';
}

function fieldOrNone(...path: readonly string[]): CellOf {
  return (object) => textAt(object, ...path) || none;
}

function count(...path: readonly string[]): CellOf {
  return (object) => numberAt(object, ...path) ?? 0;
}

function joined(values: readonly unknown[]): string {
  return values.filter((value) => typeof value === 'string' || typeof value === 'number').join(',') || none;
}

function templateColumns(...path: readonly string[]): readonly Column[] {
  const containers = (object: KubeObject): readonly Draft[] => recordsAt(object, ...path, 'spec', 'containers');
  return [
    text('Containers', (object) => joined(containers(object).map((container) => container['name'])), 1),
    text('Images', (object) => joined(containers(object).map((container) => container['image'])), 1),
  ];
}

const selectorColumn = text('Selector', (object) => renderSelector(selectorOf(at(object, 'spec', 'selector')) ?? []) || none, 1);

function labelText(labels: Readonly<Record<string, string>>): string {
  return (
    Object.entries(labels)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => `${key}=${value}`)
      .join(',') || none
  );
}

function servicePorts(service: KubeObject): string {
  return joined(
    recordsAt(service, 'spec', 'ports').map((port) => {
      const nodePort = numberAt(port, 'nodePort') ?? 0;
      return `${numberAt(port, 'port') ?? 0}${nodePort > 0 ? `:${nodePort}` : ''}/${textAt(port, 'protocol') ?? 'TCP'}`;
    }),
  );
}

function externalIp(service: KubeObject): string {
  const given = joined(listAt(service, 'spec', 'externalIPs'));
  switch (textAt(service, 'spec', 'type')) {
    case 'LoadBalancer': {
      const ingress = joined(recordsAt(service, 'status', 'loadBalancer', 'ingress').map((each) => each['ip'] ?? each['hostname']));
      return ingress === none ? '<pending>' : ingress;
    }
    case 'ExternalName':
      return textAt(service, 'spec', 'externalName') ?? none;
    default:
      return given;
  }
}

function nodeStatus(node: KubeObject): string {
  const ready = recordsAt(node, 'status', 'conditions').find((condition) => condition['type'] === 'Ready')?.['status'];
  const word = ready === 'True' ? 'Ready' : ready === undefined ? 'Unknown' : 'NotReady';
  return at(node, 'spec', 'unschedulable') === true ? `${word},SchedulingDisabled` : word;
}

function nodeRoles(node: KubeObject): string {
  const prefix = 'node-role.kubernetes.io/';
  return joined(
    Object.keys(node.metadata.labels ?? {})
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length)),
  );
}

function nodeAddress(type: string): CellOf {
  return (node) => {
    const found = recordsAt(node, 'status', 'addresses').find((address) => address['type'] === type)?.['address'];
    return typeof found === 'string' ? found : none;
  };
}

function jobStatus(job: KubeObject): string {
  const has = (type: string): boolean =>
    recordsAt(job, 'status', 'conditions').some((condition) => condition['type'] === type && condition['status'] === 'True');
  if (has('Complete')) return 'Complete';
  if (has('Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (has('Suspended')) return 'Suspended';
  if (has('FailureTarget')) return 'FailureTarget';
  return has('SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

function jobCompletions(job: KubeObject): string {
  const succeeded = numberAt(job, 'status', 'succeeded') ?? 0;
  const completions = numberAt(job, 'spec', 'completions');
  if (completions !== undefined) return `${succeeded}/${completions}`;
  const parallelism = numberAt(job, 'spec', 'parallelism') ?? 1;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

const jobDuration: CellOf = (job, now) => {
  const start = parseTime(textAt(job, 'status', 'startTime') ?? '');
  const end = parseTime(textAt(job, 'status', 'completionTime') ?? '');
  return start === undefined ? '' : humanDuration((end ?? now) - start);
};

function eventObject(event: KubeObject): string {
  const { kind, name } = recordAt(event, 'involvedObject');
  return `${typeof kind === 'string' ? kind.toLowerCase() : ''}/${typeof name === 'string' ? name : ''}`;
}

const lastSeen: CellOf = (event, now) =>
  ageOf(
    textAt(event, 'series', 'lastObservedTime') ??
      textAt(event, 'lastTimestamp') ??
      textAt(event, 'eventTime') ??
      event.metadata.creationTimestamp,
    now,
  );

function intOrString(...path: readonly string[]): CellOf {
  return (object): Cell => {
    const value = at(object, ...path);
    return typeof value === 'number' || typeof value === 'string' ? String(value) : 'N/A';
  };
}

function ingressHosts(ingress: KubeObject): string {
  return (
    recordsAt(ingress, 'spec', 'rules')
      .flatMap((rule) => textAt(rule, 'host') ?? [])
      .join(',') || '*'
  );
}

function sliceEndpoints(slice: KubeObject): string {
  const addresses = recordsAt(slice, 'endpoints').flatMap((endpoint) => listAt(endpoint, 'addresses'));
  if (addresses.length === 0) return '<unset>';
  return addresses.length > 3 ? `${addresses.slice(0, 3).join(',')} + ${addresses.length - 3} more...` : addresses.join(',');
}

function slicePorts(slice: KubeObject): string {
  const ports = recordsAt(slice, 'ports').map((port) => port['port']);
  return ports.length === 0 ? '<unset>' : joined(ports);
}

function endpointsText(endpoints: KubeObject): string {
  const list = recordsAt(endpoints, 'subsets').flatMap((subset) =>
    recordsAt(subset, 'addresses').flatMap((address) =>
      recordsAt(subset, 'ports').map((port) => `${textAt(address, 'ip') ?? ''}:${numberAt(port, 'port') ?? 0}`),
    ),
  );
  return list.length > 3 ? `${list.slice(0, 3).join(',')} + ${list.length - 3} more...` : joined(list);
}

function autoscalerTargets(hpa: KubeObject): string {
  const targets = recordsAt(hpa, 'spec', 'metrics').map((metric) => {
    const wanted = numberAt(metric, 'resource', 'target', 'averageUtilization');
    return `${textAt(metric, 'resource', 'name') ?? textAt(metric, 'type') ?? ''}: <unknown>${wanted === undefined ? '' : `/${wanted}%`}`;
  });
  return targets.join(', ') || none;
}

const roleColumn = text('Role', (binding) => `${textAt(binding, 'roleRef', 'kind') ?? ''}/${textAt(binding, 'roleRef', 'name') ?? ''}`);
const subjects =
  (kind: string): CellOf =>
  (binding) =>
    recordsAt(binding, 'subjects')
      .filter((subject) => subject['kind'] === kind)
      .map((subject) => (kind === 'ServiceAccount' ? `${textAt(subject, 'namespace') ?? ''}/` : '') + (textAt(subject, 'name') ?? ''))
      .join(', ');
const bindingColumns = [
  nameColumn,
  roleColumn,
  ageColumn,
  text('Users', subjects('User'), 1),
  text('Groups', subjects('Group'), 1),
  text('ServiceAccounts', subjects('ServiceAccount'), 1),
];

const workloadWide = [...templateColumns('spec', 'template'), selectorColumn];

/** By `group/resource`. */
const columns: Readonly<Record<string, readonly Column[]>> = {
  '/pods': [
    ...[nameColumn, text('Ready', readyContainers), text('Status', podStatus), text('Restarts', restarts), ageColumn],
    ...[text('IP', fieldOrNone('status', 'podIP'), 1), text('Node', fieldOrNone('spec', 'nodeName'), 1)],
    ...[text('Nominated Node', fieldOrNone('status', 'nominatedNodeName'), 1), text('Readiness Gates', readinessGates, 1)],
  ],
  '/podtemplates': [
    nameColumn,
    ...templateColumns('template').map((column) => ({ ...column, priority: 0 })),
    text('Pod Labels', (object) => labelText(stringsAt(object, 'template', 'metadata', 'labels'))),
  ],
  'apps/replicasets': [
    ...[nameColumn, number('Desired', count('spec', 'replicas')), number('Current', count('status', 'replicas'))],
    ...[number('Ready', count('status', 'readyReplicas')), ageColumn, ...workloadWide],
  ],
  'apps/deployments': [
    ...[
      nameColumn,
      text('Ready', (object) => `${numberAt(object, 'status', 'readyReplicas') ?? 0}/${numberAt(object, 'spec', 'replicas') ?? 0}`),
    ],
    ...[
      number('Up-to-date', count('status', 'updatedReplicas')),
      number('Available', count('status', 'availableReplicas')),
      ageColumn,
      ...workloadWide,
    ],
  ],
  'batch/jobs': [
    nameColumn,
    text('Status', jobStatus),
    text('Completions', jobCompletions),
    text('Duration', jobDuration),
    ageColumn,
    ...workloadWide,
  ],
  '/services': [
    ...[
      nameColumn,
      text('Type', field('spec', 'type')),
      text('Cluster-IP', fieldOrNone('spec', 'clusterIP')),
      text('External-IP', externalIp),
    ],
    ...[text('Port(s)', servicePorts), ageColumn, text('Selector', (object) => labelText(stringsAt(object, 'spec', 'selector')), 1)],
  ],
  '/endpoints': [nameColumn, text('Endpoints', endpointsText), ageColumn],
  'discovery.k8s.io/endpointslices': [
    nameColumn,
    text('AddressType', field('addressType')),
    text('Ports', slicePorts),
    text('Endpoints', sliceEndpoints),
    ageColumn,
  ],
  '/namespaces': [nameColumn, text('Status', field('status', 'phase')), ageColumn],
  '/nodes': [
    ...[
      nameColumn,
      text('Status', nodeStatus),
      text('Roles', nodeRoles),
      ageColumn,
      text('Version', field('status', 'nodeInfo', 'kubeletVersion')),
    ],
    ...[text('Internal-IP', nodeAddress('InternalIP'), 1), text('External-IP', nodeAddress('ExternalIP'), 1)],
    ...[
      text('OS-Image', fieldOrNone('status', 'nodeInfo', 'osImage'), 1),
      text('Kernel-Version', fieldOrNone('status', 'nodeInfo', 'kernelVersion'), 1),
    ],
    text('Container-Runtime', fieldOrNone('status', 'nodeInfo', 'containerRuntimeVersion'), 1),
  ],
  '/configmaps': [
    nameColumn,
    number('Data', (object) => Object.keys(recordAt(object, 'data')).length + Object.keys(recordAt(object, 'binaryData')).length),
    ageColumn,
  ],
  '/secrets': [
    nameColumn,
    text('Type', field('type')),
    number('Data', (object) => Object.keys(recordAt(object, 'data')).length),
    ageColumn,
  ],
  '/serviceaccounts': [nameColumn, number('Secrets', (object) => listAt(object, 'secrets').length), ageColumn],
  '/events': [
    ...[text('Last Seen', lastSeen), text('Type', field('type')), text('Reason', field('reason')), text('Object', eventObject)],
    ...[text('Subobject', field('involvedObject', 'fieldPath'), 1), text('Source', field('source', 'component'), 1)],
    text('Message', (event) => (textAt(event, 'message') ?? '').trim()),
    ...[text('First Seen', (event, now) => ageOf(textAt(event, 'firstTimestamp') ?? event.metadata.creationTimestamp, now), 1)],
    ...[number('Count', (event) => numberAt(event, 'count') ?? 1, 1), { ...nameColumn, priority: 1 }],
  ],
  'coordination.k8s.io/leases': [nameColumn, text('Holder', field('spec', 'holderIdentity')), ageColumn],
  'policy/poddisruptionbudgets': [
    ...[
      nameColumn,
      text('Min Available', intOrString('spec', 'minAvailable')),
      text('Max Unavailable', intOrString('spec', 'maxUnavailable')),
    ],
    ...[number('Allowed Disruptions', count('status', 'disruptionsAllowed')), ageColumn],
  ],
  'autoscaling/horizontalpodautoscalers': [
    nameColumn,
    text(
      'Reference',
      (hpa) => `${textAt(hpa, 'spec', 'scaleTargetRef', 'kind') ?? ''}/${textAt(hpa, 'spec', 'scaleTargetRef', 'name') ?? ''}`,
    ),
    ...[
      text('Targets', autoscalerTargets),
      text('MinPods', intOrString('spec', 'minReplicas')),
      text('MaxPods', intOrString('spec', 'maxReplicas')),
    ],
    ...[text('Replicas', (hpa) => String(numberAt(hpa, 'status', 'currentReplicas') ?? 0)), ageColumn],
  ],
  'networking.k8s.io/ingresses': [
    ...[nameColumn, text('Class', fieldOrNone('spec', 'ingressClassName')), text('Hosts', ingressHosts)],
    text('Address', (ingress) =>
      recordsAt(ingress, 'status', 'loadBalancer', 'ingress')
        .flatMap((each) => textAt(each, 'ip') ?? textAt(each, 'hostname') ?? [])
        .join(','),
    ),
    ...[text('Ports', (ingress) => (listAt(ingress, 'spec', 'tls').length > 0 ? '80, 443' : '80')), ageColumn],
  ],
  'rbac.authorization.k8s.io/roles': [nameColumn, createdAt],
  'rbac.authorization.k8s.io/clusterroles': [nameColumn, createdAt],
  'rbac.authorization.k8s.io/rolebindings': bindingColumns,
  'rbac.authorization.k8s.io/clusterrolebindings': bindingColumns,
  'apiextensions.k8s.io/customresourcedefinitions': [nameColumn, createdAt],
};

/** Kinds without columns of their own show name and age. */
export function builtinColumns(group: string, resource: string): readonly Column[] {
  return columns[`${group}/${resource}`] ?? [nameColumn, ageColumn];
}

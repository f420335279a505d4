import type { KubeObject } from '../../../api/kube.js';
import { isEqual } from '../../../lib/equal.js';
import type { Draft } from '../json.js';
import { at, isRecord, recordAt, recordsAt, stringsAt, textAt } from '../json.js';
import type { Selector } from '../../../lib/label-selector.js';
import { selectorMatches } from '../../../lib/label-selector.js';
import { selectorOf } from '../selectors.js';
import type { Cause } from '../status-error.js';
import { cause } from '../status-error.js';
import { validateLabels } from './metadata-rules.js';

const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const immutable = 'field is immutable';

/** Checks of a pod spec at `field`: those users run into; not every rule of a real server. */
function validatePodSpec(spec: Draft, field: string): readonly Cause[] {
  const containers = recordsAt(spec, 'containers');
  const names = [...recordsAt(spec, 'initContainers'), ...containers].map((container) => container['name']);
  return [
    ...(containers.length === 0 ? [cause.required(`${field}.containers`)] : []),
    ...containers.flatMap((container, index) => validateContainer(container, `${field}.containers[${index}]`)),
    ...recordsAt(spec, 'initContainers').flatMap((container, index) => validateContainer(container, `${field}.initContainers[${index}]`)),
    ...duplicatesOf(names).map((name) => cause.duplicate(`${field}.containers[${names.lastIndexOf(name)}].name`, name)),
    ...validateEnum(spec['restartPolicy'], ['Always', 'OnFailure', 'Never'], `${field}.restartPolicy`),
    ...validateVolumes(spec, field),
    ...validateAtLeast(spec['terminationGracePeriodSeconds'], 0, `${field}.terminationGracePeriodSeconds`),
    ...validateAtLeast(spec['activeDeadlineSeconds'], 1, `${field}.activeDeadlineSeconds`),
  ];
}

function validateContainer(container: Draft, field: string): readonly Cause[] {
  const name = textAt(container, 'name') ?? '';
  const image = textAt(container, 'image') ?? '';
  return [
    ...(name === '' ? [cause.required(`${field}.name`)] : []),
    ...(name !== '' && !dnsLabel.test(name) ? [cause.invalid(`${field}.name`, name, 'a lowercase RFC 1123 label is required')] : []),
    ...(image === '' ? [cause.required(`${field}.image`)] : []),
    ...(image !== image.trim() ? [cause.invalid(`${field}.image`, image, 'must not have leading or trailing whitespace')] : []),
    ...recordsAt(container, 'ports').flatMap((port, index) =>
      validatePortNumber(port['containerPort'], `${field}.ports[${index}].containerPort`),
    ),
    ...validateEnum(container['imagePullPolicy'], ['Always', 'IfNotPresent', 'Never'], `${field}.imagePullPolicy`),
    ...validateMounts(container, field),
  ];
}

function validateMounts(container: Draft, field: string): readonly Cause[] {
  const paths = recordsAt(container, 'volumeMounts').map((mount) => mount['mountPath']);
  return duplicatesOf(paths).map((path) =>
    cause.invalid(`${field}.volumeMounts[${paths.lastIndexOf(path)}].mountPath`, path, 'must be unique'),
  );
}

function validateVolumes(spec: Draft, field: string): readonly Cause[] {
  const names = recordsAt(spec, 'volumes').map((volume) => volume['name']);
  const missing = recordsAt(spec, 'containers').flatMap((container, index) =>
    recordsAt(container, 'volumeMounts').flatMap((mount, mountIndex) =>
      names.includes(mount['name'])
        ? []
        : [
            {
              reason: 'FieldValueNotFound',
              message: `Not found: ${JSON.stringify(mount['name'])}`,
              field: `${field}.containers[${index}].volumeMounts[${mountIndex}].name`,
            },
          ],
    ),
  );
  return [...duplicatesOf(names).map((name) => cause.duplicate(`${field}.volumes[${names.lastIndexOf(name)}].name`, name)), ...missing];
}

function duplicatesOf(values: readonly unknown[]): readonly unknown[] {
  return [...new Set(values.filter((value, index) => value !== undefined && values.indexOf(value) !== index))];
}

function validatePortNumber(port: unknown, field: string): readonly Cause[] {
  if (port === undefined) return [cause.required(field)];
  return typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65535
    ? []
    : [cause.invalid(field, port, 'must be between 1 and 65535, inclusive')];
}

function validateAtLeast(value: unknown, least: number, field: string): readonly Cause[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== 'number' || !Number.isInteger(value)) return [cause.typeInvalid(field, value, 'must be an integer')];
  return value >= least ? [] : [cause.invalid(field, value, `must be greater than or equal to ${least}`)];
}

function validateEnum(value: unknown, allowed: readonly string[], field: string): readonly Cause[] {
  return value === undefined || (typeof value === 'string' && allowed.includes(value)) ? [] : [cause.unsupported(field, value, allowed)];
}

export function validatePod(draft: Draft): readonly Cause[] {
  return validatePodSpec(recordAt(draft, 'spec'), 'spec');
}

const mutablePodFields = ['activeDeadlineSeconds', 'terminationGracePeriodSeconds', 'tolerations', 'schedulingGates'];
const podUpdateRule =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,' +
  '`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

export function validatePodUpdate(draft: Draft, old: KubeObject): readonly Cause[] {
  return isEqual(immutablePart(recordAt(draft, 'spec')), immutablePart(recordAt(old, 'spec')))
    ? []
    : [cause.forbidden('spec', podUpdateRule)];
}

function immutablePart(spec: Draft): Draft {
  const rest = Object.fromEntries(Object.entries(spec).filter(([key]) => !mutablePodFields.includes(key)));
  for (const key of ['containers', 'initContainers']) {
    if (isRecord(spec) && Array.isArray(spec[key])) rest[key] = recordsAt(spec, key).map(({ image: _image, ...others }) => others);
  }
  return rest;
}

/** ReplicaSet, Deployment: selector and template must agree, and pods must be restarted for ever. */
export function validateSelectorAndTemplate(draft: Draft): readonly Cause[] {
  const spec = recordAt(draft, 'spec');
  const selector = selectorOf(spec['selector']);
  const labels = stringsAt(spec, 'template', 'metadata', 'labels');
  return [
    ...validateAtLeast(spec['replicas'], 0, 'spec.replicas'),
    ...validateAtLeast(spec['minReadySeconds'], 0, 'spec.minReadySeconds'),
    ...validateSelector(spec['selector'], selector),
    ...(isRecord(spec['template']) && (selector === undefined || (selector.length > 0 && !selectorMatches(selector, labels)))
      ? [cause.invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')]
      : []),
    ...validateTemplate(spec, 'Always'),
  ];
}

function validateSelector(written: unknown, selector: Selector | undefined): readonly Cause[] {
  if (written === undefined) return [cause.required('spec.selector')];
  if (selector?.length === 0) return [cause.invalid('spec.selector', written, 'empty selector is invalid for deployment')];
  if (selector === undefined) return [cause.invalid('spec.selector', written, 'invalid label selector')];
  return validateLabels(at(written, 'matchLabels'), 'spec.selector.matchLabels');
}

function validateTemplate(spec: Draft, ...restartPolicies: readonly string[]): readonly Cause[] {
  if (!isRecord(spec['template'])) return [cause.required('spec.template')];
  const podSpec = recordAt(spec, 'template', 'spec');
  const policy = podSpec['restartPolicy'];
  return [
    ...validateLabels(at(spec, 'template', 'metadata', 'labels'), 'spec.template.labels'),
    ...validatePodSpec(podSpec, 'spec.template.spec'),
    ...(typeof policy === 'string' && restartPolicies.includes(policy) ? [] : [wrongPolicy(policy, restartPolicies)]),
  ];
}

function wrongPolicy(policy: unknown, allowed: readonly string[]): Cause {
  const field = 'spec.template.spec.restartPolicy';
  if (allowed.length === 1) return cause.unsupported(field, policy, allowed);
  return cause.required(field, `valid values: ${allowed.map((each) => JSON.stringify(each)).join(', ')}`);
}

/** apps/v1: what pods belong to a workload is settled when it is made. */
export function validateSelectorUnchanged(draft: Draft, old: KubeObject): readonly Cause[] {
  const selector = at(draft, 'spec', 'selector');
  return isEqual(selector, at(old, 'spec', 'selector')) ? [] : [cause.invalid('spec.selector', selector, immutable)];
}

export function validateDeployment(draft: Draft): readonly Cause[] {
  const strategy = recordAt(draft, 'spec', 'strategy');
  const rolling = recordAt(strategy, 'rollingUpdate');
  return [
    ...validateSelectorAndTemplate(draft),
    ...validateEnum(strategy['type'], ['Recreate', 'RollingUpdate'], 'spec.strategy.type'),
    ...(strategy['type'] === 'Recreate' && isRecord(strategy['rollingUpdate'])
      ? [cause.forbidden('spec.strategy.rollingUpdate', "may not be specified when strategy `type` is 'Recreate'")]
      : []),
    ...(isZero(rolling['maxSurge']) && isZero(rolling['maxUnavailable'])
      ? [cause.invalid('spec.strategy.rollingUpdate.maxUnavailable', rolling['maxUnavailable'], 'may not be 0 when `maxSurge` is 0')]
      : []),
  ];
}

function isZero(value: unknown): boolean {
  return value === 0 || value === '0' || value === '0%';
}

export function validateJob(draft: Draft): readonly Cause[] {
  const spec = recordAt(draft, 'spec');
  return [
    ...validateAtLeast(spec['parallelism'], 0, 'spec.parallelism'),
    ...validateAtLeast(spec['completions'], 0, 'spec.completions'),
    ...validateAtLeast(spec['backoffLimit'], 0, 'spec.backoffLimit'),
    ...validateAtLeast(spec['activeDeadlineSeconds'], 0, 'spec.activeDeadlineSeconds'),
    ...validateAtLeast(spec['ttlSecondsAfterFinished'], 0, 'spec.ttlSecondsAfterFinished'),
    ...validateTemplate(spec, 'OnFailure', 'Never'),
  ];
}

export function validateJobUpdate(draft: Draft, old: KubeObject): readonly Cause[] {
  return ['selector', 'template', 'completionMode'].flatMap((key) =>
    isEqual(at(draft, 'spec', key), at(old, 'spec', key)) ? [] : [cause.invalid(`spec.${key}`, at(draft, 'spec', key), immutable)],
  );
}

export function validateService(draft: Draft): readonly Cause[] {
  const spec = recordAt(draft, 'spec');
  const ports = recordsAt(spec, 'ports');
  const isExternal = spec['type'] === 'ExternalName';
  const names: readonly unknown[] = ports.map((port) => port['name'] ?? '');
  return [
    ...validateEnum(spec['type'], ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'], 'spec.type'),
    ...(ports.length === 0 && !isExternal && spec['clusterIP'] !== 'None' ? [cause.required('spec.ports')] : []),
    ...ports.flatMap((port, index) => [
      ...validatePortNumber(port['port'], `spec.ports[${index}].port`),
      ...(ports.length > 1 && (port['name'] ?? '') === '' ? [cause.required(`spec.ports[${index}].name`)] : []),
    ]),
    ...duplicatesOf(names.length > 1 ? names.filter((name) => name !== '') : []).map((name) =>
      cause.duplicate(`spec.ports[${names.lastIndexOf(name)}].name`, name),
    ),
    ...validateLabels(spec['selector'], 'spec.selector'),
    ...validateEnum(spec['sessionAffinity'], ['ClientIP', 'None'], 'spec.sessionAffinity'),
  ];
}

export function validateServiceUpdate(draft: Draft, old: KubeObject): readonly Cause[] {
  const wanted = at(draft, 'spec', 'clusterIP');
  const had = at(old, 'spec', 'clusterIP');
  if (had === undefined || wanted === had || at(draft, 'spec', 'type') === 'ExternalName') return [];
  return [cause.invalid('spec.clusterIPs[0]', wanted === undefined ? [] : [wanted], 'may not change once set')];
}

/** A template's labels and pods; used for PodTemplate objects, where any restart policy will do. */
export function validatePodTemplate(draft: Draft): readonly Cause[] {
  return validateTemplate({ template: draft['template'] }, 'Always', 'OnFailure', 'Never').map((found) => ({
    ...found,
    field: found.field.replace(/^spec\./, ''),
  }));
}

/** Pods elsewhere cannot be reached by a loopback address. */
export function validateEndpointSlice(draft: Draft): readonly Cause[] {
  return [
    ...validateEnum(draft['addressType'], ['IPv4', 'IPv6', 'FQDN'], 'addressType'),
    ...recordsAt(draft, 'endpoints').flatMap((endpoint, index) =>
      validateAddresses(endpoint['addresses'], `endpoints[${index}].addresses`),
    ),
  ];
}

function validateAddresses(addresses: unknown, field: string): readonly Cause[] {
  if (!Array.isArray(addresses) || addresses.length === 0) return [cause.required(field, 'must contain at least 1 item')];
  return addresses.flatMap((address, index) =>
    typeof address === 'string' && /^127\.|^::1$/.test(address)
      ? [cause.invalid(`${field}[${index}]`, address, 'may not be in the loopback range (127.0.0.0/8, ::1/128)')]
      : [],
  );
}

export function validateLease(draft: Draft): readonly Cause[] {
  const spec = recordAt(draft, 'spec');
  return [
    ...validateAtLeast(spec['leaseDurationSeconds'], 1, 'spec.leaseDurationSeconds'),
    ...validateAtLeast(spec['leaseTransitions'], 0, 'spec.leaseTransitions'),
  ];
}

export function validateDisruptionBudget(draft: Draft): readonly Cause[] {
  const spec = recordAt(draft, 'spec');
  return spec['minAvailable'] !== undefined && spec['maxUnavailable'] !== undefined
    ? [cause.invalid('spec', { minAvailable: spec['minAvailable'] }, 'minAvailable and maxUnavailable cannot be both set')]
    : [];
}

export function validateAutoscaler(draft: Draft): readonly Cause[] {
  const spec = recordAt(draft, 'spec');
  const most = spec['maxReplicas'];
  const least = spec['minReplicas'];
  return [
    ...(typeof most === 'number' && most >= 1 ? [] : [cause.invalid('spec.maxReplicas', most, 'must be greater than or equal to 1')]),
    ...(typeof most === 'number' && typeof least === 'number' && most < least
      ? [cause.invalid('spec.maxReplicas', most, 'must be greater than or equal to `minReplicas`')]
      : []),
  ];
}

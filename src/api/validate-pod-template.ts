import { compareQuantities, parseQuantity, renderQuantity } from '../lib/quantity.js';
import { duplicate, forbidden, invalid, notFound, required, unsupported } from './field-error.js';
import type { JsonObject } from './kube.js';
import { Reader } from './reader.js';
import { validateLabelKey, validateLabels } from './validate-selector.js';
import type { FieldError } from './workload-types.js';

/**
 * The rules for pod templates that a typing mistake breaks: names, images, ports, mounts, resources and what a ReplicaSet demands. What else
 * Kubernetes refuses comes to light when the ReplicaSet's template is tried out on the API server.
 *
 * @param replicas wanted pods: more than one cannot share a writable single-attach disk
 * Semantics: Kubernetes, ValidatePodTemplateSpecForReplicaSet, 1.35, in part; the order is its order.
 */
export function validatePodTemplate(template: JsonObject, path: string, replicas: number): readonly FieldError[] {
  const problems: FieldError[] = [];
  const reader = Reader.of(template, path, problems);
  const metadata = reader.objectOrEmpty('metadata');
  const labels = metadata.stringMap('labels') ?? {};
  const annotations = metadata.stringMap('annotations') ?? {};
  return [
    ...validateLabels(labels, metadata.pathOf('labels')),
    ...Object.keys(annotations).flatMap((key) => validateLabelKey(key.toLowerCase(), metadata.pathOf('annotations'))),
    ...validatePodSpec(reader.objectOrEmpty('spec'), replicas),
    ...problems,
  ];
}

function validatePodSpec(spec: Reader, replicas: number): readonly FieldError[] {
  const volumes = spec.list('volumes') ?? [];
  const containers = spec.list('containers') ?? [];
  const initContainers = spec.list('initContainers') ?? [];
  const volumeNames = new Set(volumes.flatMap((volume) => volume.text('name') ?? []));
  const names = new Names();
  return [
    ...validateVolumes(volumes),
    ...(containers.length === 0 ? [required(spec.pathOf('containers'))] : []),
    ...containers.flatMap((container) => validateContainer(container, names, volumeNames)),
    ...initContainers.flatMap((container) => validateContainer(container, names, volumeNames)),
    ...validateDisks(volumes, replicas),
    ...validateWord(spec, 'restartPolicy', ['Always']),
    ...validateWord(spec, 'dnsPolicy', ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']),
    ...validateSeconds(spec),
  ];
}

function validateWord(reader: Reader, key: string, words: readonly string[]): readonly FieldError[] {
  const value = reader.text(key);
  return value === undefined || words.includes(value) ? [] : [unsupported(reader.pathOf(key), value, words)];
}

function validateSeconds(spec: Reader): readonly FieldError[] {
  if (spec.has('activeDeadlineSeconds')) {
    return [forbidden(spec.pathOf('activeDeadlineSeconds'), 'activeDeadlineSeconds in ReplicaSet is not Supported')];
  }
  // Read for its complaint: a negative one.
  spec.int('terminationGracePeriodSeconds', { min: 0 });
  return [];
}

/** Names that must differ from one another. */
class Names {
  private readonly seen = new Set<string>();

  check(reader: Reader, key: string, shape: RegExp, rule: string): readonly FieldError[] {
    const name = reader.text(key);
    const path = reader.pathOf(key);
    if (name === undefined) return [required(path)];
    if (!shape.test(name) || name.length > 63) return [invalid(path, name, rule)];
    if (this.seen.has(name)) return [duplicate(path, name)];
    this.seen.add(name);
    return [];
  }
}

const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const dnsLabelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

function validateVolumes(volumes: readonly Reader[]): readonly FieldError[] {
  const names = new Names();
  return volumes.flatMap((volume) => names.check(volume, 'name', dnsLabel, dnsLabelRule));
}

function validateDisks(volumes: readonly Reader[], replicas: number): readonly FieldError[] {
  if (replicas <= 1) return [];
  const detail = 'must be read-only for replicated pods > 1; GCE PD can only be mounted on multiple machines if it is read-only';
  return volumes.flatMap((volume) => {
    const disk = volume.object('gcePersistentDisk');
    return disk === undefined || disk.boolean('readOnly') === true ? [] : [invalid(disk.pathOf('readOnly'), false, detail)];
  });
}

function validateContainer(container: Reader, names: Names, volumes: ReadonlySet<string>): readonly FieldError[] {
  return [
    ...names.check(container, 'name', dnsLabel, dnsLabelRule),
    ...validateImage(container),
    ...validatePorts(container),
    ...validateEnv(container),
    ...validateMounts(container, volumes),
    ...validateWord(container, 'imagePullPolicy', ['Always', 'IfNotPresent', 'Never']),
    ...validateResources(container.objectOrEmpty('resources')),
  ];
}

function validateImage(container: Reader): readonly FieldError[] {
  const image = container.text('image');
  if (image === undefined) return [required(container.pathOf('image'))];
  return image === image.trim() ? [] : [invalid(container.pathOf('image'), image, 'must not have leading or trailing whitespace')];
}

const portName = /^(?=.{1,15}$)(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const portNameRule =
  'must be at most 15 characters of lower case alphanumerics and single inner dashes, with at least one letter (an IANA service name)';

function validatePorts(container: Reader): readonly FieldError[] {
  const names = new Names();
  return (container.list('ports') ?? []).flatMap((port) => [
    ...(port.text('name') === undefined ? [] : names.check(port, 'name', portName, portNameRule)),
    ...validatePort(port, 'containerPort'),
    ...(port.has('hostPort') && port.value('hostPort') !== 0 ? validatePort(port, 'hostPort') : []),
    ...validateWord(port, 'protocol', ['SCTP', 'TCP', 'UDP']),
  ]);
}

function validatePort(port: Reader, key: string): readonly FieldError[] {
  const value = port.value(key);
  if (value === undefined || value === 0) return [required(port.pathOf(key))];
  const isPort = typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535;
  return isPort ? [] : [invalid(port.pathOf(key), value, 'must be between 1 and 65535, inclusive')];
}

function validateEnv(container: Reader): readonly FieldError[] {
  return (container.list('env') ?? []).flatMap((variable) => {
    const name = variable.text('name');
    if (name === undefined) return [required(variable.pathOf('name'))];
    return name.includes('=')
      ? [
          invalid(
            variable.pathOf('name'),
            name,
            "a valid environment variable name must consist only of printable ASCII characters other than '='",
          ),
        ]
      : [];
  });
}

function validateMounts(container: Reader, volumes: ReadonlySet<string>): readonly FieldError[] {
  const paths = new Set<string>();
  return (container.list('volumeMounts') ?? []).flatMap((mount) => {
    const name = mount.text('name');
    const at = mount.text('mountPath');
    const isTaken = at !== undefined && paths.has(at);
    if (at !== undefined) paths.add(at);
    return [
      ...(name === undefined ? [required(mount.pathOf('name'))] : volumes.has(name) ? [] : [notFound(mount.pathOf('name'), name)]),
      ...(at === undefined
        ? [required(mount.pathOf('mountPath'))]
        : isTaken
          ? [invalid(mount.pathOf('mountPath'), at, 'must be unique')]
          : []),
    ];
  });
}

function validateResources(resources: Reader): readonly FieldError[] {
  const limits = resources.objectOrEmpty('limits');
  const requests = resources.objectOrEmpty('requests');
  return [
    ...validateQuantities(limits),
    ...validateQuantities(requests),
    ...requests.keys.flatMap((name) => validateRequest(requests, limits, name)),
  ];
}

function validateQuantities(amounts: Reader): readonly FieldError[] {
  return amounts.keys.flatMap((name) => {
    const quantity = parseQuantity(amounts.value(name));
    const path = `${amounts.path}[${name}]`;
    if (!quantity.ok) return [invalid(path, amounts.value(name), quantity.error)];
    return quantity.value.nano < 0n ? [invalid(path, amounts.value(name), 'must be greater than or equal to 0')] : [];
  });
}

function validateRequest(requests: Reader, limits: Reader, name: string): readonly FieldError[] {
  const request = parseQuantity(requests.value(name));
  const limit = parseQuantity(limits.value(name));
  if (!request.ok || !limit.ok || compareQuantities(request.value, limit.value) <= 0) return [];
  const detail = `must be less than or equal to ${name} limit of ${renderQuantity(limit.value)}`;
  return [invalid(requests.path, renderQuantity(request.value), detail)];
}

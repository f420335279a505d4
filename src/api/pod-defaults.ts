import { canonicalQuantity } from '../lib/quantity.js';
import type { Draft } from '../lib/draft.js';
import { ensureRecord, isRecord, recordAt, recordsAt, setDefault, textAt } from '../lib/draft.js';

/*
 * The defaulting table of pods and pod templates: what a real API server fills in when it decodes one, whichever kind it sits in.
 * A template that has been through here compares equal to one that has been through a server. Semantics: Kubernetes, core/v1 defaults, 1.35.
 */

/** Defaults of a Pod: those of a template, and what only a Pod of its own gets. */
export function defaultPod(draft: Draft): void {
  const spec = ensureRecord(draft, 'spec');
  defaultPodSpec(spec);
  setDefault(spec, 'enableServiceLinks', true);
  for (const container of containersOf(spec)) copyLimitsToRequests(container);
}

/** Defaults of the `template` below `spec` (ReplicaSet, Deployment, Job, PodTemplate itself when `spec` is the object). */
export function defaultTemplateIn(owner: Draft): void {
  if (!isRecord(owner['template'])) return;
  const template = owner['template'];
  const metadata = ensureRecord(template, 'metadata');
  if (metadata['creationTimestamp'] === null) delete metadata['creationTimestamp'];
  defaultPodSpec(ensureRecord(template, 'spec'));
}

export function defaultPodSpec(spec: Draft): void {
  setDefault(spec, 'restartPolicy', 'Always');
  setDefault(spec, 'terminationGracePeriodSeconds', 30);
  setDefault(spec, 'dnsPolicy', 'ClusterFirst');
  setDefault(spec, 'securityContext', {});
  setDefault(spec, 'schedulerName', 'default-scheduler');
  mirrorServiceAccount(spec);
  for (const container of containersOf(spec)) defaultContainer(container, spec['hostNetwork'] === true);
  for (const volume of recordsAt(spec, 'volumes')) defaultVolume(volume);
}

/** The deprecated name follows the current one, and stands in for it. */
function mirrorServiceAccount(spec: Draft): void {
  const name = textAt(spec, 'serviceAccountName') ?? textAt(spec, 'serviceAccount');
  if (name === undefined || name === '') return;
  spec['serviceAccountName'] = name;
  spec['serviceAccount'] = name;
}

function containersOf(spec: Draft): readonly Draft[] {
  return [...recordsAt(spec, 'initContainers'), ...recordsAt(spec, 'containers'), ...recordsAt(spec, 'ephemeralContainers')];
}

function defaultContainer(container: Draft, hostNetwork: boolean): void {
  setDefault(container, 'imagePullPolicy', pullPolicyOf(textAt(container, 'image') ?? ''));
  setDefault(container, 'terminationMessagePath', '/dev/termination-log');
  setDefault(container, 'terminationMessagePolicy', 'File');
  setDefault(container, 'resources', {});
  canonicaliseResources(recordAt(container, 'resources'));
  for (const port of recordsAt(container, 'ports')) {
    setDefault(port, 'protocol', 'TCP');
    if (hostNetwork) setDefault(port, 'hostPort', port['containerPort']);
  }
  for (const env of recordsAt(container, 'env')) defaultFieldRef(recordAt(env, 'valueFrom'));
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) if (isRecord(container[probe])) defaultProbe(container[probe]);
  for (const hook of ['postStart', 'preStop']) defaultHttpGet(recordAt(container, 'lifecycle', hook));
}

/** Host and port, then lower-case path components. What does not look so has no tag for the API server. */
const host = String.raw`(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::\d+)?`;
const component = String.raw`[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*`;
const repositoryShape = new RegExp(`^(?:${host}/)?${component}(?:/${component})*$`);

/** The tag latest, written or meant, is asked for each time; a digest means no tag. */
function pullPolicyOf(image: string): string {
  const [named = '', digest] = image.split('@');
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  const repository = colon < 0 ? named : named.slice(0, colon);
  if (!repositoryShape.test(repository)) return 'IfNotPresent';
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  return tag === 'latest' || (tag === undefined && digest === undefined) ? 'Always' : 'IfNotPresent';
}

function canonicaliseResources(resources: Draft): void {
  for (const list of [recordAt(resources, 'limits'), recordAt(resources, 'requests')]) {
    for (const [name, value] of Object.entries(list)) {
      const text = canonicalQuantity(value);
      if (text.ok) list[name] = text.value;
    }
  }
}

function copyLimitsToRequests(container: Draft): void {
  const resources = recordAt(container, 'resources');
  const limits = Object.entries(recordAt(resources, 'limits'));
  if (limits.length === 0) return;
  const requests = ensureRecord(resources, 'requests');
  for (const [name, value] of limits) setDefault(requests, name, value);
}

function defaultProbe(probe: Draft): void {
  // 0 is Go's absent here: the fields are plain integers.
  for (const [name, value] of [
    ['timeoutSeconds', 1],
    ['periodSeconds', 10],
    ['successThreshold', 1],
    ['failureThreshold', 3],
  ] as const) {
    if (probe[name] === undefined || probe[name] === null || probe[name] === 0) probe[name] = value;
  }
  defaultHttpGet(probe);
  if (isRecord(probe['grpc'])) setDefault(probe['grpc'], 'service', '');
}

function defaultHttpGet(handler: Draft): void {
  if (!isRecord(handler['httpGet'])) return;
  setDefault(handler['httpGet'], 'path', '/');
  setDefault(handler['httpGet'], 'scheme', 'HTTP');
}

function defaultFieldRef(source: Draft): void {
  if (isRecord(source['fieldRef'])) setDefault(source['fieldRef'], 'apiVersion', 'v1');
  if (isRecord(source['fileKeyRef'])) setDefault(source['fileKeyRef'], 'optional', false);
  const resourceRef = source['resourceFieldRef'];
  if (isRecord(resourceRef)) setDefault(resourceRef, 'divisor', '0');
}

const ownSources = ['name'];

/** Volume sources with constants as defaults. */
const sourceDefaults: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  hostPath: { type: '' },
  iscsi: { iscsiInterface: 'default' },
  rbd: { pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' },
  azureDisk: { cachingMode: 'ReadWrite', kind: 'Shared', fsType: 'ext4', readOnly: false },
  scaleIO: { storageMode: 'ThinProvisioned', fsType: 'xfs' },
};

function defaultVolume(volume: Draft): void {
  if (Object.keys(volume).every((key) => ownSources.includes(key) || volume[key] === undefined)) volume['emptyDir'] = {};
  for (const source of ['configMap', 'secret', 'downwardAPI', 'projected']) {
    if (isRecord(volume[source])) setDefault(volume[source], 'defaultMode', 420);
  }
  for (const item of recordsAt(volume, 'downwardAPI', 'items')) defaultFieldRef(item);
  for (const source of recordsAt(volume, 'projected', 'sources')) {
    for (const item of recordsAt(source, 'downwardAPI', 'items')) defaultFieldRef(item);
    if (isRecord(source['serviceAccountToken'])) setDefault(source['serviceAccountToken'], 'expirationSeconds', 3600);
  }
  for (const [source, defaults] of Object.entries(sourceDefaults)) {
    const found = volume[source];
    if (isRecord(found)) for (const [key, value] of Object.entries(defaults)) setDefault(found, key, value);
  }
  const claim = recordAt(volume, 'ephemeral', 'volumeClaimTemplate', 'spec');
  if (Object.keys(claim).length > 0) setDefault(claim, 'volumeMode', 'Filesystem');
}

import type { Draft } from '../json.js';
import { ensureRecord, isRecord, recordsAt, setDefault, stringsAt, textAt } from '../json.js';
import { defaultTemplateIn } from '../../../api/pod-defaults.js';

/* What a real API server fills in for the kinds around pods. Semantics: Kubernetes, apps/v1, batch/v1, core/v1 defaults, 1.35. */

export function defaultReplicaSet(draft: Draft): void {
  const spec = ensureRecord(draft, 'spec');
  setDefault(spec, 'replicas', 1);
  defaultTemplateIn(spec);
}

export function defaultDeployment(draft: Draft): void {
  const spec = ensureRecord(draft, 'spec');
  setDefault(spec, 'replicas', 1);
  setDefault(spec, 'revisionHistoryLimit', 10);
  setDefault(spec, 'progressDeadlineSeconds', 600);
  const strategy = ensureRecord(spec, 'strategy');
  setDefault(strategy, 'type', 'RollingUpdate');
  if (strategy['type'] === 'RollingUpdate') {
    const rolling = ensureRecord(strategy, 'rollingUpdate');
    setDefault(rolling, 'maxSurge', '25%');
    setDefault(rolling, 'maxUnavailable', '25%');
  }
  defaultTemplateIn(spec);
}

export function defaultJob(draft: Draft): void {
  const spec = ensureRecord(draft, 'spec');
  if (spec['completions'] === undefined && spec['parallelism'] === undefined) spec['completions'] = 1;
  setDefault(spec, 'parallelism', 1);
  setDefault(spec, 'completionMode', 'NonIndexed');
  setDefault(spec, 'backoffLimit', 6);
  setDefault(spec, 'suspend', false);
  setDefault(spec, 'manualSelector', false);
  setDefault(spec, 'podReplacementPolicy', isRecord(spec['podFailurePolicy']) ? 'Failed' : 'TerminatingOrFailed');
  defaultTemplateIn(spec);
  labelLikeTemplate(draft, spec);
}

/** A Job without labels takes those of its template. */
export function labelLikeTemplate(draft: Draft, spec: Draft): void {
  const metadata = ensureRecord(draft, 'metadata');
  const labels = stringsAt(spec, 'template', 'metadata', 'labels');
  if (Object.keys(stringsAt(metadata, 'labels')).length === 0 && Object.keys(labels).length > 0) metadata['labels'] = { ...labels };
}

export function defaultService(draft: Draft): void {
  const spec = ensureRecord(draft, 'spec');
  setDefault(spec, 'type', 'ClusterIP');
  setDefault(spec, 'sessionAffinity', 'None');
  for (const port of recordsAt(spec, 'ports')) {
    setDefault(port, 'protocol', 'TCP');
    if (port['targetPort'] === undefined || port['targetPort'] === 0 || port['targetPort'] === '') port['targetPort'] = port['port'];
  }
  if (spec['type'] === 'ExternalName') return;
  // Headless and without a selector, nobody knows yet which family its endpoints will be of.
  const isOpen = spec['clusterIP'] === 'None' && Object.keys(stringsAt(spec, 'selector')).length === 0;
  setDefault(spec, 'ipFamilies', isOpen ? ['IPv4', 'IPv6'] : ['IPv4']);
  setDefault(spec, 'ipFamilyPolicy', isOpen ? 'RequireDualStack' : 'SingleStack');
  setDefault(spec, 'internalTrafficPolicy', 'Cluster');
  if (spec['type'] !== 'ClusterIP') setDefault(spec, 'externalTrafficPolicy', 'Cluster');
  if (spec['type'] === 'LoadBalancer') setDefault(spec, 'allocateLoadBalancerNodePorts', true);
}

export function defaultEndpointSlice(draft: Draft): void {
  for (const port of recordsAt(draft, 'ports')) {
    setDefault(port, 'name', '');
    setDefault(port, 'protocol', 'TCP');
  }
}

export function defaultEndpoints(draft: Draft): void {
  for (const subset of recordsAt(draft, 'subsets')) for (const port of recordsAt(subset, 'ports')) setDefault(port, 'protocol', 'TCP');
}

export function defaultHorizontalPodAutoscaler(draft: Draft): void {
  const spec = ensureRecord(draft, 'spec');
  setDefault(spec, 'minReplicas', 1);
  if (recordsAt(spec, 'metrics').length === 0) {
    spec['metrics'] = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }];
  }
}

export function defaultCustomResourceDefinition(draft: Draft): void {
  const spec = ensureRecord(draft, 'spec');
  const names = ensureRecord(spec, 'names');
  setDefault(names, 'singular', (textAt(names, 'kind') ?? '').toLowerCase());
  setDefault(names, 'listKind', `${textAt(names, 'kind') ?? ''}List`);
  setDefault(spec, 'conversion', { strategy: 'None' });
}

export function defaultRoleBinding(draft: Draft): void {
  const ref = draft['roleRef'];
  if (isRecord(ref)) setDefault(ref, 'apiGroup', 'rbac.authorization.k8s.io');
  for (const subject of recordsAt(draft, 'subjects')) {
    if (subject['kind'] !== 'ServiceAccount') setDefault(subject, 'apiGroup', 'rbac.authorization.k8s.io');
  }
}

/** Base64 is what Secrets hold; stringData is a convenience of writers. */
export function defaultSecret(draft: Draft): void {
  setDefault(draft, 'type', 'Opaque');
  const plain = stringsAt(draft, 'stringData');
  if (Object.keys(plain).length > 0) {
    const data = ensureRecord(draft, 'data');
    for (const [name, value] of Object.entries(plain)) data[name] = Buffer.from(value, 'utf8').toString('base64');
  }
  delete draft['stringData'];
}

import type { Json, KubeObject } from '../../src/api/kube.js';
import { analysisRunFacts, experimentFacts } from './facts-analysis.js';
import { destinationRuleFacts, ingressFacts, virtualServiceFacts } from './facts-routes.js';
import type { Facts } from './format.js';
import { observedGenerationIsCurrent } from '../lib/observed.js';
import { jsonAt, listAt, numberAt, recordAt, textAt } from '../lib/json-at.js';

type FactValue = Json | undefined;

/** What the recordings say about an object, under the names they use; a kind they do not follow has no facts. */
export function factsOf(object: KubeObject): Facts {
  const facts = kindFacts(object);
  return Object.fromEntries(Object.entries(facts).filter((entry): entry is [string, Json] => entry[1] !== undefined));
}

function kindFacts(object: KubeObject): Readonly<Record<string, FactValue>> {
  switch (object.kind) {
    case 'Rollout':
      return rolloutFacts(object);
    case 'ReplicaSet':
      return replicaSetFacts(object);
    case 'Service':
      return serviceFacts(object);
    case 'Deployment':
      return {
        'spec.replicas': numberAt(object, 'spec', 'replicas'),
        image: image(object),
        available: numberAt(object, 'status', 'availableReplicas') ?? 0,
      };
    case 'Job':
      return { ...metadataFacts(object), owner: owner(object), ...jobConditions(object) };
    case 'Pod':
      return podFacts(object);
    case 'Ingress':
      return { ...metadataFacts(object), owner: owner(object), ...ingressFacts(object) };
    case 'VirtualService':
      return virtualServiceFacts(object);
    case 'DestinationRule':
      return { ...annotationFacts(object), ...destinationRuleFacts(object) };
    case 'AnalysisRun':
      return { ...metadataFacts(object), owner: owner(object), ...analysisRunFacts(object) };
    case 'Experiment':
      return { ...metadataFacts(object), owner: owner(object), ...experimentFacts(object) };
    default:
      return {};
  }
}

/** Status fields of a Rollout that are taken over as they are. Counts of 0 are absent: upstream omits them. */
const rolloutStatusFields: readonly (readonly string[])[] = [
  ['currentPodHash'],
  ['currentStepHash'],
  ['currentStepIndex'],
  ['message'],
  ['phase'],
  ['selector'],
  ['stableRS'],
  ['duration', 'completionStatus'],
  ['controllerPause'],
  ['abort'],
  ['abortedAt'],
  ['promoteFull'],
  ['restartedAt'],
  ['collisionCount'],
  ['canary', 'weights', 'canary', 'podTemplateHash'],
  ['canary', 'weights', 'canary', 'serviceName'],
  ['canary', 'weights', 'canary', 'weight'],
  ['canary', 'weights', 'stable', 'podTemplateHash'],
  ['canary', 'weights', 'stable', 'serviceName'],
  ['canary', 'weights', 'stable', 'weight'],
  ['canary', 'weights', 'additional'],
  ['canary', 'currentExperiment'],
  ['canary', 'stablePingPong'],
  ['canary', 'currentStepAnalysisRunStatus', 'name'],
  ['canary', 'currentStepAnalysisRunStatus', 'status'],
  ['canary', 'currentStepAnalysisRunStatus', 'message'],
  ['canary', 'currentBackgroundAnalysisRunStatus', 'name'],
  ['canary', 'currentBackgroundAnalysisRunStatus', 'status'],
  ['canary', 'currentBackgroundAnalysisRunStatus', 'message'],
  ['blueGreen', 'activeSelector'],
  ['blueGreen', 'previewSelector'],
  ['blueGreen', 'scaleUpPreviewCheckPoint'],
  ['blueGreen', 'prePromotionAnalysisRunStatus', 'name'],
  ['blueGreen', 'prePromotionAnalysisRunStatus', 'status'],
  ['blueGreen', 'prePromotionAnalysisRunStatus', 'message'],
  ['blueGreen', 'postPromotionAnalysisRunStatus', 'name'],
  ['blueGreen', 'postPromotionAnalysisRunStatus', 'status'],
  ['blueGreen', 'postPromotionAnalysisRunStatus', 'message'],
];

const rolloutCounts = ['HPAReplicas', 'replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas'];

function rolloutFacts(object: KubeObject): Readonly<Record<string, FactValue>> {
  const reasons = listAt(object, 'status', 'pauseConditions').map((pause) => textAt(pause, 'reason') ?? '');
  return {
    ...annotationFacts(object),
    image: image(object),
    'spec.replicas': numberAt(object, 'spec', 'replicas'),
    'spec.paused': jsonAt(object, 'spec', 'paused'),
    'spec.restartAt': jsonAt(object, 'spec', 'restartAt'),
    observed: observedGenerationIsCurrent(object),
    deleting: object.metadata.deletionTimestamp === undefined ? undefined : true,
    'status.pauseConditions': reasons.length === 0 ? undefined : reasons,
    ...Object.fromEntries(rolloutStatusFields.map((path) => [`status.${path.join('.')}`, nonEmpty(jsonAt(object, 'status', ...path))])),
    ...Object.fromEntries(rolloutCounts.map((name) => [`status.${name}`, nonZero(numberAt(object, 'status', name))])),
    ...conditionFacts(object),
  };
}

function conditionFacts(object: KubeObject): Readonly<Record<string, FactValue>> {
  const conditions = listAt(object, 'status', 'conditions');
  return Object.fromEntries(
    conditions.map((condition) => {
      const [status, reason, message] = ['status', 'reason', 'message'].map((name) => textAt(condition, name) ?? '');
      return [`cond.${textAt(condition, 'type') ?? ''}`, `${status} ${reason}: ${message}`];
    }),
  );
}

function jobConditions(object: KubeObject): Readonly<Record<string, FactValue>> {
  return Object.fromEntries(
    listAt(object, 'status', 'conditions').map((condition) => [`cond.${textAt(condition, 'type') ?? ''}`, textAt(condition, 'status')]),
  );
}

function replicaSetFacts(object: KubeObject): Readonly<Record<string, FactValue>> {
  const count = (name: string): number => numberAt(object, 'status', name) ?? 0;
  return {
    ...metadataFacts(object),
    'spec.replicas': numberAt(object, 'spec', 'replicas'),
    'spec.minReadySeconds': nonZero(numberAt(object, 'spec', 'minReadySeconds')),
    image: image(object),
    owner: owner(object),
    pods: `${count('replicas')} created, ${count('readyReplicas')} ready, ${count('availableReplicas')} available`,
    ...prefixed('templateLabels', recordAt(object, 'spec', 'template', 'metadata', 'labels')),
    ...prefixed('templateAnnotations', recordAt(object, 'spec', 'template', 'metadata', 'annotations')),
  };
}

function serviceFacts(object: KubeObject): Readonly<Record<string, FactValue>> {
  const ports = listAt(object, 'spec', 'ports').map(
    (port) => `${textAt(port, 'name') ?? ''}:${textAt(port, 'port') ?? ''}->${textAt(port, 'targetPort') ?? ''}`,
  );
  return {
    ...annotationFacts(object),
    owner: owner(object),
    ports: ports.join(' '),
    ...prefixed('selector', recordAt(object, 'spec', 'selector')),
  };
}

function podFacts(object: KubeObject): Readonly<Record<string, FactValue>> {
  const ready = listAt(object, 'status', 'conditions').some(
    (condition) => textAt(condition, 'type') === 'Ready' && textAt(condition, 'status') === 'True',
  );
  return {
    owner: owner(object),
    labels: pairs(object.metadata.labels ?? {}),
    annotations: nonEmpty(pairs(object.metadata.annotations ?? {})),
    image: textAt(object, 'spec', 'containers', 0, 'image'),
    ready,
    deleting: object.metadata.deletionTimestamp === undefined ? undefined : true,
  };
}

function pairs(record: Readonly<Record<string, string>>): string {
  return Object.entries(record)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(' ');
}

function image(object: KubeObject): string | undefined {
  return textAt(object, 'spec', 'template', 'spec', 'containers', 0, 'image');
}

function owner(object: KubeObject): string | undefined {
  const controller = object.metadata.ownerReferences?.find((reference) => reference.controller === true);
  return controller === undefined ? undefined : `${controller.kind}/${controller.name}`;
}

function metadataFacts(object: KubeObject): Readonly<Record<string, FactValue>> {
  return { ...prefixed('labels', object.metadata.labels ?? {}), ...annotationFacts(object) };
}

function annotationFacts(object: KubeObject): Readonly<Record<string, FactValue>> {
  const { 'kubectl.kubernetes.io/last-applied-configuration': _lastApplied, ...annotations } = object.metadata.annotations ?? {};
  return prefixed('annotations', annotations);
}

function prefixed(prefix: string, record: Readonly<Record<string, Json>>): Readonly<Record<string, Json>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [`${prefix}.${key}`, value]));
}

function nonZero(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value;
}

function nonEmpty(value: Json | undefined): Json | undefined {
  return value === '' ? undefined : value;
}

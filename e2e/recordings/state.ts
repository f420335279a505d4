import type { KubeObject } from '../../src/api/kube.js';
import { factsOf } from './facts.js';
import type { StateOfRest } from './format.js';
import { jsonAt, listAt, numberAt, shownJson, textAt } from '../lib/json-at.js';

/** The sentences that a milestone has about the objects of a namespace, in the words of the recordings. */
export function stateOf(objects: Iterable<KubeObject>): StateOfRest {
  const state: Record<string, Record<string, string>> = {};
  for (const object of objects) {
    for (const [kind, name, sentence] of sentencesOf(object)) (state[kind] ??= {})[name] = sentence;
  }
  return state;
}

type Sentence = readonly [kind: string, name: string, sentence: string];

function sentencesOf(object: KubeObject): readonly Sentence[] {
  const { name } = object.metadata;
  switch (object.kind) {
    case 'Rollout':
      return [['rollout', name, rolloutSentence(object)]];
    case 'ReplicaSet':
      return [['rs', name, replicaSetSentence(object)]];
    case 'Service':
      return [['service', name, textAt(object, 'spec', 'selector', 'rollouts-pod-template-hash') ?? '-']];
    case 'Deployment':
      return [['deployment', name, textAt(object, 'spec', 'replicas') ?? '-']];
    case 'AnalysisRun':
      return [['analysis', name, textAt(object, 'status', 'phase') ?? '']];
    case 'Experiment':
      return [['experiment', name, textAt(object, 'status', 'phase') ?? '']];
    case 'Job':
      return [['job', name, jobSentence(object)]];
    case 'VirtualService':
      return Object.entries(factsOf(object)).map(([route, text]) => ['virtualService', `${name} ${route}`, shownJson(text)]);
    case 'DestinationRule':
      return Object.entries(factsOf(object))
        .filter(([fact]) => fact.startsWith('subset '))
        .map(([fact, labels]) => ['destinationRule', `${name} ${fact}`, shownJson(labels)]);
    case 'Ingress':
      return ingressSentences(object);
    default:
      return [];
  }
}

function rolloutSentence(object: KubeObject): string {
  const status = (...path: readonly string[]): string | undefined => textAt(object, 'status', ...path);
  const message = status('message');
  const step = status('currentStepIndex');
  const reasons = listAt(object, 'status', 'pauseConditions').map((pause) => textAt(pause, 'reason') ?? '');
  const canaryWeight = status('canary', 'weights', 'canary', 'weight');
  const pingPong = status('canary', 'stablePingPong');
  const parts = [
    status('phase') ?? '-',
    message === undefined || message === '' ? undefined : `(${message})`,
    step === undefined ? undefined : `step ${step}`,
    `stable ${given(status('stableRS')) ?? '-'}`,
    `current ${given(status('currentPodHash')) ?? '-'}`,
    jsonAt(object, 'spec', 'paused') === true ? 'spec.paused' : undefined,
    jsonAt(object, 'status', 'abort') === true ? 'ABORT' : undefined,
    reasons.length === 0 ? undefined : `[${reasons.join(', ')}]`,
    labelled('active', given(status('blueGreen', 'activeSelector'))),
    labelled('preview', given(status('blueGreen', 'previewSelector'))),
    canaryWeight === undefined ? undefined : `weight ${canaryWeight}/${status('canary', 'weights', 'stable', 'weight') ?? '-'}`,
    pingPong === undefined || pingPong === '' ? undefined : pingPong,
    `pods ${['replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas'].map((name) => status(name) ?? '0').join('/')}`,
  ];
  return parts.filter((part) => part !== undefined).join(' ');
}

function labelled(label: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : `${label} ${value}`;
}

function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function replicaSetSentence(object: KubeObject): string {
  const count = (name: string): number => numberAt(object, 'status', name) ?? 0;
  const deadline = object.metadata.annotations?.['scale-down-deadline'];
  const wanted = textAt(object, 'spec', 'replicas') ?? '0';
  return `${wanted} (${count('readyReplicas')} ready, ${count('availableReplicas')} available)${deadline === undefined || deadline === '' ? '' : ' deadline'}`;
}

function jobSentence(object: KubeObject): string {
  const isTrue = (type: string): boolean =>
    listAt(object, 'status', 'conditions').some(
      (condition) => textAt(condition, 'type') === type && textAt(condition, 'status') === 'True',
    );
  return ['Complete', 'Failed'].find(isTrue) ?? 'active';
}

const routingAnnotation = /^(nginx\.ingress\.kubernetes\.io\/canary|alb\.ingress\.kubernetes\.io\/(actions|conditions)\.)/;

function ingressSentences(object: KubeObject): readonly Sentence[] {
  const routing = Object.entries(object.metadata.annotations ?? {})
    .filter(([key]) => routingAnnotation.test(key))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`);
  return routing.length === 0 ? [] : [['ingress', object.metadata.name, routing.join(' ')]];
}

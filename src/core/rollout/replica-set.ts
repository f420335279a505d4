import { apiVersionOf, keys, resources, type Json, type JsonObject, type NewObject } from '../../api/kube.js';
import type { AntiAffinity, PodMetadata } from '../../api/rollout-types.js';
import { isEqual } from '../../lib/equal.js';
import { fieldOf, isPlainObject, objectsOf } from '../../lib/json.js';
import type { RolloutContext } from './context.js';
import { templateOf } from './identity.js';
import { ownerReferenceOf } from './runs.js';

/** Annotations of a Rollout that are not its ReplicaSets' business. rollout-core 2.1 */
const notCopied: ReadonlySet<string> = new Set([
  keys.lastApplied,
  keys.revision,
  keys.revisionHistory,
  keys.desiredReplicas,
  keys.notified,
]);

export function replicaSetName(context: RolloutContext): string {
  return `${context.rollout.metadata.name}-${context.canaryHash}`;
}

/**
 * The ReplicaSet of the current template, with no pods yet: its size is decided by a pass that sees the update stored.
 * Semantics: rollout-core 2.2
 */
export function renderReplicaSet(context: RolloutContext): NewObject {
  const { rollout, spec, canaryHash, revision } = context;
  const template = templateOf(context.seen) ?? {};
  const metadata = objectAt(template, 'metadata');
  const ephemeral = initialPodMetadata(context);
  const hash = { [keys.podTemplateHash]: canaryHash };
  const labels = { ...stringsAt(metadata, 'labels'), ...hash };
  return {
    apiVersion: apiVersionOf(resources.replicaSets),
    kind: resources.replicaSets.kind,
    metadata: {
      name: replicaSetName(context),
      namespace: rollout.metadata.namespace ?? '',
      labels,
      annotations: {
        ...copiedAnnotations(context),
        [keys.desiredReplicas]: String(context.replicas),
        [keys.revision]: String(revision),
        ...(ephemeral === undefined ? {} : { [keys.ephemeralMetadata]: renderEphemeral(ephemeral) }),
      },
      ownerReferences: [ownerReferenceOf(rollout)],
    },
    spec: {
      replicas: 0,
      ...(spec.minReadySeconds === 0 ? {} : { minReadySeconds: spec.minReadySeconds }),
      selector: { ...spec.selector, matchLabels: { ...spec.selector?.matchLabels, ...hash } },
      template: {
        ...template,
        metadata: {
          ...metadata,
          labels: { ...labels, ...ephemeral?.labels },
          ...annotationsOf(metadata, ephemeral),
        },
        spec: withAntiAffinity(objectAt(template, 'spec'), context),
      },
    },
  };
}

/** The Rollout's annotations a ReplicaSet carries as well. */
export function copiedAnnotations({ rollout }: RolloutContext): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(rollout.metadata.annotations ?? {}).filter(([key]) => !notCopied.has(key)));
}

function annotationsOf(metadata: JsonObject, ephemeral: PodMetadata | undefined): JsonObject {
  const annotations = { ...stringsAt(metadata, 'annotations'), ...ephemeral?.annotations };
  return Object.keys(annotations).length === 0 ? {} : { annotations };
}

/** What rollout-core 2.2 injects at creation: the canary's or preview's metadata beside a stable version, else the stable's. */
function initialPodMetadata({ spec, stable }: RolloutContext): PodMetadata | undefined {
  const { strategy } = spec;
  const [beside, alone] =
    strategy.kind === 'canary' ? [strategy.canaryMetadata, strategy.stableMetadata] : [strategy.previewMetadata, strategy.activeMetadata];
  return stable === undefined ? alone : beside;
}

/** Upstream's JSON: empty maps left out, keys sorted by Go. */
export function renderEphemeral(metadata: PodMetadata): string {
  const sorted = (map: Readonly<Record<string, string>> | undefined): [string, string][] =>
    Object.entries(map ?? {}).sort(([left], [right]) => (left < right ? -1 : 1));
  const [labels, annotations] = [sorted(metadata.labels), sorted(metadata.annotations)];
  return JSON.stringify({
    ...(labels.length === 0 ? {} : { labels: Object.fromEntries(labels) }),
    ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
  });
}

/** Keeps the new pods off the nodes of stable's while an update is under way. Semantics: rollout-core 6.5 */
function withAntiAffinity(podSpec: JsonObject, context: RolloutContext): JsonObject {
  const podAntiAffinity = wantedAntiAffinity(podSpec, context);
  return podAntiAffinity === undefined ? podSpec : { ...podSpec, affinity: { ...objectAt(podSpec, 'affinity'), podAntiAffinity } };
}

/**
 * The canary's podAntiAffinity when it has to change: a ReplicaSet that comes back keeps off the stable version of its first time.
 * @returns undefined when it is as it should be
 */
export function antiAffinityChange(context: RolloutContext): JsonObject | undefined {
  if (context.canary === undefined) return undefined;
  const podSpec = objectAt(context.canary.template, 'spec');
  const wanted = wantedAntiAffinity(podSpec, context);
  return wanted === undefined || isEqual(wanted, objectAt(objectAt(podSpec, 'affinity'), 'podAntiAffinity')) ? undefined : wanted;
}

function wantedAntiAffinity(podSpec: JsonObject, context: RolloutContext): JsonObject | undefined {
  const { antiAffinity } = context.spec.strategy;
  const { stableRS } = context.status;
  if (antiAffinity === undefined || stableRS === '' || stableRS === context.canaryHash) return undefined;
  const podAntiAffinity = objectAt(objectAt(podSpec, 'affinity'), 'podAntiAffinity');
  const [field, term] = antiAffinityTerm(antiAffinity, stableRS, context.rollout.metadata.namespace ?? '');
  const terms: Json | undefined = podAntiAffinity[field];
  const others = isList(terms) ? terms.filter((each) => !isOurTerm(each)) : [];
  return { ...podAntiAffinity, [field]: [...others, term] };
}

function isOurTerm(term: Json): boolean {
  const expressions = fieldOf(fieldOf(fieldOf(term, 'podAffinityTerm') ?? term, 'labelSelector'), 'matchExpressions');
  return objectsOf(expressions).some((expression) => expression['key'] === keys.podTemplateHash);
}

function antiAffinityTerm(antiAffinity: AntiAffinity, stableHash: string, namespace: string): readonly [field: string, term: JsonObject] {
  const term = {
    labelSelector: { matchExpressions: [{ key: keys.podTemplateHash, operator: 'In', values: [stableHash] }] },
    namespaces: [namespace],
    topologyKey: 'kubernetes.io/hostname',
  };
  return antiAffinity.kind === 'required'
    ? ['requiredDuringSchedulingIgnoredDuringExecution', term]
    : ['preferredDuringSchedulingIgnoredDuringExecution', { weight: antiAffinity.weight, podAffinityTerm: term }];
}

function isList(json: Json | undefined): json is readonly Json[] {
  return Array.isArray(json);
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value: Json | undefined = object[key];
  return isPlainObject(value) ? value : {};
}

function stringsAt(object: JsonObject, key: string): Readonly<Record<string, string>> {
  // Validation has refused labels and annotations that are no text; what is left in a map of metadata is text.
  return objectAt(object, key) as Readonly<Record<string, string>>;
}

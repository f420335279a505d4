import { controllerOf, keys, objectKey, resources, type ObjectMeta } from '../api/kube.js';
import type { CanaryStrategy, Rollout, RolloutAnalysis, TemplateRef } from '../api/index.js';
import { parseAnalysisTemplate, parseRollout, validateRollout } from '../api/index.js';
import type { Indexers, Informer, Informers } from '../runtime/types.js';
import { rememberParsed } from './parsed.js';

/** Which Rollouts are ours to look at. */
export interface Scope {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  /** Only Rollouts with this instance label; absent: only those without one (rollout-core 2.1). */
  readonly instanceId?: string;
}

/** The local copies an observation reads from. */
export interface RolloutSources {
  readonly rollouts: Informer;
  readonly replicaSets: Informer;
  readonly analysisRuns: Informer;
  readonly experiments: Informer;
  readonly services: Informer;
  readonly analysisTemplates: Informer;
  /** Undefined when only one namespace is watched: what lies outside it may not be readable. */
  readonly clusterAnalysisTemplates: Informer | undefined;
}

/** Index names. */
export const by = {
  owner: 'owner',
  orphan: 'orphan',
  manager: 'manager',
  service: 'service',
  template: 'template',
  nested: 'nested',
} as const;

/** Label selector of the objects this instance looks after: with its label, or without any (rollout-core 2.1). */
export function instanceSelector({ instanceId }: Scope): string {
  return instanceId === undefined ? `!${keys.instanceId}` : `${keys.instanceId}=${instanceId}`;
}

/** Starts, or joins, the informers that observations of Rollouts need. ReplicaSets are narrowed by label on the server. */
export function rolloutSources(informers: Pick<Informers, 'informer'>, scope: Scope = {}): RolloutSources {
  const inScope = scope.namespace === undefined ? {} : { namespace: scope.namespace };
  const instance = instanceSelector(scope);
  return {
    rollouts: informers.informer({ resource: resources.rollouts, labelSelector: instance, ...inScope }, rolloutIndexers),
    replicaSets: informers.informer(
      { resource: resources.replicaSets, labelSelector: keys.podTemplateHash, ...inScope },
      replicaSetIndexers,
    ),
    analysisRuns: informers.informer({ resource: resources.analysisRuns, labelSelector: instance, ...inScope }, ownerIndexers),
    experiments: informers.informer({ resource: resources.experiments, labelSelector: instance, ...inScope }, ownerIndexers),
    services: informers.informer({ resource: resources.services, ...inScope }, serviceIndexers),
    analysisTemplates: informers.informer({ resource: resources.analysisTemplates, ...inScope }, templateIndexers),
    clusterAnalysisTemplates:
      scope.namespace === undefined ? informers.informer({ resource: resources.clusterAnalysisTemplates }, templateIndexers) : undefined,
  };
}

export function allSources(sources: RolloutSources): readonly Informer[] {
  const { rollouts, replicaSets, analysisRuns, experiments, services, analysisTemplates, clusterAnalysisTemplates } = sources;
  const optional = clusterAnalysisTemplates === undefined ? [] : [clusterAnalysisTemplates];
  return [rollouts, replicaSets, analysisRuns, experiments, services, analysisTemplates, ...optional];
}

/** Parsed and validated once for each version of the object. */
export const parsedRollout = rememberParsed((raw) => {
  const { rollout, errors } = parseRollout(raw);
  return { rollout, errors: validateRollout(rollout, errors) };
});
export const parsedTemplate = rememberParsed((raw) => parseAnalysisTemplate(raw).template);

const ownerIndexers: Indexers = { [by.owner]: (object) => uidOfOwner(object.metadata) };

const replicaSetIndexers: Indexers = {
  ...ownerIndexers,
  [by.orphan]: (object) => (controllerOf(object.metadata) === undefined ? [object.metadata.namespace ?? ''] : []),
};

const serviceIndexers: Indexers = {
  [by.manager]: ({ metadata }) => {
    const manager = metadata.annotations?.[keys.managedBy];
    return manager === undefined ? [] : [inNamespace(metadata, manager)];
  },
};

const rolloutIndexers: Indexers = {
  [by.service]: (object) => serviceNames(parsedRollout(object).rollout).map((name) => inNamespace(object.metadata, name)),
  [by.template]: (object) => templateRefs(parsedRollout(object).rollout).map((ref) => templateIndexKey(object.metadata.namespace, ref)),
};

const templateIndexers: Indexers = {
  [by.nested]: (object) => parsedTemplate(object).spec.templates.map((ref) => templateIndexKey(object.metadata.namespace, ref)),
};

function uidOfOwner(metadata: ObjectMeta): readonly string[] {
  const owner = controllerOf(metadata);
  return owner === undefined ? [] : [owner.uid];
}

export function inNamespace(metadata: Pick<ObjectMeta, 'namespace'>, name: string): string {
  return objectKey({ ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }), name });
}

/** `cluster/NAME`, or `NAMESPACE/NAME` after a mark that no namespace can have. */
export function templateIndexKey(namespace: string | undefined, ref: TemplateRef): string {
  return ref.clusterScope ? `cluster/${ref.templateName}` : `namespaced/${namespace ?? ''}/${ref.templateName}`;
}

/** Names of the Services a strategy refers to. */
export function serviceNames({ spec: { strategy } }: Rollout): readonly string[] {
  const names =
    strategy.kind === 'blueGreen'
      ? [strategy.activeService, strategy.previewService]
      : [strategy.canaryService, strategy.stableService, strategy.pingPong?.pingService, strategy.pingPong?.pongService];
  return names.flatMap((name) => (name === undefined || name === '' ? [] : [name]));
}

/** Templates a strategy refers to by itself, not those these refer to. */
export function templateRefs({ spec: { strategy } }: Rollout): readonly TemplateRef[] {
  const analyses: readonly (RolloutAnalysis | undefined)[] =
    strategy.kind === 'blueGreen' ? [strategy.prePromotionAnalysis, strategy.postPromotionAnalysis] : canaryAnalyses(strategy);
  return analyses.flatMap((analysis) => analysis?.templates ?? []);
}

function canaryAnalyses(strategy: CanaryStrategy): readonly (RolloutAnalysis | undefined)[] {
  const steps = strategy.steps.flatMap((step) => [step, ...(step.also ?? [])]);
  return [strategy.analysis, ...steps.map((step) => (step.kind === 'analysis' ? step : undefined))];
}

import { parseAnalysisRun, parseExperiment, parseReplicaSet, parseService } from '../../api/index.js';
import { controllerOf, type KubeObject } from '../../api/kube.js';
import type { TemplateRef } from '../../api/analysis-types.js';
import type { ObservedExperiment } from '../../core/experiment/index.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { by, parsedTemplate, rememberParsed } from '../../observe/index.js';
import type { ExperimentSources } from './sources.js';
import { additionalWeights } from './weights.js';

const parsedExperiment = rememberParsed(parseExperiment);
const parsedReplicaSet = rememberParsed(parseReplicaSet);
const parsedService = rememberParsed(parseService);
const parsedRun = rememberParsed((raw) => parseAnalysisRun(raw).run);

export interface Surroundings {
  readonly now: EpochMs;
  readonly instanceId?: string;
  /** Names of ReplicaSets that a create has found to be taken by somebody else. */
  readonly foreignReplicaSets: ReadonlySet<string>;
}

/** The world of one Experiment; undefined when it is gone or going. @param key namespace/name */
export function observeExperiment(key: string, sources: ExperimentSources, around: Surroundings): ObservedExperiment | undefined {
  const [namespace = '', name = ''] = key.split('/');
  const raw = sources.experiments.get(namespace, name);
  if (raw === undefined || raw.metadata.deletionTimestamp !== undefined) return undefined;
  const { experiment, errors } = parsedExperiment(raw);
  const { uid } = raw.metadata;
  const replicaSets = sources.replicaSets.byIndex(by.owner, uid).filter(isHere);
  return {
    ...around,
    experiment,
    parseErrors: errors,
    replicaSets: replicaSets.map(parsedReplicaSet),
    services: sources.services.byIndex(by.owner, uid).filter(isHere).map(parsedService),
    runs: sources.analysisRuns.byIndex(by.owner, uid).map(parsedRun),
    foreignServices: foreignServices(raw, replicaSets, sources),
    routedServices: new Set(routed(raw, sources)),
    find: (ref) => findTemplate(namespace, ref, sources),
  };
}

function isHere({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp === undefined;
}

/** Of the names this experiment may want: those of its ReplicaSets, and those its templates give. */
function foreignServices(raw: KubeObject, replicaSets: readonly KubeObject[], sources: ExperimentSources): ReadonlySet<string> {
  const { templates } = parsedExperiment(raw).experiment.spec;
  const names = [...replicaSets.map(({ metadata }) => metadata.name), ...templates.flatMap(({ service }) => service?.name ?? [])];
  return new Set(
    names.filter((name) => {
      const service = sources.services.get(raw.metadata.namespace, name);
      return service !== undefined && controllerOf(service.metadata)?.uid !== raw.metadata.uid;
    }),
  );
}

function routed(raw: KubeObject, sources: ExperimentSources): readonly string[] {
  const owner = controllerOf(raw.metadata);
  const rollout = owner === undefined ? undefined : sources.rollouts.get(raw.metadata.namespace, owner.name);
  return rollout === undefined || rollout.metadata.uid !== owner?.uid ? [] : additionalWeights(rollout);
}

function findTemplate(namespace: string, ref: TemplateRef, sources: ExperimentSources): ReturnType<ObservedExperiment['find']> {
  const raw = ref.clusterScope
    ? sources.clusterAnalysisTemplates?.get(undefined, ref.templateName)
    : sources.analysisTemplates.get(namespace, ref.templateName);
  return raw === undefined ? undefined : parsedTemplate(raw);
}

import { analysisPhases } from './analysis-types.js';
import type { Experiment, ExperimentTemplate, ExperimentTemplateStatus } from './experiment-types.js';
import type { KubeObject } from './kube.js';
import { readConditions, readDryRun, readLabelSelector, readPodMetadata, readRetention } from './parse-common.js';
import { readExperimentAnalyses, readServiceName } from './parse-steps.js';
import { Reader, optional } from './reader.js';
import type { FieldError } from './workload-types.js';

export interface ParsedExperiment {
  readonly experiment: Experiment;
  readonly errors: readonly FieldError[];
}

/** Reads an Experiment; as lenient as parseRollout. Defaults: analysis 1.7. */
export function parseExperiment(raw: KubeObject): ParsedExperiment {
  const errors: FieldError[] = [];
  const spec = Reader.of(raw.spec, 'spec', errors);
  const experiment: Experiment = { raw, metadata: raw.metadata, spec: readSpec(spec), status: parseExperimentStatus(raw.status) };
  return { experiment, errors };
}

function readSpec(spec: Reader): Experiment['spec'] {
  return {
    templates: (spec.list('templates') ?? []).map(readTemplate),
    ...optional('durationMs', spec.durationMs('duration')),
    progressDeadlineSeconds: spec.count('progressDeadlineSeconds') ?? 600,
    terminate: spec.boolean('terminate') ?? false,
    scaleDownDelaySeconds: spec.count('scaleDownDelaySeconds') ?? 30,
    analyses: readExperimentAnalyses(spec),
    dryRun: readDryRun(spec),
    measurementRetention: readRetention(spec),
    ...optional('analysisRunMetadata', readPodMetadata(spec.object('analysisRunMetadata'))),
  };
}

function readTemplate(template: Reader): ExperimentTemplate {
  return {
    name: template.requiredText('name'),
    replicas: template.count('replicas') ?? 1,
    minReadySeconds: template.count('minReadySeconds') ?? 0,
    selector: readLabelSelector(template.object('selector')),
    template: template.raw('template') ?? {},
    ...optional('service', readServiceName(template.object('service'))),
  };
}

/** Reads a status as we or Argo Rollouts wrote it; whatever makes no sense reads as absent. */
export function parseExperimentStatus(raw: unknown): Experiment['status'] {
  const status = Reader.lenient(raw);
  return {
    phase: status.word('phase', analysisPhases) ?? '',
    message: status.string('message') ?? '',
    ...optional('availableAt', status.time('availableAt')),
    conditions: readConditions(status),
    templateStatuses: (status.list('templateStatuses') ?? []).map(readTemplateStatus),
    analysisRuns: (status.list('analysisRuns') ?? []).map((run) => ({
      name: run.string('name') ?? '',
      analysisRun: run.string('analysisRun') ?? '',
      phase: run.word('phase', analysisPhases) ?? '',
      message: run.string('message') ?? '',
    })),
  };
}

const templatePhases = ['Progressing', 'Running', 'Successful', 'Failed', 'Error'] as const;

function readTemplateStatus(status: Reader): ExperimentTemplateStatus {
  return {
    name: status.string('name') ?? '',
    replicas: status.count('replicas') ?? 0,
    updatedReplicas: status.count('updatedReplicas') ?? 0,
    readyReplicas: status.count('readyReplicas') ?? 0,
    availableReplicas: status.count('availableReplicas') ?? 0,
    ...optional('collisionCount', status.count('collisionCount')),
    status: status.word('status', templatePhases) ?? '',
    message: status.string('message') ?? '',
    ...optional('lastTransitionTime', status.time('lastTransitionTime')),
    serviceName: status.string('serviceName') ?? '',
    podTemplateHash: status.string('podTemplateHash') ?? '',
  };
}

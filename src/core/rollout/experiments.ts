import type { Experiment } from '../../api/experiment-types.js';
import { apiVersionOf, keys, resources, type Json, type JsonObject, type NewObject } from '../../api/kube.js';
import type { ExperimentStep, ExperimentStepTemplate, PodMetadata } from '../../api/rollout-types.js';
import type { FieldError, ReplicaSet } from '../../api/workload-types.js';
import { isPlainObject } from '../../lib/json.js';
import { resolveRolloutArguments } from '../analysis/index.js';
import type { RolloutContext } from './context.js';
import { isCompleted, ownerReferenceOf } from './runs.js';
import type { ObservedRollout, RolloutAction } from './types.js';

/** Name of the first Experiment of a step; later ones get `-1`, `-2`. Semantics: analysis 6.4 */
export function experimentBaseName(context: RolloutContext, stepIndex: number): string {
  return `${context.rollout.metadata.name}-${context.canaryHash}-${context.revision}-${stepIndex}`;
}

/** Whether a recorded Experiment was made for this step, version and revision. */
export function isExperimentOf(name: string, context: RolloutContext, stepIndex: number): boolean {
  const base = experimentBaseName(context, stepIndex);
  return name === base || (name.startsWith(`${base}-`) && /^\d+$/.test(name.slice(base.length + 1)));
}

/** The intent to run an Experiment: stored first, carried out in the next pass. The name is free among this Rollout's. */
export function intendExperiment(context: RolloutContext, stepIndex: number): string {
  const base = experimentBaseName(context, stepIndex);
  const taken = new Set(context.seen.experiments.map(({ metadata }) => metadata.name));
  let collisions = 0;
  const name = (): string => (collisions === 0 ? base : `${base}-${collisions}`);
  while (taken.has(name())) collisions += 1;
  return name();
}

/** `x` is followed by `x-1`, that by `x-2`; `base` tells a number that counts from one that belongs to the name. */
export function nextExperimentName(name: string, base: string): string {
  return name === base ? `${base}-1` : `${base}-${Number(name.slice(base.length + 1)) + 1}`;
}

export function findExperiment(seen: ObservedRollout, name: string | undefined): Experiment | undefined {
  return name === undefined ? undefined : seen.experiments.find(({ metadata }) => metadata.name === name);
}

/** The Experiment of a stored intent, if it is still to be made. */
export function createIntendedExperiment(
  context: RolloutContext,
  step: ExperimentStep | undefined,
  stepIndex: number,
  name: string | undefined,
): readonly RolloutAction[] {
  if (step === undefined || name === undefined || findExperiment(context.seen, name) !== undefined) return [];
  const object = renderExperiment(context, step, name);
  return 'errors' in object ? [] : [{ kind: 'createExperiment', object: object.experiment, name, stepIndex, safe: false, gates: false }];
}

/** Ends every unfinished Experiment of this Rollout but the one to be kept. */
export function terminateOtherExperiments(seen: ObservedRollout, kept: string | undefined): readonly RolloutAction[] {
  return seen.experiments
    .filter(({ metadata, status, spec }) => metadata.name !== kept && !isCompleted(status.phase) && !spec.terminate)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map((experiment) => ({ kind: 'terminateExperiment', experiment, safe: true, gates: false }));
}

/**
 * The Experiment a step asks for: its templates are copies of the canary's and of stable's pods.
 * Semantics: analysis 6.4
 */
function renderExperiment(
  context: RolloutContext,
  step: ExperimentStep,
  name: string,
): { readonly experiment: NewObject } | { readonly errors: readonly FieldError[] } {
  const { rollout, spec, canaryHash, revision } = context;
  const templates = step.templates.map((template) => renderTemplate(context, template));
  const analyses = renderAnalyses(context, step);
  if (analyses === undefined || templates.includes(undefined)) return { errors: [] };
  return {
    experiment: {
      apiVersion: apiVersionOf(resources.experiments),
      kind: resources.experiments.kind,
      metadata: {
        name,
        namespace: rollout.metadata.namespace ?? '',
        labels: { ...rollout.metadata.labels, [keys.podTemplateHash]: canaryHash },
        annotations: { [keys.revision]: String(revision) },
        ownerReferences: [ownerReferenceOf(rollout)],
      },
      spec: {
        templates,
        progressDeadlineSeconds: spec.progressDeadlineSeconds,
        ...(step.durationMs === undefined ? {} : { duration: `${step.durationMs / 1_000}s` }),
        ...(step.scaleDownDelaySeconds === undefined ? {} : { scaleDownDelaySeconds: step.scaleDownDelaySeconds }),
        ...(analyses.length === 0 ? {} : { analyses }),
        ...(step.dryRun.length === 0 ? {} : { dryRun: step.dryRun.map(({ metricName }) => ({ metricName })) }),
        analysisRunMetadata: renderMetadata(step.analysisRunMetadata),
      },
    },
  };
}

function renderTemplate(context: RolloutContext, template: ExperimentStepTemplate): JsonObject | undefined {
  const source = template.specRef === 'canary' ? context.canary : context.stable;
  if (source === undefined) return undefined;
  const extra = template.metadata?.labels ?? {};
  const selector = template.selector ?? selectorOf(source);
  return {
    name: template.name,
    ...(template.replicas === undefined ? {} : { replicas: template.replicas }),
    ...(context.spec.minReadySeconds === 0 ? {} : { minReadySeconds: context.spec.minReadySeconds }),
    selector: { ...selector, matchLabels: { ...selector.matchLabels, ...extra } },
    template: withMetadata(source.template, template.metadata),
    // Routers send a share by way of a Service.
    ...(template.service === undefined && template.weight === undefined ? {} : { service: { ...template.service } }),
  };
}

function selectorOf(rs: ReplicaSet): NonNullable<ExperimentStepTemplate['selector']> {
  const selector = rs.raw.spec?.['selector'];
  // Every ReplicaSet has a LabelSelector there; the API server saw to that.
  return isPlainObject(selector) ? selector : {};
}

function withMetadata(template: JsonObject, extra: PodMetadata | undefined): JsonObject {
  const metadata = objectOf(template['metadata']);
  const { creationTimestamp: _none, ...rest } = metadata;
  const labels = { ...objectOf(metadata['labels']), ...extra?.labels };
  const annotations = { ...objectOf(metadata['annotations']), ...extra?.annotations };
  return { ...template, metadata: { ...rest, labels, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) } };
}

function renderAnalyses(context: RolloutContext, step: ExperimentStep): readonly JsonObject[] | undefined {
  const sources = { rollout: context.rollout.raw, latestHash: context.canaryHash, stableHash: context.status.stableRS };
  const rendered: JsonObject[] = [];
  for (const analysis of step.analyses) {
    const args = resolveRolloutArguments(analysis.args, sources);
    if (!args.ok) return undefined;
    rendered.push({
      name: analysis.name,
      templateName: analysis.templateName,
      ...(analysis.clusterScope ? { clusterScope: true } : {}),
      ...(args.value.length === 0 ? {} : { args: args.value.map(({ name, value = '' }) => ({ name, value })) }),
      ...(analysis.requiredForCompletion ? { requiredForCompletion: true } : {}),
    });
  }
  return rendered;
}

function renderMetadata(metadata: PodMetadata | undefined): JsonObject {
  return {
    ...(metadata?.labels === undefined ? {} : { labels: metadata.labels }),
    ...(metadata?.annotations === undefined ? {} : { annotations: metadata.annotations }),
  };
}

function objectOf(value: Json | undefined): JsonObject {
  return isPlainObject(value) ? value : {};
}

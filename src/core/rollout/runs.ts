import type { AnalysisPhase, AnalysisRun, AnalysisTemplate, TemplateRef } from '../../api/analysis-types.js';
import { completedPhases } from '../../api/analysis-types.js';
import { apiVersionOf, keys, resources, type OwnerReference } from '../../api/kube.js';
import type { Rollout, RolloutAnalysis, RunPointer } from '../../api/rollout-types.js';
import type { FieldError } from '../../api/workload-types.js';
import { buildAnalysisRun, resolveRolloutArguments, runName, type BuiltRun } from '../analysis/index.js';
import type { RolloutContext } from './context.js';
import { templateKey, type ObservedRollout, type RolloutAction } from './types.js';

/** One place of a strategy that an AnalysisRun can be for. */
export interface RunSlot {
  readonly type: 'Step' | 'Background' | 'PrePromotion' | 'PostPromotion';
  readonly analysis: RolloutAnalysis;
  /** 0-based; for `Step`. */
  readonly stepIndex?: number;
  /** Where the analysis stands in the Rollout, for errors. */
  readonly path: string;
}

const suffixes: Readonly<Record<RunSlot['type'], (slot: RunSlot) => string>> = {
  Step: (slot) => `-${slot.stepIndex ?? 0}`,
  Background: () => '',
  PrePromotion: () => '-pre',
  PostPromotion: () => '-post',
};

/**
 * Name of the first run for a slot; later ones get `.1`, `.2`.
 * Semantics: analysis 5.1
 */
function runBaseName(context: RolloutContext, slot: RunSlot): string {
  return `${context.rollout.metadata.name}-${context.canaryHash}-${context.revision}${suffixes[slot.type](slot)}`;
}

/** Whether a recorded run was made for this slot, version and revision. */
export function isRunOf(pointer: RunPointer, context: RolloutContext, slot: RunSlot): boolean {
  const base = runBaseName(context, slot);
  return pointer.name === base || (pointer.name.startsWith(`${base}.`) && /^\d+$/.test(pointer.name.slice(base.length + 1)));
}

/**
 * The intent to run an analysis: it is stored in the status first and carried out in the next pass, so that whoever dies in between
 * neither loses the run nor makes two. The name is the first one that is free among this Rollout's runs.
 */
export function intendRun(context: RolloutContext, slot: RunSlot, previous?: RunPointer): RunPointer {
  const base = runBaseName(context, slot);
  const taken = new Set(context.seen.analysisRuns.map((run) => run.metadata.name));
  if (previous !== undefined) taken.add(previous.name);
  let collisions = 0;
  while (taken.has(runName(base, collisions))) collisions += 1;
  return { name: runName(base, collisions), status: '' };
}

/** `x` is followed by `x.1`, `x.1` by `x.2`. */
export function nextRunName(name: string): string {
  const match = /^(.*)\.(\d+)$/.exec(name);
  return match === null ? `${name}.1` : `${match[1]}.${Number(match[2]) + 1}`;
}

function findRun(seen: ObservedRollout, pointer: RunPointer | undefined): AnalysisRun | undefined {
  return pointer === undefined ? undefined : seen.analysisRuns.find((run) => run.metadata.name === pointer.name);
}

/** The pointer with what its run says now; unchanged while the run does not exist. */
export function refreshPointer(seen: ObservedRollout, pointer: RunPointer | undefined): RunPointer | undefined {
  const run = findRun(seen, pointer);
  if (run === undefined) return pointer;
  const { phase, message } = run.status;
  return { name: run.metadata.name, status: phase, ...(message === '' ? {} : { message }) };
}

export function isCompleted(phase: AnalysisPhase | ''): boolean {
  return completedPhases.has(phase);
}

/** The run of a stored intent, if it is still to be made. A recorded verdict whose run was deleted stands. */
export function createIntendedRun(
  context: RolloutContext,
  slot: RunSlot | undefined,
  pointer: RunPointer | undefined,
): readonly RolloutAction[] {
  if (slot === undefined || pointer === undefined || isCompleted(pointer.status) || findRun(context.seen, pointer) !== undefined) return [];
  const built = buildRun(context, slot, pointer.name);
  if (!('run' in built)) return [];
  return [{ kind: 'createAnalysisRun', object: built.run, name: pointer.name, safe: false, gates: false }];
}

/** Ends every unfinished run of this Rollout that `kept` does not name. */
export function terminateOtherRuns(seen: ObservedRollout, kept: readonly (RunPointer | undefined)[]): readonly RolloutAction[] {
  const names = new Set(kept.map((pointer) => pointer?.name));
  return seen.analysisRuns
    .filter((run) => !names.has(run.metadata.name) && !isCompleted(run.status.phase) && !run.spec.terminate)
    .filter((run) => run.metadata.deletionTimestamp === undefined)
    .map((run) => ({ kind: 'terminateAnalysisRun', run, safe: true, gates: false }));
}

/** The AnalysisRun of a slot, or why it cannot be made. */
export function buildRun(context: RolloutContext, slot: RunSlot, name: string): BuiltRun {
  const { rollout, seen } = context;
  const { analysis } = slot;
  const args = resolveRolloutArguments(analysis.args, {
    rollout: rollout.raw,
    latestHash: context.canaryHash,
    stableHash: context.status.stableRS,
  });
  if (!args.ok) return { errors: [wrongArguments(slot, args.error)] };
  const instance = rollout.metadata.labels?.[keys.instanceId];
  return buildAnalysisRun({
    name,
    namespace: rollout.metadata.namespace ?? '',
    labels: {
      [keys.podTemplateHash]: context.canaryHash,
      [keys.rolloutType]: slot.type,
      ...(slot.stepIndex === undefined ? {} : { [keys.stepIndex]: String(slot.stepIndex) }),
      ...(instance === undefined ? {} : { [keys.instanceId]: instance }),
      ...analysis.analysisRunMetadata?.labels,
      ...rollout.spec.selector?.matchLabels,
    },
    annotations: { [keys.revision]: String(context.revision), ...analysis.analysisRunMetadata?.annotations },
    owner: ownerReferenceOf(rollout),
    templates: analysis.templates,
    find: (ref) => findTemplate(seen, ref),
    args: args.value,
    dryRun: analysis.dryRun,
    measurementRetention: analysis.measurementRetention,
    path: slot.path,
    mustEnd: slot.type !== 'Background',
  });
}

function findTemplate(seen: ObservedRollout, ref: TemplateRef): AnalysisTemplate | undefined {
  return seen.templates.get(templateKey(ref.templateName, ref.clusterScope));
}

function wrongArguments(slot: RunSlot, detail: string): FieldError {
  return {
    path: `${slot.path}.args`,
    kind: 'invalid',
    value: JSON.stringify(slot.analysis.args.map((arg) => arg.name).join(', ')),
    detail,
  };
}

export function ownerReferenceOf(rollout: Rollout): OwnerReference {
  return {
    apiVersion: apiVersionOf(resources.rollouts),
    kind: resources.rollouts.kind,
    name: rollout.metadata.name,
    uid: rollout.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

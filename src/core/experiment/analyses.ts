import type { AnalysisRun } from '../../api/analysis-types.js';
import { completedPhases } from '../../api/analysis-types.js';
import type { Argument } from '../../api/analysis-types.js';
import { keys } from '../../api/kube.js';
import type { NewObject } from '../../api/kube.js';
import type { Parsed } from '../../lib/parsed.js';
import { parsed, refused } from '../../lib/parsed.js';
import { renderWholeSeconds } from '../../lib/time.js';
import { buildAnalysisRun, resolveTemplates, substitute } from '../analysis/index.js';
import { hashOf, ownedBy } from './render.js';
import { replicaSetOf } from './templates.js';
import type { AnalysisEntry, ExperimentAnalysis, ObservedExperiment } from './types.js';

/** One analysis as it stands. */
export interface AssessedAnalysis {
  readonly entry: AnalysisEntry;
  readonly run?: AnalysisRun;
  /** To be created: its templates are there, its arguments resolved. */
  readonly wanted?: NewObject;
}

/**
 * Follows the run of an analysis. Before the pods are available only the templates' existence is checked.
 *
 * Semantics: Argo Rollouts, analysis 6.3. Differs: the entry follows its run to the end, also after the experiment has ended (upstream shows Running
 * for ever); a run created before a crash is found again.
 */
export function assessAnalysis(seen: ObservedExperiment, analysis: ExperimentAnalysis, mayStart: boolean): AssessedAnalysis {
  const before = seen.experiment.status.analysisRuns.find(({ name }) => name === analysis.name);
  const entry: AnalysisEntry = before ?? { name: analysis.name, analysisRun: '', phase: '', message: '' };
  if (entry.analysisRun !== '') return follow(seen, entry);
  if (completedPhases.has(entry.phase)) return { entry };
  const missing = resolveTemplates([analysis], seen.find, 'templates').errors[0];
  if (missing !== undefined) return { entry: failed(entry, missing.detail) };
  if (!mayStart) return { entry };
  const lost = runOfEarlierLife(seen, analysis.name);
  if (lost !== undefined) return follow(seen, { ...entry, analysisRun: lost.metadata.name });
  const wanted = renderRun(seen, analysis);
  return wanted.ok ? { entry, wanted: wanted.value } : { entry: failed(entry, wanted.error) };
}

function failed(entry: AnalysisEntry, detail: string): AnalysisEntry {
  return { ...entry, phase: 'Error', message: `AnalysisTemplate verification failed for analysis '${entry.name}': ${detail}` };
}

function follow(seen: ObservedExperiment, entry: AnalysisEntry): AssessedAnalysis {
  const run = seen.runs.find(({ metadata }) => metadata.name === entry.analysisRun);
  if (run !== undefined) {
    const { phase, message } = run.status;
    return { entry: { ...entry, phase: phase === '' ? 'Pending' : phase, message }, run };
  }
  if (completedPhases.has(entry.phase)) return { entry };
  return { entry: { ...entry, phase: 'Error', message: `AnalysisRun '${entry.analysisRun}' is gone` } };
}

/** A run of this analysis that was created after the pods became available, but not noted. */
function runOfEarlierLife({ experiment, runs }: ObservedExperiment, analysis: string): AnalysisRun | undefined {
  const base = runBaseName(experiment.metadata.name, analysis);
  const { availableAt } = experiment.status;
  if (availableAt === undefined) return undefined;
  const since = renderWholeSeconds(availableAt);
  return runs.find(({ metadata }) => {
    const isNamedSo =
      metadata.name === base || (metadata.name.startsWith(`${base}.`) && /^\d+$/.test(metadata.name.slice(base.length + 1)));
    return isNamedSo && metadata.creationTimestamp >= since;
  });
}

function runBaseName(experiment: string, analysis: string): string {
  return `${experiment}-${analysis}`;
}

function renderRun(seen: ObservedExperiment, analysis: ExperimentAnalysis): Parsed<NewObject> {
  const args = resolveArgs(seen, analysis);
  if (!args.ok) return args;
  const { metadata, spec } = seen.experiment;
  const instance = seen.instanceId === undefined ? {} : { [keys.instanceId]: seen.instanceId };
  const labels = { ...instance, ...spec.analysisRunMetadata?.labels };
  const annotations = spec.analysisRunMetadata?.annotations ?? {};
  const built = buildAnalysisRun({
    name: runBaseName(metadata.name, analysis.name),
    namespace: metadata.namespace ?? '',
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    owner: ownedBy(seen.experiment),
    templates: [analysis],
    find: seen.find,
    args: args.value,
    dryRun: spec.dryRun,
    measurementRetention: spec.measurementRetention,
    path: 'spec.analyses',
    mustEnd: false,
  });
  return 'run' in built ? parsed(built.run) : refused(built.errors.map(({ detail }) => detail).join('; '));
}

/** Values may name what the experiment made: `{{templates.NAME.podTemplateHash}}`, `{{experiment.availableAt}}`. */
function resolveArgs(seen: ObservedExperiment, analysis: ExperimentAnalysis): Parsed<readonly Argument[]> {
  const values = variablesOf(seen);
  const resolved: Argument[] = [];
  for (const { name, value } of analysis.args) {
    if (value === undefined) continue;
    const filled = substitute(value, values);
    if (!filled.ok) return filled;
    resolved.push({ name, value: filled.value });
  }
  return parsed(resolved);
}

function variablesOf(seen: ObservedExperiment): ReadonlyMap<string, string> {
  const { spec, status } = seen.experiment;
  const values = new Map<string, string>();
  for (const template of spec.templates) {
    const replicaSet = replicaSetOf(seen, template.name);
    values.set(`templates.${template.name}.podTemplateHash`, replicaSet?.hash ?? hashOf(template));
    if (replicaSet !== undefined) values.set(`templates.${template.name}.replicaset.name`, replicaSet.metadata.name);
  }
  const { availableAt } = status;
  if (availableAt !== undefined) {
    values.set('experiment.availableAt', renderWholeSeconds(availableAt));
    if (spec.durationMs !== undefined) values.set('experiment.finishedAt', renderWholeSeconds(availableAt + spec.durationMs));
  }
  return values;
}

/** A verdict that counts: a run that was Inconclusive only because we ended it says nothing. */
export function isBad({ entry, run }: AssessedAnalysis): boolean {
  if (entry.phase === 'Inconclusive') return run?.spec.terminate !== true;
  return entry.phase === 'Failed' || entry.phase === 'Error';
}

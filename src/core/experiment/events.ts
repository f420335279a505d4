import type { ExperimentEvent, ExperimentStatus } from './types.js';

/** What changed from one status to the next, as events. Semantics: Argo Rollouts, analysis 6.3; texts as recorded. */
export function eventsOf(before: ExperimentStatus, after: ExperimentStatus): readonly ExperimentEvent[] {
  const templates = after.templateStatuses.flatMap((template) => {
    const old = before.templateStatuses.find(({ name }) => name === template.name)?.status ?? '';
    return changed(`Template '${template.name}'`, 'Template', old, template.status, template.message);
  });
  const runs = after.analysisRuns.flatMap((run) => {
    const old = before.analysisRuns.find(({ name }) => name === run.name)?.phase ?? '';
    return changed(`AnalysisRun '${run.name}'`, 'AnalysisRun', old, run.phase, run.message).map((event) => ({ ...event, forOwner: true }));
  });
  return [...templates, ...runs, ...changed('Experiment', 'Experiment', before.phase, after.phase, '')];
}

function changed(what: string, reason: string, before: string, after: string, detail: string): readonly ExperimentEvent[] {
  if (before === after || after === '') return [];
  const type = after === 'Failed' || after === 'Error' || after === 'Inconclusive' ? 'Warning' : 'Normal';
  return [
    { type, reason: `${reason}${after}`, message: `${what} transitioned from ${before} -> ${after}${detail === '' ? '' : `: ${detail}`}` },
  ];
}

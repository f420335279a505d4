export { argumentKey, placeholderValues, secretPlaceholder, substitute, withSecrets } from './args.js';
export type { ArgumentValues } from './args.js';
export { assessMeasurement, failedMeasurement } from './assess-measurement.js';
export type { BuildRunInput, BuiltRun } from './build-run.js';
export { buildAnalysisRun, renderArgument, runName, runsIndefinitely, sameRun } from './build-run.js';
export { isWorse } from './assess-run.js';
export { planAnalysisRun } from './plan.js';
export { readMetric } from './read-metric.js';
export type { RunSpec } from './read-spec.js';
export { readRunSpec, resolveMetric } from './read-spec.js';
export type { Redactor } from './redact.js';
export { redactor } from './redact.js';
export type { ArgumentSources } from './rollout-args.js';
export { fieldOf, resolveRolloutArguments } from './rollout-args.js';
export type { Sample, SampleValue, StringMap } from './sample.js';
export type { FindTemplate } from './templates.js';
export { resolveTemplates } from './templates.js';
export type {
  AnalysisRunPlan,
  AnalysisRunReason,
  ObservedAnalysisRun,
  OutsideWork,
  PlannedEvent,
  StartMeasurement,
  TakenMeasurement,
  UnresolvedSecret,
} from './types.js';

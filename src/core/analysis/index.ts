export { placeholderValues, substitute, withSecrets } from './args.js';
export { assessMeasurement, failedMeasurement } from './assess-measurement.js';
export { isWorse } from './assess-run.js';
export type { BuiltRun } from './build-run.js';
export { buildAnalysisRun, runName, sameRun } from './build-run.js';
export { planAnalysisRun } from './plan.js';
export { resolveMetric } from './read-spec.js';
export type { Redactor } from './redact.js';
export { redactor } from './redact.js';
export { resolveRolloutArguments } from './rollout-args.js';
export type { Sample, StringMap } from './sample.js';
export type { FindTemplate } from './templates.js';
export { resolveTemplates } from './templates.js';
export type {
  AnalysisRunPlan,
  ObservedAnalysisRun,
  OutsideWork,
  PlannedEvent,
  StartMeasurement,
  TakenMeasurement,
  UnresolvedSecret,
} from './types.js';

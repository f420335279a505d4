export { eventsOf } from './events.js';
export { planExperiment, withCreatedRuns } from './plan.js';
export { hashOf, marksOf, renderReplicaSet } from './render.js';
export type { ExperimentAction, ExperimentEvent, ExperimentPlan, ExperimentReason, ExperimentStatus, ObservedExperiment } from './types.js';
export { validateExperiment } from './validate.js';

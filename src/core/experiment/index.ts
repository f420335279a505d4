export { eventsOf } from './events.js';
export { planExperiment, withCreatedRuns } from './plan.js';
export type { ExperimentAction, ExperimentEvent, ExperimentStatus, ObservedExperiment } from './types.js';

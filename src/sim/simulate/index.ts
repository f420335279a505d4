export { simulateUpdate } from './simulate.js';
export type { Sample, ScriptedAnswer, Simulation } from './types.js';

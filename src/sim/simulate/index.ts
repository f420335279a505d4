export { simulateUpdate } from './simulate.js';
export type { PodCount, Sample, ScriptedAnswer, Simulation, SimulationEnd, SimulationInput } from './types.js';

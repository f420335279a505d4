export type { Serving } from './serving.js';
export { startServing } from './serving.js';

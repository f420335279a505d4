export { explainRollout, type Explanation } from './explain.js';
export type { Evidence } from './evidence.js';
export type { ExplainInput, WarningView } from './types.js';

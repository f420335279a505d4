/**
 * What is heavy or rarely wanted, behind one import(). One, because a bundle makes a file of whatever two such doors share, and opening a
 * file costs a short command more than reading some code it does not use: with a file for each command `get rollout` opened 28 of them.
 */
export { completionScript } from './commands/completion.js';
export { createAnalysisRun } from './commands/create-analysis-run.js';
export { explain } from './commands/explain.js';
export { lint } from './commands/lint.js';
export { simulate } from './commands/simulate.js';

export { rememberParsed } from './parsed.js';
export { observeRollout } from './rollout.js';
export { observeRolloutOnce } from './once.js';
export {
  allSources,
  by,
  inNamespace,
  instanceSelector,
  parsedRollout,
  parsedTemplate,
  rolloutSources,
  templateIndexKey,
  type RolloutSources,
  type Scope,
} from './rollout-sources.js';
export { answerNeeds } from './needs.js';

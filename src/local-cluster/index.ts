export * from './local-cluster.js';
export * from './store/index.js';
export * from './workloads/index.js';
export type { ApplyTarget } from './manifests.js';
export { applyObjects, parseManifests } from './manifests.js';

export * from './local-cluster.js';
export * from './store/index.js';
export * from './workloads/index.js';

export type * from './cluster.js';
export { httpCluster } from './http-cluster.js';
export { runReflector, type ReflectorSink } from './reflector.js';
export { transport } from './transport.js';

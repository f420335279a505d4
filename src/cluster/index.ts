export type * from './cluster.js';
export { runReflector, type ReflectorOptions, type ReflectorSink } from './reflector.js';

export type * from './cluster.js';
export { httpCluster, type HttpClusterOptions } from './http-cluster.js';
export { tokenBucket, type RateLimit, type RateLimitOptions } from './rate-limit.js';
export { runReflector, type ReflectorOptions, type ReflectorSink } from './reflector.js';
export { transport, type Credentials, type TlsMaterial, type Transport, type TransportOptions } from './transport.js';

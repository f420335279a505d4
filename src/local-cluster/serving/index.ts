export type { AnswerCount } from './answer-counts.js';
export type { Behaviour } from './behaviour.js';
export { behaviourOf, servingAnnotation } from './behaviour.js';
export { renderMetrics } from './metrics.js';
export type { PodServers, RealAddress, ServingPod } from './pod-servers.js';
export type { Endpoint } from './service-proxy.js';
export type { ServiceAnswers, Serving, ServingOptions } from './serving.js';
export { startServing } from './serving.js';

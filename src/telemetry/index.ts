export { eventRecorder, type EventRecorder, type KubeEvent } from './events.js';
export { serveEndpoints, type EndpointAnswer } from './http-endpoints.js';
export { createLogger, silentLogger, type Logger } from './logger.js';
export { createMetrics, type EndedUpdate, type Metrics, type ReconciledKind } from './metrics.js';
export type { ObjectSources } from './object-metrics.js';

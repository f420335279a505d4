export { eventRecorder, type EventRecorder, type EventRecorderOptions, type KubeEvent } from './events.js';
export { serveEndpoints, type EndpointAnswer, type Endpoints, type EndpointServer } from './http-endpoints.js';
export { createLogger, silentLogger, type LogFields, type LogFormat, type Logger, type LoggerOptions, type LogLevel } from './logger.js';
export { createMetrics, type EndedUpdate, type Metrics, type MetricsOptions, type QueueTelemetry, type ReconciledKind } from './metrics.js';
export type { ObjectSources } from './object-metrics.js';

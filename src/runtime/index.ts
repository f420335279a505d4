export { runControllers, type ControllerSpec } from './controller-runner.js';
export { alwaysPermitted, guardedCluster } from './guard.js';
export { informers, type RunningInformers } from './informers.js';
export { lead, type ElectionEvent, type Leadership } from './leader-election.js';
export { workQueue, type ManagedQueue, type QueueHooks } from './queue.js';
export type * from './types.js';
export { runWorkers, type OnFailure } from './workers.js';

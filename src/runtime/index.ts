export { runControllers, type ControllerSpec, type Watched } from './controller-runner.js';
export { alwaysPermitted, guardedCluster, type WritePermit } from './guard.js';
export { informers, type InformersOptions, type RunningInformers } from './informers.js';
export { lead, type ElectionEvent, type ElectionOptions, type Leadership } from './leader-election.js';
export { workQueue, type ManagedQueue, type QueueHooks, type WorkQueueOptions } from './queue.js';
export { compareVersions } from './resource-version.js';
export type * from './types.js';
export { runWorkers, type OnFailure } from './workers.js';

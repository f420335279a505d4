export { createStore } from './local-store.js';
export type { LocalStore, StoreOptions } from './local-store.js';
export type { AuditEntry, Call, Delivery, Interceptor, Verb } from './call.js';
export { describeCall, isWrite } from './call.js';
export type { ClientOptions } from './client.js';
export type { LogSource } from './engine.js';
export { StatusError, statusOf } from './status-error.js';
export { moreResources } from './kinds/builtin-kinds.js';

export { createStore } from './local-store.js';
export type { LocalStore, StoreOptions } from './local-store.js';
export type { AuditEntry, Call, Delivery } from './call.js';
export { describeCall, isWrite } from './call.js';

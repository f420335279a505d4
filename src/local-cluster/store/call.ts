import type { Resource } from '../../api/kube.js';
import type { WatchEvent } from '../../cluster/cluster.js';
import type { ControllerError } from '../../lib/errors.js';
import type { EpochMs } from '../../lib/scheduler.js';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

/** One call of one client, as RBAC and audit logs name it. */
export interface Call {
  /** Counts all calls of all callers, from 1. */
  readonly ordinal: number;
  readonly at: EpochMs;
  readonly caller: string;
  readonly verb: Verb;
  readonly resource: Resource;
  readonly namespace?: string;
  /** Absent for lists, watches and creates with generateName. */
  readonly name?: string;
  readonly subresource?: 'status' | 'scale' | 'eviction' | 'binding' | 'log';
  /** true: stores nothing, whatever the verb. */
  readonly dryRun: boolean;
}

export function isWrite(call: Call): boolean {
  return !call.dryRun && (call.verb === 'create' || call.verb === 'update' || call.verb === 'patch' || call.verb === 'delete');
}

/** `patch rollouts/status`: how traces, audit and the scheduler's points name a call. */
export function describeCall(call: Pick<Call, 'verb' | 'resource' | 'subresource'>): string {
  return `${call.verb} ${call.resource.resource}${call.subresource === undefined ? '' : `/${call.subresource}`}`;
}

/** A call that has been answered. */
export interface AuditEntry extends Call {
  /** Why it was refused; absent: it was not. */
  readonly failed?: ControllerError['code'];
  /** false: a write that found everything as it wanted it. Absent for reads and refusals. */
  readonly changed?: boolean;
}

/** What to do with an event that is about to reach a watcher. 'break': the stream ends with an error, as a dropped connection does. */
export type Delivery = 'deliver' | 'drop' | 'break' | { readonly delayMs: number };

/**
 * Stands between the callers and the store: a simulation's faults and crash points.
 * Whatever it throws, the caller gets; a promise that never resolves is a caller that died waiting.
 */
export interface Interceptor {
  /** The call has not happened yet. */
  readonly before?: (call: Call) => void | Promise<void>;
  /** The call has happened (or was refused: `error`); its caller does not know yet. */
  readonly after?: (call: Call, error: ControllerError | undefined) => void | Promise<void>;
  /** Order within one stream is kept: a delayed event holds up the ones behind it. */
  readonly deliver?: (caller: string, resource: Resource, event: WatchEvent) => Delivery;
}

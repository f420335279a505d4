import type { Cluster } from '../../cluster/cluster.js';
import type { Scheduler } from '../../lib/scheduler.js';
import type { LocalStore } from '../store/index.js';
import type { Kind } from '../store/kinds/kind.js';
import type { Form } from './negotiation.js';
import type { Reply } from './reply.js';
import type { Route } from './route.js';

/** One request about objects, with everything that is needed to answer it. */
export interface ResourceRequest {
  readonly method: string;
  readonly route: Extract<Route, { readonly kind: 'resource' }>;
  readonly query: URLSearchParams;
  readonly accept: string | undefined;
  readonly contentType: string | undefined;
  readonly userAgent: string | undefined;
  readonly body: Buffer;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
  readonly caller: string;
  readonly reply: Reply;
  readonly store: LocalStore;
  readonly scheduler: Scheduler;
}

/** A request whose kind is known. */
export interface KindRequest extends ResourceRequest {
  readonly kind: Kind;
  readonly form: Form;
  readonly cluster: Cluster;
}

import { resources, type JsonObject, type KubeObject, type NewObject, type Resource } from '../api/kube.js';
import type { ObjectRef } from '../cluster/cluster.js';
import type { TrafficSplit } from '../core/traffic/types.js';
import { realScheduler } from '../lib/scheduler.js';
import { createStore, type AuditEntry, type LocalStore } from '../local-cluster/store/index.js';
import type { RouterDeps, RouterEvent, TrafficRouter, TrafficTarget } from '../traffic/router.js';
import { customKind } from './custom-kind.js';

export const trafficNamespace = 'shop';
const caller = 'router';

export interface TrafficWorld {
  readonly store: LocalStore;
  readonly router: TrafficRouter;
  readonly target: TrafficTarget;
  readonly events: readonly RouterEvent[];
  readonly signal: AbortSignal;
  /** What the router wrote, refused writes included. */
  writes(): readonly AuditEntry[];
  get(resource: Resource, name: string, namespace?: string): KubeObject | undefined;
  /** As somebody else. */
  patch(resource: Resource, name: string, body: JsonObject, namespace?: string): Promise<KubeObject>;
  /** The calls of the interface, with this world's target and signal. */
  apply(split: TrafficSplit): Promise<number>;
  observe(split?: TrafficSplit): ReturnType<TrafficRouter['observe']>;
  validate(): ReturnType<TrafficRouter['validate']>;
  remove(): Promise<number>;
}

export interface TrafficWorldOptions {
  readonly router: (deps: RouterDeps) => TrafficRouter;
  /** Kinds to serve beside the built-in ones, with any content; or whole CustomResourceDefinitions. */
  readonly kinds?: readonly Resource[];
  readonly definitions?: readonly NewObject[];
  /** What users have made; in the world's namespace unless they say otherwise. */
  readonly objects?: readonly (readonly [Resource, NewObject])[];
  readonly target: Partial<TrafficTarget> & Pick<TrafficTarget, 'section'>;
  readonly options?: RouterDeps['options'];
}

/** A router in an API server in memory that holds what users have made. */
export async function trafficWorld(options: TrafficWorldOptions): Promise<TrafficWorld> {
  const { kinds = [], definitions = [], objects = [] } = options;
  const store = createStore({ scheduler: realScheduler(), namespaces: ['default', trafficNamespace, 'other'] });
  for (const definition of [resources.rollouts, ...kinds].map((kind) => customKind(kind, { status: {} })).concat(definitions)) {
    await store.create(resources.customResourceDefinitions, definition);
  }
  const { metadata } = await store.create(resources.rollouts, aRollout(options.target.rolloutName ?? 'app'));
  for (const [resource, object] of objects) {
    await store.create(resource, { ...object, metadata: { namespace: trafficNamespace, ...object.metadata } });
  }
  const events: RouterEvent[] = [];
  const deps = {
    cluster: store.as(caller),
    options: options.options ?? {},
    onEvent: (_: unknown, event: RouterEvent) => void events.push(event),
  };
  return worldOf(store, options.router(deps), aTarget({ rolloutUid: metadata.uid, ...options.target }), events);
}

/** A Rollout in name only: routers know its uid and whether it is there. */
export function aRollout(name: string): NewObject {
  return { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: { name, namespace: trafficNamespace } };
}

function aTarget(changes: Partial<TrafficTarget> & Pick<TrafficTarget, 'section'>): TrafficTarget {
  return {
    namespace: trafficNamespace,
    rolloutName: 'app',
    rolloutUid: '',
    canaryService: 'app-canary',
    stableService: 'app-stable',
    path: 'spec.strategy.canary.trafficRouting.router',
    managedRoutes: [],
    ...changes,
  };
}

function worldOf(store: LocalStore, router: TrafficRouter, target: TrafficTarget, events: readonly RouterEvent[]): TrafficWorld {
  const { signal } = new AbortController();
  const user = store.as('user');
  const refTo = (resource: Resource, name: string, namespace = trafficNamespace): ObjectRef => ({ resource, namespace, name });
  return {
    ...{ store, router, target, events, signal },
    writes: () => store.audit.writes(caller),
    get: (resource, name, namespace = trafficNamespace) => store.peek(resource, namespace, name),
    patch: (resource, name, body, namespace) => user.patch(refTo(resource, name, namespace), { kind: 'merge', body }),
    apply: (split) => router.apply(target, split, signal),
    observe: (split) => router.observe(target, split, signal),
    validate: () => router.validate(target, signal),
    remove: () => router.remove(target, signal),
  };
}

/** A split at `weight` of 100 between v2 and v1 that states only what matters. */
export function aSplit(weight: number, changes: Partial<TrafficSplit> = {}): TrafficSplit {
  const { maxWeight = 100, additional = [] } = changes;
  const others = additional.reduce((sum, each) => sum + each.weight, 0);
  return {
    maxWeight,
    canary: { weight, serviceName: 'app-canary', podTemplateHash: 'v2' },
    stable: { weight: maxWeight - weight - others, serviceName: 'app-stable', podTemplateHash: 'v1' },
    additional,
    headerRoutes: [],
    mirrorRoutes: [],
    managedRoutes: [],
    ...changes,
  };
}

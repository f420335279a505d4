import { controllerOf, keys, objectKey, resources, type KubeObject } from '../../api/kube.js';
import type { Scheduler } from '../../lib/scheduler.js';
import { selectorFrom, selectorMatches } from '../../lib/label-selector.js';
import {
  allSources,
  by,
  inNamespace,
  parsedRollout,
  rolloutSources,
  templateIndexKey,
  type RolloutSources,
  type Scope,
} from '../../observe/index.js';
import type { Change, Informer, Informers, Reconcile, WorkQueue } from '../../runtime/types.js';
import type { RouterRegistry, TrafficTarget, RouterEvent } from '../../traffic/router.js';
import type { Cluster } from '../../cluster/cluster.js';
import { RouterObjects } from './router-objects.js';
import { RolloutTraffic } from './traffic.js';
import { reconcileRollout, type RecordEvent, type RolloutDeps } from './reconcile.js';

export type { RecordEvent } from './reconcile.js';

export interface RolloutControllerDeps {
  readonly scheduler: Scheduler;
  readonly informers: Informers;
  /** Keys of Rollouts. */
  readonly queue: WorkQueue;
  readonly recordEvent: RecordEvent;
  /** Absent: Rollouts that name a traffic router are not acted on. */
  readonly routers?: MakeRouters;
  /** Told of each plan and what became of it. */
  readonly onPlan?: NonNullable<RolloutDeps['onPlan']>;
  readonly scope?: Scope;
}

/** Makes the routers there are, once; `cluster` reads from local copies where there are any. */
export type MakeRouters = (deps: {
  readonly cluster: Cluster;
  readonly onEvent: (target: TrafficTarget, event: RouterEvent) => void;
}) => RouterRegistry;

export interface RolloutController {
  readonly reconcile: Reconcile;
  /** Which change to which kind of object concerns which Rollouts: for runController. */
  readonly watches: readonly { readonly informer: Informer; readonly keysOf: (change: Change) => readonly string[] }[];
  readonly sources: RolloutSources;
}

/** Wires Rollouts and everything they depend on to keys, and gives back what works on a key. */
export function rolloutController(deps: RolloutControllerDeps): RolloutController {
  const sources = rolloutSources(deps.informers, deps.scope);
  const { cluster } = deps.informers;
  const { scheduler, queue, recordEvent, onPlan } = deps;
  const memory: RolloutDeps['memory'] = new Map();
  const traffic = deps.routers === undefined ? {} : { traffic: trafficOf(deps, deps.routers, sources) };
  const own: RolloutDeps = {
    scheduler,
    queue,
    recordEvent,
    sources,
    cluster,
    memory,
    ...traffic,
    ...(onPlan === undefined ? {} : { onPlan }),
  };
  return {
    sources,
    watches: watchesOf(sources),
    reconcile: async (key, signal) => {
      await Promise.all(allSources(sources).map((informer) => informer.whenSynced(signal)));
      await reconcileRollout(key, own, signal);
    },
  };
}

function trafficOf(
  { informers, queue, scope, recordEvent }: RolloutControllerDeps,
  makeRouters: MakeRouters,
  { rollouts }: RolloutSources,
): RolloutTraffic {
  const objects = new RouterObjects(informers, queue, scope);
  const onEvent = (target: TrafficTarget, event: RouterEvent): void => {
    const about = rollouts.get(target.namespace, target.rolloutName);
    if (about !== undefined) recordEvent(about, event);
  };
  return new RolloutTraffic(makeRouters({ cluster: objects.cluster, onEvent }), objects);
}

function watchesOf(sources: RolloutSources): RolloutController['watches'] {
  const { rollouts, replicaSets, analysisRuns, experiments, services, analysisTemplates, clusterAnalysisTemplates } = sources;
  const templates = (informer: Informer, clusterScope: boolean): RolloutController['watches'][number] => ({
    informer,
    keysOf: (change) => eitherSide(change, (object) => rolloutsUsing(sources, object, clusterScope)),
  });
  return [
    { informer: rollouts, keysOf: (change) => eitherSide(change, ({ metadata }) => [objectKey(metadata)]) },
    { informer: replicaSets, keysOf: (change) => eitherSide(change, (object) => keysOfReplicaSet(sources, object)) },
    { informer: analysisRuns, keysOf: (change) => (isNews(change) ? eitherSide(change, keysOfOwner) : []) },
    { informer: experiments, keysOf: (change) => (isNews(change) ? eitherSide(change, keysOfOwner) : []) },
    {
      informer: services,
      keysOf: (change) => (isServiceNews(change) ? eitherSide(change, (object) => keysOfService(sources, object)) : []),
    },
    templates(analysisTemplates, false),
    ...(clusterAnalysisTemplates === undefined ? [] : [templates(clusterAnalysisTemplates, true)]),
  ];
}

/** What a change concerns before and after it: an object may leave one owner for another. */
function eitherSide({ before, after }: Change, keysOf: (object: KubeObject) => readonly string[]): readonly string[] {
  const found = [before, after].flatMap((object) => (object === undefined ? [] : keysOf(object)));
  return [...new Set(found)];
}

function keysOfOwner({ metadata }: KubeObject): readonly string[] {
  const owner = controllerOf(metadata);
  return owner?.kind === resources.rollouts.kind ? [inNamespace(metadata, owner.name)] : [];
}

/** One that nobody controls concerns every Rollout whose selector it matches. */
function keysOfReplicaSet({ rollouts }: RolloutSources, object: KubeObject): readonly string[] {
  if (controllerOf(object.metadata) !== undefined) return keysOfOwner(object);
  return rollouts.list(object.metadata.namespace).flatMap((raw) => {
    const selector = selectorFrom(parsedRollout(raw).rollout.spec.selector ?? {});
    return selector.ok && selector.value.length > 0 && selectorMatches(selector.value, object.metadata.labels)
      ? [objectKey(raw.metadata)]
      : [];
  });
}

/** A run matters when it appears, changes its phase or goes; its measurements in between do not. */
function isNews({ before, after }: Change): boolean {
  return before === undefined || after === undefined || phaseOf(before) !== phaseOf(after);
}

function phaseOf({ status, metadata }: KubeObject): string {
  return `${JSON.stringify(status?.['phase'])} ${metadata.deletionTimestamp ?? ''}`;
}

/** Of a Service only the selector and our mark matter; load balancers change its status all the time. */
function isServiceNews({ before, after }: Change): boolean {
  return before === undefined || after === undefined || partsOf(before) !== partsOf(after);
}

function partsOf({ spec, metadata }: KubeObject): string {
  return JSON.stringify([spec?.['selector'], metadata.annotations?.[keys.managedBy]]);
}

/** The Rollouts that name it, and the one whose mark it bears, even if that one is gone. */
function keysOfService({ rollouts }: RolloutSources, { metadata }: KubeObject): readonly string[] {
  const naming = rollouts.byIndex(by.service, objectKey(metadata)).map((raw) => objectKey(raw.metadata));
  const manager = metadata.annotations?.[keys.managedBy];
  return manager === undefined ? naming : [...naming, inNamespace(metadata, manager)];
}

/** Rollouts that name a template, directly or by way of templates that name it. */
function rolloutsUsing(sources: RolloutSources, template: KubeObject, clusterScope: boolean): readonly string[] {
  const found = new Set<string>();
  const visited = new Set<string>();
  const waiting = [templateIndexKey(template.metadata.namespace, { templateName: template.metadata.name, clusterScope })];
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
    if (visited.has(key)) continue;
    visited.add(key);
    for (const raw of sources.rollouts.byIndex(by.template, key)) found.add(objectKey(raw.metadata));
    waiting.push(...parentsOf(sources, key));
  }
  return [...found];
}

function parentsOf({ analysisTemplates, clusterAnalysisTemplates }: RolloutSources, key: string): readonly string[] {
  const parents = (informer: Informer | undefined, clusterScope: boolean): readonly string[] =>
    (informer?.byIndex(by.nested, key) ?? []).map(({ metadata }) =>
      templateIndexKey(metadata.namespace, { templateName: metadata.name, clusterScope }),
    );
  return [...parents(analysisTemplates, false), ...parents(clusterAnalysisTemplates, true)];
}

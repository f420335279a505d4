import { keys } from '../../api/kube.js';
import type { ReplicaSet, Service } from '../../api/workload-types.js';
import type { RolloutContext } from './context.js';
import type { RolloutAction } from './types.js';

/** Where a Service of the strategy is to point. */
export interface ServiceTarget {
  readonly name: string | undefined;
  readonly target: ReplicaSet | undefined;
}

/** Pod template hash a Service selects; undefined without one. */
export function selectedHash(service: Service | undefined): string | undefined {
  return service?.selector[keys.podTemplateHash];
}

/** Whether a Service of this Rollout points at the ReplicaSet's pods. */
export function isServed(context: RolloutContext, rs: ReplicaSet | undefined): boolean {
  if (rs === undefined) return false;
  for (const service of context.seen.services.values()) if (selectedHash(service) === rs.hash) return true;
  return false;
}

/**
 * Selector switches that are safe now: a Service moves only to a ReplicaSet with an available pod (I2); a Service that was not ours yet
 * only to a complete one, as until now it may have reached pods of anybody. Nothing moves while no pod is wanted.
 *
 * Semantics: rollout-core 6.1
 */
export function planServices(context: RolloutContext, targets: readonly ServiceTarget[]): readonly RolloutAction[] {
  if (context.replicas === 0) return [];
  return targets.flatMap(({ name, target }) => {
    const service = name === undefined ? undefined : context.seen.services.get(name);
    return service === undefined || target === undefined || !mayPointAt(service, target) ? [] : pointAt(context, service, target);
  });
}

/** Points a Service at a ReplicaSet and marks it as ours; nothing when it is so already, or when either is missing. */
export function pointAt(context: RolloutContext, service: Service | undefined, target: ReplicaSet | undefined): readonly RolloutAction[] {
  if (service === undefined || target === undefined || target.hash === '') return [];
  if (selectedHash(service) === target.hash && isManaged(service, context)) return [];
  return [{ kind: 'switchService', service, hash: target.hash, safe: false, gates: false }];
}

function mayPointAt(service: Service, target: ReplicaSet): boolean {
  if (service.metadata.annotations?.[keys.managedBy] !== undefined || selectedHash(service) !== undefined) return target.available > 0;
  return target.replicas > 0 && target.available >= target.replicas;
}

function isManaged(service: Service, context: RolloutContext): boolean {
  return service.metadata.annotations?.[keys.managedBy] === context.rollout.metadata.name;
}

/**
 * Takes our selector key and mark off Services that say they are managed by this Rollout and that the strategy no longer names.
 * Semantics: rollout-core 6.2
 */
export function releaseServices(context: RolloutContext, named: readonly (string | undefined)[]): readonly RolloutAction[] {
  return [...context.seen.services.values()]
    .filter((service) => isManaged(service, context) && !named.includes(service.metadata.name))
    .map((service) => ({ kind: 'switchService', service, hash: undefined, safe: true, gates: false }));
}

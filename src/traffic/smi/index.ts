import { invalid } from '../../api/field-error.js';
import { controllerOf, type KubeObject, type Resource } from '../../api/kube.js';
import type { FieldError } from '../../api/workload-types.js';
import type { ObjectRef } from '../../cluster/cluster.js';
import type { ObservedTraffic, TrafficSplit } from '../../core/traffic/types.js';
import { hasCode } from '../../lib/errors.js';
import { fieldOf } from '../../lib/json.js';
import { bringTo, deleteObjects, kindName, listObjects, patchTo, readObject, refuseFirst } from '../objects.js';
import type { RouterDeps, TrafficRouter, TrafficTarget } from '../router.js';
import { inVersions, servedKind, type ServedKind } from '../served-kind.js';
import { textOf } from '../texts.js';
import { newTrafficSplit, renderSpec, weightIn, withSpec } from './render.js';

const trafficSplit = { group: 'split.smi-spec.io', resource: 'trafficsplits', kind: 'TrafficSplit', namespaced: true };
const versions = ['v1alpha1', 'v1alpha2', 'v1alpha3'] as const;

interface State {
  readonly name: string;
  readonly path: string;
  /** undefined: the cluster serves none of the versions. */
  readonly kind: Resource | undefined;
  readonly live: KubeObject | undefined;
  /** Of this Rollout, by names it does not use any more. */
  readonly left: readonly KubeObject[];
}

/**
 * Meshes that follow the Service Mesh Interface, by a TrafficSplit of our own. Semantics: traffic 4.1.
 * Nobody writes to a TrafficSplit what its mesh has taken over, so nothing is verified.
 */
export function smiRouter(deps: RouterDeps): TrafficRouter {
  const { cluster, options } = deps;
  const kind = servedKind(cluster, inVersions(trafficSplit, options['traffic-split-api-version'], ...versions));
  return {
    kind: 'smi',
    needs: () => [kind.likely],
    watches: (target) => [{ resource: kind.likely, namespace: target.namespace, name: nameOf(target) }],
    validate: async (target, signal) => problemsOf(target, await readState(deps, kind, target, signal)),
    observe: async (target, desired, signal) => observed(target, await readState(deps, kind, target, signal), desired),
    apply: async (target, split, signal) => {
      const state = await readState(deps, kind, target, signal);
      refuseFirst(problemsOf(target, state));
      if (state.kind === undefined) return 0;
      const writes = await write(deps, target, state.kind, state, split, signal);
      return writes + (await deleteObjects(cluster, state.kind, state.left, signal));
    },
    remove: async (target, signal) => {
      const { kind: resource, live, left } = await readState(deps, kind, target, signal);
      const own = live !== undefined && isOwn(live, target) ? [live] : [];
      return resource === undefined ? 0 : deleteObjects(cluster, resource, [...own, ...left], signal);
    },
  };
}

function nameOf({ section, rolloutName }: TrafficTarget): string {
  return textOf(fieldOf(section, 'trafficSplitName')) || rolloutName;
}

async function readState({ cluster }: RouterDeps, served: ServedKind, target: TrafficTarget, signal: AbortSignal): Promise<State> {
  const kind = await served.resolve(signal);
  const all = kind === undefined ? [] : await listObjects(cluster, kind, target.namespace, signal);
  const name = nameOf(target);
  const live = all.find(({ metadata }) => metadata.name === name);
  if (live === undefined) served.forget();
  const path = fieldOf(target.section, 'trafficSplitName') === undefined ? target.path : `${target.path}.trafficSplitName`;
  return { name, path, kind, live, left: all.filter((each) => each !== live && isOwn(each, target)) };
}

function isOwn(object: KubeObject, target: TrafficTarget): boolean {
  return controllerOf(object.metadata)?.uid === target.rolloutUid;
}

function problemsOf(target: TrafficTarget, { name, path, kind, live }: State): readonly FieldError[] {
  if (kind === undefined) return [invalid(path, name, `the cluster does not serve ${kindName({ ...trafficSplit, version: '' })}`)];
  if (live === undefined || isOwn(live, target)) return [];
  return [invalid(path, name, `TrafficSplit "${name}" exists and is not controlled by rollout "${target.rolloutName}"`)];
}

function specFor(target: TrafficTarget, { version }: Resource, split: TrafficSplit): ReturnType<typeof renderSpec> {
  const service = textOf(fieldOf(target.section, 'rootService')) || (target.stableService ?? '');
  return renderSpec(version, service, target, split);
}

function observed(target: TrafficTarget, state: State, desired: TrafficSplit | undefined): ObservedTraffic {
  const live = state.live !== undefined && isOwn(state.live, target) ? state.live : undefined;
  const maxWeight = desired?.maxWeight ?? 100;
  const isAsWanted = (split: TrafficSplit): boolean =>
    live !== undefined && state.kind !== undefined && patchTo(live, withSpec(live, specFor(target, state.kind, split))) === undefined;
  return {
    kind: 'smi',
    ...(live === undefined
      ? {}
      : {
          canaryWeight: weightIn(live, target.canaryService, maxWeight),
          stableWeight: weightIn(live, target.stableService, maxWeight),
        }),
    subsetHashes: [],
    upToDate: desired !== undefined && state.left.length === 0 && isAsWanted(desired),
  };
}

async function write(
  deps: RouterDeps,
  target: TrafficTarget,
  kind: Resource,
  state: State,
  split: TrafficSplit,
  signal: AbortSignal,
): Promise<number> {
  const spec = specFor(target, kind, split);
  const ref: ObjectRef = { resource: kind, namespace: target.namespace, name: state.name };
  const live = state.live ?? (await create(deps, target, ref, spec, signal));
  if (live === undefined) return 1;
  return (await bringTo(deps.cluster, ref, live, (seen) => withSpec(seen, spec), signal)).writes;
}

/** @returns the one that is there already, when our list was older than it */
async function create(
  { cluster, onEvent }: RouterDeps,
  target: TrafficTarget,
  ref: ObjectRef,
  spec: ReturnType<typeof renderSpec>,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  try {
    await cluster.create(ref.resource, newTrafficSplit(ref.resource, ref.name, target, spec), { signal });
    onEvent?.(target, { type: 'Normal', reason: 'TrafficSplitCreated', message: `TrafficSplit \`${ref.name}\` created` });
    return undefined;
  } catch (error) {
    const existing = hasCode(error, 'already-exists') ? await readObject(cluster, ref, signal) : undefined;
    if (existing === undefined || !isOwn(existing, target)) throw error;
    return existing;
  }
}

import { invalid } from '../../api/field-error.js';
import { controllerOf, resources, type KubeObject } from '../../api/kube.js';
import type { FieldError } from '../../api/workload-types.js';
import type { ObjectRef } from '../../cluster/cluster.js';
import type { ObservedTraffic, TrafficSplit } from '../../core/traffic/types.js';
import { hasCode } from '../../lib/errors.js';
import { fieldOf, objectsOf } from '../../lib/json.js';
import { rangeOf } from '../hundred.js';
import { bringTo, deleteObjects, listObjects, patchTo, readObject, refuseFirst } from '../objects.js';
import type { RouterDeps, TrafficRouter, TrafficTarget } from '../router.js';
import { parseNginxConfig, type NginxConfig, type StableIngress } from './config.js';
import { isCanary, isPinned, leadsTo, newCanary, renderCanary, updatedCanary, weightOf } from './render.js';

interface IngressPair extends StableIngress {
  readonly stable: KubeObject | undefined;
  readonly canary: KubeObject | undefined;
}

interface State {
  readonly config: NginxConfig;
  readonly configErrors: readonly FieldError[];
  readonly pairs: readonly IngressPair[];
  /** Canary Ingresses of this Rollout whose stable one it does not name any more. */
  readonly left: readonly KubeObject[];
}

interface Change {
  readonly deps: RouterDeps;
  readonly target: TrafficTarget;
  readonly config: NginxConfig;
  readonly split: TrafficSplit;
  readonly signal: AbortSignal;
}

/**
 * ingress-nginx by a canary Ingress beside each stable one. Semantics: traffic 2. The stable Ingresses are never written.
 * What the data plane has taken over cannot be read from the objects, so nothing is verified.
 */
export function nginxRouter(deps: RouterDeps): TrafficRouter {
  const read = (target: TrafficTarget, signal: AbortSignal): Promise<State> => readState(deps, target, signal);
  return {
    kind: 'nginx',
    needs: () => [resources.ingresses],
    watches: (target) =>
      parseNginxConfig(target).config.stableIngresses.flatMap(({ name, canaryName }) => [refOf(target, name), refOf(target, canaryName)]),
    validate: async (target, signal) => problemsOf(target, await read(target, signal)),
    observe: async (target, desired, signal) => observed(target, await read(target, signal), desired),
    apply: async (target, split, signal) => {
      const state = await read(target, signal);
      refuseFirst(problemsOf(target, state));
      const change = { deps, target, config: state.config, split, signal };
      let writes = 0;
      for (const pair of state.pairs) writes += await writeCanary(change, pair);
      return writes + (await deleteObjects(deps.cluster, resources.ingresses, state.left, signal));
    },
    remove: async (target, signal) => {
      const { pairs, left } = await read(target, signal);
      const own = pairs.flatMap(({ canary }) => (canary !== undefined && isOwn(canary, target) ? [canary] : []));
      return deleteObjects(deps.cluster, resources.ingresses, [...own, ...left], signal);
    },
  };
}

async function readState({ cluster }: RouterDeps, target: TrafficTarget, signal: AbortSignal): Promise<State> {
  const { config, errors } = parseNginxConfig(target);
  const all = await listObjects(cluster, resources.ingresses, target.namespace, signal);
  const named = new Map(all.map((ingress) => [ingress.metadata.name, ingress]));
  const pairs = config.stableIngresses.map((each) => ({ ...each, stable: named.get(each.name), canary: named.get(each.canaryName) }));
  const wanted = new Set(config.stableIngresses.map(({ canaryName }) => canaryName));
  const left = all.filter((ingress) => isOwn(ingress, target) && isCanary(ingress) && !wanted.has(ingress.metadata.name));
  return { config, configErrors: errors, pairs, left };
}

function refOf(target: TrafficTarget, name: string): ObjectRef {
  return { resource: resources.ingresses, namespace: target.namespace, name };
}

function isOwn(ingress: KubeObject, target: TrafficTarget): boolean {
  return controllerOf(ingress.metadata)?.uid === target.rolloutUid;
}

function problemsOf(target: TrafficTarget, state: State): readonly FieldError[] {
  return [...state.configErrors, ...state.pairs.flatMap((pair) => pairErrors(target, pair))];
}

function pairErrors(target: TrafficTarget, { name, path, stable, canary, canaryName }: IngressPair): readonly FieldError[] {
  const { stableService = '', rolloutName } = target;
  if (stable === undefined) return [invalid(path, name, `ingress "${name}" not found`)];
  if (!objectsOf(fieldOf(stable.spec, 'rules')).some((rule) => leadsTo(rule, stableService))) {
    return [invalid(path, name, `ingress "${name}" has no rules using service ${stableService} backend`)];
  }
  if (canary === undefined || isOwn(canary, target)) return [];
  return [invalid(path, name, `ingress "${canaryName}" exists and is not controlled by rollout "${rolloutName}"`)];
}

function observed(target: TrafficTarget, state: State, desired: TrafficSplit | undefined): ObservedTraffic {
  const { annotationPrefix: prefix } = state.config;
  const weightIn = (canary: KubeObject | undefined): number => (canary === undefined ? 0 : weightOf(canary, prefix, desired?.maxWeight));
  const canaries = [...state.pairs.map(({ canary }) => canary), ...state.left];
  const hasAny = canaries.some((canary) => canary !== undefined);
  const range = hasAny ? rangeOf(canaries.map(weightIn)) : undefined;
  return {
    kind: 'nginx',
    ...(range === undefined ? {} : { canaryWeight: range }),
    ...(canaries.some((canary) => canary !== undefined && isPinned(canary, prefix)) ? { pinned: true } : {}),
    subsetHashes: [],
    upToDate: desired !== undefined && isAsWanted(target, state, desired),
  };
}

function isAsWanted(target: TrafficTarget, state: State, split: TrafficSplit): boolean {
  if (problemsOf(target, state).length > 0 || state.left.length > 0) return false;
  return state.pairs.every(({ stable, canary }) => {
    const wanted = stable === undefined ? undefined : renderCanary(stable, target, state.config, split);
    return wanted !== undefined && canary !== undefined && patchTo(canary, updatedCanary(canary, wanted, state.config)) === undefined;
  });
}

async function writeCanary(change: Change, { stable, canary, canaryName }: IngressPair): Promise<number> {
  const { target, config, split } = change;
  const wanted = stable === undefined ? undefined : renderCanary(stable, target, config, split);
  if (stable === undefined || wanted === undefined) return 0;
  const live = canary ?? (await createCanary(change, canaryName, newCanary(stable, target, canaryName, wanted)));
  if (live === undefined) return 1;
  const render = (seen: KubeObject): KubeObject => updatedCanary(seen, wanted, config);
  const { writes } = await bringTo(change.deps.cluster, refOf(target, canaryName), live, render, change.signal);
  if (writes > 0) tell(change, 'PatchingCanaryIngress', `Updating Ingress \`${canaryName}\` to desiredWeight '${split.canary.weight}'`);
  return writes;
}

/** @returns the one that is there already, when our list was older than it */
async function createCanary(change: Change, name: string, object: ReturnType<typeof newCanary>): Promise<KubeObject | undefined> {
  const { deps, target, split, signal } = change;
  try {
    await deps.cluster.create(resources.ingresses, object, { signal });
    tell(change, 'CreatingCanaryIngress', `Creating canary ingress \`${name}\` with weight \`${split.canary.weight}\``);
    return undefined;
  } catch (error) {
    const existing = hasCode(error, 'already-exists') ? await readObject(deps.cluster, refOf(target, name), signal) : undefined;
    if (existing === undefined || !isOwn(existing, target)) throw error;
    return existing;
  }
}

function tell({ deps, target }: Change, reason: string, message: string): void {
  deps.onEvent?.(target, { type: 'Normal', reason, message });
}

import { keys, type KubeObject, type Resource } from '../../api/kube.js';
import type { Cluster, ObjectRef } from '../../cluster/cluster.js';
import { hasCode } from '../../lib/errors.js';
import { listObjects, readObject } from '../objects.js';
import type { RouterDeps, TrafficTarget } from '../router.js';
import { inVersions, servedKind, type ServedKind } from '../served-kind.js';
import { parseIstioConfig, type DestinationRuleConfig, type IstioConfig, type VirtualServiceConfig } from './config.js';
import type { Sides } from './destinations.js';
import { declaredWeights, type DeclaredWeights } from './observe.js';
import { findRoutes, type FoundRoutes } from './routes.js';

const versions = ['v1', 'v1beta1', 'v1alpha3'] as const;
const group = 'networking.istio.io';

export interface IstioKinds {
  readonly virtualServices: ServedKind;
  readonly destinationRules: ServedKind;
}

export function istioKinds({ cluster, options }: RouterDeps): IstioKinds {
  const preferred = options['istio-api-version'];
  const kind = (resource: string, name: string): ServedKind =>
    servedKind(cluster, inVersions({ group, resource, kind: name, namespaced: true }, preferred, ...versions));
  return { virtualServices: kind('virtualservices', 'VirtualService'), destinationRules: kind('destinationrules', 'DestinationRule') };
}

export interface VirtualServiceState {
  readonly config: VirtualServiceConfig;
  readonly ref: ObjectRef;
  readonly live: KubeObject | undefined;
}

/** A target's objects at one instant. */
export interface IstioState {
  readonly config: IstioConfig;
  readonly sides: Sides;
  /** Names of managed routes. */
  readonly managed: ReadonlySet<string>;
  /** undefined: the cluster serves none. */
  readonly virtualServiceKind: Resource | undefined;
  readonly destinationRuleKind: Resource | undefined;
  readonly virtualServices: readonly VirtualServiceState[];
  /** The configured one, where it exists. */
  readonly rule: KubeObject | undefined;
  /** DestinationRules marked as this Rollout's that it does not name any more. */
  readonly leftRules: readonly KubeObject[];
}

export async function readState(
  cluster: Cluster,
  kinds: IstioKinds,
  target: TrafficTarget,
  managed: readonly string[],
  signal: AbortSignal,
): Promise<IstioState> {
  const { config } = parseIstioConfig(target);
  const virtualServiceKind = await kinds.virtualServices.resolve(signal);
  const [virtualServices, rules] = await Promise.all([
    Promise.all(config.virtualServices.map((each) => readVirtualService(cluster, kinds, each, virtualServiceKind, signal))),
    readRules(cluster, kinds, target, config, signal),
  ]);
  return {
    config,
    sides: sidesOf(target, config.destinationRule),
    managed: new Set(managed),
    virtualServiceKind,
    virtualServices,
    ...rules,
  };
}

async function readVirtualService(
  cluster: Cluster,
  { virtualServices }: IstioKinds,
  config: VirtualServiceConfig,
  kind: Resource | undefined,
  signal: AbortSignal,
): Promise<VirtualServiceState> {
  const ref = { resource: kind ?? virtualServices.likely, namespace: config.namespace, name: config.name };
  const live = kind === undefined ? undefined : await readObject(cluster, ref, signal);
  if (live === undefined) virtualServices.forget();
  return { config, ref, live };
}

type Rules = Pick<IstioState, 'destinationRuleKind' | 'rule' | 'leftRules'>;

async function readRules(
  cluster: Cluster,
  { destinationRules }: IstioKinds,
  target: TrafficTarget,
  { destinationRule }: IstioConfig,
  signal: AbortSignal,
): Promise<Rules> {
  const list = async (): Promise<Rules> => {
    const kind = await destinationRules.resolve(signal);
    const all = kind === undefined ? [] : await listObjects(cluster, kind, target.namespace, signal);
    const rule = all.find(({ metadata }) => metadata.name === destinationRule?.name);
    const leftRules = all.filter((each) => each !== rule && each.metadata.annotations?.[keys.managedBy] === target.rolloutName);
    return { destinationRuleKind: kind, rule, leftRules };
  };
  const rules = await (destinationRule === undefined ? orNothingWhenForbidden(list()) : list());
  if (destinationRule !== undefined && rules.rule === undefined) destinationRules.forget();
  return rules;
}

/** Without a DestinationRule in the spec a permission for them need not be given. */
async function orNothingWhenForbidden(rules: Promise<Rules>): Promise<Rules> {
  try {
    return await rules;
  } catch (error) {
    if (hasCode(error, 'forbidden')) return { destinationRuleKind: undefined, rule: undefined, leftRules: [] };
    throw error;
  }
}

function sidesOf({ canaryService, stableService }: TrafficTarget, rule: DestinationRuleConfig | undefined): Sides {
  return {
    ...(canaryService === undefined || stableService === undefined ? {} : { hosts: { canary: canaryService, stable: stableService } }),
    ...(rule === undefined ? {} : { subsets: { canary: rule.canarySubset, stable: rule.stableSubset } }),
  };
}

/** The routes of one VirtualService whose weights are ours. */
export function routesOf(live: KubeObject, config: VirtualServiceConfig, { sides, managed }: IstioState): FoundRoutes {
  return findRoutes(live, config, sides, managed);
}

export function declaredIn(state: IstioState, maxWeight: number): DeclaredWeights {
  const inspected = state.virtualServices.flatMap(({ live, config }) =>
    live === undefined ? [] : [{ live, routes: routesOf(live, config, state).routes }],
  );
  return declaredWeights(inspected, state.sides, state.managed, maxWeight);
}

import type { KubeObject } from '../../api/kube.js';
import type { TrafficSplit } from '../../core/traffic/types.js';
import { isEqual } from '../../lib/equal.js';
import { inHundredths } from '../hundred.js';
import { bringTo, patchTo } from '../objects.js';
import type { RouterDeps, TrafficTarget } from '../router.js';
import type { DestinationRuleConfig } from './config.js';
import type { Side } from './destinations.js';
import type { DeclaredWeights } from './observe.js';
import { unmadeRoutes } from './problems.js';
import { renderDestinationRule, renderReleasedRule, renderVirtualService, subsetHash, type SubsetHashes } from './render.js';
import { nameOf, routesIn } from './routes.js';
import { routesOf, type IstioKinds, type IstioState, type VirtualServiceState } from './state.js';

/** One way to a split: whose, from where, and how to get there. */
export interface Change {
  readonly deps: Pick<RouterDeps, 'cluster' | 'onEvent'>;
  readonly kinds: IstioKinds;
  readonly target: TrafficTarget;
  readonly state: IstioState;
  readonly split: TrafficSplit;
  readonly signal: AbortSignal;
}

/** @returns the rule as it is now, and the number of writes */
export async function writeRule(
  change: Change,
  rule: KubeObject | undefined,
  hashes: SubsetHashes | undefined,
): Promise<{ readonly object: KubeObject | undefined; readonly writes: number }> {
  const { deps, target, state, split, signal } = change;
  const { destinationRule: config } = state.config;
  if (config === undefined || rule === undefined || hashes === undefined) return { object: rule, writes: 0 };
  const render = (live: KubeObject): KubeObject => renderDestinationRule(live, config, { target, split }, hashes);
  const written = await bringTo(deps.cluster, ruleRef(change, config.name), rule, render, signal);
  const { canary, stable } = split;
  const message = `DestinationRule ${config.name} subset updated (canary: ${canary.podTemplateHash ?? ''}, stable: ${stable.podTemplateHash ?? ''})`;
  if (written.writes > 0) deps.onEvent?.(target, { type: 'Normal', reason: 'UpdatedDestinationRule', message });
  return written;
}

export async function releaseRules(change: Change, rules: readonly KubeObject[]): Promise<number> {
  const { deps, target, state, signal } = change;
  let writes = 0;
  for (const rule of rules) {
    const ref = ruleRef(change, rule.metadata.name);
    const config = rule === state.rule ? state.config.destinationRule : undefined;
    writes += (await bringTo(deps.cluster, ref, rule, (live) => renderReleasedRule(live, target, config), signal)).writes;
  }
  return writes;
}

function ruleRef({ kinds, state, target }: Change, name: string): Parameters<typeof bringTo>[1] {
  return { resource: state.destinationRuleKind ?? kinds.destinationRules.likely, namespace: target.namespace, name };
}

export async function writeVirtualServices(change: Change): Promise<number> {
  let writes = 0;
  for (const each of change.state.virtualServices) writes += await writeVirtualService(change, each);
  return writes;
}

async function writeVirtualService(change: Change, { config, ref, live }: VirtualServiceState): Promise<number> {
  const { deps, signal } = change;
  if (live === undefined) return 0;
  const { object, writes } = await bringTo(deps.cluster, ref, live, (seen) => rendered(change, seen, config), signal);
  if (writes > 0) tellOf(change, config.name, live, object);
  return writes;
}

function rendered({ target, state, split }: Change, live: KubeObject, config: VirtualServiceState['config']): KubeObject {
  const { routes } = routesOf(live, config, state);
  return renderVirtualService(live, { target, sides: state.sides, split: inHundredths(split), routes });
}

/** Upstream's words, for what really changed. */
function tellOf({ deps, target, split }: Change, name: string, before: KubeObject, after: KubeObject): void {
  const tell = (message: string): void => deps.onEvent?.(target, { type: 'Normal', reason: 'Updated VirtualService', message });
  const managed = new Set(split.managedRoutes);
  if (!isEqual(withoutManaged(before, managed), withoutManaged(after, managed))) {
    tell(`VirtualService \`${name}\` set to desiredWeight '${split.canary.weight}'`);
  }
  if (hasManaged(before, managed) && !hasManaged(after, managed)) tell(`VirtualService \`${name}\` removed all managed routes.`);
}

function withoutManaged(virtualService: KubeObject, managed: ReadonlySet<string>): unknown {
  const http = (routesIn(virtualService, 'http') ?? []).filter((route) => !managed.has(nameOf(route)));
  return { http, tls: routesIn(virtualService, 'tls') ?? [], tcp: routesIn(virtualService, 'tcp') ?? [] };
}

function hasManaged(virtualService: KubeObject, managed: ReadonlySet<string>): boolean {
  return (routesIn(virtualService, 'http') ?? []).some((route) => managed.has(nameOf(route)));
}

/** Whether every object says what the split asks for, so that there is nothing to write. */
export function isAsWanted(change: Change): boolean {
  const { target, state, split } = change;
  const { destinationRule } = state.config;
  const areRoutes = state.virtualServices.every(
    ({ live, config }) => live !== undefined && patchTo(live, rendered(change, live, config)) === undefined,
  );
  const isRule =
    destinationRule === undefined ||
    (state.rule !== undefined &&
      patchTo(state.rule, renderDestinationRule(state.rule, destinationRule, { target, split }, hashesOf(split))) === undefined);
  return areRoutes && isRule && state.leftRules.length === 0 && unmadeRoutes(target, state, split).length === 0;
}

function hashesOf({ canary, stable }: TrafficSplit, only: (side: Side) => boolean = () => true): SubsetHashes {
  return {
    ...(canary.podTemplateHash === undefined || !only('canary') ? {} : { canary: canary.podTemplateHash }),
    ...(stable.podTemplateHash === undefined || !only('stable') ? {} : { stable: stable.podTemplateHash }),
  };
}

/**
 * A side whose weight falls gets another version's hash afterwards, so that its old weight never meets that version (traffic 1.4 c).
 * @returns what is to be written before the weights, undefined for nothing, and all of it
 */
export function hashesInOrder(
  rule: KubeObject | undefined,
  config: DestinationRuleConfig | undefined,
  declared: DeclaredWeights,
  desired: TrafficSplit,
): { readonly early: SubsetHashes | undefined; readonly late: SubsetHashes } {
  if (rule === undefined || config === undefined) return { early: undefined, late: {} };
  const has = { canary: subsetHash(rule, config.canarySubset), stable: subsetHash(rule, config.stableSubset) };
  const falls = (side: Side): boolean => (declared[side]?.max ?? 0) > desired[side].weight;
  const early = hashesOf(desired, (side) => desired[side].podTemplateHash !== has[side] && (has[side] === undefined || !falls(side)));
  return { early: Object.keys(early).length === 0 ? undefined : early, late: hashesOf(desired) };
}

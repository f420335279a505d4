import type { TrafficDestination, TrafficWeights } from '../../api/rollout-types.js';
import { isEqual } from '../../lib/equal.js';
import type { Lifecycle, Outcome, RolloutAction, RolloutEvent } from './types.js';

/**
 * What the status says of traffic after the writes: the weights are those of the last split that all routers took. From a new split on every
 * wait begins again.
 */
export function withTraffic(life: Lifecycle, outcomes: readonly Outcome[]): Lifecycle {
  let next = life;
  for (const { action, result } of outcomes) {
    if (result !== 'done') continue;
    if (action.kind === 'applyTraffic') next = withSplit(next, action);
    if (action.kind === 'removeTraffic') next = withoutRouter(next, action.router);
  }
  return next;
}

function withSplit(life: Lifecycle, { split, routesStep, moves }: Extract<RolloutAction, { kind: 'applyTraffic' }>): Lifecycle {
  const { canary, stable, additional } = split;
  const verified = life.weights?.verified;
  const after = { canary, stable, additional };
  const settledSince = moves ? {} : (life.traffic?.settledSince ?? {});
  // What a router has confirmed was the split before.
  const confirmed = verified === undefined ? {} : { verified: !moves && verified };
  return { ...life, weights: { ...after, ...confirmed }, traffic: { settledSince, ...(routesStep === undefined ? {} : { routesStep }) } };
}

function withoutRouter(life: Lifecycle, router: string): Lifecycle {
  const { [router]: _gone, ...settledSince } = life.traffic?.settledSince ?? {};
  if (Object.keys(settledSince).length > 0) return { ...life, traffic: { ...life.traffic, settledSince } };
  return { ...life, weights: undefined, traffic: undefined };
}

/** Semantics: rollout-core 7.5, TrafficWeightUpdated */
export function trafficEvents(before: TrafficWeights | undefined, after: TrafficWeights | undefined): readonly RolloutEvent[] {
  if (after === undefined) return [];
  const { verified: _was, ...told } = before ?? {};
  const { verified: _is, ...now } = after;
  if (isEqual(told, now)) return [];
  const additional = before?.additional ?? [];
  const more = isEqual(additional, after.additional) ? [] : [updated(` additional: [${after.additional.map(inBraces).join(' ')}]`)];
  const isOnlyMore = more.length > 0 && before?.canary.weight === after.canary.weight;
  return [...(isOnlyMore ? [] : [updated(weightText(before?.canary.weight, after.canary.weight))]), ...more];
}

function weightText(from: number | undefined, to: number): string {
  if (from === undefined) return ` to ${to}`;
  return from === to ? ' ' : ` from ${from} to ${to}`;
}

function inBraces({ weight, serviceName = '', podTemplateHash = '' }: TrafficDestination): string {
  return `{${weight} ${serviceName} ${podTemplateHash}}`;
}

function updated(text: string): RolloutEvent {
  return { type: 'Normal', reason: 'TrafficWeightUpdated', message: `Traffic weight updated${text}` };
}

/** A conflict is no failure: somebody else was quicker, and the next pass looks again. */
export function trafficFailures(outcomes: readonly Outcome[]): readonly RolloutEvent[] {
  return outcomes.flatMap((outcome) => {
    const isTraffic = outcome.action.kind === 'applyTraffic' || outcome.action.kind === 'removeTraffic';
    if (!isTraffic || outcome.result !== 'failed' || outcome.code === 'conflict') return [];
    return [{ type: 'Warning' as const, reason: 'TrafficRoutingError', message: outcome.message }];
  });
}

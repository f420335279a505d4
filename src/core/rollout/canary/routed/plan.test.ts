import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../../api/kube.js';
import { renderTime } from '../../../../lib/time.js';
import { actionsOf, anUpdate, pausedAt } from '../../../../testing/canary-updates.js';
import { aReplicaSet, aService, aStatus, hashOf, testStart, type WorldOptions } from '../../../../testing/rollouts.js';
import type { ObservedTraffic } from '../../../traffic/types.js';
import { planRollout } from '../../plan.js';
import { planStatus } from '../../status.js';
import type { ObservedRollout, SeenTraffic } from '../../types.js';

const steps: readonly JsonObject[] = [{ setWeight: 25 }, { pause: {} }, { setWeight: 75 }, { pause: {} }];
const routing = { trafficRouting: { nginx: { stableIngress: 'web' } }, stableService: 'stable', canaryService: 'canary' };
const now = testStart + 3_600_000;

function says(weight: number, more: Partial<ObservedTraffic> = {}): SeenTraffic {
  const range = { min: weight, max: weight };
  return { routers: [{ kind: 'nginx', canaryWeight: range, subsetHashes: [], upToDate: true, ...more }], errors: [] };
}

interface Moment {
  readonly index: number;
  /** Wanted pods of v1 and v2, all available unless `available` says otherwise. */
  readonly sizes: readonly [stable: number, canary: number];
  readonly available?: readonly [stable: number, canary: number];
  /** Weight that was asked for last. */
  readonly asked: number;
  /** What the router says; what was asked for, unless given. */
  readonly traffic?: SeenTraffic;
  readonly at?: readonly [stable: string, canary: string];
  readonly settledAgoMs?: number;
  readonly more?: JsonObject;
  readonly canary?: JsonObject;
  readonly world?: WorldOptions;
}

/** An update of 4 pods from v1 to v2 behind NGINX, the canary Service at v2. */
function aMoment({ index, sizes, available = sizes, asked, traffic = says(asked), at = ['v1', 'v2'], ...rest }: Moment): ObservedRollout {
  const weights = {
    canary: { weight: asked, serviceName: 'canary', podTemplateHash: hashOf('v2') },
    stable: { weight: 100 - asked, serviceName: 'stable', podTemplateHash: hashOf('v1') },
  };
  const { sluice, ...more } = rest.more ?? {};
  const settledSince = { nginx: renderTime(now - (rest.settledAgoMs ?? 60_000)) };
  return anUpdate({
    ...{ index, steps, sizes, traffic, now },
    canary: { ...routing, ...rest.canary },
    services: [aService('stable', { version: at[0] }), aService('canary', { version: at[1] })],
    live: { endpoints: new Map([pods('stable', at[0], available), pods('canary', at[1], available)]) },
    replicaSets: [
      aReplicaSet({ version: 'v1', replicas: sizes[0], available: available[0] }),
      aReplicaSet({ version: 'v2', replicas: sizes[1], available: available[1] }),
    ],
    more: { canary: { weights }, sluice: { ...(sluice as JsonObject | undefined), traffic: { settledSince } }, ...more },
    ...rest.world,
  });
}

function pods(service: string, version: string, [v1, v2]: readonly [number, number]): readonly [string, readonly string[]] {
  const count = version === 'v1' ? v1 : v2;
  return [service, Array.from({ length: count }, (_, i) => `app-${hashOf(version)}-${i}`)];
}

describe('planRollout of a canary behind a router, upwards', () => {
  it.each([
    {
      what: 'gives the canary its pods before the weight',
      moment: { index: 0, sizes: [4, 0], asked: 0, at: ['v1', 'v1'] },
      does: ['scale v2 to 1'],
    },
    { what: 'waits while they start', moment: { index: 0, sizes: [4, 1], available: [4, 0], asked: 0, at: ['v1', 'v1'] }, does: [] },
    {
      what: 'then points the canary Service there',
      moment: { index: 0, sizes: [4, 1], asked: 0, at: ['v1', 'v1'] },
      does: ['point canary at v2'],
    },
    { what: 'then sends the weight', moment: { index: 0, sizes: [4, 1], asked: 0 }, does: ['send the canary 25'] },
    {
      what: 'but not before the endpoints are published',
      moment: { index: 0, sizes: [4, 1], asked: 0, world: { live: { endpoints: new Map([['canary', []]]) } } },
      does: [],
    },
  ] as readonly { what: string; moment: Moment; does: readonly string[] }[])('$what', ({ moment, does }) => {
    expect(actionsOf(planRollout(aMoment(moment)))).toEqual(does);
  });

  it('asks for the endpoints where it has not read them', () => {
    expect(planRollout(aMoment({ index: 0, sizes: [4, 1], asked: 0, world: { live: {} } })).need).toEqual(['endpoints']);
  });

  it('completes a step once the router says so, and not before', () => {
    const at = { index: 0, sizes: [4, 1], asked: 25 } as const;
    expect(planRollout(aMoment(at)).next.stepIndex).toBe(1);
    expect(planRollout(aMoment({ ...at, traffic: says(25, { upToDate: false }) })).next.stepIndex).toBe(0);
    expect(planRollout(aMoment({ ...at, traffic: says(25, { verified: false }) })).next.stepIndex).toBe(0);
    expect(planRollout(aMoment({ ...at, asked: 0 })).next.stepIndex).toBe(0);
  });

  it('puts back a weight that somebody changed', () => {
    const more = pausedAt(1, now - 5_000);
    const seen = aMoment({ index: 1, sizes: [4, 1], asked: 25, traffic: says(77, { upToDate: false }), more });
    expect(actionsOf(planRollout(seen))).toEqual(['send the canary 25']);
  });
});

describe('planRollout of a canary behind a router, downwards', () => {
  it('lowers the weight first, and takes the pods after the drain time', () => {
    const down = { steps: [{ setWeight: 75 }, { setWeight: 25 }] };
    const at = { index: 1, sizes: [4, 3] as const, world: down };
    expect(actionsOf(planRollout(aMoment({ ...at, asked: 75 })))).toEqual(['send the canary 25']);
    const draining = planRollout(aMoment({ ...at, asked: 25, settledAgoMs: 2_000 }));
    expect(actionsOf(draining)).toEqual([]);
    expect(draining).toMatchObject({ reason: 'TrafficWaiting', requeueAt: now + 8_000 });
    expect(actionsOf(planRollout(aMoment({ ...at, asked: 25 })))).toEqual(['scale v2 to 1']);
  });

  it('moves the traffic in the pass that decides an abort, and no pods', () => {
    const more = { abort: true };
    const plan = planRollout(aMoment({ index: 2, sizes: [4, 3], asked: 75, more }));
    expect(actionsOf(plan)).toContain('send the canary 0');
    expect(actionsOf(plan).filter((action) => action.startsWith('scale'))).toEqual([]);
  });

  it('moves what a stable version that is short of pods can carry', () => {
    const more = { abort: true, abortedAt: renderTime(now) };
    const plan = planRollout(aMoment({ index: 0, sizes: [4, 3], available: [2, 3], asked: 75, more }));
    expect(actionsOf(plan)).toEqual(['send the canary 50']);
    expect(plan.actions.every(({ safe }) => safe)).toBe(true);
  });

  it('keeps the pods of an aborted version where the delay is 0', () => {
    const more = { abort: true, abortedAt: renderTime(now) };
    const at = { index: 0, sizes: [4, 3], asked: 0, at: ['v1', 'v1'], more } as const;
    expect(actionsOf(planRollout(aMoment({ ...at, canary: { abortScaleDownDelaySeconds: 0 } })))).toEqual([]);
    expect(actionsOf(planRollout(aMoment(at)))).toEqual(['annotate v2']);
  });
});

describe('planRollout of a promotion behind a router', () => {
  const promoted = aStatus({ version: 'v2', stable: 'v2', steps, index: 4 });
  const at = { index: 4, sizes: [4, 4], asked: 100 } as const;

  it('promotes once all traffic is there', () => {
    expect(planRollout(aMoment({ ...at, asked: 75 })).next.stableRS).toBe(hashOf('v1'));
    expect(planRollout(aMoment(at)).next.stableRS).toBe(hashOf('v2'));
  });

  it('moves the stable Service before the weight', () => {
    const more = { stableRS: promoted['stableRS'] ?? '' };
    expect(actionsOf(planRollout(aMoment({ ...at, more })))).toEqual(['send the canary 100', 'point stable at v2']);
    expect(actionsOf(planRollout(aMoment({ ...at, more, at: ['v2', 'v2'] })))).toEqual(['send the canary 0']);
    expect(actionsOf(planRollout(aMoment({ ...at, asked: 0, more, at: ['v2', 'v2'] })))).toEqual(['send the canary 0', 'annotate v1']);
  });
});

describe('planStatus of a canary behind a router', () => {
  it('records the weights only when the routers took them, and begins every wait anew', () => {
    const seen = aMoment({ index: 0, sizes: [4, 1], asked: 0 });
    const plan = planRollout(seen);
    const done = planStatus(
      seen,
      plan,
      plan.actions.map((action) => ({ action, result: 'done' as const })),
    );
    expect(done.status.canary.weights).toMatchObject({ canary: { weight: 25 }, stable: { weight: 75 } });
    expect(done.status.sluice?.['traffic']).toEqual({ settledSince: {} });
    expect(done.statusEvents.map(({ message }) => message)).toContain('Traffic weight updated from 0 to 25');
    const failed = planStatus(
      seen,
      plan,
      plan.actions.map((action) => ({ action, result: 'failed' as const, code: 'unavailable', message: 'no route' })),
    );
    expect(failed.status.canary.weights?.canary.weight).toBe(0);
    expect(failed.actionEvents).toEqual([{ type: 'Warning', reason: 'TrafficRoutingError', message: 'no route' }]);
  });

  it('takes back what a router made that the strategy no longer names', () => {
    const { trafficRouting: _gone, ...services } = routing;
    const world = { canary: services, traffic: undefined as never };
    expect(actionsOf(planRollout(aMoment({ index: 0, sizes: [4, 1], asked: 25, world })))[0]).toBe('take back nginx');
  });
});

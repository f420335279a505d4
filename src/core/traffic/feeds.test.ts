import { describe, expect, it } from '@jest/globals';
import type { BarrierReason } from './barrier.js';
import { describeBarrier } from './describe-barrier.js';
import { canaryRange, routerFeeds, settlementOf } from './feeds.js';
import type { ObservedTraffic } from './types.js';

const seen = (changes: Partial<ObservedTraffic> = {}): ObservedTraffic => ({ kind: 'istio', subsetHashes: [], upToDate: true, ...changes });
const never = (): undefined => undefined;

describe('settlementOf', () => {
  it.each([
    ['settled', seen()],
    ['settled', seen({ verified: true })],
    ['unconfirmed', seen({ verified: false })],
    ['unwritten', seen({ upToDate: false })],
    ['unwritten', seen({ upToDate: false, verified: true })],
  ])('is %s', (settlement, observed) => {
    expect(settlementOf(observed)).toBe(settlement);
  });
});

describe('canaryRange', () => {
  it.each([
    ['no router', [], { min: 0, max: 0 }],
    ['one router', [seen({ canaryWeight: { min: 10, max: 20 } })], { min: 10, max: 20 }],
    ['two routers', [seen({ canaryWeight: { min: 10, max: 20 } }), seen({ canaryWeight: { min: 15, max: 60 } })], { min: 10, max: 60 }],
    ['one that has nothing of ours yet', [seen({ canaryWeight: { min: 10, max: 20 } }), seen()], { min: 0, max: 20 }],
  ])('spans %s', (_what, observed, range) => {
    expect(canaryRange(observed)).toEqual(range);
  });
});

describe('routerFeeds', () => {
  const uneven = seen({ canaryWeight: { min: 10, max: 30 } });

  it.each([
    ['the canary side', uneven, { canary: true, stable: false }, 30],
    ['the stable side', uneven, { canary: false, stable: true }, 90],
    ['both sides', uneven, { canary: true, stable: true }, 100],
    ['neither', uneven, { canary: false, stable: false }, 0],
    ['the stable side of nothing of ours', seen(), { canary: false, stable: true }, 100],
    ['the canary side of nothing of ours', seen(), { canary: true, stable: false }, 0],
    [
      'the stable side beside an experiment',
      seen({ canaryWeight: { min: 10, max: 10 }, stableWeight: { min: 70, max: 70 } }),
      { canary: false, stable: true },
      70,
    ],
  ])('weighs %s', (_what, observed, sides, weight) => {
    expect(routerFeeds([observed], 100, sides, never)[0]).toMatchObject({ weight });
  });

  it('pins the canary side alone', () => {
    const pinned = [seen({ pinned: true })];
    expect(routerFeeds(pinned, 100, { canary: true, stable: false }, never)[0]?.pinned).toBe(true);
    expect(routerFeeds(pinned, 100, { canary: false, stable: true }, never)[0]?.pinned).toBe(false);
  });

  it('tells routers apart by their kind', () => {
    const feeds = routerFeeds([seen(), seen({ kind: 'nginx' })], 100, { canary: true, stable: false }, (kind) =>
      kind === 'istio' ? 5 : undefined,
    );
    expect(feeds).toEqual([
      { name: 'istio', weight: 0, pinned: false, settlement: 'settled', since: 5 },
      { name: 'nginx', weight: 0, pinned: false, settlement: 'settled' },
    ]);
  });
});

describe('describeBarrier', () => {
  const reasons: readonly BarrierReason[] = [
    ...(['Clear', 'CanaryNotAvailable', 'CanaryNotPublished', 'StableNotAvailable', 'RouteNotWritten', 'RouteNotConfirmed'] as const),
    ...(['Draining', 'StillRouted', 'TargetNotAvailable', 'TargetIncomplete', 'TargetTooSmall'] as const),
  ];

  it('has a sentence of its own for every reason, and names what it is about', () => {
    const told = reasons.map((reason) => describeBarrier(reason, 'istio'));
    expect(new Set(told).size).toBe(reasons.length);
    expect(told.every((text) => text.includes('istio'))).toBe(true);
  });
});

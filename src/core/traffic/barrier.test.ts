import { describe, expect, it } from '@jest/globals';
import { assessShrink, assessSwitch, assessWeight, type ShrinkQuestion, type SwitchQuestion, type WeightQuestion } from './barrier.js';
import type { Feed } from './feeds.js';

const at = (weight: number): WeightQuestion['declared'] => ({ min: weight, max: weight });

describe('assessWeight', () => {
  /** 10 pods, 20 declared and wanted, both sides as large as that takes. */
  const question = (changes: Partial<WeightQuestion>): WeightQuestion => ({
    replicas: 10,
    maxWeight: 100,
    wanted: 20,
    declared: at(20),
    canary: { available: 2 },
    stable: { available: 10 },
    ...changes,
  });

  it.each([
    { when: 'nothing is to change', q: {}, weight: 20, reason: 'Clear' },
    { when: 'the canary has its pods', q: { declared: at(0) }, weight: 20, reason: 'Clear' },
    { when: 'one of two pods is available', q: { declared: at(0), canary: { available: 1 } }, weight: 0, reason: 'CanaryNotAvailable' },
    {
      when: 'both are available and one is published',
      q: { declared: at(0), canary: { available: 2, published: 1 } },
      weight: 0,
      reason: 'CanaryNotPublished',
    },
    {
      when: 'more is published than available, as after an eviction',
      q: { declared: at(0), canary: { available: 1, published: 2 } },
      weight: 0,
      reason: 'CanaryNotAvailable',
    },
    {
      when: 'setCanaryScale gives one pod to 90',
      q: { wanted: 90, declared: at(0), canary: { available: 1, pledged: 1 } },
      weight: 90,
      reason: 'Clear',
    },
    {
      when: 'replicaProgressThreshold is met with one pod',
      q: { wanted: 60, canary: { available: 1, enough: true } },
      weight: 60,
      reason: 'Clear',
    },
    {
      when: 'replicaProgressThreshold is met with none',
      q: { wanted: 60, canary: { available: 0, enough: true } },
      weight: 0,
      reason: 'CanaryNotAvailable',
    },
    {
      when: 'stable is ill and a complete canary is to relieve it',
      q: { wanted: 60, canary: { available: 6 }, stable: { available: 1 } },
      weight: 60,
      reason: 'Clear',
    },
    { when: 'aborted with a complete stable', q: { wanted: 0, declared: at(60), canary: { available: 6 } }, weight: 0, reason: 'Clear' },
    {
      when: 'aborted with 7 stable pods',
      q: { wanted: 0, declared: at(60), canary: { available: 6 }, stable: { available: 7 } },
      weight: 30,
      reason: 'StableNotAvailable',
    },
    {
      when: 'aborted with 4 stable pods, which have enough to do',
      q: { wanted: 0, declared: at(60), canary: { available: 6 }, stable: { available: 4 } },
      weight: 60,
      reason: 'StableNotAvailable',
    },
    {
      when: 'aborted with 4 stable pods, which is enough by the threshold',
      q: { wanted: 0, declared: at(60), canary: { available: 6 }, stable: { available: 4, enough: true } },
      weight: 0,
      reason: 'Clear',
    },
    {
      when: 'aborted without stable pods',
      q: { wanted: 0, declared: at(60), canary: { available: 6 }, stable: { available: 0 } },
      weight: 60,
      reason: 'StableNotAvailable',
    },
    {
      when: 'aborted and the canary has no pods either',
      q: { wanted: 0, declared: at(60), canary: { available: 0 }, stable: { available: 4 } },
      weight: 0,
      reason: 'Clear',
    },
    {
      when: 'all canary pods are gone in the middle of a step',
      q: { wanted: 60, declared: at(60), canary: { available: 0 }, stable: { available: 4 } },
      weight: 0,
      reason: 'Clear',
    },
    {
      when: 'a step goes down and stable has grown back',
      q: { wanted: 20, declared: at(60), canary: { available: 6 }, stable: { available: 8 } },
      weight: 20,
      reason: 'Clear',
    },
    {
      when: 'one stable pod of ten is missing for 95 of 100',
      q: { wanted: 5, declared: at(20), stable: { available: 9 } },
      weight: 5,
      reason: 'Clear',
    },
    {
      when: 'the last 5 of 100 would go to a stable without pods',
      q: { wanted: 95, declared: at(100), canary: { available: 10 }, stable: { available: 0 } },
      weight: 100,
      reason: 'StableNotAvailable',
    },
    {
      when: 'somebody edited one of two routes and the canary is small',
      q: { wanted: 20, declared: { min: 10, max: 60 }, canary: { available: 1 } },
      weight: 10,
      reason: 'CanaryNotAvailable',
    },
    {
      when: 'the same, and stable is small too',
      q: { wanted: 20, declared: { min: 10, max: 60 }, canary: { available: 1 }, stable: { available: 5 } },
      weight: 10,
      reason: 'CanaryNotAvailable',
    },
    {
      when: 'one route is to rise and one to fall, and stable is small',
      q: { wanted: 20, declared: { min: 10, max: 60 }, canary: { available: 6 }, stable: { available: 5 } },
      weight: 50,
      reason: 'StableNotAvailable',
    },
    {
      when: 'no pods are wanted at all',
      q: { replicas: 0, wanted: 0, declared: at(0), canary: { available: 0 } },
      weight: 0,
      reason: 'Clear',
    },
    {
      when: 'it is 5 of 1000',
      q: { maxWeight: 1000, wanted: 5, declared: at(0), canary: { available: 1 } },
      weight: 5,
      reason: 'Clear',
    },
  ])('sets $weight, $reason, when $when', ({ q, weight, reason }) => {
    expect(assessWeight(question(q))).toMatchObject({ weight, reason });
  });

  it.each([
    [{ available: 1 }, true],
    [{ available: 0 }, false],
    [{ available: 2, published: 0 }, false],
  ])('lets header routes exist for a canary of %j: %s', (canary, mayPin) => {
    expect(assessWeight(question({ wanted: 0, declared: at(0), canary })).mayPin).toBe(mayPin);
  });
});

const feed = (weight: number, changes: Partial<Feed> = {}): Feed => ({
  name: 'istio',
  weight,
  pinned: false,
  settlement: 'settled',
  since: 0,
  ...changes,
});

describe('assessShrink (I3)', () => {
  const question = (changes: Partial<ShrinkQuestion>): ShrinkQuestion => ({
    now: 100_000,
    drainMs: 30_000,
    replicas: 10,
    maxWeight: 100,
    size: 6,
    target: 0,
    feeds: [],
    ...changes,
  });

  it.each([
    { when: 'nothing leads there', q: {}, size: 0, reason: 'Clear' },
    {
      when: 'it is to grow, whatever the routes',
      q: { target: 8, feeds: [feed(0, { settlement: 'unwritten' })] },
      size: 8,
      reason: 'Clear',
    },
    { when: 'its routes are settled at 0', q: { feeds: [feed(0)] }, size: 0, reason: 'Clear' },
    { when: 'they are settled at 20', q: { feeds: [feed(20)] }, size: 2, reason: 'StillRouted' },
    { when: 'they are settled at 21', q: { feeds: [feed(21)] }, size: 3, reason: 'StillRouted' },
    { when: 'they are settled at 20 and 2 are to stay', q: { target: 2, feeds: [feed(20)] }, size: 2, reason: 'Clear' },
    { when: 'they carry more than it has pods for', q: { feeds: [feed(100)] }, size: 6, reason: 'StillRouted' },
    { when: 'header routes lead there', q: { feeds: [feed(0, { pinned: true })] }, size: 1, reason: 'StillRouted' },
    { when: 'header routes lead to a heavier feed', q: { feeds: [feed(0, { pinned: true }), feed(20)] }, size: 2, reason: 'StillRouted' },
    { when: 'setCanaryScale gives 1 pod to 90', q: { feeds: [feed(90)], pledged: 1 }, size: 1, reason: 'StillRouted' },
    { when: 'setCanaryScale gives no pod to 90', q: { feeds: [feed(90)], pledged: 0 }, size: 1, reason: 'StillRouted' },
    { when: 'two routers share the traffic', q: { feeds: [feed(20), feed(40, { name: 'nginx' })] }, size: 4, reason: 'StillRouted' },
    { when: 'a route is not written', q: { feeds: [feed(0, { settlement: 'unwritten' })] }, size: 6, reason: 'RouteNotWritten' },
    { when: 'a route is not confirmed', q: { feeds: [feed(0, { settlement: 'unconfirmed' })] }, size: 6, reason: 'RouteNotConfirmed' },
    {
      when: 'a route is not confirmed and the pods for all traffic stay',
      q: { replicas: 4, target: 4, feeds: [feed(100, { settlement: 'unconfirmed' })] },
      size: 4,
      reason: 'Clear',
    },
    {
      when: 'a route is not confirmed and there are more pods than all traffic takes',
      q: { replicas: 4, target: 0, feeds: [feed(100, { settlement: 'unconfirmed' })] },
      size: 4,
      reason: 'RouteNotConfirmed',
    },
    { when: 'a route settled 5 s ago', q: { feeds: [feed(0, { since: 95_000 })] }, size: 6, reason: 'Draining', until: 125_000 },
    { when: 'a route settled 30 s ago', q: { feeds: [feed(0, { since: 70_000 })] }, size: 0, reason: 'Clear' },
    {
      when: 'two routes settled one after the other',
      q: { feeds: [feed(0, { since: 80_000 }), feed(0, { since: 90_000 })] },
      size: 6,
      reason: 'Draining',
      until: 120_000,
    },
    {
      when: 'one route drains and another is not confirmed',
      q: { feeds: [feed(0, { since: 95_000 }), feed(0, { settlement: 'unconfirmed' })] },
      size: 6,
      reason: 'RouteNotConfirmed',
    },
    { when: 'nobody wants pods any more', q: { replicas: 0, feeds: [feed(100, { settlement: 'unwritten' })] }, size: 0, reason: 'Clear' },
  ])('asks for $size pods, $reason, when $when', ({ q, size, reason, until }) => {
    expect(assessShrink(question(q))).toMatchObject({ size, reason, ...(until === undefined ? {} : { until }) });
  });

  it('begins the drain time now when nobody knows since when a route is settled', () => {
    const { since: _since, ...unknown } = feed(0);
    expect(assessShrink(question({ feeds: [unknown] }))).toEqual({ size: 6, reason: 'Draining', feed: 'istio', until: 130_000 });
  });

  it('needs no instant where there is no drain time', () => {
    const { since: _since, ...unknown } = feed(20);
    expect(assessShrink(question({ drainMs: 0, feeds: [unknown] }))).toEqual({ size: 2, reason: 'StillRouted', feed: 'istio' });
  });
});

describe('assessSwitch (I2)', () => {
  const question = (changes: Partial<SwitchQuestion>): SwitchQuestion => ({
    now: 100_000,
    drainMs: 30_000,
    replicas: 10,
    maxWeight: 100,
    feeds: [feed(0)],
    alsoServes: 0,
    target: { available: 1, size: 2 },
    source: { available: 10 },
    ...changes,
  });
  const ten = { available: 10, size: 10 };

  it.each([
    { when: 'nothing comes this way', q: {}, reason: 'Clear' },
    { when: 'the target has no available pod', q: { target: { available: 0, size: 2 } }, reason: 'TargetNotAvailable' },
    { when: 'no pods are wanted', q: { replicas: 0 }, reason: 'TargetNotAvailable' },
    { when: 'it was not ours and one of two pods is available', q: { source: undefined }, reason: 'TargetIncomplete' },
    { when: 'it was not ours and both are available', q: { source: undefined, target: { available: 2, size: 2 } }, reason: 'Clear' },
    { when: '50 comes this way and one pod is there', q: { feeds: [feed(50)] }, reason: 'TargetTooSmall' },
    { when: '50 comes this way and five pods are there', q: { feeds: [feed(50)], target: { available: 5, size: 5 } }, reason: 'Clear' },
    {
      when: 'setCanaryScale gives one pod to 50',
      q: { feeds: [feed(50)], target: { available: 1, size: 1, pledged: 1 } },
      reason: 'Clear',
    },
    {
      when: 'the target has the other 50 already and nine pods',
      q: { feeds: [feed(50)], alsoServes: 50, target: { available: 9, size: 10 } },
      reason: 'TargetTooSmall',
    },
    { when: 'the target has the other 50 already and ten pods', q: { feeds: [feed(50)], alsoServes: 50, target: ten }, reason: 'Clear' },
    {
      when: 'an ill stable gets a Service nobody sends anything through',
      q: { alsoServes: 100, target: { available: 9, size: 10 } },
      reason: 'Clear',
    },
    { when: 'what comes is not confirmed', q: { feeds: [feed(0, { settlement: 'unconfirmed' })] }, reason: 'RouteNotConfirmed' },
    { when: 'what comes is not written', q: { feeds: [feed(0, { settlement: 'unwritten' })] }, reason: 'RouteNotWritten' },
    {
      when: 'what comes is not confirmed, and the target can take anything',
      q: { feeds: [feed(0, { settlement: 'unconfirmed' })], target: ten },
      reason: 'Clear',
    },
    { when: 'the weight went 5 s ago', q: { feeds: [feed(0, { since: 95_000 })] }, reason: 'Draining' },
    { when: 'the pods it points at are gone, whatever comes', q: { feeds: [feed(50)], source: { available: 0 } }, reason: 'Clear' },
    { when: 'header users come this way and a pod is there', q: { feeds: [feed(0, { pinned: true })] }, reason: 'Clear' },
    { when: 'clients call it themselves', q: { feeds: [feed(100, { name: 'Service app' })], target: ten }, reason: 'Clear' },
  ])('answers $reason when $when', ({ q, reason }) => {
    expect(assessSwitch(question(q))).toMatchObject({ reason, may: reason === 'Clear' });
  });

  it('says until when the last requests have time', () => {
    expect(assessSwitch(question({ feeds: [feed(0, { since: 95_000 })] }))).toEqual({
      may: false,
      reason: 'Draining',
      feed: 'istio',
      until: 125_000,
    });
  });
});

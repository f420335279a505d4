import { describe, expect, it } from '@jest/globals';
import { abortStepDownWeight, podsForWeight, routedCanaryTarget, type RoutedCanary } from './routed-canary.js';

const routed = (state: Partial<RoutedCanary>): RoutedCanary => ({
  replicas: 10,
  weight: 0,
  maxWeight: 100,
  dynamicStableScale: false,
  aborted: false,
  ...state,
});

describe('podsForWeight (rollout-core 4.3)', () => {
  it.each([
    [10, 25, 100, 3],
    [10, 33, 100, 4],
    [10, 99, 100, 10],
    [10, 0, 100, 0],
    [23, 100_000_000, 100_000_000, 23],
  ])('%i pods at %i of %i need %i', (replicas, weight, maxWeight, pods) => {
    expect(podsForWeight(replicas, weight, maxWeight)).toBe(pods);
  });
});

describe('routedCanaryTarget (rollout-core 4.3)', () => {
  it.each([
    { when: 'setWeight 10', state: { weight: 10 }, canary: 1, stable: 10 },
    { when: 'a scale of 9 replicas beside weight 100', state: { replicas: 1, weight: 100, scale: { replicas: 9 } }, canary: 9, stable: 1 },
    { when: 'a scale weight beyond all of it', state: { replicas: 4, weight: 100, scale: { weight: 200 } }, canary: 8, stable: 4 },
    { when: 'matchTrafficWeight, so no scale of its own', state: { weight: 20 }, canary: 2, stable: 10 },
    {
      when: 'an abort that keeps the scale of step 0',
      state: { replicas: 1, aborted: true, scale: { replicas: 1 } },
      canary: 1,
      stable: 1,
    },
    { when: 'an abort', state: { replicas: 1, aborted: true }, canary: 0, stable: 1 },
    { when: 'minPodsPerReplicaSet 2', state: { weight: 5, minPods: 2 }, canary: 2, stable: 10 },
    { when: 'minPodsPerReplicaSet beyond replicas', state: { replicas: 1, weight: 100, minPods: 2 }, canary: 1, stable: 1 },
    {
      when: 'a dynamic stable at its weight',
      state: { weight: 10, dynamicStableScale: true, recorded: { canary: 10, stable: 90 } },
      canary: 1,
      stable: 9,
    },
    {
      when: 'a dynamic stable that still serves 90',
      state: { weight: 20, dynamicStableScale: true, recorded: { canary: 10, stable: 90 } },
      canary: 2,
      stable: 9,
    },
    {
      when: 'a dynamic abort, recorded 20/80',
      state: { aborted: true, dynamicStableScale: true, recorded: { canary: 20, stable: 80 } },
      canary: 2,
      stable: 10,
    },
    {
      when: 'a dynamic abort, recorded 10/90',
      state: { aborted: true, dynamicStableScale: true, recorded: { canary: 10, stable: 90 } },
      canary: 1,
      stable: 10,
    },
    {
      when: 'a dynamic abort stepping down from 60 to 20',
      state: { weight: 20, aborted: true, dynamicStableScale: true, recorded: { canary: 60, stable: 40 } },
      canary: 6,
      stable: 8,
    },
    {
      when: 'a dynamic abort with nothing known of the pods',
      state: { weight: 0, aborted: true, dynamicStableScale: true, recorded: { canary: 60, stable: 40 } },
      canary: 6,
      stable: 10,
    },
  ])('wants $canary canary and $stable stable pods with $when', ({ state, canary, stable }) => {
    expect(routedCanaryTarget(routed(state))).toEqual({ canary, stable });
  });

  it('follows the scale steps of the end-to-end example: 25 %, weight 50, 3 replicas, match', () => {
    const sizes = [
      routed({ replicas: 4 }),
      routed({ replicas: 4, scale: { weight: 25 } }),
      routed({ replicas: 4, weight: 50, scale: { weight: 25 } }),
      routed({ replicas: 4, weight: 50, scale: { replicas: 3 } }),
      routed({ replicas: 4, weight: 50 }),
      routed({ replicas: 4, weight: 100 }),
    ].map((state) => routedCanaryTarget(state).canary);
    expect(sizes).toEqual([0, 1, 1, 3, 2, 4]);
  });
});

describe('abortStepDownWeight (rollout-core 4.3)', () => {
  it.each([
    { when: 'the canary is to go and stable misses one', keepsCanary: false, stable: 9, weight: 10 },
    { when: 'the canary stays and stable misses five', keepsCanary: true, stable: 5, weight: 10 },
    { when: 'the canary stays and stable misses one', keepsCanary: true, stable: 9, weight: 0 },
  ])('steps down to $weight when $when', ({ keepsCanary, stable, weight }) => {
    expect(abortStepDownWeight(10, 100, [10, 50], { available: 5 }, { available: stable }, keepsCanary)).toBe(weight);
  });

  it.each([
    { canary: 6, stable: 4 },
    { canary: 1, stable: 4 },
    { canary: 2, stable: 4 },
  ])('steps from 60 down to 20 with $canary canary and $stable stable pods', ({ canary, stable }) => {
    expect(abortStepDownWeight(10, 100, [20, 60], { available: canary }, { available: stable }, false)).toBe(20);
  });
});

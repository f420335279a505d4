import { describe, expect, it } from '@jest/globals';
import { abortWeight, wantedWeight, type WeightFacts } from './wanted-weight.js';

/** v2 half-way: 10 pods, steps `20, pause, 60, pause`, everything available. */
const facts = (changes: Partial<WeightFacts> = {}): WeightFacts => ({
  replicas: 10,
  maxWeight: 100,
  isFullyPromoted: false,
  aborted: false,
  promoteFull: false,
  dynamicStableScale: false,
  canary: { hash: 'v2', available: 2 },
  stable: { available: 10 },
  recorded: { weight: 20, hash: 'v2' },
  stepWeights: [20, undefined, 60, undefined],
  stepIndex: 1,
  atDesiredScale: true,
  keepsCanary: false,
  ...changes,
});

const without = (key: 'canary' | 'stable' | 'recorded', changes: Partial<WeightFacts> = {}): WeightFacts => {
  const { [key]: _left, ...rest } = facts(changes);
  return rest;
};

describe('wantedWeight (traffic 1.4)', () => {
  it.each([
    {
      row: '1, the stable template applied again while stable has shrunk',
      state: facts({
        isFullyPromoted: true,
        dynamicStableScale: true,
        stepIndex: 4,
        recorded: { weight: 60, hash: 'v2' },
        canary: { hash: 'v1', available: 4 },
        stable: { available: 4 },
      }),
      weight: 60,
      rule: 'reapplied',
    },
    {
      row: '2, the same once stable is complete',
      state: facts({
        isFullyPromoted: true,
        dynamicStableScale: true,
        recorded: { weight: 60, hash: 'v2' },
        canary: { hash: 'v1', available: 10 },
      }),
      weight: 0,
      rule: 'promoted',
    },
    {
      row: '2, the same without dynamicStableScale',
      state: facts({ isFullyPromoted: true, recorded: { weight: 60, hash: 'v2' }, canary: { hash: 'v1', available: 4 } }),
      weight: 0,
      rule: 'promoted',
    },
    { row: '2, in steady state', state: facts({ isFullyPromoted: true, stepIndex: 4 }), weight: 0, rule: 'promoted' },
    { row: '3, aborted', state: facts({ aborted: true }), weight: 0, rule: 'aborted' },
    {
      row: '3, aborted with dynamicStableScale while stable is small',
      state: facts({
        aborted: true,
        dynamicStableScale: true,
        canary: { hash: 'v2', available: 6 },
        stable: { available: 4 },
        recorded: { weight: 60, hash: 'v2' },
      }),
      weight: 60,
      rule: 'aborted',
    },
    { row: '3 before 4, aborted without a canary', state: without('canary', { aborted: true }), weight: 0, rule: 'aborted' },
    { row: '4, no canary yet', state: without('canary'), weight: 0, rule: 'noCanaryPods' },
    { row: '4, no canary pod is available', state: facts({ canary: { hash: 'v2', available: 0 } }), weight: 0, rule: 'noCanaryPods' },
    { row: '5, promoted in full: the recorded weight stands', state: facts({ promoteFull: true }), weight: 20, rule: 'promoteFull' },
    {
      row: '5, promoted in full before any weight was recorded',
      state: without('recorded', { promoteFull: true }),
      weight: 0,
      rule: 'promoteFull',
    },
    {
      row: '5, promoted in full with dynamicStableScale: as many as are available',
      state: facts({ promoteFull: true, dynamicStableScale: true, canary: { hash: 'v2', available: 7 } }),
      weight: 70,
      rule: 'promoteFull',
    },
    {
      row: '5, the same with more pods than replicas (traffic 8 #6)',
      state: facts({ promoteFull: true, dynamicStableScale: true, canary: { hash: 'v2', available: 12 } }),
      weight: 100,
      rule: 'promoteFull',
    },
    {
      row: '5, the same with no replicas at all (traffic 8 #6)',
      state: facts({ promoteFull: true, dynamicStableScale: true, replicas: 0 }),
      weight: 100,
      rule: 'promoteFull',
    },
    {
      row: '6a, at step 0 before its pods are there',
      state: facts({ stepIndex: 0, atDesiredScale: false }),
      weight: 0,
      rule: 'earlierStep',
    },
    {
      row: '6a, at setWeight 60 before its pods are there',
      state: facts({ stepIndex: 2, atDesiredScale: false }),
      weight: 20,
      rule: 'earlierStep',
    },
    { row: '6b, at setWeight 20', state: facts({ stepIndex: 0 }), weight: 20, rule: 'step' },
    { row: '6b, at the pause after it', state: facts(), weight: 20, rule: 'step' },
    { row: '6b, at setWeight 60', state: facts({ stepIndex: 2 }), weight: 60, rule: 'step' },
    { row: '6b, before the first setWeight', state: facts({ stepWeights: [undefined, 20], stepIndex: 0 }), weight: 0, rule: 'step' },
    { row: '6c, all steps done', state: facts({ stepIndex: 4 }), weight: 100, rule: 'stepsDone' },
    { row: '6c, of 1000', state: facts({ stepIndex: 4, maxWeight: 1000 }), weight: 1000, rule: 'stepsDone' },
    {
      row: '6a, all steps done but pods are missing',
      state: facts({ stepIndex: 4, atDesiredScale: false }),
      weight: 60,
      rule: 'earlierStep',
    },
    { row: '7, no steps', state: facts({ stepWeights: [], stepIndex: 0 }), weight: 0, rule: 'noSteps' },
    {
      row: '5, a recorded weight from when maxTrafficWeight was larger',
      state: facts({ promoteFull: true, recorded: { weight: 500, hash: 'v2' } }),
      weight: 100,
      rule: 'promoteFull',
    },
  ])('row $row: $weight', ({ state, weight, rule }) => {
    expect(wantedWeight(state)).toMatchObject({ weight, rule });
  });

  it.each([
    ['step', facts(), { routes: true, additional: true, keepsRecordedHash: false }],
    ['earlierStep', facts({ atDesiredScale: false }), { routes: true, additional: true, keepsRecordedHash: false }],
    ['stepsDone', facts({ stepIndex: 4 }), { routes: true, additional: false, keepsRecordedHash: false }],
    ['noCanaryPods', without('canary'), { routes: false, additional: true, keepsRecordedHash: false }],
    ['promoteFull', facts({ promoteFull: true }), { routes: false, additional: false, keepsRecordedHash: false }],
    ['aborted', facts({ aborted: true }), { routes: false, additional: false, keepsRecordedHash: false }],
    ['promoted', facts({ isFullyPromoted: true }), { routes: false, additional: false, keepsRecordedHash: false }],
  ] as const)('says for %s whether routes and experiments may stand', (rule, state, more) => {
    expect(wantedWeight(state)).toMatchObject({ rule, ...more });
  });

  it('keeps the recorded version on the canary side while a re-applied stable grows back', () => {
    const state = facts({
      isFullyPromoted: true,
      dynamicStableScale: true,
      recorded: { weight: 60, hash: 'v2' },
      canary: { hash: 'v1', available: 4 },
      stable: { available: 4 },
    });
    expect(wantedWeight(state).keepsRecordedHash).toBe(true);
  });
});

describe('abortWeight (traffic 1.6 D)', () => {
  const aborted = (stable: number, canary: number, recorded: number, changes: Partial<WeightFacts> = {}): WeightFacts =>
    facts({
      aborted: true,
      dynamicStableScale: true,
      stable: { available: stable },
      canary: { hash: 'v2', available: canary },
      recorded: { weight: recorded, hash: 'v2' },
      ...changes,
    });

  it.each([
    { when: 'stable has 4 of 10, the canary carries 60', state: aborted(4, 6, 60), weight: 60 },
    { when: 'stable has 7 of 10, 8 are needed for step 20', state: aborted(7, 6, 60), weight: 60 },
    { when: 'stable has 8 of 10', state: aborted(8, 6, 60), weight: 20 },
    { when: 'the canary is down to 2 pods, so no step is smaller', state: aborted(8, 2, 20), weight: 20 },
    { when: 'stable has 9, the canary 2 at 20: all that stable lacks', state: aborted(9, 2, 20), weight: 10 },
    { when: 'stable is complete', state: aborted(10, 2, 20), weight: 0 },
    { when: 'stable is complete and the canary still large', state: aborted(10, 6, 60), weight: 0 },
    { when: 'stable is complete and minPods keeps 3 canary pods (traffic 8 #4)', state: aborted(10, 3, 20), weight: 0 },
    { when: 'the canary keeps its pods, so only stable counts', state: aborted(9, 6, 60, { keepsCanary: true }), weight: 10 },
    { when: 'the canary keeps its pods and stable has half', state: aborted(5, 6, 60, { keepsCanary: true }), weight: 60 },
    { when: 'there are no replicas', state: aborted(0, 0, 60, { replicas: 0 }), weight: 0 },
    { when: 'stable is not dynamic', state: aborted(4, 6, 60, { dynamicStableScale: false }), weight: 0 },
    { when: 'there is no stable', state: without('stable', { aborted: true, dynamicStableScale: true }), weight: 0 },
    {
      when: 'nothing was recorded: the larger of what stable lacks and the step',
      state: without('recorded', {
        aborted: true,
        dynamicStableScale: true,
        stable: { available: 5 },
        canary: { hash: 'v2', available: 6 },
      }),
      weight: 50,
    },
    {
      when: 'a re-applied stable has all but one: held',
      state: aborted(9, 9, 75, { aborted: false, isFullyPromoted: true, stepIndex: 4 }),
      weight: 75,
    },
  ])('is $weight when $when', ({ state, weight }) => {
    expect(abortWeight(state)).toBe(weight);
  });

  it('walks 75, 25, 0 as recorded: 4 pods, steps 25 and 75, stable back from 1', () => {
    const four = (stable: number, canary: number, recorded: number): number =>
      abortWeight(aborted(stable, canary, recorded, { replicas: 4, stepWeights: [25, undefined, 75, undefined] }));
    expect([four(1, 3, 75), four(3, 3, 75), four(3, 1, 25), four(4, 1, 25)]).toEqual([75, 25, 25, 0]);
  });
});

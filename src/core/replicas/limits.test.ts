import { describe, expect, it } from '@jest/globals';
import type { IntOrPercent } from '../../api/rollout-types.js';
import { podLimits } from './limits.js';

const percent = (value: number): IntOrPercent => ({ kind: 'percent', percent: value });
const pods = (value: number): IntOrPercent => ({ kind: 'pods', pods: value });

describe('podLimits (rollout-core 4.1)', () => {
  it.each([
    { replicas: 0, surge: 0, unavailable: 0 },
    { replicas: 1, surge: 1, unavailable: 0 },
    { replicas: 2, surge: 1, unavailable: 0 },
    { replicas: 3, surge: 1, unavailable: 0 },
    { replicas: 4, surge: 1, unavailable: 1 },
    { replicas: 5, surge: 2, unavailable: 1 },
    { replicas: 7, surge: 2, unavailable: 1 },
    { replicas: 8, surge: 2, unavailable: 2 },
    { replicas: 10, surge: 3, unavailable: 2 },
  ])('allows $surge more and $unavailable fewer of $replicas pods by default', ({ replicas, surge, unavailable }) => {
    expect(podLimits(replicas, percent(25), percent(25))).toEqual({ surge, unavailable });
  });

  it.each([
    { when: 'both are 0', replicas: 10, surge: percent(0), unavailable: percent(0), limits: { surge: 0, unavailable: 1 } },
    { when: 'both are 0 and no pod is wanted', replicas: 0, surge: pods(0), unavailable: pods(0), limits: { surge: 0, unavailable: 0 } },
    {
      when: 'a percentage rounds down to nothing',
      replicas: 3,
      surge: pods(0),
      unavailable: percent(25),
      limits: { surge: 0, unavailable: 1 },
    },
    {
      when: 'more may be unavailable than there are',
      replicas: 2,
      surge: pods(0),
      unavailable: pods(5),
      limits: { surge: 0, unavailable: 2 },
    },
    { when: 'surge is absolute', replicas: 4, surge: pods(4), unavailable: pods(4), limits: { surge: 4, unavailable: 4 } },
    { when: 'the numbers are negative', replicas: 4, surge: pods(-1), unavailable: pods(-2), limits: { surge: 0, unavailable: 1 } },
  ])('gives $limits.surge and $limits.unavailable when $when', ({ replicas, surge, unavailable, limits }) => {
    expect(podLimits(replicas, surge, unavailable)).toEqual(limits);
  });
});

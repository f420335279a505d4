import { describe, expect, it } from '@jest/globals';
import { drainOthers } from './others.js';

const pods = (wanted: number, available: number): { wanted: number; available: number } => ({ wanted, available });

describe('drainOthers (rollout-core 4.6)', () => {
  it.each([
    { when: 'nothing may go', others: [pods(2, 2)], all: 4, floor: 4, sizes: [2] },
    { when: 'one may go', others: [pods(2, 2)], all: 5, floor: 4, sizes: [1] },
    { when: 'all may go', others: [pods(2, 2), pods(1, 1)], all: 9, floor: 4, sizes: [0, 0] },
    { when: 'the first takes the whole budget', others: [pods(2, 2), pods(2, 2)], all: 6, floor: 4, sizes: [0, 2] },
    { when: 'unavailable pods go even below the floor', others: [pods(3, 1), pods(2, 0)], all: 3, floor: 4, sizes: [1, 0] },
    { when: 'more are available than wanted', others: [pods(1, 3)], all: 3, floor: 4, sizes: [1] },
  ])('leaves $sizes when $when', ({ others, all, floor, sizes }) => {
    expect(drainOthers(others, all, floor)).toEqual(sizes);
  });
});

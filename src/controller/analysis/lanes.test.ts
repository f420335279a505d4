import { describe, expect, it } from '@jest/globals';
import { Lanes } from './lanes.js';

/** Enters tasks by name; `started` tells which ones got a place, in order. */
function lanesOf(overall: number, perLane: number) {
  const started: string[] = [];
  const lanes = new Lanes({ overall, perLane });
  return { lanes, started, enter: (lane: string, task: string) => lanes.enter(lane, () => started.push(task)) };
}

describe('Lanes', () => {
  it('admits up to the limit of a lane, the next when one leaves', () => {
    const { lanes, started, enter } = lanesOf(10, 2);
    ['a1', 'a2', 'a3', 'a4'].forEach((task) => enter('a', task));
    expect(started).toEqual(['a1', 'a2']);
    lanes.release('a');
    expect(started).toEqual(['a1', 'a2', 'a3']);
    expect(lanes.active).toBe(2);
  });

  it('lets nobody wait behind a lane that is full', () => {
    const { started, enter } = lanesOf(10, 2);
    ['s1', 's2', 's3', 's4'].forEach((task) => enter('slow', task));
    enter('fast', 'f1');
    expect(started).toEqual(['s1', 's2', 'f1']);
  });

  it('takes turns between lanes when all places are taken', () => {
    const { lanes, started, enter } = lanesOf(2, 2);
    ['a1', 'a2', 'a3', 'a4'].forEach((task) => enter('a', task));
    ['b1', 'b2'].forEach((task) => enter('b', task));
    for (let n = 0; n < 2; n++) lanes.release('a');
    expect(started).toEqual(['a1', 'a2', 'a3', 'b1']);
    lanes.release('b');
    expect(started).toEqual(['a1', 'a2', 'a3', 'b1', 'a4']);
  });

  it('forgets who leaves the queue', () => {
    const { lanes, started, enter } = lanesOf(10, 1);
    enter('a', 'a1');
    const leave = enter('a', 'a2');
    enter('a', 'a3');
    leave();
    lanes.release('a');
    expect(started).toEqual(['a1', 'a3']);
    leave();
    lanes.release('a');
    expect(lanes.active).toBe(0);
  });
});

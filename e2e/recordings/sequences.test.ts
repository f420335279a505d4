import { describe, expect, it } from '@jest/globals';
import type { TimelineLine } from './format.js';
import { sequencesOf, turningPoints, withoutLoops } from './sequences.js';

const change = (on: string, facts: Record<string, string | number | null>): TimelineLine => ({
  kind: 'change',
  t: 0,
  on,
  facts,
  isNew: false,
  gone: false,
});
const action: TimelineLine = { kind: 'action', t: 0, label: 'promote' };

describe('turningPoints', () => {
  it.each([
    { values: ['0', '1', '3', '5', '2', '0'], points: ['0', '5', '0'] },
    { values: ['0', '4'], points: ['0', '4'] },
    { values: ['4'], points: ['4'] },
    { values: ['2', '1', '2'], points: ['2', '1', '2'] },
  ])('of $values are $points', ({ values, points }) => {
    expect(turningPoints(values)).toEqual(points);
  });
});

describe('withoutLoops', () => {
  it.each([
    { values: ['a', 'b', 'a', 'c'], path: ['a', 'c'] },
    { values: ['a', 'b', 'a', 'b'], path: ['a', 'b'] },
    { values: ['a', 'a', 'b'], path: ['a', 'b'] },
  ])('of $values is $path', ({ values, path }) => {
    expect(withoutLoops(values)).toEqual(path);
  });
});

describe('sequencesOf', () => {
  const selector = 'selector.rollouts-pod-template-hash';

  it('drops a quarrel between two actions and keeps what actions did', () => {
    const timeline = [
      change('Service/canary', { [selector]: 'hash2' }),
      action,
      change('Service/canary', { [selector]: 'hash1' }),
      change('Service/canary', { [selector]: 'hash2' }),
      change('Service/canary', { [selector]: 'hash1' }),
      action,
      change('Service/canary', { [selector]: 'hash2' }),
    ];
    expect(sequencesOf(timeline).get(`Service/canary ${selector}`)).toEqual(['hash2', 'hash1', 'hash2']);
  });

  it('tells only whether there is a deadline, and only turning points of wanted pods', () => {
    const timeline = [
      change('ReplicaSet/a', { 'spec.replicas': 0 }),
      change('ReplicaSet/a', { 'spec.replicas': 2, 'annotations.scale-down-deadline': '<time +3s>' }),
      change('ReplicaSet/a', { 'spec.replicas': 4, 'annotations.scale-down-deadline': '<time +2s>' }),
      change('ReplicaSet/a', { 'annotations.scale-down-deadline': null }),
    ];
    const sequences = sequencesOf(timeline);
    expect(sequences.get('ReplicaSet/a spec.replicas')).toEqual(['0', '4']);
    expect(sequences.get('ReplicaSet/a annotations.scale-down-deadline')).toEqual(['present', 'absent']);
  });
});

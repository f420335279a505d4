import { describe, expect, it } from '@jest/globals';
import type { Json } from '../../src/api/kube.js';
import { aRollout } from '../recordings/testing.js';
import { holds } from './where.js';

const rollout = aRollout({ phase: 'Paused', replicas: 5, stableRS: 'a', currentPodHash: 'a' });

describe('a wait', () => {
  const cases: readonly { where: Readonly<Record<string, Json>>; answer: boolean }[] = [
    { where: { 'status.phase': 'Paused', 'status.replicas': 5 }, answer: true },
    { where: { 'status.phase': 'Paused', 'status.replicas': 4 }, answer: false },
    { where: { 'status.abort': null }, answer: true },
    { where: { 'status.phase': null }, answer: false },
    { where: { 'status.phase': { in: ['Failed', 'Paused'] } }, answer: true },
    { where: { 'status.replicas': { ge: 5, le: 5 } }, answer: true },
    { where: { 'status.replicas': { ge: 6 } }, answer: false },
    { where: { 'status.stableRS': { eqPath: 'status.currentPodHash' } }, answer: true },
    { where: { 'status.abort': { not: null } }, answer: false },
    { where: { 'status.message': { match: '^(?!InvalidSpec)' } }, answer: true },
  ];
  it.each(cases)('for $where comes true: $answer', ({ where, answer }) => {
    expect(holds(rollout, where)).toBe(answer);
  });

  it('for an unknown operator is an error', () => {
    expect(() => holds(rollout, { 'status.phase': { like: 'P' } })).toThrow('unknown operator like');
  });
});

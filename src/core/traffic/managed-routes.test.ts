import { describe, expect, it } from '@jest/globals';
import type { CanaryStep } from '../../api/rollout-types.js';
import { foldManagedRoutes } from './managed-routes.js';

const header = (name: string, value?: string): CanaryStep => ({
  kind: 'setHeaderRoute',
  name,
  match: value === undefined ? [] : [{ headerName: 'X-User', headerValue: { kind: 'exact', value } }],
});
const mirror = (name: string, percentage?: number): CanaryStep => ({
  kind: 'setMirrorRoute',
  name,
  match: [{ path: { kind: 'prefix', value: '/' } }],
  ...(percentage === undefined ? {} : { percentage }),
});
const weight: CanaryStep = { kind: 'setWeight', weight: 10 };

const names = (steps: readonly CanaryStep[], index: number): string => {
  const { headerRoutes, mirrorRoutes } = foldManagedRoutes(steps, index);
  const tell = [
    ...headerRoutes.map(({ name, match }) => `${name}=${match[0]?.headerValue.value}`),
    ...mirrorRoutes.map(({ name }) => `~${name}`),
  ];
  return tell.join(' ');
};

describe('foldManagedRoutes (traffic 1.13 #4)', () => {
  const steps = [weight, header('a', 'one'), weight, mirror('m', 35), header('b', 'two'), header('a', 'three'), header('b'), weight];

  it.each([
    [-1, ''],
    [0, ''],
    [1, 'a=one'],
    [2, 'a=one'],
    [3, 'a=one ~m'],
    [4, 'a=one b=two ~m'],
    [5, 'b=two a=three ~m'],
    [6, 'a=three ~m'],
    [7, 'a=three ~m'],
    [8, 'a=three ~m'],
    [99, 'a=three ~m'],
  ])('has at step %i: %s', (index, expected) => {
    expect(names(steps, index)).toBe(expected);
  });

  it('gives a name to whichever kind set it last', () => {
    expect(names([header('r', 'one'), mirror('r')], 1)).toBe('~r');
    expect(names([mirror('r'), header('r', 'one')], 1)).toBe('r=one');
    expect(names([mirror('r'), header('r')], 1)).toBe('');
  });

  it('sees a route step that stands beside another one', () => {
    expect(names([{ kind: 'setCanaryScale', replicas: 1, matchTrafficWeight: false, also: [header('a', 'one')] }], 0)).toBe('a=one');
  });

  it('hands on match and percentage', () => {
    expect(foldManagedRoutes([mirror('m', 35)], 0).mirrorRoutes).toEqual([
      { name: 'm', match: [{ path: { kind: 'prefix', value: '/' } }], percentage: 35 },
    ]);
    expect(foldManagedRoutes([mirror('m')], 0).mirrorRoutes[0]).not.toHaveProperty('percentage');
  });
});

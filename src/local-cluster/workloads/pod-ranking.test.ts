import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../api/kube.js';
import { renderWholeSeconds } from '../../lib/time.js';
import { rankForDeletion } from './pod-ranking.js';

const now = Date.UTC(2026, 0, 1);
const secondsAgo = (seconds: number): string => renderWholeSeconds(now - seconds * 1000);

interface Facts {
  readonly node?: string;
  readonly phase?: string;
  /** Seconds since it became ready; absent: it is not. */
  readonly readyFor?: number;
  readonly cost?: string;
  readonly restarts?: number;
  readonly age?: number;
}

function pod(name: string, facts: Facts): KubeObject {
  const ready = facts.readyFor === undefined ? [] : [{ type: 'Ready', status: 'True', lastTransitionTime: secondsAgo(facts.readyFor) }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...{ name, namespace: 'default', uid: name, resourceVersion: '1', creationTimestamp: secondsAgo(facts.age ?? 100) },
      annotations: facts.cost === undefined ? {} : { 'controller.kubernetes.io/pod-deletion-cost': facts.cost },
    },
    spec: facts.node === '' ? {} : { nodeName: facts.node ?? 'n1' },
    status: { phase: facts.phase ?? 'Running', conditions: ready, containerStatuses: [{ restartCount: facts.restarts ?? 0 }] },
  };
}

describe('rankForDeletion', () => {
  it.each<{ first: string; doomed: Facts; spared: Facts }>([
    { first: 'a pod no node has yet', doomed: { node: '', phase: 'Pending' }, spared: { phase: 'Pending' } },
    { first: 'a pending pod', doomed: { phase: 'Pending' }, spared: {} },
    { first: 'a pod that is not ready', doomed: { cost: '100' }, spared: { readyFor: 1 } },
    { first: 'the cheaper one', doomed: { readyFor: 999, cost: '-1' }, spared: { readyFor: 1 } },
    { first: 'the one that became ready later', doomed: { readyFor: 1, restarts: 0 }, spared: { readyFor: 600, restarts: 9 } },
    { first: 'the one with more restarts', doomed: { readyFor: 5, restarts: 3 }, spared: { readyFor: 5 } },
    { first: 'the younger one', doomed: { readyFor: 5, age: 10 }, spared: { readyFor: 5, age: 9000 } },
  ])('takes $first', ({ doomed, spared }) => {
    // The names would decide the other way.
    const pods = [pod('a-spared', spared), pod('z-doomed', doomed)];
    expect(rankForDeletion(pods, [], now).map(({ metadata }) => metadata.name)).toEqual(['z-doomed', 'a-spared']);
  });

  it('takes from the node with more siblings', () => {
    const pods = [pod('a', { node: 'n1', readyFor: 5 }), pod('b', { node: 'n2', readyFor: 5 })];
    const related = [...pods, pod('c', { node: 'n2' })];
    expect(rankForDeletion(pods, related, now)[0]?.metadata.name).toBe('b');
  });

  it('lets the uid decide between pods of about the same age', () => {
    const pods = [pod('b', { readyFor: 70 }), pod('a', { readyFor: 68, restarts: 0 })];
    expect(rankForDeletion(pods, [], now).map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
  });
});

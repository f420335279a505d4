import { describe, expect, it } from '@jest/globals';
import type { JsonObject, KubeObject } from '../../api/kube.js';
import { viewPod } from './pod-status.js';

function pod(spec: JsonObject, status: JsonObject, isDeleted = false): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'p',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...(isDeleted ? { deletionTimestamp: '2026-01-01T00:01:00Z' } : {}),
    },
    spec,
    status,
  };
}

const one = { containers: [{ name: 'a' }] };
const running = { name: 'a', ready: true, restartCount: 0, state: { running: {} } };

describe('viewPod', () => {
  it.each<[string, JsonObject, JsonObject, string]>([
    ['a pod nobody has bound', one, { phase: 'Pending' }, 'Pending'],
    ['a running pod', one, { phase: 'Running', containerStatuses: [running] }, 'Running'],
    [
      'a container that waits',
      one,
      { phase: 'Pending', containerStatuses: [{ name: 'a', ready: false, state: { waiting: { reason: 'ImagePullBackOff' } } }] },
      'ImagePullBackOff',
    ],
    [
      'a container that ended without a reason',
      one,
      { phase: 'Running', containerStatuses: [{ name: 'a', ready: false, state: { terminated: { exitCode: 3 } } }] },
      'ExitCode:3',
    ],
    [
      'a container that was killed',
      one,
      { phase: 'Running', containerStatuses: [{ name: 'a', ready: false, state: { terminated: { exitCode: 137, signal: 9 } } }] },
      'Signal:9',
    ],
    [
      'an init container at work',
      { ...one, initContainers: [{ name: 'i' }, { name: 'j' }] },
      {
        phase: 'Pending',
        initContainerStatuses: [
          { name: 'i', state: { terminated: { exitCode: 0 } } },
          { name: 'j', state: { running: {} } },
        ],
      },
      'Init:1/2',
    ],
    [
      'an init container that fails',
      { ...one, initContainers: [{ name: 'i' }] },
      { phase: 'Pending', initContainerStatuses: [{ name: 'i', state: { waiting: { reason: 'CrashLoopBackOff' } } }] },
      'Init:CrashLoopBackOff',
    ],
    [
      'one container done and one at work',
      { containers: [{ name: 'a' }, { name: 'b' }] },
      {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [
          { name: 'a', state: { terminated: { exitCode: 0, reason: 'Completed' } } },
          { ...running, name: 'b' },
        ],
      },
      'Running',
    ],
    ['an evicted pod', one, { phase: 'Failed', reason: 'Evicted' }, 'Evicted'],
  ])('calls %s by the word kubectl uses', (_, spec, status, word) => {
    expect(viewPod(pod(spec, status)).status).toBe(word);
  });

  it('says Terminating once a pod is being deleted', () => {
    expect(viewPod(pod(one, { phase: 'Running', containerStatuses: [running] }, true)).status).toBe('Terminating');
  });

  it('counts a started sidecar among the containers and goes on to the main ones', () => {
    const spec = { containers: [{ name: 'a' }], initContainers: [{ name: 's', restartPolicy: 'Always' }] };
    const sidecar = { name: 's', ready: true, started: true, restartCount: 2, state: { running: {} } };
    const view = viewPod(pod(spec, { phase: 'Running', initContainerStatuses: [sidecar], containerStatuses: [running] }));
    expect(view).toEqual({ status: 'Running', ready: 2, containers: 2, restarts: 2 });
  });
});

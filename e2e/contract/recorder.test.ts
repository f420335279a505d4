import { describe, expect, it } from '@jest/globals';
import { compareAnswers, recorder, renderDeviation } from './recorder.js';
import { virtualScheduler } from '../../src/lib/virtual-scheduler.js';
import { ControllerError } from '../../src/lib/errors.js';
import { createStore } from '../../src/local-cluster/store/index.js';

function aRecorder(namespace: string) {
  const scheduler = virtualScheduler();
  return recorder(createStore({ scheduler }), scheduler, namespace);
}

const object = (uid: string, resourceVersion: string, namespace: string) => ({
  metadata: { name: 'a', namespace, uid, resourceVersion, creationTimestamp: '2026-01-01T00:00:00Z', managedFields: [{ manager: 'x' }] },
});

describe('answers of two servers', () => {
  it('are the same when they differ only by names the servers choose', async () => {
    const [one, two] = [aRecorder('ns-1'), aRecorder('ns-2')];
    await one.answer('get', Promise.resolve(object('01234567-89ab-cdef-0123-456789abcdef', '7', 'ns-1')));
    await two.answer('get', Promise.resolve(object('fedcba98-7654-3210-fedc-ba9876543210', '900', 'ns-2')));
    expect(compareAnswers(one.answers, two.answers)).toEqual([]);
  });

  it('differ when one writes a new version where the other does not', async () => {
    const [one, two] = [aRecorder('ns'), aRecorder('ns')];
    for (const [to, versions] of [
      [one, ['1', '1']],
      [two, ['1', '2']],
    ] as const) {
      for (const version of versions) await to.answer(`version ${to.answers.length}`, Promise.resolve(object('u', version, 'ns')));
    }
    expect(compareAnswers(one.answers, two.answers).map(renderDeviation)).toEqual([
      'version 1.0.metadata.resourceVersion: "<version 2>" instead of "<version 1>"',
    ]);
  });

  it('differ by place when content differs, and when one refuses', async () => {
    const [one, two] = [aRecorder('ns'), aRecorder('ns')];
    await one.answer('x', Promise.resolve({ a: { b: 1 } }));
    await two.answer('x', Promise.reject(new ControllerError('conflict', 'no', { status: 409 })));
    expect(compareAnswers(one.answers, two.answers).map(renderDeviation)).toEqual([
      'x.0.a: nothing instead of {"b":1}',
      'x.0.refused: "conflict" instead of nothing',
      'x.0.status: 409 instead of nothing',
      'x.0.message: "no" instead of nothing',
    ]);
  });
});

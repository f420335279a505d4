import { describe, expect, it } from '@jest/globals';
import { digest } from './digest.js';
import { Journal } from './journal.js';
import { aReplicaSet, aRollout, anObject } from './testing.js';

function played(script: (journal: Journal, at: (ms: number) => void) => void, endedAt = 60_000) {
  let now = 0;
  const journal = new Journal(() => now);
  script(journal, (ms) => {
    now = ms;
  });
  return digest(journal.entries, { known: { hashes: { hash1: 'aaa' }, stepHashes: {} }, namespace: 'ns', startedAt: 0, endedAt });
}

describe('milestones', () => {
  it('are the states that lasted for 1.2 seconds', () => {
    const { milestones } = played((journal, at) => {
      journal.action('apply Rollout/app');
      journal.seen(aReplicaSet('app-aaa', 'aaa', 2, 0));
      at(600);
      journal.seen(aReplicaSet('app-aaa', 'aaa', 2, 1));
      at(700);
      journal.seen(aReplicaSet('app-aaa', 'aaa', 2));
    });
    expect(milestones).toEqual([
      { t: 0.7, after: 'apply Rollout/app', passing: false, state: { rs: { 'app-hash1': '2 (2 ready, 2 available)' } } },
    ]);
  });

  it('are passing when the controller goes on by itself, and not when a person makes it', () => {
    const { milestones } = played((journal, at) => {
      journal.action('apply');
      journal.seen(aReplicaSet('app-aaa', 'aaa', 1));
      at(4_000);
      journal.seen(aReplicaSet('app-aaa', 'aaa', 2));
      at(8_000);
      journal.action('promote');
      journal.seen(aReplicaSet('app-aaa', 'aaa', 3));
    });
    expect(milestones.map(({ t, after, passing }) => ({ t, after, passing }))).toEqual([
      { t: 0, after: 'apply', passing: true },
      { t: 4, after: 'apply', passing: false },
      { t: 8, after: 'promote', passing: false },
    ]);
  });

  it('come although an analysis goes on measuring', () => {
    const run = (count: number) =>
      anObject('AnalysisRun', 'r', { status: { phase: 'Running', metricResults: [{ name: 'm', phase: 'Running', count }] } });
    const { milestones } = played((journal, at) => {
      for (let second = 0; second < 5; second += 1) {
        at(second * 1_000);
        journal.seen(run(second));
      }
    });
    expect(milestones).toMatchObject([{ t: 0, state: { analysis: { r: 'Running' } } }]);
  });

  it('say of a Rollout what a person would look at', () => {
    const status = {
      phase: 'Paused',
      message: 'CanaryPauseStep',
      currentStepIndex: 1,
      stableRS: 'aaa',
      currentPodHash: 'bbb',
      pauseConditions: [{ reason: 'CanaryPauseStep' }],
      abort: true,
      canary: { weights: { canary: { weight: 25 }, stable: { weight: 75 } } },
      replicas: 5,
      updatedReplicas: 1,
      readyReplicas: 5,
      availableReplicas: 4,
    };
    const { milestones } = played((journal) => journal.seen(aRollout(status)));
    expect(milestones[0]?.state['rollout']).toEqual({
      app: 'Paused (CanaryPauseStep) step 1 stable hash1 current hash2 ABORT [CanaryPauseStep] weight 25/75 pods 5/1/5/4',
    });
  });
});

describe('placeholders', () => {
  it('give a hash the name the recording has for it, and others the next free number', () => {
    const { hashes } = played((journal) => {
      journal.seen(aReplicaSet('app-zzz', 'zzz', 1));
      journal.seen(aReplicaSet('app-aaa', 'aaa', 1));
    });
    expect(hashes).toEqual({ hash1: 'aaa', hash2: 'zzz' });
  });

  it('replace hashes, namespace, uids and times wherever they stand', () => {
    const message = 'ReplicaSet "app-aaa" of ns, 01234567-89ab-cdef-0123-456789abcdef at 2026-01-01T00:00:00Z';
    const { final } = played((journal) => {
      journal.seen(aReplicaSet('app-aaa', 'aaa', 1));
      journal.seen(aRollout({ message }));
    });
    expect(final[1]?.status).toEqual({ message: 'ReplicaSet "app-hash1" of NS, <uid> at <time>' });
  });
});

describe('timeline', () => {
  it('has the facts that changed, absent ones as null, in the order of the writes', () => {
    const first = aRollout({ phase: 'Progressing', message: 'more replicas need to be updated' });
    const second = aRollout({ phase: 'Healthy' });
    const { timeline } = played((journal) => {
      journal.seen(second);
      journal.seen(first);
    });
    expect(timeline.map((line) => (line.kind === 'change' ? line.facts : line))).toEqual([
      { 'spec.replicas': 2, 'status.phase': 'Progressing', 'status.message': 'more replicas need to be updated' },
      { 'status.phase': 'Healthy', 'status.message': null },
    ]);
  });
});

describe('extremes', () => {
  it('count all ReplicaSets together, from the first health on', () => {
    const { extremes } = played((journal) => {
      journal.seen(aReplicaSet('app-aaa', 'aaa', 4, 0));
      journal.seen(aRollout({ phase: 'Healthy' }));
      journal.seen(aReplicaSet('app-aaa', 'aaa', 4));
      journal.seen(aReplicaSet('app-bbb', 'bbb', 1, 0));
      journal.seen(aReplicaSet('app-aaa', 'aaa', 3));
    });
    expect(extremes).toEqual({ fewestAvailable: 3, mostWanted: 5 });
  });
});

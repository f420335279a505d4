import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../src/api/kube.js';
import { compare } from './compare.js';
import type { Digest } from './digest.js';
import type { Milestone, Recording, TimelineLine } from './format.js';
import { aRecording } from './testing.js';

const change = (on: string, facts: Record<string, string | number | null>): TimelineLine => ({
  kind: 'change',
  t: 0,
  on,
  facts,
  isNew: false,
  gone: false,
});
const event = (reason: string): TimelineLine => ({
  kind: 'event',
  t: 0,
  on: 'Rollout/app',
  event: `Normal ${reason}`,
  message: 'text',
  count: 1,
});
const action = (t: number, label: string): TimelineLine => ({ kind: 'action', t, label });
const milestone = (t: number, after: string, rollout: string, passing = false): Milestone => ({
  t,
  after,
  passing,
  state: { rollout: { app: rollout } },
});

/** A run that went exactly as recorded. */
function asRecorded(recording: Recording, changes: Partial<Digest> = {}): Digest {
  const { milestones, timeline, extremes, hashes, stepHashes, final } = recording;
  // Recorded objects have what a comparison reads.
  return { milestones, timeline, extremes, hashes, stepHashes, final: final as unknown as readonly KubeObject[], ...changes };
}

function texts(recording: Recording, run: Partial<Digest>): readonly string[] {
  return compare(recording, asRecorded(recording, run)).map(({ aspect, text }) => `${aspect}: ${text}`);
}

describe('a run that went as recorded', () => {
  it('has no differences', () => {
    const recording = aRecording();
    expect(compare(recording, asRecorded(recording))).toEqual([]);
  });
});

describe('milestones', () => {
  const timeline = [action(0, 'apply'), action(10, 'promote'), action(20, 'promote')];
  const milestones = [
    milestone(1, 'apply', 'Progressing', true),
    milestone(5, 'apply', 'Healthy'),
    milestone(11, 'promote', 'Paused'),
    milestone(21, 'promote', 'Done'),
  ];
  const recording = aRecording({ timeline, milestones, final: [] });

  it('may skip a passing state that is no pause', () => {
    expect(texts(recording, { milestones: milestones.slice(1) })).toEqual([]);
  });

  it('must not skip a passing pause', () => {
    const paused = aRecording({
      timeline,
      milestones: [milestone(1, 'apply', 'Paused (x)', true), milestone(5, 'apply', 'Healthy')],
      final: [],
    });
    expect(texts(paused, { milestones: [milestone(5, 'apply', 'Healthy')] })).toEqual([
      'milestone: after "apply" (passing): rollout app: "Healthy" instead of "Paused (x)"',
    ]);
  });

  it('are judged by action, even when two actions have the same label', () => {
    const swapped = [...milestones.slice(0, 2), milestone(11, 'promote', 'Done'), milestone(21, 'promote', 'Done')];
    expect(texts(recording, { milestones: swapped })).toEqual(['milestone: after "promote": rollout app: "Done" instead of "Paused"']);
  });

  it('must end where the recording ended', () => {
    const further = [...milestones, milestone(25, 'promote', 'Degraded')];
    expect(texts(recording, { milestones: further })).toEqual(['milestone: after "promote": rollout app: "Degraded" instead of "Done"']);
  });

  it('must be reached at all', () => {
    expect(texts(recording, { milestones: milestones.slice(0, 3) })).toEqual(['milestone: after "promote": no state of rest']);
  });
});

describe('what was seen on the way', () => {
  it('must have every recorded condition and event; more of them are no difference', () => {
    const recording = aRecording({
      timeline: [change('Rollout/app', { 'cond.Paused': 'True A: b' }), event('Paused')],
      milestones: [],
      final: [],
    });
    expect(texts(recording, { timeline: [event('Paused'), event('More'), change('Rollout/app', { 'cond.Other': 'x' })] })).toEqual([
      'condition: never seen: Rollout/app Paused=True A: b',
    ]);
    expect(texts(recording, { timeline: recording.timeline.slice(0, 1) })).toEqual([
      'event: never sent: Normal Paused on Rollout/app: text',
    ]);
  });

  it('must not have a sequence of another order', () => {
    const recording = aRecording({
      timeline: ['hash1', 'hash2'].map((stableRS) => change('Rollout/app', { 'status.stableRS': stableRS })),
      milestones: [],
      final: [],
    });
    expect(texts(recording, { timeline: [...recording.timeline].reverse() })).toEqual([
      'sequence: Rollout/app status.stableRS: hash2 > hash1 instead of hash1 > hash2',
    ]);
  });

  it('must not go below or above the recorded numbers of pods', () => {
    const recording = aRecording({ extremes: { fewestAvailable: 3, mostWanted: 5 }, timeline: [], milestones: [], final: [] });
    expect(texts(recording, { extremes: { fewestAvailable: 4, mostWanted: 4 } })).toEqual([]);
    expect(texts(recording, { extremes: { fewestAvailable: 2, mostWanted: 6 } })).toEqual([
      'extremes: fewest available pods 2, recorded 3',
      'extremes: most wanted pods 6, recorded 5',
    ]);
  });
});

describe('what the plugin prints', () => {
  const returned = (...output: readonly string[]): TimelineLine => ({ kind: 'returned', t: 0, label: 'plugin get', code: 0, output });
  const recorded = aRecording({
    timeline: [returned('NAME    KIND  AGE', 'app-hash1-xxxxx Pod   <age> ready:1/1')],
    milestones: [],
    final: [],
  });

  it('is compared without ages, suffixes of pods, alignment and the order of its lines', () => {
    expect(texts(recorded, { timeline: [returned('app-hash1-9k2zt  Pod  3m7s  ready:1/1', 'NAME  KIND  AGE')] })).toEqual([]);
  });

  it('differs by its words and its exit code', () => {
    const failed: TimelineLine = { kind: 'returned', t: 0, label: 'plugin get', code: 1, output: ['no'] };
    expect(texts(recorded, { timeline: [failed] })).toEqual([
      expect.stringContaining('plugin get returned 1: no instead of plugin get returned 0: '),
    ]);
  });
});

describe('objects at the end', () => {
  const object = (status: Record<string, unknown>) => ({ apiVersion: 'v1', kind: 'Rollout', metadata: { name: 'app' }, status });
  // Objects as recordings have them: raw JSON with less metadata than a server's.
  const recorded = (status: Record<string, unknown>) => aRecording({ timeline: [], milestones: [], final: [object(status) as never] });
  const ours = (status: Record<string, unknown>) => ({ final: [object(status) as unknown as KubeObject] });

  it.each([
    { when: 'a field is missing', theirs: { phase: 'x', a: 1 }, found: { phase: 'x' }, text: 'Rollout/app status.a is absent, recorded 1' },
    { when: 'there is one more', theirs: {}, found: { a: 1 }, text: 'Rollout/app status.a is 1, recorded absent' },
    {
      when: 'a type differs',
      theirs: { observedGeneration: '<generation>' },
      found: { observedGeneration: 3 },
      text: 'Rollout/app status.observedGeneration is 3, recorded "<generation>"',
    },
    {
      when: 'a condition differs',
      theirs: { conditions: [{ type: 'A', status: 'True' }] },
      found: { conditions: [{ type: 'A', status: 'False' }] },
      text: 'Rollout/app status.conditions.A.status is "False", recorded "True"',
    },
  ])('differ when $when', ({ theirs, found, text }) => {
    expect(texts(recorded(theirs), ours(found))).toEqual([`final: ${text}`]);
  });

  it('do not differ by the order of conditions nor by values that vary from run to run', () => {
    const theirs = {
      conditions: [
        { type: 'A', status: 'True' },
        { type: 'B', status: 'True' },
      ],
      duration: { totalManualPauseDurationSeconds: 3 },
    };
    const found = {
      conditions: [
        { type: 'B', status: 'True', lastUpdateTime: 'x' },
        { type: 'A', status: 'True' },
      ],
      duration: { totalManualPauseDurationSeconds: 4 },
    };
    expect(texts(recorded(theirs), ours(found))).toEqual([]);
  });
});

import { describe, expect, it } from '@jest/globals';
import { parseRecording } from './parse-recording.js';
import { aRecording } from './testing.js';

const minimal = {
  scenario: 's',
  about: 'a',
  hashes: {},
  stepHashes: {},
  manifests: [],
  script: [],
  milestones: [],
  extremes: { 'fewest available pods': null, 'most wanted pods': 0 },
  timeline: [],
  final: [],
};

describe('parseRecording', () => {
  it('reads a whole recording', () => {
    const recording = aRecording();
    expect(recording.script.map((action) => action.do)).toEqual(['apply', 'wait', 'patch', 'settle']);
    expect(recording.milestones).toHaveLength(1);
    expect(recording.timeline.filter((line) => line.kind === 'refused')).toMatchObject([{ status: 422 }]);
  });

  it('takes the defaults of the format for what an action leaves out', () => {
    const { script } = parseRecording({ ...minimal, script: [{ do: 'settle' }, { do: 'wait', kind: 'Rollout', name: 'app', gone: true }] });
    expect(script).toEqual([
      { do: 'settle', quiet: 1.5, max: undefined },
      { do: 'wait', kind: 'Rollout', name: 'app', where: {}, seconds: undefined, observed: true, gone: true },
    ]);
  });

  it.each([
    { when: 'an action is unknown', change: { script: [{ do: 'dance' }] }, place: 'recording.script[0].do' },
    { when: 'a field is missing', change: { script: [{ do: 'sleep' }] }, place: 'recording.script[0].seconds' },
    {
      when: 'a manifest has no name',
      change: { manifests: [{ apiVersion: 'v1', kind: 'Service', metadata: {} }] },
      place: 'manifests[0].metadata.name',
    },
    { when: 'a line is of no known kind', change: { timeline: [{ t: 1 }] }, place: 'recording.timeline[0].on' },
  ])('names the place when $when', ({ change, place }) => {
    expect(() => parseRecording({ ...minimal, ...change })).toThrow(place);
  });

  it('tells what an action line is by its text', () => {
    const timeline = [
      { t: 0, do: 'plugin promote app' },
      { t: 0.1, do: 'plugin promote app returned 0', out: ["rollout 'app' promoted"] },
      { t: 1, do: 'wait Rollout/app gone' },
      { t: 2, do: 'patch Rollout/app {} REFUSED 422: no' },
    ];
    expect(parseRecording({ ...minimal, timeline }).timeline.map((line) => line.kind)).toEqual(['action', 'returned', 'waited', 'refused']);
  });

  it('lays out a block that repeated once', () => {
    const lines = [{ t: 1, on: 'Service/x', set: { 'selector.rollouts-pod-template-hash': 'hash1' } }];
    expect(parseRecording({ ...minimal, timeline: [{ t: 1, until: 3, times: 40, lines }] }).timeline).toHaveLength(1);
  });
});

import { describe, expect, it } from '@jest/globals';
import type { Expectations, KnownDifference } from './expectations.js';
import { adjust, faultsOf, judge } from './expectations.js';
import { aRecording } from './testing.js';

const known: KnownDifference = { aspect: 'event', pattern: 'SwitchService', reason: 'one switch is enough', readme: 'no quarrel' };
const found = (text: string) => ({ aspect: 'event' as const, text });

describe('judge', () => {
  it('lets pass what is listed for the scenario or everywhere', () => {
    const expectation = { status: 'differs' as const, differences: [known] };
    const everywhere = [{ ...known, pattern: 'Other' }];
    expect(judge(expectation, everywhere, [found('never sent: SwitchService'), found('never sent: Other')])).toEqual({
      unlisted: [],
      stale: [],
    });
  });

  it('tells what nobody has listed', () => {
    const sequence = { aspect: 'sequence' as const, text: 'SwitchService' };
    expect(judge({ status: 'differs', differences: [known] }, [], [found('SwitchService'), sequence]).unlisted).toEqual([sequence]);
  });

  it('tells what is listed in vain', () => {
    expect(judge({ status: 'differs', differences: [known] }, [], []).stale).toEqual([known]);
  });
});

describe('adjust', () => {
  const recording = aRecording();

  it('plays and compares with another value', () => {
    const adjusted = adjust(recording, { edits: [{ from: '"kind":"Rollout"', to: '"kind":"Other"' }], reason: 'a test' });
    expect(adjusted.manifests.map(({ kind }) => kind)).toContain('Other');
    expect(JSON.stringify(adjusted)).not.toContain('"kind":"Rollout"');
  });

  it('leaves alone what nobody adjusts, and refuses what does not occur', () => {
    expect(adjust(recording, undefined)).toBe(recording);
    expect(() => adjust(recording, { edits: [{ from: 'nowhere to be found', to: '' }], reason: 'a test' })).toThrow(
      'has no nowhere to be found',
    );
  });
});

describe('the table of expectations', () => {
  const expectations: Expectations = {
    everywhere: [],
    adjusted: {},
    scenarios: { one: { status: 'agrees' }, gone: { status: 'agrees' }, three: { status: 'differs', differences: [known] } },
  };

  it('must name every scenario, no other, and give reasons that README gives', () => {
    expect(faultsOf(expectations, ['one', 'two', 'three'], '# x\n\n## Differences\n\n| a |\n\n## Install\nno quarrel\n')).toEqual([
      'two is not in the table',
      'gone is in the table, but there is no such scenario',
      'README\'s "Differences" does not say "no quarrel"',
    ]);
  });

  it('finds its reasons in the section, wherever that stands', () => {
    const readme = '# x\n\n## Differences from upstream\n\n| no quarrel |\n### more\n';
    expect(faultsOf(expectations, ['one', 'gone', 'three'], readme)).toEqual([]);
  });
});

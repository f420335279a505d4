import { describe, expect, it } from '@jest/globals';
import { judgeDeviations } from './accepted-deviations.js';
import { renderDeviation } from './recorder.js';

const list = [
  { sequence: 's', place: 'a.0.message', reason: 'because', isKnown: (real: string, local: string) => real === `${local}!` },
  { sequence: 's', place: 'b.0.message', reason: 'by chance', isKnown: () => true, isRandom: true },
];
const known = { place: 'a.0.message', real: 'no!', local: 'no' };
const judged = (...deviations: Parameters<typeof judgeDeviations>[1]) => judgeDeviations('s', deviations, renderDeviation, list);

describe('accepted deviations', () => {
  it('are told with their reason and fail nothing', () => {
    expect(judged(known)).toEqual({ complaints: [], accepted: ['a.0.message: because'] });
  });

  it.each([
    { when: 'the texts differ otherwise than known', deviation: { ...known, real: 'yes' } },
    { when: 'another place of the same answer differs', deviation: { ...known, place: 'a.0.status' } },
  ])('fail when $when', ({ deviation }) => {
    expect(judged(deviation).complaints[0]).toContain(deviation.place);
  });

  it('fail when they are gone, unless they come and go', () => {
    expect(judged().complaints).toEqual([expect.stringMatching(/^a.0.message: accepted as a deviation, and is none/)]);
  });

  it('hold in their sequence only', () => {
    expect(judgeDeviations('other', [known], renderDeviation, list).complaints).toHaveLength(1);
  });

  it('take several errors of a schema in any order, and no other errors', () => {
    const sequence = 'a custom object is pruned, defaulted and checked';
    const said = (real: string, local: string) =>
      judgeDeviations(sequence, [{ place: 'several at once.0.message', real, local }], renderDeviation).complaints.length;
    expect([said('[b: x, a: "1", "2"]', '[a: "1", "2", b: x]'), said('[a: 1]', '[b: 1]')]).toEqual([0, 1]);
  });
});

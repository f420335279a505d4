import { describe, expect, it } from '@jest/globals';
import { evaluateQuery } from './query.js';

const second = 1000;
const series = [
  { labels: { version: 'a', code: '200' }, points: [0, 5, 10].map((s) => ({ at: s * second, total: s * 8 })) },
  { labels: { version: 'a', code: '503' }, points: [0, 5, 10].map((s) => ({ at: s * second, total: s * 2 })) },
  { labels: { version: 'b', code: '200' }, points: [{ at: 0, total: 1 }] },
  { labels: { version: 'c', code: '200' }, points: [0, 10].map((s) => ({ at: s * second, total: 4 })) },
];
const at = (query: string): number | undefined => evaluateQuery(query, 'requests', series, 10 * second);

describe('evaluateQuery', () => {
  it('sums the rates of all series that match', () => {
    expect(at('sum(rate(requests{version="a"}[10s]))')).toBe(10);
  });

  it('divides two sums, whatever blanks stand between', () => {
    expect(at('sum(rate(requests{version="a",code=~"5.."}[10s]))\n/\n sum(rate(requests{version="a"}[10s]))')).toBeCloseTo(0.2);
  });

  it('takes only points inside the range', () => {
    expect(at('sum(rate(requests{code="503"}[5s]))')).toBe(2);
  });

  it('is NaN without traffic', () => {
    expect(at('sum(rate(requests{version="c"}[10s])) / sum(rate(requests{version="c"}[10s]))')).toBeNaN();
  });

  it.each([['version="b"'], ['version="z"']])('is empty when no series with %s has two points', (labels) => {
    expect(at(`sum(rate(requests{${labels}}[10s]))`)).toBeUndefined();
  });

  it.each([['up'], ['sum(rate(other{}[10s]))'], ['sum(rate(requests{a!="b"}[10s]))'], ['sum(rate(requests{}[10x]))']])(
    'refuses %s',
    (query) => {
      expect(() => at(query)).toThrow('understands');
    },
  );
});

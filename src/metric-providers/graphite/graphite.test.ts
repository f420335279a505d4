import { describe, expect, it } from '@jest/globals';
import { describeProviderConformance } from '../../testing/metric-provider-conformance.js';
import { graphiteProvider, parseAnswer, renderUrl } from './index.js';

describeProviderConformance('graphite', {
  provider: (http) => graphiteProvider({ http }),
  section: (address) => ({ address, query: 'target=app.errors' }),
  goodAnswer: {
    body: [
      {
        target: 'app.errors',
        datapoints: [
          [1, 1],
          [null, 2],
        ],
      },
    ],
  },
  skips: { timeout: 'its timeout is 10 s, whatever the metric', 'insecure TLS': 'the API has no such setting' },
});

describe('the graphite provider', () => {
  it('puts the query, without blanks, into the URL', () => {
    const query = 'target=summarize(\n  stats.app{a,b}, "5min")\n&from=-5min';
    expect(renderUrl({ address: 'http://graphite.example/path/', query })).toBe(
      'http://graphite.example/path/render?target=summarize(stats.app{a,b},%225min%22)&from=-5min&format=json',
    );
  });

  it.each([
    {
      answer: [
        {
          datapoints: [
            [1, 1],
            [null, 2],
            [0.5, 3],
          ],
        },
        { datapoints: [[9, 1]] },
      ],
      values: [1, 0.5],
      text: '[1.000000,0.500000]',
    },
    { answer: [{ datapoints: [[null, 1]] }], values: [], text: '[]' },
  ])('reads $text', ({ answer, values, text }) => {
    expect(parseAnswer(answer)).toEqual({ kind: 'value', value: { type: 'floats', values }, text, textOnError: true });
  });

  it.each([{ answer: [] }, { answer: [{ datapoints: [] }] }, { answer: {} }])('finds no values in $answer', ({ answer }) => {
    expect(() => parseAnswer(answer)).toThrow('no values found');
  });

  it('refuses an address that is none', () => {
    expect(() => renderUrl({ address: 'graphite', query: 'x' })).toThrow('graphite address is not a valid http or https URL');
  });
});

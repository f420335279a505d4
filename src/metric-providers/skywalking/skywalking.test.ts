import { describe, expect, it } from '@jest/globals';
import { describeProviderConformance } from '../../testing/metric-provider-conformance.js';
import { parseAnswer, renderQuery, skywalkingProvider } from './index.js';

describeProviderConformance('skywalking', {
  provider: (http) => skywalkingProvider({ http }),
  section: (address) => ({ address, query: 'query q($duration: Duration!) { x }', interval: '5m' }),
  goodAnswer: { body: { data: { x: 1 } } },
  skips: { timeout: 'its timeout is 30 s, whatever the metric', 'insecure TLS': 'the API has no such setting' },
});

describe('the skywalking provider', () => {
  it('asks for the interval until now, in minutes of local time', () => {
    const at = new Date(2026, 0, 2, 3, 4, 59).getTime();
    expect(JSON.parse(renderQuery('q', at, 300_000))).toEqual({
      query: 'q',
      variables: { duration: { start: '2026-01-02 0259', end: '2026-01-02 0304', step: 'MINUTE' } },
    });
  });

  it('reads the data', () => {
    expect(parseAnswer({ data: { b: [1], a: { c: 'x' } } })).toEqual({
      kind: 'value',
      value: { type: 'json', value: { b: [1], a: { c: 'x' } } },
      text: '{"a":{"c":"x"},"b":[1]}',
    });
  });

  it.each([
    { answer: { data: null }, message: 'no results returned from SkyWalking query' },
    { answer: { errors: [{ message: 'unknown field' }], data: {} }, message: 'unknown field' },
  ])('says "$message"', ({ answer, message }) => {
    expect(() => parseAnswer(answer)).toThrow(message);
  });
});

import { describe, expect, it } from '@jest/globals';
import { t0 } from '../../testing/analysis.js';
import { describeProviderConformance } from '../../testing/metric-provider-conformance.js';
import { parseAnswer, renderParams, wavefrontProvider } from './index.js';

const now = t0 / 1_000;

describeProviderConformance('wavefront', {
  provider: (http) => wavefrontProvider({ http }),
  section: (address) => ({ address, query: 'ts(app.errors)' }),
  secrets: (address) => ({ 'controller/wavefront-api-tokens': { [address]: 't' } }),
  goodAnswer: { body: { timeseries: [{ data: [[now, 1]] }] } },
  skips: { timeout: 'its timeout is 30 s, whatever the metric', 'insecure TLS': 'the API has no such setting' },
});

describe('the wavefront provider', () => {
  it('asks for the point of now', () => {
    expect(renderParams('ts(a, b="c")', t0)).toBe(
      'q=ts%28a%2C+b%3D%22c%22%29&s=1767225600000&e=1767225600000&p=1&g=s&i=true&autoEvents=false&listMode=false&strict=false&includeObsoleteMetrics=false&sorted=false&cached=false',
    );
  });

  it('takes of one series the point nearest to now', () => {
    const answer = {
      timeseries: [
        {
          data: [
            [now - 60, 5],
            [now - 2, 0.125],
            [now + 10, 7],
          ],
        },
      ],
      warnings: 'slow',
    };
    expect(parseAnswer(answer, t0)).toEqual({
      kind: 'value',
      value: { type: 'float', value: 0.125 },
      text: '0.13',
      metadata: { timestamps: String(now - 2), drift: '2', warnings: 'slow' },
    });
  });

  it('takes one value of each of several series that have points', () => {
    const answer = { timeseries: [{ data: [[now, 1]] }, { data: [] }, { data: [[now - 1, 2]] }] };
    expect(parseAnswer(answer, t0)).toMatchObject({
      value: { type: 'floats', values: [1, 2] },
      text: '[1.00,2.00]',
      metadata: { timestamps: `[${now},${now - 1}]`, drift: '[0,1]' },
    });
  });

  it.each([{ timeseries: [] }, {}, { timeseries: [{ data: [] }] }])('finds nothing in %j', (answer) => {
    expect(() => parseAnswer(answer, t0)).toThrow('No TimeSeries found in response from Wavefront');
  });
});

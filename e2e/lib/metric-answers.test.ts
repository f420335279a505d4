import { describe, expect, it } from '@jest/globals';
import type { Json } from '../../src/api/kube.js';
import { MetricAnswers } from './metric-answers.js';

function reply(answer: Json, path: string) {
  const answers = new MetricAnswers(() => 7);
  answers.set('ns', 'rate', answer);
  return answers.reply(path, '');
}

const query = '/ns/api/v1/query?query=rate';

describe('the fake metrics server', () => {
  it.each([
    {
      answer: { vector: [1, 'NaN'] },
      status: 200,
      body: {
        status: 'success',
        data: {
          resultType: 'vector',
          result: [
            { metric: {}, value: [7, '1'] },
            { metric: {}, value: [7, 'NaN'] },
          ],
        },
      },
    },
    { answer: { scalar: 0.5 }, status: 200, body: { status: 'success', data: { resultType: 'scalar', result: [7, '0.5'] } } },
    { answer: { error: 'bad query' }, status: 400, body: { status: 'error', errorType: 'bad_data', error: 'bad query' } },
  ])('answers a query with $answer', ({ answer, status, body }) => {
    const found = reply(answer, query);
    expect([found.status, JSON.parse(found.body)]).toEqual([status, body]);
  });

  it('fails with the status that was asked for', () => {
    expect(reply({ status: 500, error: 'out of cheese' }, query)).toMatchObject({ status: 500, body: 'out of cheese' });
  });

  it('uses up a list, its last entry stays', () => {
    const answers = new MetricAnswers(() => 7);
    answers.set('ns', 'rate', [{ scalar: 1 }, { scalar: 2 }]);
    const values = [1, 2, 3].map(() => /\[7,"(\d)"\]/.exec(answers.reply('/ns/api/v1/query', 'query=rate').body)?.[1]);
    expect(values).toEqual(['1', '2', '2']);
  });

  it('answers at /web, as JSON or as text', () => {
    expect(reply({ json: { ok: true } }, '/ns/web/rate')).toMatchObject({
      status: 200,
      contentType: 'application/json',
      body: '{"ok":true}',
    });
    expect(reply({ status: 503, text: 'no' }, '/ns/web/rate')).toMatchObject({ status: 503, body: 'no' });
  });

  it('keeps namespaces apart', () => {
    expect(reply({ vector: [1] }, '/other/api/v1/query?query=rate').body).toContain('"result":[]');
  });
});

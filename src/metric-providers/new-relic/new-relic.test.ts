import { describe, expect, it } from '@jest/globals';
import { aContext, aRequest, describeProviderConformance, loopbackHttp } from '../../testing/metric-provider-conformance.js';
import { newRelicProvider, parseAnswer, renderQuery } from './index.js';

const rows = (...results: unknown[]) => ({ data: { actor: { account: { nrql: { results } } } } });

describeProviderConformance('new relic', {
  provider: (http) => newRelicProvider({ http }),
  section: () => ({ query: 'SELECT count(*) FROM Transaction' }),
  secrets: (origin) => ({
    'controller/newrelic': { 'personal-api-key': 'k', 'account-id': '12', region: 'eu', 'base-url-nerdgraph': `${origin}/graphql` },
  }),
  goodAnswer: { body: rows({ count: 1 }) },
  skips: { timeout: 'its timeout is 30 s; that of the metric is for the query', 'insecure TLS': 'the API has no such setting' },
});

describe('the new relic provider', () => {
  it('asks one account by GraphQL', () => {
    expect(JSON.parse(renderQuery(12, 'SELECT 1', 7))).toMatchObject({
      query: expect.stringContaining('nrql(query: $query, timeout: $timeout)'),
      variables: { accountId: 12, query: 'SELECT 1', timeout: 7 },
    });
  });

  it.each([
    { when: 'one row', answer: rows({ b: 2, a: 1 }), value: { b: 2, a: 1 }, text: '{"a":1,"b":2}' },
    { when: 'several rows', answer: rows({ a: 1 }, { a: 2 }), value: [{ a: 1 }, { a: 2 }], text: '[{"a":1},{"a":2}]' },
  ])('reads $when', ({ answer, value, text }) => {
    expect(parseAnswer(answer)).toEqual({ kind: 'value', value: { type: 'json', value }, text });
  });

  it.each([
    { answer: rows(), message: 'no results returned from NRQL query' },
    { answer: { errors: [{ message: 'NRQL Syntax Error' }] }, message: 'NRQL Syntax Error' },
  ])('says "$message"', ({ answer, message }) => {
    expect(() => parseAnswer(answer)).toThrow(message);
  });

  it.each([
    { secret: undefined, message: 'secrets "mine" not found' },
    { secret: { 'account-id': '1' }, message: 'account ID or personal API key not found' },
    { secret: { 'personal-api-key': 'k', 'account-id': 'x' }, message: 'account-id in secret mine is no number' },
    {
      secret: { 'personal-api-key': 'k', 'account-id': '1', region: 'mars' },
      message: 'region mars in secret mine is not one of us, eu, staging',
    },
  ])('refuses its secret: $message', async ({ secret, message }) => {
    const http = loopbackHttp();
    const request = aRequest('newRelic', { profile: 'mine', query: 'x' });
    const context = aContext(secret === undefined ? {} : { secrets: { 'controller/mine': secret } });
    await expect(newRelicProvider({ http }).measure(request, context)).rejects.toThrow(message);
    http.close();
  });

  it('shows the query it asks', () => {
    const http = loopbackHttp();
    expect(newRelicProvider({ http }).describe(aRequest('newRelic', { query: 'SELECT 1' }).metric)).toEqual({
      ResolvedNewRelicQuery: 'SELECT 1',
    });
    http.close();
  });
});

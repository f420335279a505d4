import { describe, expect, it } from '@jest/globals';
import type { Sample } from '../../core/analysis/index.js';
import type { Answer } from '../../testing/backend-server.js';
import { backendServer } from '../../testing/backend-server.js';
import { aContext, aRequest, describeProviderConformance, loopbackHttp } from '../../testing/metric-provider-conformance.js';
import { parseFluxCsv } from './csv.js';
import { influxdbProvider } from './index.js';

/** Two tables as InfluxDB writes them, with every type a `_value` can have. */
const csv = [
  '#datatype,string,long,dateTime:RFC3339,double,string',
  '#group,false,false,false,false,true',
  '#default,_result,,,,',
  ',result,table,_time,_value,host',
  ',,0,2026-01-01T00:00:00Z,1.5,"a ""quoted"", one"',
  ',,0,2026-01-01T00:00:10Z,1000000,a',
  '',
  '#datatype,string,long,string',
  '#group,false,false,true',
  '#default,_result,,',
  ',result,table,_value',
  ',,1,x',
  '',
].join('\r\n');

describeProviderConformance('influxdb', {
  provider: (http) => influxdbProvider({ http }),
  section: () => ({ query: 'from(bucket: "b")' }),
  secrets: (address) => ({ 'controller/influxdb': { address, authToken: 't', org: 'o' } }),
  goodAnswer: { body: csv },
  nan: { answer: { body: csv.replace('1.5', 'NaN') }, text: '[NaN 1e+06 x]' },
  skips: { timeout: 'its timeout is 20 s, whatever the metric', 'insecure TLS': 'the API has no such setting' },
});

async function measure(
  answer: Answer,
  secret: Readonly<Record<string, string>> | undefined = undefined,
): Promise<{ sample: Sample; url: string; body: string; token: string }> {
  const server = await backendServer();
  const http = loopbackHttp();
  server.answer(answer);
  try {
    const secrets = { 'controller/mine': secret ?? { address: `${server.origin}/base/`, authToken: 't', org: 'my org' } };
    const sample = await influxdbProvider({ http }).measure(
      aRequest('influxdb', { profile: 'mine', query: 'from(bucket: "b")' }),
      aContext({ secrets }),
    );
    const [request] = server.received;
    return { sample, url: request?.url ?? '', body: request?.body ?? '', token: request?.headers.authorization ?? '' };
  } finally {
    http.close();
    await server.close();
  }
}

describe('the influxdb provider', () => {
  it("asks with the profile's token for its organization, and reads every _value", async () => {
    const { sample, url, body, token } = await measure({ body: csv });
    expect({ url, token }).toEqual({ url: '/base/api/v2/query?org=my+org', token: 'Token t' });
    expect(JSON.parse(body)).toMatchObject({
      query: 'from(bucket: "b")',
      type: 'flux',
      dialect: { annotations: ['datatype', 'group', 'default'] },
    });
    expect(sample).toEqual({
      kind: 'value',
      value: {
        type: 'list',
        items: [
          { type: 'float', value: 1.5 },
          { type: 'float', value: 1_000_000 },
          { type: 'text', value: 'x' },
        ],
      },
      text: '[1.5 1e+06 x]',
    });
  });

  it.each([
    { type: 'long', cell: '-7', value: { type: 'int', value: -7n }, text: '-7' },
    { type: 'unsignedLong', cell: '7', value: { type: 'uint', value: 7n }, text: '7' },
    { type: 'boolean', cell: 'true', value: { type: 'bool', value: true }, text: 'true' },
    { type: 'double', cell: '', value: { type: 'nil' }, text: '<nil>' },
    { type: 'double', cell: '+Inf', value: { type: 'float', value: Infinity }, text: '+Inf' },
    {
      type: 'dateTime:RFC3339',
      cell: '2026-01-01T00:00:00Z',
      value: { type: 'time', at: 1767225600000 },
      text: '2026-01-01 00:00:00 +0000 UTC',
    },
  ])('reads a $type', ({ type, cell, value, text }) => {
    expect(parseFluxCsv(`#datatype,string,long,${type}\n#default,_result,,\n,result,table,_value\n,,0,${cell}\n`)).toEqual([
      { value, text },
    ]);
  });

  it('fills in the default of a column', () => {
    expect(parseFluxCsv('#datatype,string,long,double\n#default,_result,,4.5\n,result,table,_value\n,,0,\n')).toEqual([
      { value: { type: 'float', value: 4.5 }, text: '4.5' },
    ]);
  });

  it.each([
    {
      when: 'the query fails in the middle',
      body: `${csv}\r\n#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n,engine: out of memory,1\r\n`,
      message: 'flux query failed: engine: out of memory',
    },
    { when: 'nothing is found', body: '\r\n', message: 'no results returned from flux query' },
    { when: 'a cell does not end', body: ',"abc', message: 'the answer is no CSV: a quoted cell does not end' },
  ])('says "$message" when $when', async ({ body, message }) => {
    await expect(measure({ body })).rejects.toThrow(message);
  });

  it('needs all three parts of its secret', async () => {
    await expect(measure({ body: csv }, { address: 'http://x', org: 'o' })).rejects.toThrow('authToken, org, or address not found');
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../api/kube.js';
import type { Sample } from '../../core/analysis/index.js';
import type { BackendServer } from '../../testing/backend-server.js';
import { backendServer } from '../../testing/backend-server.js';
import { aContext, aRequest } from '../../testing/metric-provider-conformance.js';
import { cloudWatchProvider, connectCloudWatch } from './index.js';

const section: JsonObject = {
  interval: '30m',
  metricDataQueries: [
    { id: 'rate', expression: 'errors / requests' },
    {
      id: 'errors',
      returnData: false,
      metricStat: {
        metric: { namespace: 'app', metricName: 'errors', dimensions: [{ name: 'app', value: 'shop' }] },
        period: '300',
        stat: 'Sum',
        unit: 'Count',
      },
    },
  ],
};

/** The SDK of production, pointed at a loopback server; the rest of the suite for HTTP providers is AWS' own code here. */
describe('the cloudwatch provider', () => {
  let server: BackendServer;
  beforeAll(async () => {
    server = await backendServer();
  });
  afterAll(() => server.close());

  const measure = (fields: JsonObject = section, endpoint = server.origin): Promise<Sample> =>
    cloudWatchProvider({
      connect: () =>
        connectCloudWatch({ endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, maxAttempts: 1 }),
    }).measure(aRequest('cloudWatch', fields), aContext());

  it('asks for the interval until now, signed', async () => {
    server.answer({ body: { MetricDataResults: [] } });
    await measure();
    const request = server.received.at(-1);
    expect(request?.headers).toMatchObject({
      'x-amz-target': 'GraniteServiceVersion20100801.GetMetricData',
      authorization: expect.stringContaining('Credential=a/'),
    });
    expect(JSON.parse(request?.body ?? '')).toEqual({
      StartTime: 1767223800,
      EndTime: 1767225600,
      MetricDataQueries: [
        { Id: 'rate', Expression: 'errors / requests' },
        {
          Id: 'errors',
          ReturnData: false,
          MetricStat: {
            Metric: { Namespace: 'app', MetricName: 'errors', Dimensions: [{ Name: 'app', Value: 'shop' }] },
            Period: 300,
            Stat: 'Sum',
            Unit: 'Count',
          },
        },
      ],
    });
  });

  it('reads all pages, each query as a record', async () => {
    const page = (Values: number[], NextToken?: string) => ({
      body: {
        NextToken,
        Messages: [],
        MetricDataResults: [{ Id: 'rate', Label: 'Rate', StatusCode: 'Complete', Timestamps: Values.map(() => 1767225600), Values }],
      },
    });
    server.answer(page([0.001, 1e-9], 'more'), page([1e8]));
    const sample = await measure();
    expect(JSON.parse(server.received.at(-1)?.body ?? '')).toMatchObject({ NextToken: 'more' });
    expect(sample).toMatchObject({
      text: '[[0.001 1e-09 1e+08]]',
      value: {
        type: 'records',
        items: [{ Id: { value: 'rate' }, StatusCode: { value: 'Complete' }, Values: { type: 'floats', values: [0.001, 1e-9, 1e8] } }],
      },
    });
  });

  it('keeps messages', async () => {
    server.answer({ body: { Messages: [{ Code: 'Throttled', Value: 'slow down' }], MetricDataResults: [{ Id: 'rate', Values: [] }] } });
    expect(await measure()).toMatchObject({ text: '[[]]', metadata: { messages: 'Throttled: slow down' } });
  });

  it.each([
    {
      when: 'the key is wrong',
      reply: { status: 403, body: { __type: 'InvalidClientTokenId', message: 'The security token is invalid' } },
      message: 'InvalidClientTokenId',
    },
    {
      when: 'it is throttled',
      reply: { status: 429, body: { __type: 'ThrottlingException', message: 'Rate exceeded' } },
      message: 'ThrottlingException',
    },
    { when: 'the service is down', reply: { status: 500, body: 'no' }, message: 'CloudWatch GetMetricData' },
    { when: 'somebody else answers', reply: { body: '<html>' }, message: 'CloudWatch GetMetricData' },
  ])('says so when $when', async ({ reply, message }) => {
    server.answer(reply);
    await expect(measure()).rejects.toThrow(message);
  });

  it('says so when nobody answers', async () => {
    const gone = await backendServer();
    await gone.close();
    await expect(measure(section, gone.origin)).rejects.toThrow('ECONNREFUSED');
  });

  it.each([
    { fields: {}, message: 'metricDataQueries is required' },
    { fields: { ...section, interval: 'soon' }, message: 'failed to parse interval: time: invalid duration "soon"' },
    { fields: { metricDataQueries: [{ id: 'a', period: 'x' }] }, message: 'period must be a whole number: "x"' },
  ])('refuses settings: $message', async ({ fields, message }) => {
    await expect(measure(fields)).rejects.toThrow(message);
  });
});

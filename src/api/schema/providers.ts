import type { Rule, Schema } from './schema.js';
import { anyObject, flag, intOrText, keyed, list, map, object, text, whole, word } from './schema.js';
import { jobSpec } from './kubernetes.js';

const oauth2 = object('OAuth2 client credentials.', {
  tokenUrl: text('URL of the token endpoint.'),
  clientId: text('Client id.'),
  clientSecret: text('Client secret.'),
  scopes: list('Scopes.', { type: 'string' }),
});
const sigv4 = object('AWS signature, version 4.', {
  region: text('Region.'),
  profile: text('Named profile of the credentials.'),
  roleArn: text('Role to assume.'),
});
const basicAuth = object('User name and password.', { username: text('User name.'), password: text('Password.') });
const authentication = object('How to authenticate.', { sigv4, oauth2, basicAuth });
const headers = list('HTTP headers.', object('One header.', { key: text('Name.'), value: text('Value.') }, { required: ['key', 'value'] }));

const prometheus = object('Prometheus, or what speaks its query API.', {
  address: text('URL of the server. Default: environment of the controller.'),
  query: text('PromQL query.'),
  timeout: whole('Seconds. Default: 30.'),
  insecure: flag('Accept any certificate. Default: false.'),
  headers,
  rangeQuery: object('Makes it a range query.', {
    start: text('Expression for the start, e.g. now() - duration("5m").'),
    end: text('Expression for the end, e.g. now().'),
    step: text('Resolution, e.g. 1m.'),
  }),
  authentication,
});

const web = object(
  'Any HTTP service that answers.',
  {
    method: text('GET, POST or PUT. Default: GET.'),
    url: text('URL.'),
    headers,
    body: text('Body, for POST and PUT.'),
    jsonBody: anyObject('Body as JSON, for POST and PUT; instead of body.'),
    timeoutSeconds: whole('Seconds. Default: 10.'),
    jsonPath: text('JSONPath of the result in the answer, in braces. Default: {$}.'),
    insecure: flag('Accept any certificate. Default: false.'),
    authentication,
  },
  { required: ['url'] },
);

const job = object(
  'A Kubernetes Job: Successful when it completes, Failed when it fails.',
  {
    metadata: object('Metadata of the Job.', { labels: map('Labels.'), annotations: map('Annotations.') }, { open: true }),
    spec: jobSpec('Specification of the Job.'),
  },
  { required: ['spec'] },
);

const scopeDetail = (description: string): Schema =>
  object(
    description,
    {
      scope: text('Name of the scope.'),
      region: text('Location.'),
      step: whole('Seconds between points.'),
      start: text('Start, RFC 3339.'),
      end: text('End, RFC 3339.'),
    },
    { required: ['scope', 'region', 'step'] },
  );

const kayenta = object(
  'Kayenta (Spinnaker’s judge).',
  {
    address: text('URL of the server.'),
    application: text('Application.'),
    canaryConfigName: text('Canary configuration.'),
    metricsAccountName: text('Account of the metrics.'),
    configurationAccountName: text('Account of the configuration.'),
    storageAccountName: text('Account of the storage.'),
    threshold: object(
      'Scores.',
      { pass: whole('From here on Successful.'), marginal: whole('From here on Inconclusive, below Failed.') },
      { required: ['pass', 'marginal'] },
    ),
    scopes: list(
      'Scopes.',
      object(
        'One scope.',
        {
          name: text('Name.'),
          controlScope: scopeDetail('The old version.'),
          experimentScope: scopeDetail('The new version.'),
        },
        { required: ['name', 'controlScope', 'experimentScope'] },
      ),
    ),
    lookback: flag('Measure from the start of the analysis on. Default: false.'),
  },
  {
    required: [
      ...['address', 'application', 'canaryConfigName', 'metricsAccountName', 'configurationAccountName', 'storageAccountName'],
      ...['threshold', 'scopes'],
    ],
  },
);

const datadog = object('Datadog.', {
  interval: text('Length of the window. Default: 5m.'),
  query: text('Query.'),
  queries: map('Named queries, combined by formula (v2).'),
  formula: text('Formula over the named queries (v2).'),
  apiVersion: word('Version of the API. Default: v1.', ['v1', 'v2']),
  aggregator: word('How points become one value (v2). Default: last.', [
    ...['avg', 'min', 'max', 'sum', 'last', 'percentile', 'mean', 'l2norm', 'area'],
  ]),
  secretRef: object('Secret with the credentials.', {
    name: text('Name of the Secret.'),
    namespaced: flag('It is in the namespace of the analysis run instead of the controller’s. Default: false.'),
  }),
  requestTimeout: text('Timeout of a request. Default: 10s.'),
});

const addressAndQuery = (description: string): Schema =>
  object(description, { address: text('URL of the server.'), query: text('Query.') });

const newRelic = object(
  'New Relic.',
  {
    profile: text('Name of the Secret with the credentials. Default: newrelic.'),
    query: text('NRQL query.'),
    timeout: whole('Seconds. Default: 5.'),
  },
  { required: ['query'] },
);

const metricDataQuery = object(
  'One query.',
  {
    id: text('Short name, to be used in expressions.'),
    expression: text('Expression.'),
    label: text('Label.'),
    period: intOrText('Seconds per point.'),
    returnData: flag('Whether this query gives a result.'),
    metricStat: object('A statistic of a metric.', {
      metric: object('The metric.', {
        namespace: text('Namespace.'),
        metricName: text('Name.'),
        dimensions: list('Dimensions.', object('One dimension.', { name: text('Name.'), value: text('Value.') })),
      }),
      period: intOrText('Seconds per point.'),
      stat: text('Statistic.'),
      unit: text('Unit.'),
    }),
  },
  { required: ['id'] },
);

const cloudWatch = object(
  'Amazon CloudWatch.',
  { interval: text('Length of the window. Default: 5m.'), metricDataQueries: list('Queries.', metricDataQuery) },
  { required: ['metricDataQueries'] },
);

const influxdb = object('InfluxDB.', {
  profile: text('Name of the Secret with the credentials. Default: influxdb.'),
  query: text('Flux query.'),
});

const skywalking = object('Apache SkyWalking.', {
  address: text('URL of the server.'),
  query: text('GraphQL query.'),
  interval: text('Length of the window.'),
});

const providers = {
  prometheus,
  kayenta,
  web,
  datadog,
  wavefront: addressAndQuery('Wavefront.'),
  newRelic,
  job,
  cloudWatch,
  graphite: addressAndQuery('Graphite.'),
  influxdb,
  skywalking,
  plugin: anyObject('A metric plugin: its name, with its configuration.'),
};

const oneProvider: Rule = {
  rule: `[${Object.keys(providers)
    .map((name) => `has(self.${name})`)
    .join(', ')}].filter(x, x).size() == 1`,
  message: 'exactly one provider must be set',
};

const metricFields = {
  name: text('Name, unique within the analysis.'),
  interval: text('Time between measurements, e.g. 1m. Default: a single measurement.'),
  initialDelay: text('Time before the first measurement, e.g. 30s.'),
  count: intOrText('Measurements to take; those that end in an error do not count. Default: 1, or without end with an interval.'),
  successCondition: text('Expression over result that must be true, e.g. result[0] >= 0.95.'),
  failureCondition: text('Expression over result that must not be true.'),
  failureLimit: intOrText('Failed measurements that are tolerated; -1: any number. Default: 0.'),
  inconclusiveLimit: intOrText('Inconclusive measurements that are tolerated. Default: 0.'),
  consecutiveErrorLimit: intOrText('Errors in a row that are tolerated. Default: 4.'),
  consecutiveSuccessLimit: intOrText('Successes in a row that end the metric as Successful; 0: off. Default: 0.'),
  provider: object('Where the metric comes from.', providers, { rules: [oneProvider] }),
};

/** The bound keeps the cost of the rules finite. */
export const metrics: Schema = keyed(
  'What to measure.',
  ['name'],
  object('One metric.', metricFields, { required: ['name', 'provider'] }),
  {
    maxItems: 500,
  },
);

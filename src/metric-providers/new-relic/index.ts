import type { Sample, StringMap } from '../../core/analysis/sample.js';
import type { HttpClient } from '../http/client.js';
import { excerpt, hostOf, parseJson, parseUrl, statusError } from '../http/client.js';
import { goJson } from '../number-text.js';
import type { MeasureContext, MeasureRequest, MetricProvider } from '../provider.js';
import { answerError, numberAt, recordIn, recordsIn, settingsError, textAt, textIn } from '../section.js';

export interface NewRelicDeps {
  readonly http: HttpClient;
}

const timeoutMs = 30_000;
const defaultQuerySeconds = 5;
const endpoints: Readonly<Record<string, string>> = {
  us: 'https://api.newrelic.com/graphql',
  eu: 'https://api.eu.newrelic.com/graphql',
  staging: 'https://staging-api.newrelic.com/graphql',
};

const nrql = `query($accountId: Int!, $query: Nrql!, $timeout: Seconds) {
  actor { account(id: $accountId) { nrql(query: $query, timeout: $timeout) { results } } }
}`;

/** Semantics: Argo Rollouts, analysis 4.6. */
export function newRelicProvider(deps: NewRelicDeps): MetricProvider {
  return {
    kind: 'newRelic',
    target: () => undefined,
    describe: ({ provider }) => {
      const query = textAt(provider, 'query');
      return query === '' ? {} : { ResolvedNewRelicQuery: query };
    },
    measure: (request, context) => measure(request, context, deps),
  };
}

async function measure(
  { metric: { provider: section } }: MeasureRequest,
  context: MeasureContext,
  { http }: NewRelicDeps,
): Promise<Sample> {
  const seconds = numberAt(section, 'timeout') ?? defaultQuerySeconds;
  if (seconds < 0) throw settingsError('timeout value needs to be a positive value');
  const account = await accountOf(textAt(section, 'profile') || 'newrelic', context);
  const response = await http.send({
    method: 'POST',
    url: account.url,
    headers: { 'api-key': account.key, 'content-type': 'application/json' },
    body: renderQuery(account.id, textAt(section, 'query'), seconds === 0 ? defaultQuerySeconds : seconds),
    timeoutMs,
    signal: context.signal,
  });
  const from = hostOf(account.url) ?? account.url;
  if (response.status !== 200) throw statusError(`${from} answered ${response.status}: ${excerpt(response.body)}`, response, context.now());
  return parseAnswer(parseJson(response, from));
}

export function renderQuery(accountId: number, query: string, timeout: number): string {
  return JSON.stringify({ query: nrql, variables: { accountId, query, timeout } });
}

/** One row is a map, several are an array of maps. */
export function parseAnswer(answer: unknown): Sample {
  const { data, errors } = recordIn(answer);
  const [error] = recordsIn(errors);
  if (error !== undefined) throw answerError(textIn(error['message']) || 'New Relic reports an error without a message');
  const { results } = recordIn(recordIn(recordIn(recordIn(data)['actor'])['account'])['nrql']);
  const rows = recordsIn(results);
  if (rows.length === 0) throw answerError('no results returned from NRQL query');
  const value = rows.length === 1 ? rows[0] : rows;
  return { kind: 'value', value: { type: 'json', value }, text: goJson(value) };
}

interface Account {
  readonly id: number;
  readonly key: string;
  readonly url: string;
}

async function accountOf(profile: string, context: MeasureContext): Promise<Account> {
  const open = ['account-id', 'region', 'base-url-rest', 'base-url-nerdgraph'];
  const data: StringMap | undefined = await context.secret(profile, 'controller', open);
  if (data === undefined) throw settingsError(`secrets "${profile}" not found`);
  const { 'personal-api-key': key = '', 'account-id': accountId = '', region = '', 'base-url-nerdgraph': custom = '' } = data;
  if (key === '' || accountId === '') throw settingsError('account ID or personal API key not found');
  if (!/^\d+$/.test(accountId)) throw settingsError(`account-id in secret ${profile} is no number`);
  const url = custom || endpoints[(region || 'us').toLowerCase()];
  if (url === undefined) throw settingsError(`region ${region} in secret ${profile} is not one of ${Object.keys(endpoints).join(', ')}`);
  if (parseUrl(url) === undefined) throw settingsError(`base-url-nerdgraph in secret ${profile} is no http or https URL`);
  return { id: Number(accountId), key, url };
}

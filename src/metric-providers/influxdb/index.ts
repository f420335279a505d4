import type { Sample } from '../../core/analysis/sample.js';
import type { HttpClient } from '../http/client.js';
import { excerpt, hostOf, parseUrl, statusError } from '../http/client.js';
import type { MeasureContext, MeasureRequest, MetricProvider } from '../provider.js';
import { answerError, settingsError, textAt } from '../section.js';
import { parseFluxCsv } from './csv.js';

export interface InfluxdbDeps {
  readonly http: HttpClient;
}

const timeoutMs = 20_000;

/** Semantics: Argo Rollouts, analysis 4.6. Differs: an error in the middle of the answer is one (upstream ignores it). */
export function influxdbProvider(deps: InfluxdbDeps): MetricProvider {
  return {
    kind: 'influxdb',
    target: () => undefined,
    describe: () => ({}),
    measure: (request, context) => measure(request, context, deps),
  };
}

async function measure(
  { metric: { provider: section } }: MeasureRequest,
  context: MeasureContext,
  { http }: InfluxdbDeps,
): Promise<Sample> {
  const profile = textAt(section, 'profile') || 'influxdb';
  const data = await context.secret(profile, 'controller', ['address', 'org']);
  if (data === undefined) throw settingsError(`secrets "${profile}" not found`);
  const { address = '', authToken = '', org = '' } = data;
  if (address === '' || authToken === '' || org === '') throw settingsError('authToken, org, or address not found');
  const base = parseUrl(address);
  if (base === undefined) throw settingsError(`the address in secret ${profile} is no http or https URL`);
  base.pathname = `${base.pathname.replace(/\/+$/, '')}/api/v2/query`;
  base.search = new URLSearchParams({ org }).toString();
  const response = await http.send({
    method: 'POST',
    url: base.href,
    headers: { authorization: `Token ${authToken}`, 'content-type': 'application/json', accept: 'application/csv' },
    body: renderQuery(textAt(section, 'query')),
    timeoutMs,
    signal: context.signal,
  });
  const from = hostOf(base.href) ?? address;
  if (response.status !== 200) throw statusError(`${from} answered ${response.status}: ${excerpt(response.body)}`, response, context.now());
  return parseAnswer(response.body, from);
}

export function renderQuery(query: string): string {
  const dialect = { header: true, delimiter: ',', annotations: ['datatype', 'group', 'default'] };
  return JSON.stringify({ query, type: 'flux', dialect });
}

function parseAnswer(body: string, from: string): Sample {
  if (body.trim() === '') throw answerError(`no results returned from flux query: empty answer from ${from}`);
  if (/^\s*</.test(body)) throw answerError(`the answer from ${from} is HTML or XML: ${excerpt(body)}`);
  const values = parseFluxCsv(body);
  if (values.length === 0) throw answerError('no results returned from flux query');
  return {
    kind: 'value',
    value: { type: 'list', items: values.map(({ value }) => value) },
    text: `[${values.map(({ text }) => text).join(' ')}]`,
  };
}

import type { Sample, StringMap } from '../../core/analysis/sample.js';
import { ControllerError } from '../../lib/errors.js';
import type { HttpClient, HttpRequest, HttpResponse } from '../http/client.js';
import { excerpt, hostOf, parseJson, statusError } from '../http/client.js';
import type { MeasureContext, MeasureRequest, MetricProvider } from '../provider.js';
import { objectAt, settingsError } from '../section.js';
import type { DatadogQuery } from './query.js';
import { parseV1, parseV2, readQuery, renderV1, renderV2 } from './query.js';

export interface DatadogDeps {
  readonly http: HttpClient;
  /** DD_API_KEY, DD_APP_KEY, DD_ADDRESS; used when both keys are there. */
  readonly environment?: DatadogAccount;
}

export interface DatadogAccount {
  readonly apiKey: string;
  readonly appKey: string;
  /** Default https://api.datadoghq.com */
  readonly address?: string;
}

const defaultAddress = 'https://api.datadoghq.com';

/**
 * Semantics: Argo Rollouts, analysis 4.5. Differs: where the Secret a metric names does not exist, the environment and the default Secret are
 * tried, as upstream's documentation promises; DD_ADDRESS may be absent.
 */
export function datadogProvider(deps: DatadogDeps): MetricProvider {
  return {
    kind: 'datadog',
    target: () => undefined,
    describe: () => ({}),
    measure: (request, context) => measure(request, context, deps),
  };
}

async function measure({ metric: { provider: section } }: MeasureRequest, context: MeasureContext, deps: DatadogDeps): Promise<Sample> {
  const query = readQuery(section);
  const account = await accountOf(objectAt(section, 'secretRef'), context, deps);
  const address = (account.address ?? defaultAddress).replace(/\/+$/, '');
  const response = await deps.http.send(renderRequest(query, account, address, context));
  refuseStatus(response, context);
  const answer = readJson(response, hostOf(address) ?? address);
  return query.apiVersion === 'v1' ? parseV1(answer) : parseV2(answer);
}

function renderRequest(query: DatadogQuery, account: DatadogAccount, address: string, context: MeasureContext): HttpRequest {
  const common = {
    headers: { 'content-type': 'application/json', 'dd-api-key': account.apiKey, 'dd-application-key': account.appKey },
    timeoutMs: query.timeoutMs,
    signal: context.signal,
  };
  if (query.apiVersion === 'v1') return { ...common, method: 'GET', url: renderV1(address, query, context.now()) };
  return { ...common, method: 'POST', url: `${address}/api/v2/query/scalar`, body: renderV2(query, context.now()) };
}

function refuseStatus(response: HttpResponse, context: MeasureContext): void {
  const { status, body } = response;
  if (status === 200) return;
  const what = status === 401 || status === 403 ? 'authentication error' : 'non 2xx';
  throw statusError(`received ${what} response code: ${status} ${excerpt(body)}`, response, context.now());
}

function readJson(response: HttpResponse, from: string): unknown {
  try {
    return parseJson(response, from);
  } catch (cause) {
    const text = cause instanceof ControllerError ? cause.message : excerpt(response.body);
    throw new ControllerError('provider-unavailable', `Could not parse JSON body: ${text}`, {}, { cause });
  }
}

async function accountOf(
  secretRef: Readonly<Record<string, unknown>>,
  context: MeasureContext,
  deps: DatadogDeps,
): Promise<DatadogAccount> {
  const name = typeof secretRef['name'] === 'string' ? secretRef['name'] : '';
  const namespaced = secretRef['namespaced'] === true;
  if (namespaced && name === '') throw settingsError('secret name is required for namespaced credentials');
  const named = name === '' ? undefined : await accountIn(name, namespaced ? 'run' : 'controller', context);
  const account = named ?? deps.environment ?? (await accountIn('datadog', 'controller', context));
  if (account === undefined) throw settingsError('failed to find the credentials for datadog metrics provider');
  return account;
}

async function accountIn(name: string, scope: 'run' | 'controller', context: MeasureContext): Promise<DatadogAccount | undefined> {
  const data: StringMap | undefined = await context.secret(name, scope, ['address']);
  const { 'api-key': apiKey = '', 'app-key': appKey = '', address = '' } = data ?? {};
  if (apiKey === '' || appKey === '') return undefined;
  return { apiKey, appKey, ...(address === '' ? {} : { address: address.includes('://') ? address : `https://${address}` }) };
}

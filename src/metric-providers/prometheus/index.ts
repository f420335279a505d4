import type { Metric } from '../../api/analysis-types.js';
import type { Sample } from '../../core/analysis/sample.js';
import { basicAt, oauth2At, sigV4At } from '../http/authentication.js';
import type { HttpClient, HttpRequest, HttpResponse } from '../http/client.js';
import { hostOf, parseJson, statusError } from '../http/client.js';
import type { TokenSource } from '../http/oauth2.js';
import { basicAuth } from '../http/oauth2.js';
import type { SigV4Signer } from '../http/sigv4.js';
import type { MeasureContext, MeasureRequest, MetricProvider } from '../provider.js';
import { flagAt, headersAt, textAt } from '../section.js';
import { addressOf, endpoint, parseAnswer, renderQuery, timeoutMs } from './query.js';

export interface PrometheusDeps {
  readonly http: HttpClient;
  readonly tokens: TokenSource;
  readonly signer: SigV4Signer;
  /** Used where a metric names no address; '' for none. */
  readonly defaultAddress: string;
}

/** Semantics: Argo Rollouts, analysis 4.1. */
export function prometheusProvider(deps: PrometheusDeps): MetricProvider {
  return {
    kind: 'prometheus',
    target: ({ provider }) => hostOf(textAt(provider, 'address') || deps.defaultAddress),
    describe: ({ provider }) => {
      const query = textAt(provider, 'query');
      return query === '' ? {} : { ResolvedPrometheusQuery: query };
    },
    measure: (request, context) => measure(request, context, deps),
  };
}

async function measure({ metric }: MeasureRequest, context: MeasureContext, deps: PrometheusDeps): Promise<Sample> {
  const address = addressOf(metric, deps.defaultAddress);
  const query = renderQuery(metric, context.now(), (expression) => context.timeOf(expression));
  const url = endpoint(address, query.path);
  const form = new URLSearchParams(query.form).toString();
  const sigv4 = sigV4At(metric.provider, address);
  const common = {
    timeoutMs: timeoutMs(metric),
    insecure: flagAt(metric.provider, 'insecure'),
    signal: context.signal,
    headers: { accept: 'application/json', ...(await authorization(metric, context, deps)), ...headersAt(metric.provider) },
  };
  const send = async (request: HttpRequest): Promise<HttpResponse> => {
    if (sigv4 === undefined) return deps.http.send(request);
    const headers = await deps.signer.sign({ ...request, headers: request.headers ?? {} }, sigv4, context.now());
    return deps.http.send({ ...request, headers });
  };
  const response = await sendForm(send, url, form, common);
  const from = hostOf(url) ?? address;
  refuseStatus(response, from, context);
  return parseAnswer(parseJson(response, from), metric, from);
}

type Send = (request: HttpRequest) => Promise<HttpResponse>;

/** Prometheus' API takes queries by POST; proxies that allow reading only answer 403, 405 or 501 to that. */
async function sendForm(
  send: Send,
  url: string,
  form: string,
  common: Omit<HttpRequest, 'method' | 'url' | 'body'>,
): Promise<HttpResponse> {
  const headers = { ...common.headers, 'content-type': 'application/x-www-form-urlencoded' };
  const posted = await send({ ...common, method: 'POST', url, body: form, headers });
  if (![403, 405, 501].includes(posted.status)) return posted;
  return send({ ...common, method: 'GET', url: `${url}${url.includes('?') ? '&' : '?'}${form}` });
}

/** 400 and 422 carry Prometheus' own error as JSON. */
function refuseStatus(response: HttpResponse, from: string, context: MeasureContext): void {
  const { status } = response;
  if ((status >= 200 && status < 300) || status === 400 || status === 422) return;
  const kind = status >= 500 ? 'server' : status >= 400 ? 'client' : undefined;
  const what = kind === undefined ? `bad_response: bad response code ${status}` : `${kind}_error: ${kind} error: ${status}`;
  throw statusError(`${what} from ${from}`, response, context.now());
}

async function authorization(metric: Metric, context: MeasureContext, deps: PrometheusDeps): Promise<Readonly<Record<string, string>>> {
  const basic = basicAt(metric.provider);
  if (basic !== undefined) return { authorization: basicAuth(basic.username, basic.password) };
  const oauth2 = oauth2At(metric.provider);
  if (oauth2 === undefined) return {};
  const token = await deps.tokens.token(oauth2, {
    timeoutMs: timeoutMs(metric),
    insecure: flagAt(metric.provider, 'insecure'),
    signal: context.signal,
    now: () => context.now(),
  });
  return { authorization: `Bearer ${token}` };
}

import type { JsonObject } from '../../api/kube.js';
import type { Sample } from '../../core/analysis/sample.js';
import { oauth2At } from '../http/authentication.js';
import type { HttpClient, HttpRequest } from '../http/client.js';
import { hostOf, statusError } from '../http/client.js';
import type { TokenSource } from '../http/oauth2.js';
import { goJson } from '../number-text.js';
import type { MeasureContext, MeasureRequest, MetricProvider } from '../provider.js';
import { answerError, flagAt, headersAt, numberAt, settingsError, textAt } from '../section.js';
import { JsonPathError, jsonPathTemplate } from './jsonpath.js';

export interface WebDeps {
  readonly http: HttpClient;
  readonly tokens: TokenSource;
}

const defaultTimeoutSeconds = 10;

/** Semantics: Argo Rollouts, analysis 4.2. Differs: a body that is exactly `null` is nil (upstream crashes). */
export function webProvider(deps: WebDeps): MetricProvider {
  return {
    kind: 'web',
    target: ({ provider }) => hostOf(textAt(provider, 'url')),
    describe: () => ({}),
    measure: (request, context) => measure(request, context, deps),
  };
}

async function measure({ metric: { provider: section } }: MeasureRequest, context: MeasureContext, deps: WebDeps): Promise<Sample> {
  const template = readTemplate(textAt(section, 'jsonPath') || '{$}');
  const request = renderRequest(section, context.signal);
  const response = await deps.http.send({
    ...request,
    headers: { ...request.headers, ...(await authorization(section, request, context, deps)) },
  });
  if (response.status < 200 || response.status > 299) {
    throw statusError(`received non 2xx response code: ${response.status}`, response, context.now());
  }
  return readBody(response.body, template);
}

function readTemplate(text: string): ReturnType<typeof jsonPathTemplate> {
  try {
    return jsonPathTemplate(text);
  } catch (error) {
    if (error instanceof JsonPathError) throw settingsError(`invalid jsonPath ${text}: ${error.message}`);
    throw error;
  }
}

/** @throws ControllerError `invalid-spec` when body, jsonBody and method do not go together */
function renderRequest(section: JsonObject, signal: AbortSignal): HttpRequest {
  const method = methodOf(textAt(section, 'method'));
  const { jsonBody } = section;
  const text = textAt(section, 'body');
  if (text !== '' && jsonBody !== undefined) throw settingsError('use either Body or JSONBody; both cannot exists for WebMetric payload');
  const body = jsonBody === undefined ? text : JSON.stringify(jsonBody);
  if (body !== '' && method === 'GET') throw settingsError('Body/JSONBody can only be used with POST or PUT WebMetric Method types');
  const seconds = numberAt(section, 'timeoutSeconds') ?? 0;
  return {
    method,
    url: textAt(section, 'url'),
    headers: { ...withoutHost(headersAt(section)), ...(jsonBody === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === '' ? {} : { body }),
    timeoutMs: (seconds > 0 ? seconds : defaultTimeoutSeconds) * 1_000,
    insecure: flagAt(section, 'insecure'),
    signal,
  };
}

function methodOf(text: string): HttpRequest['method'] {
  const method = text === '' ? 'GET' : text;
  if (method !== 'GET' && method !== 'POST' && method !== 'PUT') throw settingsError(`method ${method} is not one of GET, POST, PUT`);
  return method;
}

/** As in upstream a Host header has no effect. */
function withoutHost(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !['host', 'content-length', 'transfer-encoding'].includes(name.toLowerCase())),
  );
}

async function authorization(
  section: JsonObject,
  { timeoutMs, signal }: HttpRequest,
  context: MeasureContext,
  deps: WebDeps,
): Promise<Readonly<Record<string, string>>> {
  const oauth2 = oauth2At(section);
  if (oauth2 === undefined) return {};
  const token = await deps.tokens.token(oauth2, { timeoutMs, insecure: flagAt(section, 'insecure'), signal, now: () => context.now() });
  return { authorization: `Bearer ${token}` };
}

/** JSON goes through the template; any other body is the result itself, as text. */
function readBody(body: string, template: ReturnType<typeof jsonPathTemplate>): Sample {
  const json = tryJson(body);
  if (json === undefined) return { kind: 'value', value: { type: 'text', value: body }, text: body };
  const { value } = pick(json.value, template);
  return { kind: 'value', value: { type: 'json', value }, text: goJson(value) };
}

function tryJson(body: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(body) };
  } catch {
    return undefined;
  }
}

function pick(document: unknown, template: ReturnType<typeof jsonPathTemplate>): { readonly value: unknown } {
  let found: { readonly value: unknown } | undefined;
  try {
    found = template.first(document);
  } catch (error) {
    if (error instanceof JsonPathError) throw answerError(`Could not find JSONPath in body: ${error.message}`);
    throw error;
  }
  if (found === undefined) throw answerError('result of web metric produced no value');
  return found;
}

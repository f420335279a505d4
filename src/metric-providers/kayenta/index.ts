import type { Sample, StringMap } from '../../core/analysis/sample.js';
import type { HttpClient, HttpRequest } from '../http/client.js';
import { hostOf, parseJson, statusError } from '../http/client.js';
import type { MeasureContext, MeasureRequest, MetricProvider } from '../provider.js';
import { answerError, flagAt, settingsError, textAt } from '../section.js';
import { canaryUrl, configUrl, executionUrl, findConfig, parseExecutionId, parseVerdict, renderCanary } from './query.js';

export interface KayentaDeps {
  readonly http: HttpClient;
}

const timeoutMs = 15_000;
const lookAgainMs = 15_000;
const handleKey = 'canaryExecutionId';

/** Semantics: Argo Rollouts, analysis 4.4. Differs: see query.ts. */
export function kayentaProvider(deps: KayentaDeps): MetricProvider {
  return {
    kind: 'kayenta',
    target: ({ provider }) => hostOf(textAt(provider, 'address')),
    describe: () => ({}),
    measure: (request, context) => beginCanary(request, context, deps),
    resume: (request, handle, context) => lookAtCanary(request, handle, context, deps),
  };
}

async function beginCanary({ metric, run }: MeasureRequest, context: MeasureContext, deps: KayentaDeps): Promise<Sample> {
  const { provider: section } = metric;
  if (hostOf(textAt(section, 'address')) === undefined) throw settingsError('kayenta address is not a valid http or https URL');
  const now = context.now();
  const start = flagAt(section, 'lookback') ? run.startedAt : now - (metric.intervalMs ?? 0);
  const body = renderCanary(section, { start, end: now });
  const configId = findConfig(await ask({ method: 'GET', url: configUrl(section) }, context, deps), section);
  // Not repeated when the connection drops: each such request begins another execution.
  const begin = {
    method: 'POST',
    url: canaryUrl(section, configId),
    headers: { 'content-type': 'application/json' },
    body,
    repeatable: false,
  } as const;
  const executionId = parseExecutionId(await ask(begin, context, deps));
  return { kind: 'running', handle: { [handleKey]: executionId }, resumeAt: context.now() + lookAgainMs };
}

async function lookAtCanary({ metric }: MeasureRequest, handle: StringMap, context: MeasureContext, deps: KayentaDeps): Promise<Sample> {
  const executionId = handle[handleKey];
  if (executionId === undefined) throw answerError('the measurement does not name its canary execution');
  const answer = await ask({ method: 'GET', url: executionUrl(metric.provider, executionId) }, context, deps);
  return parseVerdict(answer, metric.provider) ?? { kind: 'running', handle, resumeAt: context.now() + lookAgainMs };
}

async function ask(request: Omit<HttpRequest, 'timeoutMs' | 'signal'>, context: MeasureContext, { http }: KayentaDeps): Promise<unknown> {
  const response = await http.send({ ...request, timeoutMs, signal: context.signal });
  if (response.status !== 200) throw statusError(`Invalid Response: HTTP ${response.status}`, response, context.now());
  return parseJson(response, hostOf(request.url) ?? request.url);
}

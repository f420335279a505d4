import type { Sample } from '../../core/analysis/sample.js';
import type { EpochMs } from '../../lib/scheduler.js';
import type { HttpClient } from '../http/client.js';
import { excerpt, hostOf, parseJson, statusError } from '../http/client.js';
import { goJson } from '../number-text.js';
import type { MeasureContext, MeasureRequest, MetricProvider } from '../provider.js';
import { answerError, recordIn, recordsIn, settingsError, textAt, textIn } from '../section.js';
import { durationAt } from '../window.js';

export interface SkywalkingDeps {
  readonly http: HttpClient;
}

const timeoutMs = 30_000;

/** Semantics: Argo Rollouts, analysis 4.6. */
export function skywalkingProvider(deps: SkywalkingDeps): MetricProvider {
  return {
    kind: 'skywalking',
    target: ({ provider }) => hostOf(textAt(provider, 'address')),
    describe: () => ({}),
    measure: (request, context) => measure(request, context, deps),
  };
}

async function measure(
  { metric: { provider: section } }: MeasureRequest,
  context: MeasureContext,
  { http }: SkywalkingDeps,
): Promise<Sample> {
  const address = textAt(section, 'address');
  const from = hostOf(address);
  if (from === undefined) throw settingsError('skywalking address is not a valid http or https URL');
  const response = await http.send({
    method: 'POST',
    url: `${address.replace(/\/+$/, '')}/graphql`,
    headers: { 'content-type': 'application/json' },
    body: renderQuery(textAt(section, 'query'), context.now(), durationAt(section, 'interval')),
    timeoutMs,
    signal: context.signal,
  });
  if (response.status !== 200) throw statusError(`${from} answered ${response.status}: ${excerpt(response.body)}`, response, context.now());
  return parseAnswer(parseJson(response, from));
}

export function renderQuery(query: string, now: EpochMs, intervalMs: number): string {
  const duration = { start: minuteText(now - intervalMs), end: minuteText(now), step: 'MINUTE' };
  return JSON.stringify({ query, variables: { duration } });
}

/** `2026-01-01 0930`, in the controller's time zone, as the server reads it in its own. */
function minuteText(at: EpochMs): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}${two(date.getMinutes())}`;
}

export function parseAnswer(answer: unknown): Sample {
  const { data, errors } = recordIn(answer);
  const [error] = recordsIn(errors);
  if (error !== undefined) throw answerError(textIn(error['message']) || 'SkyWalking reports an error without a message');
  if (data === undefined || data === null) throw answerError('no results returned from SkyWalking query');
  return { kind: 'value', value: { type: 'json', value: data }, text: goJson(data) };
}

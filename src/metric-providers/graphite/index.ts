import type { JsonObject } from '../../api/kube.js';
import type { Sample } from '../../core/analysis/sample.js';
import type { HttpClient } from '../http/client.js';
import { excerpt, hostOf, parseJson, statusError } from '../http/client.js';
import { decimalText, listText } from '../number-text.js';
import type { MeasureContext, MeasureRequest, MetricProvider } from '../provider.js';
import { answerError, listsIn, recordsIn, settingsError, textAt } from '../section.js';

export interface GraphiteDeps {
  readonly http: HttpClient;
}

const timeoutMs = 10_000;

/** Semantics: Argo Rollouts, analysis 4.6. */
export function graphiteProvider(deps: GraphiteDeps): MetricProvider {
  return {
    kind: 'graphite',
    target: ({ provider }) => hostOf(textAt(provider, 'address')),
    describe: () => ({}),
    measure: (request, context) => measure(request, context, deps),
  };
}

async function measure(
  { metric: { provider: section } }: MeasureRequest,
  context: MeasureContext,
  { http }: GraphiteDeps,
): Promise<Sample> {
  const url = renderUrl(section);
  const response = await http.send({ method: 'GET', url, timeoutMs, signal: context.signal });
  const from = hostOf(url) ?? url;
  if (response.status < 200 || response.status > 299) {
    throw statusError(`error response: ${response.status} from ${from}: ${excerpt(response.body)}`, response, context.now());
  }
  return parseAnswer(parseJson(response, from));
}

/** The query is a piece of a query string, normally `target=…`; blanks in it are for the eye. */
export function renderUrl(section: JsonObject): string {
  const address = textAt(section, 'address');
  if (hostOf(address) === undefined) throw settingsError('graphite address is not a valid http or https URL');
  const url = new URL(address);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/render`;
  url.search = `?${textAt(section, 'query').replace(/\s+/g, '')}&format=json`;
  return url.href;
}

/** All points of the first target that have a value. */
export function parseAnswer(answer: unknown): Sample {
  const [target] = recordsIn(answer);
  const points = listsIn(target?.['datapoints']);
  if (points.length === 0) throw answerError('no values found');
  const values = points.map(([value]) => value).filter((value) => typeof value === 'number');
  return { kind: 'value', value: { type: 'floats', values }, text: listText(values, sixDecimals), textOnError: true };
}

function sixDecimals(value: number): string {
  return Number.isFinite(value) && Math.abs(value) < 1e21 ? value.toFixed(6) : decimalText(value);
}

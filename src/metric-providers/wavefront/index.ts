import type { Sample } from '../../core/analysis/sample.js';
import type { EpochMs } from '../../lib/scheduler.js';
import type { HttpClient } from '../http/client.js';
import { excerpt, hostOf, parseJson, statusError } from '../http/client.js';
import { listText } from '../number-text.js';
import type { MeasureContext, MeasureRequest, MetricProvider } from '../provider.js';
import { answerError, listsIn, recordIn, recordsIn, settingsError, textAt, textIn } from '../section.js';

export interface WavefrontDeps {
  readonly http: HttpClient;
}

/** Upstream has none. */
const timeoutMs = 30_000;
const secretName = 'wavefront-api-tokens';

/** Semantics: Argo Rollouts, analysis 4.6. Differs: a timeout; series without points are left out (upstream reads them as 0). */
export function wavefrontProvider(deps: WavefrontDeps): MetricProvider {
  return {
    kind: 'wavefront',
    target: ({ provider }) => hostOf(baseOf(textAt(provider, 'address'))),
    describe: () => ({}),
    measure: (request, context) => measure(request, context, deps),
  };
}

/** Addresses are host names; one with a scheme is taken as it is. */
function baseOf(address: string): string {
  return address.includes('://') ? address : `https://${address}`;
}

async function measure(
  { metric: { provider: section } }: MeasureRequest,
  context: MeasureContext,
  { http }: WavefrontDeps,
): Promise<Sample> {
  const address = textAt(section, 'address');
  const token = (await context.secret(secretName, 'controller'))?.[address] ?? '';
  if (token === '') throw settingsError('API token not found');
  const url = `${baseOf(address).replace(/\/+$/, '')}/api/v2/chart/api?${renderParams(textAt(section, 'query'), context.now())}`;
  const response = await http.send({
    method: 'GET',
    url,
    headers: { authorization: `Bearer ${token}` },
    timeoutMs,
    signal: context.signal,
  });
  const from = hostOf(url) ?? address;
  if (response.status !== 200) throw statusError(`server returned ${response.status}: ${excerpt(response.body)}`, response, context.now());
  return parseAnswer(parseJson(response, from), context.now());
}

export function renderParams(query: string, now: EpochMs): string {
  const at = String(Math.floor(now));
  const off = ['autoEvents', 'listMode', 'strict', 'includeObsoleteMetrics', 'sorted', 'cached'].map((name): [string, string] => [
    name,
    'false',
  ]);
  return new URLSearchParams([['q', query], ['s', at], ['e', at], ['p', '1'], ['g', 's'], ['i', 'true'], ...off]).toString();
}

interface Point {
  readonly seconds: number;
  readonly value: number;
}

/** Of each series the point nearest to now. */
export function parseAnswer(answer: unknown, now: EpochMs): Sample {
  const { timeseries, warnings } = recordIn(answer);
  const points = recordsIn(timeseries).flatMap(({ data }) => nearest(pointsOf(data), now / 1_000) ?? []);
  const [only] = points;
  if (only === undefined) throw answerError('No TimeSeries found in response from Wavefront');
  const metadata = textIn(warnings) === '' ? {} : { warnings: textIn(warnings) };
  const drift = ({ seconds }: Point): string => String(Math.floor(now / 1_000) - seconds);
  if (points.length === 1) {
    const times = { timestamps: String(only.seconds), drift: drift(only) };
    return { kind: 'value', value: { type: 'float', value: only.value }, text: only.value.toFixed(2), metadata: { ...times, ...metadata } };
  }
  const values = points.map(({ value }) => value);
  const times = { timestamps: `[${points.map(({ seconds }) => seconds).join(',')}]`, drift: `[${points.map(drift).join(',')}]` };
  return {
    kind: 'value',
    value: { type: 'floats', values },
    text: listText(values, (value) => value.toFixed(2)),
    metadata: { ...times, ...metadata },
  };
}

function pointsOf(data: unknown): readonly Point[] {
  return listsIn(data).flatMap(([seconds, value]) =>
    typeof seconds === 'number' && typeof value === 'number' ? [{ seconds, value }] : [],
  );
}

function nearest(points: readonly Point[], nowSeconds: number): Point | undefined {
  const distance = ({ seconds }: Point): number => Math.abs(nowSeconds - seconds);
  return points.reduce<Point | undefined>(
    (best, point) => (best !== undefined && distance(best) <= distance(point) ? best : point),
    undefined,
  );
}

import type { CloudWatchClient, GetMetricDataCommandInput, GetMetricDataCommandOutput } from '@aws-sdk/client-cloudwatch';
import type { Sample } from '../../core/analysis/sample.js';
import { ControllerError, errorMessage } from '../../lib/errors.js';
import type { MeasureContext, MeasureRequest, MetricProvider } from '../provider.js';
import { parsePages, renderInput } from './query.js';

/** One call of GetMetricData. */
export interface CloudWatchApi {
  getMetricData(input: GetMetricDataCommandInput, signal: AbortSignal): Promise<GetMetricDataCommandOutput>;
}

export interface CloudWatchDeps {
  /** Connects when the first measurement is taken. */
  connect(): Promise<CloudWatchApi>;
}

export type CloudWatchSettings = NonNullable<ConstructorParameters<typeof CloudWatchClient>[0]>;

const mostPages = 20;

/** Region and credentials by AWS' default chain, unless `settings` say so. The SDK is loaded here and nowhere else. */
export async function connectCloudWatch(settings: CloudWatchSettings = {}): Promise<CloudWatchApi> {
  const { CloudWatchClient: Client, GetMetricDataCommand } = await import('@aws-sdk/client-cloudwatch');
  const client = new Client({ maxAttempts: 3, ...settings });
  return {
    getMetricData: (input, signal) => client.send(new GetMetricDataCommand(input), { abortSignal: signal, requestTimeout: 30_000 }),
  };
}

/** Semantics: Argo Rollouts, analysis 4.6. Differs: all pages are read. */
export function cloudWatchProvider(deps: CloudWatchDeps): MetricProvider {
  let api: Promise<CloudWatchApi> | undefined;
  return {
    kind: 'cloudWatch',
    target: () => undefined,
    describe: () => ({}),
    measure: async ({ metric }: MeasureRequest, context: MeasureContext): Promise<Sample> => {
      const input = renderInput(metric.provider, context.now());
      api ??= deps.connect();
      return parsePages(await allPages(await api, input, context.signal));
    },
  };
}

async function allPages(
  api: CloudWatchApi,
  input: GetMetricDataCommandInput,
  signal: AbortSignal,
): Promise<readonly GetMetricDataCommandOutput[]> {
  const pages: GetMetricDataCommandOutput[] = [];
  let next: string | undefined;
  do {
    const page = await send(api, { ...input, ...(next === undefined ? {} : { NextToken: next }) }, signal);
    pages.push(page);
    next = page.NextToken;
  } while (next !== undefined && pages.length < mostPages);
  return pages;
}

async function send(api: CloudWatchApi, input: GetMetricDataCommandInput, signal: AbortSignal): Promise<GetMetricDataCommandOutput> {
  try {
    return await api.getMetricData(input, signal);
  } catch (cause) {
    if (signal.aborted) throw new ControllerError('aborted', 'the measurement was given up', {}, { cause });
    const name = cause instanceof Error ? cause.name : 'error';
    throw new ControllerError(
      'provider-unavailable',
      `CloudWatch GetMetricData: ${name}: ${errorMessage(cause).split('\n')[0] ?? ''}`,
      {},
      { cause },
    );
  }
}

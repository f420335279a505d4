import type { GetMetricDataCommandInput, GetMetricDataCommandOutput, MetricDataQuery, MetricStat } from '@aws-sdk/client-cloudwatch';
import type { Json, JsonObject } from '../../api/kube.js';
import type { Sample, SampleValue } from '../../core/analysis/sample.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { goFloatText } from '../number-text.js';
import { asObject, listAt, settingsError, textAt } from '../section.js';
import { durationAt } from '../window.js';

/** What a metric asks CloudWatch for, one page of it. */
export function renderInput(section: JsonObject, now: EpochMs): GetMetricDataCommandInput {
  const queries = listAt(section, 'metricDataQueries');
  if (queries.length === 0) throw settingsError('metricDataQueries is required');
  return {
    StartTime: new Date(now - durationAt(section, 'interval', '5m')),
    EndTime: new Date(now),
    MetricDataQueries: queries.map(renderQuery),
  };
}

function renderQuery(query: JsonObject): MetricDataQuery {
  const [expression, label] = [textAt(query, 'expression'), textAt(query, 'label')];
  const period = intOrText(query['period'], 'period');
  const { returnData, metricStat } = query;
  return {
    Id: textAt(query, 'id'),
    ...(expression === '' ? {} : { Expression: expression }),
    ...(label === '' ? {} : { Label: label }),
    ...(period === undefined ? {} : { Period: period }),
    ...(typeof returnData === 'boolean' ? { ReturnData: returnData } : {}),
    ...(metricStat === undefined ? {} : { MetricStat: renderStat(asObject(metricStat)) }),
  };
}

function renderStat(stat: JsonObject): MetricStat {
  const metric = asObject(stat['metric']);
  const dimensions = listAt(metric, 'dimensions').map((dimension) => ({
    Name: textAt(dimension, 'name'),
    Value: textAt(dimension, 'value'),
  }));
  const [namespace, unit] = [textAt(metric, 'namespace'), textAt(stat, 'unit')];
  return {
    Metric: {
      MetricName: textAt(metric, 'metricName'),
      ...(namespace === '' ? {} : { Namespace: namespace }),
      ...(dimensions.length === 0 ? {} : { Dimensions: dimensions }),
    },
    Period: intOrText(stat['period'], 'metricStat.period'),
    Stat: textAt(stat, 'stat'),
    // The SDK lists the units it knew when it was made; the service knows them all.
    ...(unit === '' ? {} : { Unit: unit as NonNullable<MetricStat['Unit']> }),
  };
}

function intOrText(value: Json | undefined, field: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const number = Number(value);
  if (!Number.isInteger(number)) throw settingsError(`${field} must be a whole number: ${JSON.stringify(value)}`);
  return number;
}

interface Result {
  readonly id: string;
  readonly label: string;
  readonly status: string;
  readonly messages: readonly string[];
  readonly timestamps: readonly EpochMs[];
  readonly values: readonly number[];
}

/** All pages of an answer as one sample, each query's points in order. Differs: upstream reads the first page only. */
export function parsePages(pages: readonly GetMetricDataCommandOutput[]): Sample {
  const results = new Map<string, Result>();
  for (const page of pages.flatMap((each) => each.MetricDataResults ?? [])) {
    const id = page.Id ?? '';
    const known = results.get(id);
    results.set(id, {
      id,
      label: page.Label ?? known?.label ?? '',
      status: page.StatusCode ?? '',
      messages: [...(known?.messages ?? []), ...(page.Messages ?? []).map(({ Code = '', Value = '' }) => `${Code}: ${Value}`)],
      timestamps: [...(known?.timestamps ?? []), ...(page.Timestamps ?? []).map((date) => date.getTime())],
      values: [...(known?.values ?? []), ...(page.Values ?? [])],
    });
  }
  const list = [...results.values()];
  const messages = [
    ...pages.flatMap((page) => page.Messages ?? []).map(({ Code = '', Value = '' }) => `${Code}: ${Value}`),
    ...list.flatMap((each) => each.messages),
  ];
  return {
    kind: 'value',
    value: { type: 'records', name: 'types.MetricDataResult', items: list.map(fieldsOf) },
    text: `[${list.map(({ values }) => `[${values.map(goFloatText).join(' ')}]`).join(' ')}]`,
    textOnError: true,
    ...(messages.length === 0 ? {} : { metadata: { messages: messages.join(', ') } }),
  };
}

function fieldsOf({ id, label, status, messages, timestamps, values }: Result): Readonly<Record<string, SampleValue>> {
  return {
    Id: { type: 'text', value: id },
    Label: { type: 'text', value: label },
    StatusCode: { type: 'text', value: status },
    Messages: { type: 'list', items: messages.map((value) => ({ type: 'text', value })) },
    Timestamps: { type: 'list', items: timestamps.map((at) => ({ type: 'time', at })) },
    Values: { type: 'floats', values },
  };
}

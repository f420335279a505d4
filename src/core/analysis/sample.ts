import type { EpochMs } from '../../lib/scheduler.js';
import type { GoValue } from '../expression/index.js';
import { array, dynamic, float64, floatArray, goTime, int64, nil, recordArray, uint64 } from '../expression/index.js';

export type StringMap = Readonly<Record<string, string>>;

/**
 * A provider's raw answer, with the type upstream gives it, since conditions depend on that (analysis 3.3): a `floats` of no elements is not nil,
 * and comparing a `float` with text is an error while a `json` number merely differs from it.
 */
export type SampleValue =
  | { readonly type: 'nil' }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'floats'; readonly values: readonly number[] }
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'int' | 'uint'; readonly value: bigint }
  | { readonly type: 'time'; readonly at: EpochMs }
  /** A decoded JSON document: dynamically typed all through. */
  | { readonly type: 'json'; readonly value: unknown }
  | { readonly type: 'list'; readonly items: readonly SampleValue[] }
  /** Structs with these fields; any other name is a type error. `name` is the struct's type in messages. */
  | { readonly type: 'records'; readonly name: string; readonly items: readonly Readonly<Record<string, SampleValue>>[] };

/** What a MetricProvider returns; core/analysis judges it. */
export type Sample =
  | {
      readonly kind: 'value';
      readonly value: SampleValue;
      /** What the status shows as the measurement's value (analysis 3.3). */
      readonly text: string;
      readonly metadata?: StringMap;
      /** The text is shown although a condition could not be evaluated (Graphite, CloudWatch). */
      readonly textOnError?: boolean;
      /** Added to the error of a condition that stumbled over an answer without data. */
      readonly noDataHint?: string;
    }
  /** The backend judged by itself (a Job's exit code, Kayenta's score): the conditions are not asked. */
  | {
      readonly kind: 'verdict';
      readonly phase: 'Successful' | 'Failed' | 'Inconclusive';
      readonly message?: string;
      readonly text?: string;
      readonly metadata?: StringMap;
    }
  /** Not ready yet. `handle` is all that is needed to ask again, also by another process after a restart; it is stored in the status. */
  | { readonly kind: 'running'; readonly handle: StringMap; readonly resumeAt: EpochMs };

/** The answer as the condition language sees it. */
export function toGoValue(sample: SampleValue): GoValue {
  switch (sample.type) {
    case 'nil':
      return nil;
    case 'float':
      return float64(sample.value);
    case 'floats':
      return floatArray(sample.values);
    case 'text':
    case 'bool':
      return sample.value;
    case 'int':
      return int64(sample.value);
    case 'uint':
      return uint64(sample.value);
    case 'time':
      return goTime(sample.at);
    case 'json':
      return dynamic(sample.value);
    case 'list':
      return array(sample.items.map(toGoValue));
    case 'records':
      return recordArray(sample.name, sample.items.map(toGoFields));
  }
}

function toGoFields(fields: Readonly<Record<string, SampleValue>>): Readonly<Record<string, GoValue>> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, toGoValue(value)]));
}

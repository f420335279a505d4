import type { EpochMs } from '../lib/scheduler.js';

/** What a metric answers: a number (or several, as a Prometheus vector), nothing at all, or an error. */
export type MetricAnswer =
  | { readonly kind: 'value'; readonly value: number | readonly number[] }
  | { readonly kind: 'error'; readonly message: string }
  /** Never answers; the caller's own time-out ends it. */
  | { readonly kind: 'hang' };

/** Answers of the simulated Prometheus by query text; scenarios change them as they go. */
export interface ScriptedMetrics {
  /** From now on `query` gets `answer`; a list is used up one per question, its last entry stays. */
  set(query: string, ...answers: readonly MetricAnswer[]): void;
  answer(query: string): MetricAnswer;
  readonly asked: readonly { readonly query: string; readonly at: EpochMs }[];
  note(query: string, at: EpochMs): void;
}

export function scriptedMetrics(): ScriptedMetrics {
  const answers = new Map<string, MetricAnswer[]>();
  const asked: { readonly query: string; readonly at: EpochMs }[] = [];
  return {
    set: (query, ...list) => void answers.set(query, [...list]),
    answer: (query) => {
      const list = answers.get(query) ?? [];
      const next = list.length > 1 ? list.shift() : list[0];
      return next ?? { kind: 'error', message: `no answer is scripted for ${query}` };
    },
    asked,
    note: (query, at) => void asked.push({ query, at }),
  };
}

import type { Sample } from '../core/analysis/index.js';
import { ControllerError } from '../lib/errors.js';
import type { Scheduler } from '../lib/scheduler.js';
import { sleep } from '../lib/scheduler.js';
import type { MeasureContext, MeasureRequest, MetricProvider, ProviderRegistry } from '../metric-providers/provider.js';

/** What a scripted provider says to one measurement. */
export type Scripted = Sample | Error | 'hang';

export interface ScriptedRegistry extends ProviderRegistry {
  /** Answers of a metric, by its name: each once, the last one always. */
  script(metric: string, ...answers: readonly Scripted[]): void;
  /** Measurements taken, in order: `run/metric#ordinal`. */
  readonly asked: readonly string[];
  /** Requests as providers saw them, secrets included. */
  readonly requests: readonly MeasureRequest[];
  /** Measurements under way. */
  readonly underWay: number;
}

export interface ScriptedOptions {
  readonly scheduler: Scheduler;
  /** How long an answer takes, milliseconds; default 20. */
  readonly latencyMs?: number;
  readonly target?: MetricProvider['target'];
  /** Used instead of the script for these kinds. */
  readonly providers?: readonly MetricProvider[];
}

/** One number, as Prometheus would answer. */
export function aVector(...values: readonly number[]): Sample {
  return { kind: 'value', value: { type: 'floats', values }, text: `[${values.join(',')}]` };
}

/** A registry whose providers read their answers from a script, in virtual time. */
export function scriptedProviders(options: ScriptedOptions): ScriptedRegistry {
  const scripts = new Map<string, Scripted[]>();
  const asked: string[] = [];
  const requests: MeasureRequest[] = [];
  let underWay = 0;
  const measure = async (request: MeasureRequest, { signal }: MeasureContext): Promise<Sample> => {
    asked.push(`${request.run.name}/${request.metric.name}#${request.ordinal}`);
    requests.push(request);
    const script = scripts.get(request.metric.name) ?? [aVector(1)];
    const answer = (script.length > 1 ? script.shift() : script[0]) ?? aVector(1);
    underWay += 1;
    try {
      await sleep(options.scheduler, answer === 'hang' ? 2 ** 40 : (options.latencyMs ?? 20), signal);
    } finally {
      underWay -= 1;
    }
    if (answer instanceof Error) throw answer;
    if (answer === 'hang') throw new ControllerError('internal', 'a hanging answer came');
    return answer;
  };
  const scripted = (kind: string): MetricProvider => ({
    kind,
    target: options.target ?? (() => 'metrics.example:80'),
    describe: ({ provider }) => (typeof provider['query'] === 'string' ? { ResolvedPrometheusQuery: provider['query'] } : {}),
    measure,
  });
  const own = new Map((options.providers ?? []).map((provider) => [provider.kind, provider]));
  return {
    kinds: new Set(['prometheus', 'web', ...own.keys()]),
    provider: async (kind) => own.get(kind) ?? scripted(kind),
    script: (metric, ...answers) => void scripts.set(metric, [...answers]),
    asked,
    requests,
    get underWay() {
      return underWay;
    },
  };
}

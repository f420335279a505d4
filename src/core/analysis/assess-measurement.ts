import type { AnalysisPhase, Measurement, Metric } from '../../api/analysis-types.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { evaluateCondition, noData } from '../expression/index.js';
import type { Sample } from './sample.js';
import { toGoValue } from './sample.js';

/** What is stored of a value or message, characters: a run's status must stay far from etcd's limit of 1.5 MB. */
export const longestStored = 4_096;

export interface MeasurementTimes {
  readonly startedAt: EpochMs;
  readonly finishedAt: EpochMs;
}

/**
 * Judges a sample by the metric's two conditions.
 *
 * | successCondition | failureCondition | phase |
 * |---|---|---|
 * | absent | absent | Successful |
 * | true, false | absent | Successful, Failed |
 * | absent | true, false | Failed, Successful |
 * | true | false | Successful |
 * | any | true | Failed |
 * | false | false | Inconclusive |
 * | an error in either | | Error; a failing successCondition ends the evaluation |
 *
 * Semantics: Argo Rollouts, analysis 2.5. Differs: stored values and messages are cut at 4,096 characters.
 */
export function assessMeasurement(metric: Metric, sample: Sample, times: MeasurementTimes): Measurement {
  switch (sample.kind) {
    case 'value': {
      const judged = judge(metric, sample, times.finishedAt);
      return finished(
        judged.phase,
        judged.message,
        judged.phase === 'Error' && sample.textOnError !== true ? '' : sample.text,
        times,
        sample.metadata,
      );
    }
    case 'verdict':
      return finished(sample.phase, sample.message ?? '', sample.text ?? '', times, sample.metadata);
    case 'running':
      return { phase: 'Running', message: '', startedAt: times.startedAt, value: '', metadata: sample.handle, resumeAt: sample.resumeAt };
  }
}

export interface FailedOptions {
  readonly metadata?: Measurement['metadata'];
  /** The backend asked not to be called before this instant. */
  readonly retryAt?: EpochMs;
}

/** A measurement that got no answer. */
export function failedMeasurement(message: string, times: MeasurementTimes, { metadata, retryAt }: FailedOptions = {}): Measurement {
  return { ...finished('Error', message, '', times, metadata), ...(retryAt === undefined ? {} : { resumeAt: retryAt }) };
}

/** A measurement under way outside that was given up. Semantics: Argo Rollouts, analysis 4.3 (Job). */
export function terminatedMeasurement(running: Measurement, finishedAt: EpochMs): Measurement {
  return { ...running, phase: 'Inconclusive', message: 'Metric Terminated', finishedAt };
}

function finished(
  phase: AnalysisPhase,
  message: string,
  value: string,
  times: MeasurementTimes,
  metadata: Measurement['metadata'] = {},
): Measurement {
  return { phase, message: capped(message), value: capped(value), metadata, ...times };
}

function capped(text: string): string {
  return text.length <= longestStored ? text : `${text.slice(0, longestStored)}... (${text.length} characters)`;
}

interface Judged {
  readonly phase: AnalysisPhase;
  readonly message: string;
}

type ValueSample = Extract<Sample, { kind: 'value' }>;

function judge(metric: Metric, sample: ValueSample, now: EpochMs): Judged {
  const success = ask('successCondition', metric.successCondition, sample, now);
  if (success.kind === 'error') return { phase: 'Error', message: success.message };
  const failure = ask('failureCondition', metric.failureCondition, sample, now);
  if (failure.kind === 'error') return { phase: 'Error', message: failure.message };
  return { phase: phaseOf(success.value, failure.value), message: '' };
}

/** undefined: there is no such condition. */
function phaseOf(success: boolean | undefined, failure: boolean | undefined): AnalysisPhase {
  if (failure === true) return 'Failed';
  if (success === true || success === undefined) return 'Successful';
  return failure === undefined ? 'Failed' : 'Inconclusive';
}

type Answer = { readonly kind: 'answer'; readonly value: boolean | undefined } | { readonly kind: 'error'; readonly message: string };

function ask(which: 'successCondition' | 'failureCondition', source: string, sample: ValueSample, now: EpochMs): Answer {
  if (source === '') return { kind: 'answer', value: undefined };
  const outcome = evaluateCondition(source, toGoValue(sample.value), now);
  if (outcome.ok) return { kind: 'answer', value: outcome.value };
  const hint = outcome.message === noData && sample.noDataHint !== undefined ? `; ${sample.noDataHint}` : '';
  return { kind: 'error', message: `could not evaluate ${which} "${source}": ${outcome.message}${hint}` };
}

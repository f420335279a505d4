import type { AnalysisPhase, Metric, MetricResult, RunSummary } from '../../api/analysis-types.js';
import { completedPhases } from '../../api/analysis-types.js';
import { assessMetric } from './assess-metric.js';

const bestToWorst: readonly AnalysisPhase[] = ['Successful', 'Running', 'Pending', 'Inconclusive', 'Error', 'Failed'];

/** Whether `left` is worse news than `right`: Successful < Running < Pending < Inconclusive < Error < Failed. */
export function isWorse(left: AnalysisPhase, right: AnalysisPhase): boolean {
  return bestToWorst.indexOf(left) > bestToWorst.indexOf(right);
}

export interface RunInput {
  readonly metrics: readonly Metric[];
  readonly results: ReadonlyMap<string, MetricResult>;
  readonly dryRun: ReadonlySet<string>;
  /** spec.terminate */
  readonly terminate: boolean;
}

/** Phases of a metric that end the whole run. */
function endsRun(phase: AnalysisPhase): boolean {
  return phase === 'Failed' || phase === 'Error' || phase === 'Inconclusive';
}

/** Whether the run must end now: asked to, or a metric that counts went bad. */
export function isTerminating({ metrics, results, dryRun, terminate }: RunInput): boolean {
  return terminate || metrics.some(({ name }) => !dryRun.has(name) && endsRun(results.get(name)?.phase ?? 'Pending'));
}

export interface RunVerdict {
  readonly phase: AnalysisPhase;
  readonly message: string;
}

/**
 * The phase of a run from the phases of its metrics: the worst completed one, as soon as all have completed or the run is terminating.
 * Dry-run metrics must complete too, but supply Successful at best.
 *
 * Semantics: Argo Rollouts, analysis 2.6. Differs: a bad metric ends the run in the same pass (product.md, "Abort, exactly").
 */
export function assessRun(input: RunInput): RunVerdict {
  const allCompleted = input.metrics.every(({ name }) => completedPhases.has(input.results.get(name)?.phase ?? ''));
  if (!allCompleted && !isTerminating(input)) return { phase: 'Running', message: '' };
  let verdict: RunVerdict = { phase: 'Successful', message: input.terminate ? 'Run Terminated' : '' };
  for (const metric of input.metrics) {
    const result = input.results.get(metric.name);
    if (result === undefined || input.dryRun.has(metric.name) || !completedPhases.has(result.phase)) continue;
    if (isWorse(result.phase, verdict.phase)) verdict = { phase: result.phase, message: messageOf(metric, result) ?? verdict.message };
  }
  return verdict;
}

function messageOf(metric: Metric, result: MetricResult): string | undefined {
  const { limit } = assessMetric(metric, result, false);
  if (limit === undefined) return undefined;
  const cause = result.message === '' ? '' : `: "Error Message: ${result.message}"`;
  return `Metric "${metric.name}" assessed ${result.phase} due to ${limit}${cause}`;
}

/** Counts by outcome over the metrics that run dry, or over those that do not; metrics without a result count too. */
export function summarize({ metrics, results, dryRun }: RunInput, dry: boolean): RunSummary {
  const names = metrics.map(({ name }) => name).filter((name) => dryRun.has(name) === dry);
  const having = (phase: AnalysisPhase): number => names.filter((name) => results.get(name)?.phase === phase).length;
  return {
    count: names.length,
    successful: having('Successful'),
    failed: having('Failed'),
    inconclusive: having('Inconclusive'),
    error: having('Error'),
  };
}

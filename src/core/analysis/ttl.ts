import type { AnalysisRun } from '../../api/analysis-types.js';
import { completedPhases } from '../../api/analysis-types.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { parseTime } from '../../lib/time.js';

/**
 * When a completed run is to be deleted: the first instant at which whole seconds since completion exceed its ttl. ttl 10 s: 11 s after.
 *
 * @returns undefined: never, or not completed yet
 * Semantics: Argo Rollouts, analysis 2.11. Differs: scheduled, not left to chance; runs ended by a spec error count from their creation where
 * completedAt is missing; Error and Inconclusive fall back to secondsAfterFailure.
 */
export function expiresAt(run: AnalysisRun): EpochMs | undefined {
  const seconds = ttlSeconds(run);
  if (seconds === undefined || !completedPhases.has(run.status.phase)) return undefined;
  const end = run.status.completedAt ?? parseTime(run.metadata.creationTimestamp);
  return end === undefined ? undefined : end + (seconds + 1) * 1_000;
}

function ttlSeconds(run: AnalysisRun): number | undefined {
  const ttl = run.spec.ttlStrategy;
  switch (run.status.phase) {
    case 'Successful':
      return ttl?.secondsAfterSuccess ?? ttl?.secondsAfterCompletion;
    case 'Failed':
      return ttl?.secondsAfterFailure ?? ttl?.secondsAfterCompletion;
    default:
      return ttl?.secondsAfterCompletion ?? ttl?.secondsAfterFailure;
  }
}
